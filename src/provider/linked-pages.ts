import type { ZodType } from 'zod'
import type { Batch } from '../webhook.ts'
import type { Http, Path } from '../http/call.ts'
import type { Link } from '../http/link.ts'
import { assertUnchanged, type Ids, isSame, listIds } from './numbered-pages.ts'
import { readPages } from './pages.ts'

export interface LinkedPages<Item> {
  readonly path: Path
  readonly query?: Readonly<Record<string, string>>
  readonly answer: ZodType<Batch<Item>>
  /** Maximum pages to read. Defaults to all. */
  readonly most?: number
  /**
   * If the links only count pages: a deletion between two of them moves later items up. So several pages are read again
   * and must be the same. Otherwise, it ends with a ShiftedListError.
   */
  readonly numbered?: {
    /** Of the query, for the page after a full one without links: a proxy may have removed them. */
    readonly parameter: string
    /** Items on a full page. */
    readonly size: number
  }
}

/** Reads pages by the links with rel="next" in their headers, which are followed as they are, but only at the same origin. */
export function readLinkedPages<Item extends { readonly id: string }>(
  http: Http,
  { path, query = {}, answer, most = Number.POSITIVE_INFINITY, numbered }: LinkedPages<Item>,
): AsyncIterable<Batch<Item>> {
  const pages = new Map<Path | Link | number, Ids>()
  const read = (position: Path | Link | number) => {
    if (typeof position !== 'number') return http.readPage({ path: position, query, answer })
    return http.readPage({ path, query: { ...query, [numbered?.parameter ?? '']: String(position) }, answer })
  }

  const readNext = async (position: Path | Link | number) => {
    const { answer: batch, next, headers } = await read(position)
    const ids = listIds(batch)
    if (typeof position === 'number' && ids.length > 0 && isSame(ids, [...pages.values()].at(-1)))
      throw http.toContractError('a page of the list repeats the full page before it, so webhooks may be missing')
    pages.set(position, ids)
    const isCutOff = numbered !== undefined && headers['link'] === undefined && ids.length >= numbered.size
    return { batch, next: pages.size >= most ? null : isCutOff ? pages.size + 1 : next }
  }

  const check = async () => {
    if (numbered === undefined || pages.size === 1) return
    for (const [position, ids] of pages) if (ids.length > 0) assertUnchanged(ids, (await read(position)).answer)
  }

  return readPages<Path | Link | number, Item>(http, path, readNext, check)
}
