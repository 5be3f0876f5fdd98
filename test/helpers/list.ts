import type { Provider } from '../../src/provider/provider.ts'

const lists = new WeakMap<Provider, readonly Provider[]>()

/** The same list each time for a provider alone: schema and shapes are built once for each list. */
export function toList(given: readonly Provider[]): readonly Provider[] {
  const [first] = given
  if (first === undefined || given.length > 1) return given
  const list = lists.get(first) ?? given
  lists.set(first, list)
  return list
}
