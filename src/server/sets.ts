import type { FieldNode, GraphQLField, GraphQLNamedType } from 'graphql'

// What can be found out of what is selected, in time that is linear in the size of the document.

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

/** How many fields stand within each other at most. */
export function measureDepth(set: SelectedSet): number {
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

/** Every field that may be resolved. */
export function listFields(set: SelectedSet): readonly SelectedField[] {
  return listAll([set])
    .flatMap(({ fields }) => fields)
    .filter(({ node }) => !node.name.value.startsWith('__'))
}

/** The fields of Query or Mutation, one for each name in the answer. */
export function listRoots(set: SelectedSet): readonly RootField[] {
  const fields = listSets([set], ({ spreads }) => spreads).flatMap((each) => each.fields)
  const byName = Map.groupBy(fields, ({ node }) => (node.alias ?? node.name).value)
  return [...byName.values()].flatMap((same) => {
    const below = same.flatMap((field) => field.below ?? [])
    return same.slice(0, 1).map((field) => ({ ...field, below }))
  })
}
