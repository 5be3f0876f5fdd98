export interface Unsupported {
  readonly support: 'UNSUPPORTED'
  /** A sentence for the caller: why, and what to do instead. */
  readonly note: string
}

export function unsupported(note: string): Unsupported {
  return { support: 'UNSUPPORTED', note }
}

/** Why a provider verifies nothing that is there to send. */
export function sendsAtOnce(displayName: string): Unsupported {
  return unsupported(`${displayName} requires no verification: a webhook sends events as soon as it is enabled.`)
}

/** Why a create is not recovered where no read shows its secret. */
export const secretLost = unsupported(
  'The signing secret was only in the lost response. Delete the webhook once you are sure that it is yours, and create it again.',
)

/** Upstream calls that a statement comes to at most. */
export function countCalls(statement: { readonly maxCalls: number } | Unsupported): number {
  return isUnsupported(statement) ? 0 : statement.maxCalls
}

export function isUnsupported(statement: object | string): statement is Unsupported {
  return typeof statement === 'object' && 'support' in statement && statement.support === 'UNSUPPORTED'
}
