/**
 * Some of many cells: so many that each value of an aspect comes with each value of every other aspect, if it does in all of them. The
 * same ones each time, spread over the values of the first aspect. All of them with HOOKQL_TEST_ALL.
 */
export function coverPairs<Cell>(all: readonly Cell[], toAspects: (cell: Cell) => readonly string[]): readonly Cell[] {
  if (process.env['HOOKQL_TEST_ALL'] !== undefined) return all
  const told = all.map((cell) => ({ cell, aspects: toAspects(cell) }))
  const values = (told[0]?.aspects ?? []).map((_, aspect) => [...new Set(told.map(({ aspects }) => aspects[aspect]))])
  const toTurn = (aspects: readonly string[]) =>
    aspects.reduce((sum, value, aspect) => sum + (values[aspect]?.indexOf(value) ?? 0), 0) % (values[0]?.length ?? 1)
  const met = new Set<string>()
  const chosen = told
    .toSorted((a, b) => toTurn(a.aspects) - toTurn(b.aspects))
    .filter(({ aspects }) => {
      const before = met.size
      for (const pair of listPairs(aspects)) met.add(pair)
      return met.size > before
    })
  const kept = new Set(chosen.map(({ cell }) => cell))
  return all.filter((cell) => kept.has(cell))
}

export function listPairs(aspects: readonly string[]): readonly string[] {
  return aspects.flatMap((value, index) =>
    aspects.slice(0, index).map((other, place) => JSON.stringify([place, other, index, value])),
  )
}
