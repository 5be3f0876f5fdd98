import type { Store, StoredEntry } from '../../store/store.ts'
import { inTime } from '../journal/commit.ts'
import { toDigest, toOtherInput } from '../journal/held.ts'
import { toUnavailableError } from '../journal/unavailable.ts'
import type { AskedPlan } from './input.ts'

// A key belongs to one input. Fingerprint, choice and force are not a part of it: they are others from call to call.

/** Equal for the same webhooks in the same order: outcomes name them by their place. */
export function digestInput({ desired, pruned }: AskedPlan): string {
  return toDigest('APPLY', [desired, [...pruned].toSorted()])
}

/** Throws if an earlier write with the key was for another input. */
export async function requireSameInput(
  store: Store,
  earlier: readonly { readonly entry: StoredEntry }[],
  digest: string,
): Promise<void> {
  for (const { entry } of earlier) {
    // That of the write comes first.
    const own = await inTime(store.openSecret(entry.id, 'digest')).catch(toUnavailableError)
    if (own?.endsWith(digest) !== true) throw toOtherInput()
  }
}
