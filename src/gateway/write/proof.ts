import { randomBytes } from 'node:crypto'

/** An unguessable proof for one create; it may be its signing secret. */
export function newProof(): string {
  return randomBytes(32).toString('base64url')
}

/** Placeholder for it in previews. */
export const shownProof = '[generated]'
