import type { Changes } from './changes.ts'
import type { Change, Database } from './database.ts'
import type { Intent, Outcome } from './store.ts'

/** As large as the secrets of most entries: where an entry does not fit, less may. */
const secrets = { input: 'x'.repeat(4_096) }

const nothing: Omit<Intent, 'id'> = {
  operation: 'CREATE',
  account: '',
  provider: '',
  upstream: '',
  webhook: null,
  caller: '',
  keyHash: null,
  before: null,
  facts: null,
  secrets,
  startedMs: 0,
}

const succeeded: Omit<Outcome, 'webhook'> = {
  state: 'SUCCEEDED',
  after: null,
  result: null,
  error: null,
  candidates: null,
  recovered: false,
  signingSecret: null,
  secretUntilMs: null,
  holdsKey: false,
  setsSecret: true,
  settledMs: 0,
}

/** Begins an entry that sets the secret of a webhook, settles it and removes both, in one transaction: nobody sees it, and nothing is left. */
export function toTrial({ queries }: Database, { begin, settle }: Changes, id: string): readonly Change[] {
  return [
    ...begin({ ...nothing, id }, [{ turn: id, mark: null }]),
    ...settle(id, { ...succeeded, webhook: id }),
    { query: queries.deleteFrom('webhook_secrets').where('upstream', '=', nothing.upstream).where('webhook', '=', id) },
    { query: queries.deleteFrom('turns').where('turn', '=', id) },
    { query: queries.deleteFrom('entries').where('id', '=', id) },
  ]
}
