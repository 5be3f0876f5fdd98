import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getArgumentValues,
  getDirectiveValues,
  getNamedType,
  getNullableType,
  type GraphQLField,
  GraphQLIncludeDirective,
  type GraphQLNamedType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'

/** A valid operation that is about to run, and what it selects. */
export interface Selection {
  readonly operation: OperationDefinitionNode
  /** The fields of Query or Mutation, one for each name in the answer, in order. */
  readonly roots: readonly RootField[]
  /** How many fields stand within each other at most; those of introspection do not count. */
  readonly depth: number
  /** Every field that may be resolved, roots included. */
  readonly fields: readonly SelectedField[]
  /** Whether a field of this name stands anywhere below a root. */
  contains(root: RootField, name: string): boolean
  /** How many fields the answer has at most; `sizeOf` says how many items a list has, `above` what it is a part of. */
  countFields(sizeOf: (list: SelectedField, above: SelectedField | null) => number): number
}

/** Fields with the same name in the answer are one field, which selects what any of them does. */
export interface RootField extends SelectedField {
  readonly nodes: readonly FieldNode[]
}

export interface SelectedField {
  readonly node: FieldNode
  readonly parent: GraphQLNamedType
  readonly definition: GraphQLField<unknown, unknown>
  /** Empty where they are wrong, so that the field fails. */
  readonly args: Readonly<Record<string, unknown>>
}

type Variables = Readonly<Record<string, unknown>>

/** Looks at valid operations; one without variables selects the same each time, and is looked at once. */
export function createSelector(schema: GraphQLSchema) {
  const selections = new WeakMap<OperationDefinitionNode, Selection>()
  return (document: DocumentNode, operation: OperationDefinitionNode, variables: Variables): Selection => {
    const found = selections.get(operation)
    if (found !== undefined) return found
    const selection = selectFields(schema, document, operation, variables)
    if (operation.variableDefinitions === undefined || operation.variableDefinitions.length === 0) {
      selections.set(operation, selection)
    }
    return selection
  }
}

/** What a valid operation selects, @skip and @include considered; every fragment is looked at once, however often it is spread. */
function selectFields(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
): Selection {
  const type = schema.getRootType(operation.operation)
  if (type == null) throw new TypeError(`A valid document has no ${operation.operation} here`)
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const each of document.definitions) if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each)

  function isLeftOut(node: SelectionNode): boolean {
    return (
      getDirectiveValues(GraphQLSkipDirective, node, variables)?.['if'] === true ||
      getDirectiveValues(GraphQLIncludeDirective, node, variables)?.['if'] === false
    )
  }

  function readArguments(definition: GraphQLField<unknown, unknown>, node: FieldNode): SelectedField['args'] {
    try {
      return getArgumentValues(definition, node, variables)
    } catch {
      return {}
    }
  }

  /** The fields right below a selection set, through its fragments; each fragment once, as `seen` remembers. */
  function* listFields(set: SelectionSetNode, parent: GraphQLNamedType, seen: Set<string>): Iterable<SelectedField> {
    for (const node of set.selections) {
      if (isLeftOut(node)) continue
      if (node.kind === Kind.FIELD) {
        const definition = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined
        if (definition !== undefined) yield { node, parent, definition, args: readArguments(definition, node) }
        continue
      }
      const spread = node.kind === Kind.FRAGMENT_SPREAD ? node.name.value : null
      const fragment = node.kind === Kind.FRAGMENT_SPREAD ? fragments.get(node.name.value) : node
      if (fragment === undefined || (spread !== null && seen.has(spread))) continue
      if (spread !== null) seen.add(spread)
      const condition = fragment.typeCondition?.name.value
      const narrowed = condition === undefined ? parent : schema.getType(condition)
      if (isCompositeType(narrowed)) yield* listFields(fragment.selectionSet, narrowed, seen)
    }
  }

  /** Every field from a selection set down. */
  function* listAll(set: SelectionSetNode, parent: GraphQLNamedType, seen: Set<string>): Iterable<SelectedField> {
    for (const field of listFields(set, parent, seen)) {
      yield field
      const { selectionSet } = field.node
      if (selectionSet !== undefined) yield* listAll(selectionSet, getNamedType(field.definition.type), seen)
    }
  }

  const depths = new Map<FragmentDefinitionNode, number>()
  function measureDepth({ selections }: SelectionSetNode): number {
    return selections.reduce((deepest, node) => Math.max(deepest, measureNode(node)), 0)
  }
  function measureNode(node: SelectionNode): number {
    if (node.kind === Kind.FIELD) {
      const isMeta = node.name.value.startsWith('__')
      return isMeta ? 0 : 1 + (node.selectionSet === undefined ? 0 : measureDepth(node.selectionSet))
    }
    if (node.kind === Kind.INLINE_FRAGMENT) return measureDepth(node.selectionSet)
    const fragment = fragments.get(node.name.value)
    if (fragment === undefined) return 0
    const depth = depths.get(fragment) ?? measureDepth(fragment.selectionSet)
    depths.set(fragment, depth)
    return depth
  }

  const roots = new Map<string, RootField>()
  for (const field of listFields(operation.selectionSet, type, new Set())) {
    const name = (field.node.alias ?? field.node.name).value
    roots.set(name, { ...field, nodes: [...(roots.get(name)?.nodes ?? []), field.node] })
  }
  return {
    operation,
    roots: [...roots.values()],
    depth: measureDepth(operation.selectionSet),
    fields: [...listAll(operation.selectionSet, type, new Set())],
    countFields(sizeOf) {
      const counts = new Map<FieldNode, number>()
      const count = (field: SelectedField, above: SelectedField | null): number => {
        return 1 + countBelow(field) * (isListType(getNullableType(field.definition.type)) ? sizeOf(field, above) : 1)
      }
      const countBelow = (field: SelectedField): number => {
        const { node, definition } = field
        if (node.selectionSet === undefined) return 0
        const known = counts.get(node)
        if (known !== undefined) return known
        const below = [...listFields(node.selectionSet, getNamedType(definition.type), new Set())]
        const sum = below.reduce((total, each) => total + count(each, field), 0)
        counts.set(node, sum)
        return sum
      }
      return [...listFields(operation.selectionSet, type, new Set())].reduce((sum, root) => sum + count(root, null), 0)
    },
    contains({ nodes, definition }, name) {
      const below = getNamedType(definition.type)
      const seen = new Set<string>()
      return nodes.some(({ selectionSet }) => {
        return selectionSet !== undefined && [...listAll(selectionSet, below, seen)].some(({ node }) => node.name.value === name)
      })
    },
  }
}
