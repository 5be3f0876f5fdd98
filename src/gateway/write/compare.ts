import { toHref } from '../../provider/answers.ts'

// Compares the state at a provider with the requested state.

export function isSameUrl(a: string, b: string): boolean {
  return toHref(a) === toHref(b)
}

/** Null and undefined mean unknown and match everything. */
export function isSameSet(a: readonly string[] | null, b: readonly string[] | undefined): boolean {
  return a === null || b === undefined || new Set(a).symmetricDifference(new Set(b)).size === 0
}
