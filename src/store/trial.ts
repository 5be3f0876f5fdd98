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

const failed: Outcome = {
  state: 'FAILED',
  webhook: null,
  after: null,
  result: null,
  error: null,
  candidates: null,
  recovered: false,
  signingSecret: null,
  secretUntilMs: null,
  holdsKey: false,
  setsSecret: false,
  settledMs: 0,
}

/** Begins an entry, settles it and removes it, in one transaction: nobody sees it, and nothing is left. */
export function toTrial({ queries }: Database, { begin, settle }: Changes, id: string): readonly Change[] {
  return [
    ...begin({ ...nothing, id }, [{ turn: id, mark: null }]),
    ...settle(id, failed),
    { query: queries.deleteFrom('turns').where('turn', '=', id) },
    { query: queries.deleteFrom('entries').where('id', '=', id) },
  ]
}
