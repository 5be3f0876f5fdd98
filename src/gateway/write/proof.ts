import { randomBytes } from 'node:crypto'

/** A proof that nobody can guess, for one create: it may be its signing secret. */
export function newProof(): string {
  return randomBytes(32).toString('base64url')
}

/** What a preview shows in its place. */
export const shownProof = '[generated]'
