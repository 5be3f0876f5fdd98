/** What a failure says of itself. */
interface Described {
  readonly code: string
  readonly message: string
  readonly upstream: { readonly message: string | null } | null
}

/** A failure on one line, with the reason that the provider gives. */
export function describeFailure({ code, message, upstream }: Described): string {
  const own = message.replace(/ See upstream\.message for its reason\.$/, '')
  return [`${code}: ${own}`, upstream?.message].filter(Boolean).join(' It says: ')
}
