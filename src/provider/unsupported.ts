export interface Unsupported {
  readonly support: 'UNSUPPORTED'
  /** Reason and alternative, for the caller. */
  readonly note: string
}

export function unsupported(note: string): Unsupported {
  return { support: 'UNSUPPORTED', note }
}

/** Why a provider requires no verification. */
export const sendsAtOnce = unsupported('It requires no verification: a webhook sends events as soon as it is enabled.')

/** Why a create cannot be recovered if no read shows its secret. */
export const secretLost = unsupported(
  'The signing secret was only in the lost response. Delete the webhook once you are sure that it is yours, and create it again.',
)

/** Maximum upstream requests of an operation. */
export function countCalls(statement: { readonly maxCalls: number } | Unsupported): number {
  return isUnsupported(statement) ? 0 : statement.maxCalls
}

export function isUnsupported(statement: object | string): statement is Unsupported {
  return typeof statement === 'object' && 'support' in statement && statement.support === 'UNSUPPORTED'
}
