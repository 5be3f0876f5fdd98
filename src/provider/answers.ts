import type { Batch, Warning } from '../webhook.ts'

/** What to know of an answer of which only a part could be read. */
export function toUnreadableWarnings(displayName: string, unreadable: readonly string[]): readonly Warning[] {
  if (unreadable.length === 0) return []
  const message =
    `It is done, but the answer of ${displayName} has members that could not be read: ${unreadable.join(', ')}. ` +
    'What they say is null here or, where there must be a value, what you asked for. Read the webhook to see what it is.'
  return [{ code: 'UNREADABLE_FIELD', message }]
}

/** The same batch with each item converted. */
export function mapBatch<From, To>({ items, unreadable }: Batch<From>, convert: (item: From) => To): Batch<To> {
  return { items: items.map(convert), unreadable }
}
