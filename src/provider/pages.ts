import type { Batch } from '../webhook.ts'
import type { Http } from '../http/call.ts'

export interface WirePage<Position, Item> {
  readonly batch: Batch<Item>
  /** Start of the next page; null at the end. */
  readonly next: Position | null
}

const maximum = 1_000

/** Reads all pages, at least the first, and checks them at the end. A repeated position or an endless list violates the contract. */
export async function* readPages<Position, Item>(
  http: Http,
  first: Position,
  read: (position: Position) => Promise<WirePage<Position, Item>>,
  check?: () => Promise<void>,
): AsyncIterable<Batch<Item>> {
  const seen = new Set<Position>()
  for (let position = first; ;) {
    if (seen.has(position)) throw http.toContractError('the pages of the list form a loop')
    if (seen.size === maximum) throw http.toContractError(`the list did not end after ${maximum} pages`)
    seen.add(position)
    const { batch, next } = await read(position)
    yield batch
    if (next === null) return check?.()
    position = next
  }
}
