import { getNamedType, getNullableType, type GraphQLSchema, isLeafType, isListType } from 'graphql'
import { mostCandidates, mostIssues } from '../errors.ts'
import type { Gateway } from '../gateway/gateway.ts'
import { mostChanges } from '../gateway/plan/choose.ts'
import { mostItems } from '../gateway/input.ts'
import { operationNames } from '../provider/operations.ts'
import { listFields } from '../provider/fields.ts'
import { createIntrospectionSizes } from './introspection.ts'
import { readPageSize } from './page-size.ts'
import { countDesired } from './plan-cost.ts'
import type { Selection } from './selection.ts'
import { oncePerSet, type SelectedField, type SelectedSet } from './sets.ts'

/** Length of a response name at which a field counts once more. */
const nameUnit = 40
/** Weight of a field whose value is JSON, a list of values or a page. */
const compositeUnit = 10
/** How many entries cost as much as finding a page of them in the store. */
const storeReads = 10

/** Number of fields of a set: a fixed part, and a part for each item if the set belongs to a page. */
interface Amount {
  readonly fixed: number
  readonly perItem: number
}

/** Maximum number of fields in the response to an operation; an empty list counts as one item. */
export function createFieldBound(schema: GraphQLSchema): (selection: Selection, gateway: Gateway) => number {
  const sizeOfIntrospection = createIntrospectionSizes(schema)
  return ({ set, roots }, gateway) => sumFields(set, createSizes(gateway, countDesired(roots)), weigh, sizeOfIntrospection)
}

/** Maximum sum of the weights of all fields in a response. */
export function sumFields(
  set: SelectedSet,
  sizeOf: (list: SelectedField) => number,
  weigh: (field: SelectedField) => number,
  sizeOfIntrospection: ReturnType<typeof createIntrospectionSizes> = () => null,
): number {
  const [countPart, countWhole] = [oncePerSet((each) => count(each, false)), oncePerSet((each) => count(each, true))]
  const countSet = (each: SelectedSet, whole: boolean): Amount => (whole ? countWhole(each) : countPart(each))

  function count({ fields, spreads }: SelectedSet, whole: boolean): Amount {
    const amounts = [...fields.map((field) => countField(field, whole)), ...spreads.map((each) => countSet(each, whole))]
    return {
      fixed: amounts.reduce((sum, { fixed }) => sum + fixed, 0),
      perItem: amounts.reduce((sum, { perItem }) => sum + perItem, 0),
    }
  }

  function countField(field: SelectedField, whole: boolean): Amount {
    const { parent, definition, below } = field
    const own = weigh(field)
    if (below === null) return { fixed: own, perItem: 0 }
    const isList = isListType(getNullableType(definition.type))
    const introspected = sizeOfIntrospection(field, whole)
    const { fixed, perItem } = countSet(below, introspected?.whole ?? false)
    // Only a connection has page items, and its arguments set their number. An empty page counts as one item, so that fields below it
    // are counted.
    const amount = fixed + perItem * Math.max(1, readPageSize(field))
    if (isList && parent.name.endsWith('Connection') && isPage(definition.name)) return { fixed: own, perItem: amount }
    const size = introspected?.size ?? (isList ? sizeOf(field) : 1)
    return { fixed: own + amount * (introspected === null ? Math.max(1, size) : size), perItem: 0 }
  }

  const { fixed, perItem } = countSet(set, false)
  return Math.min(Number.MAX_SAFE_INTEGER, Math.ceil(fixed + perItem))
}

function isPage(name: string): boolean {
  return name === 'edges' || name === 'nodes'
}

/** Weight of a field in the response: long names, composite values and what is read from the store count more. */
function weigh({ node, definition, args }: SelectedField): number {
  const type = getNamedType(definition.type)
  const isComposite =
    type.name === 'JSON' || type.name.endsWith('Connection') || (isLeafType(type) && isListType(getNullableType(definition.type)))
  const reads = type.name === 'JournalConnection' ? storeReads + readPageSize({ args }) : 1
  return (isComposite ? compositeUnit * reads : 1) + Math.floor((node.alias ?? node.name).value.length / nameUnit)
}

/** Webhooks of a plan that nobody desires. There can be more, but no more than the accounts have. */
const others = 20

/** Number of items in the lists of this schema, except pages. */
export function createSizes({ accounts, providers }: Gateway, desired = 0) {
  const sizes = new Map([
    ['Query.accounts', accounts.length],
    ['Provider.accounts', accounts.length],
    ['WebhookConnection.sources', accounts.length],
    ['Query.providers', providers.length],
    ['Provider.operations', operationNames.length],
    ['Provider.fields', Math.max(0, ...providers.map((each) => listFields(each).length))],
    [
      'FieldSupport.values',
      Math.max(0, ...providers.flatMap((each) => listFields(each).map(({ values }) => Object.keys(values ?? {}).length))),
    ],
    ['Provider.eventTypes', Math.max(0, ...providers.map(({ eventTypes }) => eventTypes.known.length))],
    ['ApplyWebhookPlanSuccess.outcomes', mostChanges],
    ['WebhookPlan.changes', desired + others],
    ['WebhookPlan.problems', desired],
    ['WebhookPlan.refusals', 2 * accounts.length],
    ['WebhookPlan.warnings', 4],
    ['WebhookPlan.sources', accounts.length],
    // Most change a field or two.
    ['PlannedChange.fields', 4],
    ['PlannedChange.warnings', 4],
    ['PlanProblem.webhooks', mostCandidates],
    ['InvalidInputError.issues', mostIssues + 1],
    ['OutcomeUnknownError.candidates', mostCandidates],
    ['JournalEntry.candidates', mostCandidates],
  ])
  return ({ parent, definition, args: { ids } }: SelectedField): number =>
    Array.isArray(ids) ? Math.min(ids.length, mostItems) : (sizes.get(`${parent.name}.${definition.name}`) ?? mostItems)
}
