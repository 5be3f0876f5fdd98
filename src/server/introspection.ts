import {
  type GraphQLNamedType,
  type GraphQLSchema,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  SchemaMetaFieldDef,
} from 'graphql'
import type { SelectedField } from './sets.ts'

/** Maximum items of a list, and whether the lists of all parents together contain each item once. */
export interface ListSize {
  readonly size: number
  readonly whole: boolean
}

/**
 * Sizes of introspection lists in this schema. A selection on all types counts with totals of the schema, rather than as if
 * every type were the largest.
 */
export function createIntrospectionSizes(schema: GraphQLSchema) {
  let sizes: ReturnType<typeof measure> | undefined

  /** Null if it is not an introspection list. */
  return ({ parent, definition }: SelectedField, whole: boolean): ListSize | null => {
    // There is only one schema, so this covers all of it.
    if (definition === SchemaMetaFieldDef) return { size: 1, whole: true }
    if (!parent.name.startsWith('__')) return null
    sizes ??= measure(schema)
    const found = sizes.get(`${parent.name}.${definition.name}`)
    return found === undefined ? null : { size: whole ? found.average : found.most, whole }
  }
}

function measure(schema: GraphQLSchema) {
  const types = Object.values(schema.getTypeMap())
  const directives = schema.getDirectives()
  const argumentCounts = types.flatMap((type) => listFieldsOf(type).map(({ args }) => args.length))
  const counts = {
    fields: types.map((type) => listFieldsOf(type).length),
    inputFields: types.map((type) => (isInputObjectType(type) ? Object.keys(type.getFields()).length : 0)),
    enumValues: types.map((type) => (isEnumType(type) ? type.getValues().length : 0)),
    interfaces: types.map((type) => (isObjectType(type) || isInterfaceType(type) ? type.getInterfaces().length : 0)),
    possibleTypes: types.map((type) => (isAbstractType(type) ? schema.getPossibleTypes(type).length : 0)),
  }
  return new Map<string, { readonly most: number; readonly average: number }>([
    ['__Schema.types', toSize([types.length])],
    ['__Schema.directives', toSize([directives.length])],
    ...Object.entries(counts).map(([name, each]) => [`__Type.${name}`, toSize(each)] as const),
    ['__Field.args', toSize(argumentCounts)],
    ['__Directive.args', toSize(directives.map(({ args }) => args.length))],
    ['__Directive.locations', toSize(directives.map(({ locations }) => locations.length))],
  ])
}

function listFieldsOf(type: GraphQLNamedType) {
  return isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : []
}

function toSize(counts: readonly number[]) {
  const sum = counts.reduce((total, each) => total + each, 0)
  return { most: Math.max(1, ...counts), average: Math.max(1, sum) / Math.max(1, counts.length) }
}
