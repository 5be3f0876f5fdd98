import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getArgumentValues,
  getDirectiveValues,
  getNamedType,
  type GraphQLField,
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

/** A valid operation that is about to run, and what it selects. */
export interface Selection {
  readonly operation: OperationDefinitionNode
  /** The fields of Query or Mutation, one for each name in the answer. */
  readonly roots: readonly RootField[]
  /** What stands between the outermost braces. */
  readonly set: SelectedSet
  /** Every field that may be resolved, roots included; those that graphql-js answers itself, such as __typename, left out. */
  readonly fields: readonly SelectedField[]
  /** How many fields stand within each other at most. */
  readonly depth: number
}

/** What stands between two braces: one object for each pair, so that whatever is found out of it is found out once. */
export interface SelectedSet {
  readonly fields: readonly SelectedField[]
  /** What its fragments select in the same place, each fragment once. */
  readonly spreads: readonly SelectedSet[]
}

export interface SelectedField {
  readonly node: FieldNode
  readonly parent: GraphQLNamedType
  readonly definition: GraphQLField<unknown, unknown>
  /** Empty where they are wrong, so that the field fails. */
  readonly args: Readonly<Record<string, unknown>>
  /** Null where nothing can be selected. */
  readonly below: SelectedSet | null
}

/** Fields with the same name in the answer are one field, which selects what any of them does. */
export interface RootField extends Omit<SelectedField, 'below'> {
  readonly below: readonly SelectedSet[]
}

type Variables = Readonly<Record<string, unknown>>

/** Looks at valid operations; one without variables selects the same each time, and is looked at once. */
export function createSelector(schema: GraphQLSchema) {
  const selections = new WeakMap<OperationDefinitionNode, Selection>()
  return (document: DocumentNode, operation: OperationDefinitionNode, variables: Variables): Selection => {
    const found = selections.get(operation)
    if (found !== undefined) return found
    const selection = select(schema, document, operation, variables)
    if (operation.variableDefinitions === undefined || operation.variableDefinitions.length === 0) {
      selections.set(operation, selection)
    }
    return selection
  }
}

/** What a valid operation selects, @skip and @include considered, in time that is linear in the size of the document. */
function select(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
): Selection {
  const type = schema.getRootType(operation.operation)
  if (type == null) throw new TypeError(`A valid document has no ${operation.operation} here`)
  const set = createReader(schema, document, variables)(operation.selectionSet, type)
  return { operation, set, roots: listRoots(set), fields: listFields(set), depth: measureDepth(set) }
}

function createReader(schema: GraphQLSchema, { definitions }: DocumentNode, variables: Variables) {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const each of definitions) if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each)
  // Where the document is valid, the same braces always stand at the same type.
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

/** Whatever is found out of a set and depends on nothing else, found out once. */
export function oncePerSet<Result>(find: (set: SelectedSet) => Result): (set: SelectedSet) => Result {
  const found = new Map<SelectedSet, Result>()
  return (set) => {
    const known = found.get(set)
    if (known !== undefined) return known
    const result = find(set)
    found.set(set, result)
    return result
  }
}

/** Whether a field of this name stands anywhere in some sets. */
export function createContains(name: string): (sets: readonly SelectedSet[]) => boolean {
  const contains: (set: SelectedSet) => boolean = oncePerSet(
    ({ fields, spreads }) =>
      fields.some(({ node, below }) => node.name.value === name || (below !== null && contains(below))) || spreads.some(contains),
  )
  return (sets) => sets.some(contains)
}

/** Every field that stands anywhere below another one. */
export function listBelow({ below }: RootField): readonly SelectedField[] {
  return listAll(below).flatMap(({ fields }) => fields)
}

function measureDepth(set: SelectedSet): number {
  const measure: (set: SelectedSet) => number = oncePerSet(({ fields, spreads }) => {
    const depths = [...fields.map(({ below }) => (below === null ? 1 : 1 + measure(below))), ...spreads.map(measure)]
    return depths.reduce((deepest, each) => Math.max(deepest, each), 0)
  })
  return measure(set)
}

/** Sets and those that `next` leads to, each once. */
function listSets(first: readonly SelectedSet[], next: (set: SelectedSet) => readonly SelectedSet[]): readonly SelectedSet[] {
  const seen = new Set(first)
  // A set of JavaScript goes on to what is added to it meanwhile.
  for (const set of seen) for (const each of next(set)) seen.add(each)
  return [...seen]
}

/** Sets with all that stand below them. */
function listAll(sets: readonly SelectedSet[]): readonly SelectedSet[] {
  return listSets(sets, ({ fields, spreads }) => [...spreads, ...fields.flatMap(({ below }) => below ?? [])])
}

function listFields(set: SelectedSet): readonly SelectedField[] {
  return listAll([set])
    .flatMap(({ fields }) => fields)
    .filter(({ node }) => !node.name.value.startsWith('__'))
}

function listRoots(set: SelectedSet): readonly RootField[] {
  const fields = listSets([set], ({ spreads }) => spreads).flatMap((each) => each.fields)
  const byName = Map.groupBy(fields, ({ node }) => (node.alias ?? node.name).value)
  return [...byName.values()].flatMap((same) => {
    const below = same.flatMap((field) => field.below ?? [])
    return same.slice(0, 1).map((field) => ({ ...field, below }))
  })
}

function findField(schema: GraphQLSchema, parent: GraphQLNamedType, name: string): SelectedField['definition'] | undefined {
  if (name === TypeNameMetaFieldDef.name) return TypeNameMetaFieldDef
  if (parent === schema.getQueryType()) {
    if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef
    if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef
  }
  return isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined
}

function isLeftOut(node: SelectionNode, variables: Variables): boolean {
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
