/** Enum values from their descriptions. */
export function toEnumValues(texts: Readonly<Record<string, string>>) {
  return Object.fromEntries(Object.entries(texts).map(([name, description]) => [name, { description }]))
}

/** The ID in the input of an operation on one webhook. */
export const webhookId: { readonly required: true; readonly description: string } = {
  required: true,
  description: 'The `id` of the webhook, up to 2,000 characters.',
}

/** The warnings of every result. */
export const warnings: { readonly type: ['Warning']; readonly description: string } = {
  type: ['Warning'],
  description: 'Warnings and next steps.',
}
