import type { ExpressionBuilder, NotNull } from 'kysely'
import type { Change, Database } from './database.ts'
import { formatJson, formatStep, toRow } from './entry.ts'
import { type Keyring, toPlace } from './seal.ts'
import type { Intent, Outcome, Secrets, Step } from './store.ts'
import type { Tables } from './tables.ts'

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

  const ofEntry = (id: string) => queries.selectFrom('entries').where('id', '=', id)

  /** Of a deleted webhook, and of one that was replaced. */
  function forgetSecretTime(id: string): Change {
    const gone = ofEntry(id).select(({ eb, ref }) => [
      'upstream',
      eb.case().when('operation', '=', 'DELETE').then(ref('webhook')).else(ref('previous')).end().as('webhook'),
    ])
    const isGone = ({ eb, refTuple }: ExpressionBuilder<Tables, 'webhook_secrets'>) =>
      eb(refTuple('upstream', 'webhook'), 'in', gone.$narrowType<{ webhook: NotNull }>().$asTuple('upstream', 'webhook'))
    return { query: queries.deleteFrom('webhook_secrets').where(isGone) }
  }

  function setSecretTime(id: string, setMs: number): Change {
    const owner = ofEntry(id)
      .where('webhook', 'is not', null)
      .select(({ val }) => ['upstream', 'webhook', val(setMs).as('set_ms')])
      .$narrowType<{ webhook: NotNull }>()
    return {
      query: queries
        .insertInto('webhook_secrets')
        .columns(['upstream', 'webhook', 'set_ms'])
        .expression(owner)
        .onConflict((conflict) => conflict.columns(['upstream', 'webhook']).doUpdateSet({ set_ms: setMs })),
    }
  }

  const end = (id: string, outcome: Outcome): Change => {
    const { state, webhook, settledMs, holdsKey } = outcome
    const query = updateOpen(id).set(({ eb, ref }) => ({
      state,
      ...(webhook !== null && {
        webhook,
        previous: eb.case().when('webhook', '<>', webhook).then(ref('webhook')).else(ref('previous')).end(),
      }),
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

    settle(id: string, outcome: Outcome): readonly Change[] {
      const { state, setsSecret, settledMs } = outcome
      const changes = [end(id, outcome)]
      if (state !== 'UNKNOWN') changes.push(erase(id))
      if (outcome.signingSecret !== null) changes.push(...keep(id, { [signingSecret]: outcome.signingSecret }))
      if (state !== 'SUCCEEDED') return changes
      changes.push(forgetSecretTime(id))
      if (setsSecret) changes.push(setSecretTime(id, settledMs))
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
