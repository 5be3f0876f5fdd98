/** Enum values from their descriptions. */
export function toEnumValues(texts: Readonly<Record<string, string>>) {
  return Object.fromEntries(Object.entries(texts).map(([name, description]) => [name, { description }]))
}

/** The ID in the input of an operation on one webhook. */
export const webhookId: { readonly required: true; readonly description: string } = {
  required: true,
  description: 'The `id` of the webhook, up to 2,000 characters.',
}

/** The journal entry of every write. */
export const journalEntry: { readonly type: 'JournalEntry'; readonly nullable: true; readonly description: string } = {
  type: 'JournalEntry',
  nullable: true,
  description: 'Entry of this write in the journal. Null if nothing was begun.',
}

export const replayed: { readonly description: string } = {
  description: 'Whether this is the outcome of an earlier write with the same `idempotencyKey`.',
}

/** The warnings of every result. */
export const warnings: { readonly type: ['Warning']; readonly description: string } = {
  type: ['Warning'],
  description: 'Warnings and next steps.',
}

/** The key in the input of every mutation that a provider carries out. */
export const idempotencyKey: { readonly description: string } = {
  description:
    'Repeats of this mutation with the same key and input return its first outcome. 1 to 255 printable ASCII characters. Ignored by previews.',
}
