import type { FieldNode, GraphQLField, GraphQLNamedType } from 'graphql'

// Analysis of selection sets, in time proportional to the document size.

/** A selection set: one object per pair of braces, so that each is analyzed once. */
export interface SelectedSet {
  readonly fields: readonly SelectedField[]
  /** Selections of its fragments at the same place, each fragment once. */
  readonly spreads: readonly SelectedSet[]
}

export interface SelectedField {
  readonly node: FieldNode
  readonly parent: GraphQLNamedType
  readonly definition: GraphQLField<unknown, unknown>
  /** Empty if they are invalid, so that the field fails. */
  readonly args: Readonly<Record<string, unknown>>
  /** Null if nothing can be selected. */
  readonly below: SelectedSet | null
}

/** Fields with the same response name, merged into one. */
export interface RootField extends Omit<SelectedField, 'below'> {
  readonly below: readonly SelectedSet[]
}

/** Caches a result that depends only on the set. */
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

/** Whether any of the sets contains a field with this name. */
export function createContains(name: string): (sets: readonly SelectedSet[]) => boolean {
  const contains: (set: SelectedSet) => boolean = oncePerSet(
    ({ fields, spreads }) =>
      fields.some(({ node, below }) => node.name.value === name || (below !== null && contains(below))) || spreads.some(contains),
  )
  return (sets) => sets.some(contains)
}

/** All fields below a field, at any depth. */
export function listBelow({ below }: RootField): readonly SelectedField[] {
  return listAll(below).flatMap(({ fields }) => fields)
}

/** Maximum nesting depth. */
export function measureDepth(set: SelectedSet): number {
  const measure: (set: SelectedSet) => number = oncePerSet(({ fields, spreads }) => {
    const depths = [...fields.map(({ below }) => (below === null ? 1 : 1 + measure(below))), ...spreads.map(measure)]
    return depths.reduce((deepest, each) => Math.max(deepest, each), 0)
  })
  return measure(set)
}

/** Sets and those reachable by `next`, each once. */
function listSets(first: readonly SelectedSet[], next: (set: SelectedSet) => readonly SelectedSet[]): readonly SelectedSet[] {
  const seen = new Set(first)
  // Iterating over a JavaScript Set includes items added during iteration.
  for (const set of seen) for (const each of next(set)) seen.add(each)
  return [...seen]
}

/** Sets with all sets below them. */
function listAll(sets: readonly SelectedSet[]): readonly SelectedSet[] {
  return listSets(sets, ({ fields, spreads }) => [...spreads, ...fields.flatMap(({ below }) => below ?? [])])
}

/** All fields that may be resolved. */
export function listFields(set: SelectedSet): readonly SelectedField[] {
  return listAll([set])
    .flatMap(({ fields }) => fields)
    .filter(({ node }) => !node.name.value.startsWith('__'))
}

/** Root fields, one for each response name. */
export function listRoots(set: SelectedSet): readonly RootField[] {
  const fields = listSets([set], ({ spreads }) => spreads).flatMap((each) => each.fields)
  const byName = Map.groupBy(fields, ({ node }) => (node.alias ?? node.name).value)
  return [...byName.values()].flatMap((same) => {
    const below = same.flatMap((field) => field.below ?? [])
    return same.slice(0, 1).map((field) => ({ ...field, below }))
  })
}
