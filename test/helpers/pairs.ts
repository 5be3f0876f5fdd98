/**
 * Some of many cells: so many that each value of an aspect comes with each value of every other aspect, if it does in all of them; for
 * each list of aspects. The same ones each time, spread over the values of the first aspect. All of them with HOOKQL_TEST_ALL.
 */
export function coverPairs<Cell>(
  all: readonly Cell[],
  ...lists: readonly ((cell: Cell) => readonly string[])[]
): readonly Cell[] {
  if (process.env['HOOKQL_TEST_ALL'] !== undefined) return all
  const kept = new Set(lists.flatMap((toAspects) => coverList(all, toAspects)))
  return all.filter((cell) => kept.has(cell))
}

/** A prime, so that every place is taken. */
const stride = 7919

function coverList<Cell>(all: readonly Cell[], toAspects: (cell: Cell) => readonly string[]): readonly Cell[] {
  const told = all.map((cell) => ({ cell, aspects: toAspects(cell) }))
  const values = (told[0]?.aspects ?? []).map((_, aspect) => [...new Set(told.map(({ aspects }) => aspects[aspect]))])
  const toTurn = (aspects: readonly string[]) =>
    aspects.reduce((sum, value, aspect) => sum + (values[aspect]?.indexOf(value) ?? 0), 0) % (values[0]?.length ?? 1)
  const met = new Set<string>()
  // Of equal ones, neighbours come far from each other.
  const toPlace = (index: number) => (index * stride) % all.length
  return told
    .map((cell, index) => ({ ...cell, turn: toTurn(cell.aspects), place: toPlace(index) }))
    .toSorted((a, b) => a.turn - b.turn || a.place - b.place)
    .filter(({ aspects }) => {
      const before = met.size
      for (const pair of listPairs(aspects)) met.add(pair)
      return met.size > before
    })
    .map(({ cell }) => cell)
}

export function listPairs(aspects: readonly string[]): readonly string[] {
  return aspects.flatMap((value, index) =>
    aspects.slice(0, index).map((other, place) => JSON.stringify([place, other, index, value])),
  )
}
