import type { Batch } from '../webhook.ts'
import type { Http } from '../http/call.ts'
import { readPages } from './pages.ts'

/** A list that changed between its pages, or told a wrong total: what was read of it may miss some. Its message says how. */
export class ShiftedListError extends Error {
  override readonly name = 'ShiftedListError'
}

export interface NumberedPage<Item> {
  readonly batch: Batch<Item>
  /** How many there are on all pages; null where the provider does not tell. */
  readonly total: number | null
}

/**
 * Reads pages that are known by their numbers, the first of which is 1: what is deleted meanwhile moves all behind it up, over
 * the edge of a page that was read. So the total must be the same on all pages and be what was read; where there is none, the
 * pages are read again and must be the same. Fails at its end with a ShiftedListError where they are not.
 *
 * How many items a page has is up to the provider, which may give fewer than it was asked for: without a total, only a page
 * that brings nothing new is behind the last one. Where that is page 2, and it is page 1 again, which had all that was asked
 * for, the provider may take no notice of the number: such a list breaks the contract, as nothing tells that it is whole.
 */
export async function* readNumberedPages<Item extends { readonly id: string }>(
  http: Http,
  askedSize: number,
  read: (page: number) => Promise<NumberedPage<Item>>,
): AsyncIterable<Batch<Item>> {
  const known = new Set<string>()
  const totals = new Set<number | null>()
  const pages: Ids[] = []
  let nameless = 0

  yield* readPages(http, 1, async (page) => {
    const { batch, total } = await read(page)
    const ids = listIds(batch)
    const isFull = ids.length >= askedSize
    if (page === 2 && total === null && isFull && isSame(ids, pages[0])) throw http.toContractError(untold)
    const before = known.size + nameless
    for (const id of ids) {
      if (id === null) nameless += 1
      else known.add(id)
    }
    // An empty page behind the last one is but its end.
    if (page === 1 || ids.length > 0) totals.add(total)
    if (ids.length > 0) pages.push(ids)
    const count = known.size + nameless
    const ended = count === before || (total !== null && count >= total)
    return { batch, next: ended ? null : page + 1 }
  })

  const [total = null, changed] = totals
  if (changed !== undefined) throw new ShiftedListError(`the total was ${total} on one page and ${changed} on another`)
  const count = known.size + nameless
  if (total !== null) {
    if (count !== total) throw new ShiftedListError(`the total is ${total}, but ${count} were listed`)
    return
  }
  for (const [index, ids] of pages.entries()) {
    const again = listIds((await read(index + 1)).batch)
    if (!isSame(again, ids)) throw new ShiftedListError('a page changed when it was read again')
  }
}

const untold = 'page 2 of the list repeats the full page 1, so webhooks may be missing'

type Ids = readonly (string | null)[]

function isSame(ids: Ids, others: Ids | undefined): boolean {
  return JSON.stringify(ids) === JSON.stringify(others)
}

function listIds({ items, unreadable }: Batch<{ readonly id: string }>): Ids {
  return [...items.map(({ id }) => id), ...unreadable]
}
