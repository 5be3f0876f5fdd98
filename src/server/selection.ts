import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getArgumentValues,
  getDirectiveValues,
  getNamedType,
  GraphQLIncludeDirective,
  type GraphQLNamedType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionNode,
  type SelectionSetNode,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
} from 'graphql'
import { listFields, listRoots, measureDepth, type RootField, type SelectedField, type SelectedSet } from './sets.ts'

/** A valid operation and its selection. */
export interface Selection {
  readonly operation: OperationDefinitionNode
  /** Root fields, one for each response name. */
  readonly roots: readonly RootField[]
  /** The outermost selection set. */
  readonly set: SelectedSet
  /** All fields that may be resolved, including roots, without built-in ones such as __typename. */
  readonly fields: readonly SelectedField[]
  /** Maximum nesting depth. */
  readonly depth: number
}

export type Variables = Readonly<Record<string, unknown>>

/** The selection of a valid operation with @skip and @include applied, in time proportional to the document size. */
export function select(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
): Selection {
  const type = schema.getRootType(operation.operation)
  if (type == null) throw new TypeError(`The schema has no ${operation.operation} type`)
  const set = createReader(schema, document, variables)(operation.selectionSet, type)
  return { operation, set, roots: listRoots(set), fields: listFields(set), depth: measureDepth(set) }
}

function createReader(schema: GraphQLSchema, { definitions }: DocumentNode, variables: Variables) {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const each of definitions) if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each)
  // In a valid document, a selection set always has the same type.
  const sets = new Map<SelectionSetNode, SelectedSet>()

  function readSet(node: SelectionSetNode, parent: GraphQLNamedType): SelectedSet {
    const known = sets.get(node)
    if (known !== undefined) return known
    const fields: SelectedField[] = []
    const spreads = new Set<SelectedSet>()
    for (const selection of node.selections) {
      if (isLeftOut(selection, variables)) continue
      if (selection.kind === Kind.FIELD) {
        const definition = findField(schema, parent, selection.name.value)
        if (definition !== undefined) fields.push(readField(selection, parent, definition))
        continue
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)
      if (fragment === undefined) continue
      const condition = fragment.typeCondition?.name.value
      const narrowed = condition === undefined ? parent : schema.getType(condition)
      if (narrowed !== undefined) spreads.add(readSet(fragment.selectionSet, narrowed))
    }
    const set = { fields, spreads: [...spreads] }
    sets.set(node, set)
    return set
  }

  function readField(node: FieldNode, parent: GraphQLNamedType, definition: SelectedField['definition']): SelectedField {
    const { selectionSet } = node
    const below = selectionSet === undefined ? null : readSet(selectionSet, getNamedType(definition.type))
    return { node, parent, definition, args: readArguments(definition, node, variables), below }
  }

  return readSet
}

function findField(schema: GraphQLSchema, parent: GraphQLNamedType, name: string): SelectedField['definition'] | undefined {
  if (name === TypeNameMetaFieldDef.name) return TypeNameMetaFieldDef
  if (parent === schema.getQueryType()) {
    if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef
    if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef
  }
  return isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined
}

/** Whether @skip or @include excludes it. */
export function isLeftOut(node: SelectionNode, variables: Variables): boolean {
  if (node.directives === undefined || node.directives.length === 0) return false
  return (
    getDirectiveValues(GraphQLSkipDirective, node, variables)?.['if'] === true ||
    getDirectiveValues(GraphQLIncludeDirective, node, variables)?.['if'] === false
  )
}

function readArguments(definition: SelectedField['definition'], node: FieldNode, variables: Variables): SelectedField['args'] {
  try {
    return getArgumentValues(definition, node, variables)
  } catch {
    return {}
  }
}
