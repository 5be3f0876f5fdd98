import * as z from 'zod'
import { NotFoundError } from '../errors.ts'
import type { Http } from '../http/call.ts'
import type { Batch } from '../webhook.ts'
import { ShiftedListError } from './numbered-pages.ts'
import { readPages } from './pages.ts'
import { wireAnswer, wireId } from './wire.ts'

/** A page of a list that goes on after its last item. */
export interface CursorPage<Item> {
  readonly batch: Batch<Item>
  /** ID of the last item. */
  readonly last: string | null
  readonly has_more: boolean
}

/** A page `{ data, has_more }`. The ID of the last item may be readable although the item is not. */
export function wireCursorPage<Item>(items: z.ZodType<Batch<Item>>): z.ZodType<CursorPage<Item>> {
  return z
    .object({ data: z.unknown(), has_more: z.boolean() })
    .transform(({ data, has_more }) => ({ batch: data, last: data, has_more }))
    .pipe(z.object({ batch: items, last: wireLastId, has_more: z.boolean() }))
}

const wireOwnId = wireAnswer(z.object({ id: wireId }))
const wireLastId = z.array(z.unknown()).transform((items) => wireOwnId.safeParse(items.at(-1)).data?.id ?? null)

/** Reads pages, each after the ID of the last item of the one before. Without that ID, the rest would be missing. */
export function readCursorPages<Item>(
  http: Http,
  read: (after: string | undefined) => Promise<CursorPage<Item>>,
): AsyncIterable<Batch<Item>> {
  return readPages<string | undefined, Item>(http, undefined, async (after) => {
    const { batch, last, has_more } = await read(after).catch((error: unknown) => {
      const isGone = after !== undefined && error instanceof NotFoundError
      throw isGone ? new ShiftedListError('the last webhook of a page was deleted') : error
    })
    if (has_more && last === null) {
      const isEmpty = batch.items.length + batch.unreadable.length === 0
      throw http.toContractError(`the list goes on after ${isEmpty ? 'an empty page' : 'a webhook without a readable ID'}`)
    }
    return { batch, next: has_more ? last : null }
  })
}
