import { findTokenIssue, readValue } from './value.ts'
import type { AccountSettings } from '../gateway/account.ts'
import type { Provider } from '../provider/provider.ts'
import { reveal, Secret } from '../secret.ts'

/** The token file of an account. */
export interface TokenFile {
  readonly slug: string
  readonly path: string
}

/**
 * The accounts with the current tokens of their files. If a file is invalid, for example while it is being replaced, the
 * account keeps its token and the problem is reported.
 */
export function rereadTokens(accounts: readonly AccountSettings[], files: readonly TokenFile[], providers: readonly Provider[]) {
  const changed: string[] = []
  const problems: string[] = []
  const reread = accounts.map((account) => {
    const file = files.find(({ slug }) => slug === account.slug)
    if (file === undefined) return account
    const { text: token, issue } = readValue(file.path, (text) => {
      return findTokenIssue(
        text,
        providers.find(({ name }) => name === account.provider),
      )
    })
    if (issue !== undefined) problems.push(`${file.path}: ${issue}`)
    if (token === undefined || issue !== undefined || token === reveal(account.token)) return account
    changed.push(account.slug)
    return { ...account, token: new Secret(token) }
  })
  return { accounts: reread, changed, problems }
}
