import { WebhookError } from '../errors.ts'
import type { Batch, Warning } from '../webhook.ts'

/** Warning about a response that could be read only in part. */
export function toUnreadableWarnings(displayName: string, unreadable: readonly string[]): readonly Warning[] {
  if (unreadable.length === 0) return []
  const message =
    `The change was made, but some fields in the response from ${displayName} could not be read: ${unreadable.join(', ')}. ` +
    'They are null here or, if required, show the values you sent. Query the webhook to check them.'
  return [{ code: 'UNREADABLE_FIELD', message }]
}

/** Converts each item of a batch. */
export function mapBatch<From, To>({ items, unreadable }: Batch<From>, convert: (item: From) => To): Batch<To> {
  return { items: items.map(convert), unreadable }
}

/** Converts each item of every batch. */
export async function* mapBatches<From, To>(
  read: () => AsyncIterable<Batch<From>> | Iterable<Promise<Batch<From>>>,
  convert: (item: From) => To,
): AsyncIterable<Batch<To>> {
  for await (const batch of read()) yield mapBatch(batch, convert)
}

/** A read after a write: null if it fails, because an error would discard the result of the write. */
export async function readBack<Read>(read: () => Promise<Read>): Promise<Read | null> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof WebhookError) return null
    throw error
  }
}
