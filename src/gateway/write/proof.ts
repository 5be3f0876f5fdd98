import { randomBytes, randomUUID } from 'node:crypto'
import type { CreateInput } from '../../provider/operations.ts'

/** What the gateway generates for one create. */
export type Marks = Pick<CreateInput<unknown>, 'proof' | 'key'>

/** An unguessable proof, which may be the signing secret, and a key that reveals nothing of it. */
export function newMarks(): Marks {
  return { proof: randomBytes(32).toString('base64url'), key: newKey() }
}

/** A key for one write. */
export function newKey(): string {
  return randomUUID()
}

const shown = '[generated]'

/** Placeholders for them in previews. */
export const shownMarks: Marks = { proof: shown, key: shown }
