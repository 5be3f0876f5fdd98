export interface Unsupported {
  readonly support: 'UNSUPPORTED'
  /** A sentence for the caller: why, and what to do instead. */
  readonly note: string
}

export function unsupported(note: string): Unsupported {
  return { support: 'UNSUPPORTED', note }
}

/** Upstream calls that a statement comes to at most. */
export function countCalls(statement: { readonly maxCalls: number } | Unsupported): number {
  return isUnsupported(statement) ? 0 : statement.maxCalls
}

export function isUnsupported(statement: object | string): statement is Unsupported {
  return typeof statement === 'object' && 'support' in statement && statement.support === 'UNSUPPORTED'
}
