import type { Batch } from '../webhook.ts'
import type { Http } from '../http/call.ts'
import { readPages } from './pages.ts'

/** A list that changed between pages or reported a wrong total, so that items may be missing. The message says how. */
export class ShiftedListError extends Error {
  override readonly name = 'ShiftedListError'
}

export interface NumberedPage<Item> {
  readonly batch: Batch<Item>
  /** Number of items on all pages; null if the provider does not report it. */
  readonly total: number | null
}

/**
 * Reads numbered pages, starting at 1. A deletion between two pages moves later items up, possibly onto a page already read. So
 * the total must be the same on all pages and match the items read; without a total, the pages are read again and must be the
 * same. Otherwise, it ends with a ShiftedListError.
 *
 * The provider may return fewer items per page than requested, so without a total, only a page without new items marks the end.
 * If page 2 repeats a full page 1, the provider may ignore the page number: this violates the contract, because the list may be
 * incomplete.
 */
export function readNumberedPages<Item extends { readonly id: string }>(
  http: Http,
  askedSize: number,
  read: (page: number) => Promise<NumberedPage<Item>>,
): AsyncIterable<Batch<Item>> {
  const known = new Set<string>()
  const totals = new Set<number | null>()
  const pages: Ids[] = []
  let nameless = 0

  const readNext = async (page: number) => {
    const { batch, total } = await read(page)
    const ids = listIds(batch)
    const isFull = ids.length >= askedSize
    if (page === 2 && total === null && isFull && isSame(ids, pages[0])) throw http.toContractError(untold)
    const before = known.size + nameless
    for (const id of ids) {
      if (id === null) nameless += 1
      else known.add(id)
    }
    // An empty page after the last one is just the end.
    if (page === 1 || ids.length > 0) totals.add(total)
    if (ids.length > 0) pages.push(ids)
    const count = known.size + nameless
    const ended = count === before || (total !== null && count >= total)
    return { batch, next: ended ? null : page + 1 }
  }

  const check = async () => {
    const [total = null, changed] = totals
    if (changed !== undefined) throw new ShiftedListError(`the total was ${total} on one page and ${changed} on another`)
    const count = known.size + nameless
    if (total !== null) {
      if (count !== total) throw new ShiftedListError(`the total is ${total}, but ${count} were listed`)
      return
    }
    for (const [index, ids] of pages.entries()) assertUnchanged(ids, (await read(index + 1)).batch)
  }

  return readPages(http, 1, readNext, check)
}

/** Ends with a ShiftedListError if a page has other items than before. */
export function assertUnchanged(before: Ids, again: Batch<{ readonly id: string }>): void {
  if (!isSame(listIds(again), before)) throw new ShiftedListError('a page changed when it was read again')
}

const untold = 'page 2 of the list repeats the full page 1, so webhooks may be missing'

/** IDs of the items of a page; null for an unreadable one. */
export type Ids = readonly (string | null)[]

export function isSame(ids: Ids, others: Ids | undefined): boolean {
  return JSON.stringify(ids) === JSON.stringify(others)
}

export function listIds({ items, unreadable }: Batch<{ readonly id: string }>): Ids {
  return [...items.map(({ id }) => id), ...unreadable]
}
