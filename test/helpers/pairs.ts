/**
 * Some of many cells: so many that each value of an aspect comes with each value of every other aspect, if it does in all of them; for
 * each list of aspects. The same ones each time, spread over the values of the first aspect. All of them with HOOKQL_TEST_ALL.
 */
export function coverPairs<Cell>(
  all: readonly Cell[],
  ...lists: readonly ((cell: Cell) => readonly string[])[]
): readonly Cell[] {
  if (process.env['HOOKQL_TEST_ALL'] !== undefined) return all
  const cells = toOrder(all, lists[0]).map((cell) => ({
    cell,
    pairs: lists.flatMap((toAspects, list) => listPairs(toAspects(cell), list)),
  }))
  const met = new Set<string>()
  const kept = new Set<Cell>()
  // First those that bring the most that is new, so that few are needed.
  for (let most = Math.max(0, ...cells.map(({ pairs }) => pairs.length)); most > 0; most -= 1)
    for (const { cell, pairs } of cells) {
      if (pairs.filter((pair) => !met.has(pair)).length < most) continue
      kept.add(cell)
      for (const pair of pairs) met.add(pair)
    }
  return all.filter((cell) => kept.has(cell))
}

/** Some of many cells: so many that each value of each aspect comes. The same ones each time; all of them with HOOKQL_TEST_ALL. */
export function coverEach<Cell>(all: readonly Cell[], toAspects: (cell: Cell) => readonly string[]): readonly Cell[] {
  const aspects = all.slice(0, 1).flatMap(toAspects)
  return coverPairs(all, ...aspects.map((_, aspect) => (cell: Cell) => ['', toAspects(cell)[aspect] ?? '']))
}

/** A prime, so that every place is taken. */
const stride = 7919

/** Neighbours come far from each other, and the values of the first aspect take turns. */
function toOrder<Cell>(all: readonly Cell[], toAspects: (cell: Cell) => readonly string[] = () => []): readonly Cell[] {
  const told = all.map((cell) => ({ cell, aspects: toAspects(cell) }))
  const values = (told[0]?.aspects ?? []).map((_, aspect) => [...new Set(told.map(({ aspects }) => aspects[aspect]))])
  const toTurn = (aspects: readonly string[]) =>
    aspects.reduce((sum, value, aspect) => sum + (values[aspect]?.indexOf(value) ?? 0), 0) % (values[0]?.length ?? 1)
  return told
    .map(({ cell, aspects }, index) => ({ cell, turn: toTurn(aspects), place: (index * stride) % all.length }))
    .toSorted((a, b) => a.turn - b.turn || a.place - b.place)
    .map(({ cell }) => cell)
}

/** Each two values that come together, for the list of aspects with this number. */
export function listPairs(aspects: readonly string[], list = 0): readonly string[] {
  return aspects.flatMap((value, index) =>
    aspects.slice(0, index).map((other, place) => JSON.stringify([list, place, other, index, value])),
  )
}
