import type { Batch } from '../webhook.ts'
import type { Http } from '../http/call.ts'

export interface WirePage<Position, Item> {
  readonly batch: Batch<Item>
  /** Start of the next page; null at the end. */
  readonly next: Position | null
}

const maximum = 1_000

/** Reads all pages. A repeated position or an endless list violates the contract. */
export async function* readPages<Position, Item>(
  http: Http,
  first: Position,
  read: (position: Position) => Promise<WirePage<Position, Item>>,
): AsyncIterable<Batch<Item>> {
  const seen = new Set<Position>()
  for (let position: Position | null = first; position !== null;) {
    if (seen.has(position)) throw http.toContractError('the pages of the list form a loop')
    if (seen.size === maximum) throw http.toContractError(`the list did not end after ${maximum} pages`)
    seen.add(position)
    const page: WirePage<Position, Item> = await read(position)
    yield page.batch
    position = page.next
  }
}
