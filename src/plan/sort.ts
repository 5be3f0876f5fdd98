/** What items are sorted by, the first one first. */
export type Keys = readonly (string | number)[]

/** By keys that are made once for each item. */
export function sortBy<Item>(items: readonly Item[], toKeysOf: (item: Item) => Keys): readonly Item[] {
  return items
    .map((item) => ({ item, keys: toKeysOf(item) }))
    .toSorted((one, other) => compareKeys(one.keys, other.keys))
    .map(({ item }) => item)
}

function compareKeys(one: Keys, other: Keys): number {
  let place = 0
  while (place < one.length && one[place] === other[place]) place += 1
  const [key, rival] = [one[place], other[place]]
  if (key === undefined) return one.length - other.length
  return rival !== undefined && key < rival ? -1 : 1
}
