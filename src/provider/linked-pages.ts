import type { ZodType } from 'zod'
import type { Batch } from '../webhook.ts'
import type { Http, Path } from '../http/call.ts'
import type { Link } from '../http/link.ts'
import { assertUnchanged, type Ids, listIds } from './numbered-pages.ts'
import { readPages } from './pages.ts'

export interface LinkedPages<Item> {
  readonly path: Path
  readonly query?: Readonly<Record<string, string>>
  readonly answer: ZodType<Batch<Item>>
  /** Maximum pages to read. Defaults to all. */
  readonly most?: number
  /**
   * Whether the links only count pages: a deletion between two of them moves later items up. So several pages are read again
   * and must be the same. Otherwise, it ends with a ShiftedListError.
   */
  readonly isNumbered?: boolean
}

/** Reads pages by the links with rel="next" in their headers, which are followed as they are, but only at the same origin. */
export async function* readLinkedPages<Item extends { readonly id: string }>(
  http: Http,
  { path, query = {}, answer, most = Number.POSITIVE_INFINITY, isNumbered = false }: LinkedPages<Item>,
): AsyncIterable<Batch<Item>> {
  const read = (position: Path | Link) => http.readPage({ path: position, query, answer })
  const pages = new Map<Path | Link, Ids>()

  yield* readPages<Path | Link, Item>(http, path, async (position) => {
    const { answer: batch, next } = await read(position)
    pages.set(position, listIds(batch))
    return { batch, next: pages.size < most ? next : null }
  })

  if (!isNumbered || pages.size === 1) return
  for (const [position, ids] of pages) assertUnchanged(ids, (await read(position)).answer)
}
