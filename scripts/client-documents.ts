import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  OperationTypeNode,
  print,
  type SelectionSetNode,
  visit,
} from 'graphql'

// A plugin of graphql-codegen: the documents of the command line's own client, each with the shape of its answer.

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>

/** Enums by which the client decides something, so that it must know their values; of any other one, a newer gateway can have more. */
const known: ReadonlySet<string> = new Set(['JournalState', 'PlannedChangeKind', 'PlanProblemCode', 'SourceState'])
const scalars: Readonly<Record<string, string>> = { Boolean: 'z.boolean()', Int: 'z.int()', Float: 'z.number()', JSON: 'json' }

export function plugin(schema: GraphQLSchema, files: readonly { readonly document?: DocumentNode }[]) {
  const definitions = files.flatMap(({ document }) => document?.definitions ?? [])
  const fragments: Fragments = new Map(
    definitions.flatMap((each) => (each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each] as const] : [])),
  )
  const documents = definitions.flatMap((each) => {
    if (each.kind !== Kind.OPERATION_DEFINITION || each.name === undefined) return []
    const root = schema.getRootType(each.operation)
    if (root == null) throw new Error(`The schema has no ${each.operation}`)
    const name = each.name.value
    const result = `${name}${each.operation === OperationTypeNode.QUERY ? 'Query' : 'Mutation'}`
    const used = [...listUsed(each, fragments)].map((fragment) => `\n\n\${${toConstant(fragment)}}`)
    const shape = toObject(root, each.selectionSet, { schema, fragments })
    return `export const ${name}Document: Document<${result}, ${result}Variables> = {
  kind: '${each.operation}',
  text: \`${print(each)}${used.join('')}\`,
  shape: ${shape},
}`
  })
  return {
    prepend: ["import * as z from 'zod'", "import type { Document } from './document.ts'"],
    content: `const isText = (value: unknown) => typeof value === 'string'
const json = z.custom<Json>((value) => value !== undefined)

${[...fragments.values()].map((each) => `const ${toConstant(each)} = \`${print(each)}\``).join('\n\n')}

${documents.join('\n\n')}\n`,
  }
}

/** Each stands in the file once, whichever documents use it. */
function toConstant({ name }: FragmentDefinitionNode): string {
  return `${name.value.charAt(0).toLowerCase()}${name.value.slice(1)}Fragment`
}

/** The fragments that a definition uses, also in others. */
function listUsed(node: Parameters<typeof visit>[0], fragments: Fragments): ReadonlySet<FragmentDefinitionNode> {
  const used = new Set<FragmentDefinitionNode>()
  visit(node, {
    FragmentSpread({ name }) {
      const fragment = fragments.get(name.value)
      if (fragment === undefined) throw new Error(`There is no fragment ${name.value}`)
      for (const each of [fragment, ...listUsed(fragment, fragments)]) used.add(each)
    },
  })
  return used
}

interface Known {
  readonly schema: GraphQLSchema
  readonly fragments: Fragments
}

function toShape(type: GraphQLOutputType, selections: SelectionSetNode | undefined, given: Known): string {
  if (!isNonNullType(type)) return `z.nullable(${toPresent(type, selections, given)})`
  return toPresent(type.ofType, selections, given)
}

function toPresent(type: GraphQLOutputType, selections: SelectionSetNode | undefined, given: Known): string {
  if (isListType(type)) return `z.array(${toShape(type.ofType, selections, given)})`
  const named: GraphQLNamedType = getNamedType(type)
  if (isEnumType(named)) {
    const values = named.getValues().map(({ name }) => `'${name}'`)
    return known.has(named.name) ? `z.enum([${values.join(', ')}])` : `z.custom<${named.name}>(isText)`
  }
  if (!isCompositeType(named)) return scalars[named.name] ?? 'z.string()'
  if (selections === undefined) throw new Error(`${named.name} needs selections`)
  if (isObjectType(named)) return toObject(named, selections, given)
  return toUnion(given.schema.getPossibleTypes(named), selections, given)
}

/** Types with the same fields are told apart by nothing else than their name: there, a newer gateway can have more. */
function toUnion(types: readonly GraphQLObjectType[], selections: SelectionSetNode, given: Known): string {
  const groups = [...Map.groupBy(types, (type) => toObject(type, selections, given, 'NAME')).entries()]
  const shapes = groups
    .toSorted(([, a], [, b]) => a.length - b.length)
    .map(([shape, group]) => {
      const names = group.map(({ name }) => `'${name}'`)
      return shape.replace('NAME', names.length === 1 ? `z.literal(${names[0]})` : `z.custom<${names.join(' | ')}>(isText)`)
    })
  return shapes.length === 1 ? shapes.join('') : `z.union([${shapes.join(', ')}])`
}

function toObject(
  type: GraphQLObjectType,
  selections: SelectionSetNode,
  given: Known,
  name = `z.literal('${type.name}')`,
): string {
  const fields = [...listFields(type, selections, given)].map(
    ([
      key,
      {
        name: { value: field },
        selectionSet,
      },
    ]) => {
      if (field === '__typename') return `${key}: ${name}`
      const definition = type.getFields()[field]
      if (definition === undefined) throw new Error(`${type.name} has no field ${field}`)
      return `${key}: ${toShape(definition.type, selectionSet, given)}`
    },
  )
  return `z.object({ ${fields.join(', ')} })`
}

/** The fields that are asked of a type, by their keys. */
function listFields(
  type: GraphQLObjectType,
  { selections }: SelectionSetNode,
  { schema, fragments }: Known,
  fields = new Map<string, FieldNode>(),
): ReadonlyMap<string, FieldNode> {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) {
      const key = (selection.alias ?? selection.name).value
      const other = fields.get(key)
      if (other !== undefined && print(other) !== print(selection)) throw new Error(`${type.name}: two forms of ${key}`)
      fields.set(key, selection)
      continue
    }
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)
    const condition = fragment?.typeCondition === undefined ? type : schema.getType(fragment.typeCondition.name.value)
    if (fragment === undefined || !isCompositeType(condition)) throw new Error(`${type.name}: unknown fragment`)
    if (holds(type, condition, schema)) listFields(type, fragment.selectionSet, { schema, fragments }, fields)
  }
  return fields
}

function holds(type: GraphQLObjectType, condition: GraphQLCompositeType, schema: GraphQLSchema): boolean {
  return isAbstractType(condition) ? schema.isSubType(condition, type) : condition === type
}
