import type { Change, Database } from './database.ts'
import { formatJson, formatStep, toRow } from './entry.ts'
import { type Keyring, toPlace } from './seal.ts'
import type { Intent, Outcome, Secrets, Step, StoredEntry } from './store.ts'

/** Lives as long as its entry. */
const digest = 'digest'
const signingSecret = 'signingSecret'

/** What each write of the journal changes, in one transaction. */
export function createChanges({ queries, filler }: Database, keyring: Keyring) {
  const updateOpen = (id: string) =>
    queries
      .updateTable('entries')
      .where('id', '=', id)
      .where('state', 'in', ['RUNNING', 'UNKNOWN'] as const)

  const keep = (id: string, secrets: Secrets): readonly Change[] =>
    Object.entries(secrets).map(([field, text]) => {
      const { keyId, bytes } = keyring.seal(text, toPlace(id, field))
      const row = { entry: id, field, key_id: keyId, filler: field === digest ? new Uint8Array() : filler, bytes }
      return {
        query: queries
          .insertInto('sealed')
          .values(row)
          .onConflict((conflict) => conflict.columns(['entry', 'field']).doUpdateSet({ key_id: keyId, bytes })),
      }
    })

  const erase = (id: string): Change => ({
    query: queries.deleteFrom('sealed').where('entry', '=', id).where('field', '<>', digest),
  })

  const forgetSecretTime = (upstream: string, webhook: string): Change => ({
    query: queries.deleteFrom('webhook_secrets').where('upstream', '=', upstream).where('webhook', '=', webhook),
  })

  const setSecretTime = (upstream: string, webhook: string, setMs: number): Change => ({
    query: queries
      .insertInto('webhook_secrets')
      .values({ upstream, webhook, set_ms: setMs })
      .onConflict((conflict) => conflict.columns(['upstream', 'webhook']).doUpdateSet({ set_ms: setMs })),
  })

  const end = (id: string, webhook: string | null, previous: string | null, outcome: Outcome): Change => {
    const { state, settledMs, holdsKey } = outcome
    const query = updateOpen(id).set(({ eb, ref }) => ({
      state,
      webhook,
      previous,
      held_key: holdsKey ? eb.case().when('abandoned_ms', 'is', null).then(ref('key_hash')).else(null).end() : null,
      after: formatJson(outcome.after),
      result: formatJson(outcome.result),
      error: formatJson(outcome.error),
      candidates: formatJson(outcome.candidates),
      recovered: outcome.recovered ? 1 : 0,
      secret_until_ms: outcome.signingSecret === null ? null : outcome.secretUntilMs,
      settled_ms: settledMs,
      closed_ms: state === 'UNKNOWN' ? ref('abandoned_ms') : settledMs,
    }))
    return { query, needsRow: true }
  }

  return {
    begin: (intent: Intent): readonly Change[] => [
      { query: queries.insertInto('entries').values(toRow(intent)) },
      ...keep(intent.id, intent.secrets),
    ],

    note(id: string, step: Step, secrets: Secrets): readonly Change[] {
      const query = updateOpen(id).set(({ eb, ref, val }) => ({ steps: eb(ref('steps'), '||', val(formatStep(step))) }))
      return [{ query, needsRow: true }, ...keep(id, secrets)]
    },

    settle({ id, operation, upstream, ...entry }: StoredEntry, outcome: Outcome): readonly Change[] {
      const { state, setsSecret, settledMs } = outcome
      const webhook = outcome.webhook ?? entry.webhook
      const replaced = webhook === entry.webhook ? null : entry.webhook
      const changes = [end(id, webhook, replaced ?? entry.previous, outcome)]
      if (state !== 'UNKNOWN') changes.push(erase(id))
      if (outcome.signingSecret !== null) changes.push(...keep(id, { [signingSecret]: outcome.signingSecret }))
      if (state !== 'SUCCEEDED') return changes
      const gone = operation === 'DELETE' ? webhook : replaced
      if (gone !== null) changes.push(forgetSecretTime(upstream, gone))
      if (setsSecret && webhook !== null) changes.push(setSecretTime(upstream, webhook, settledMs))
      return changes
    },

    abandon(id: string, nowMs: number): readonly Change[] {
      const query = updateOpen(id)
        .where('abandoned_ms', 'is', null)
        .set(({ fn, ref, val }) => ({
          state: 'UNKNOWN' as const,
          held_key: null,
          settled_ms: fn.coalesce(ref('settled_ms'), val(nowMs)),
          abandoned_ms: nowMs,
          closed_ms: nowMs,
        }))
      return [{ query, needsRow: true }, erase(id)]
    },

    /** Erases the signing secrets of entries. */
    eraseSigned: (ids: readonly string[]): readonly Change[] => [
      { query: queries.deleteFrom('sealed').where('entry', 'in', ids).where('field', '=', signingSecret) },
      { query: queries.updateTable('entries').where('id', 'in', ids).set({ secret_until_ms: null }) },
    ],
  }
}

export type Changes = ReturnType<typeof createChanges>
