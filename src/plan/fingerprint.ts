import type { Change } from './change.ts'
import { hash } from './hash.ts'

/** Whether a change would change anything. */
export function isEffective({ kind }: Pick<Change, 'kind'>): boolean {
  return kind !== 'NONE' && kind !== 'UNMANAGED'
}

/** A hash of what a plan would change, whatever its order. Nothing in it is volatile, and no secret. */
export function toFingerprint(changes: readonly Change[]): string {
  const ids = changes.filter(isEffective).map(({ id }) => id)
  return hash(ids.toSorted())
}
