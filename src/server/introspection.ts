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

/** How many items a list has at most, and whether those of all parents together are each thing of their kind, once. */
export interface ListSize {
  readonly size: number
  readonly whole: boolean
}

/**
 * How large the lists of introspection are in this schema. What is asked of every type at once counts with the numbers of
 * the whole schema, so that nothing is as dear as if every type were the largest.
 */
export function createIntrospectionSizes(schema: GraphQLSchema) {
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
  const sizes = new Map<string, { readonly most: number; readonly average: number }>([
    ['__Schema.types', toSize([types.length])],
    ['__Schema.directives', toSize([directives.length])],
    ...Object.entries(counts).map(([name, each]) => [`__Type.${name}`, toSize(each)] as const),
    ['__Field.args', toSize(argumentCounts)],
    ['__Directive.args', toSize(directives.map(({ args }) => args.length))],
    ['__Directive.locations', toSize(directives.map(({ locations }) => locations.length))],
  ])

  /** Null for what is no list of introspection. */
  return ({ parent, definition }: SelectedField, whole: boolean): ListSize | null => {
    // There is one schema: what is asked of it is asked of the whole.
    if (definition === SchemaMetaFieldDef) return { size: 1, whole: true }
    const found = sizes.get(`${parent.name}.${definition.name}`)
    return found === undefined ? null : { size: whole ? found.average : found.most, whole }
  }
}

function listFieldsOf(type: GraphQLNamedType) {
  return isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : []
}

function toSize(counts: readonly number[]) {
  const sum = counts.reduce((total, each) => total + each, 0)
  return { most: Math.max(1, ...counts), average: Math.max(1, sum) / Math.max(1, counts.length) }
}
