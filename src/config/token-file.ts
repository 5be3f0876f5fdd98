import { readFileSync } from 'node:fs'
import { findTokenIssue } from './value.ts'
import type { AccountSettings } from '../gateway/connection.ts'
import { reveal, Secret } from '../secret.ts'

/** The file that an account's token was read from. */
export interface TokenFile {
  readonly slug: string
  readonly path: string
}

/** A token as its file holds it, and what is wrong with it. */
export function readTokenFile(path: string): { readonly token?: string; readonly issue?: string | undefined } {
  try {
    const token = readFileSync(path, 'utf8').trim()
    return { token, issue: findTokenIssue(token) }
  } catch {
    return { issue: 'cannot be read' }
  }
}

/**
 * The accounts with the tokens that their files hold now. Where a file is no good, which it may be for a moment while it
 * is replaced, the account keeps its token and there is a line about it.
 */
export function rereadTokens(accounts: readonly AccountSettings[], files: readonly TokenFile[]) {
  const changed: string[] = []
  const problems: string[] = []
  const reread = accounts.map((account) => {
    const file = files.find(({ slug }) => slug === account.slug)
    if (file === undefined) return account
    const { token, issue } = readTokenFile(file.path)
    if (issue !== undefined) problems.push(`${file.path}: ${issue}`)
    if (token === undefined || issue !== undefined || token === reveal(account.token)) return account
    changed.push(account.slug)
    return { ...account, token: new Secret(token) }
  })
  return { accounts: reread, changed, problems }
}
