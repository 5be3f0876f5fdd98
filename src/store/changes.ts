import { type ExpressionBuilder, type NotNull, sql } from 'kysely'
import type { Change, Database } from './database.ts'
import { formatJson, formatStep, toRow } from './entry.ts'
import { TakenOverError } from './error.ts'
import type { Owners } from './owners.ts'
import { type Keyring, toPlace } from './seal.ts'
import type { Intent, Outcome, ReadTurn, Secrets, Step } from './store.ts'
import type { Tables } from './tables.ts'
import type { createTurns } from './turns.ts'

/** Lives as long as its entry. */
const digest = 'digest'
const signingSecret = 'signingSecret'

const refuse = () => new TakenOverError()

/** What each write of the journal changes, in one transaction. */
export function createChanges(
  { queries, filler, isShared, now }: Database,
  keyring: Keyring,
  owners: Owners,
  turns: ReturnType<typeof createTurns>,
) {
  const updateOpen = (id: string) =>
    queries
      .updateTable('entries')
      .where('id', '=', id)
      .where('state', 'in', ['RUNNING', 'UNKNOWN'] as const)

  /** Nobody but this process can own an entry of a store that is not shared. */
  const updateOwn = (id: string) => (isShared ? updateOpen(id).where('owner', '=', owners.id) : updateOpen(id))

  function keep(id: string, secrets: Secrets): readonly Change[] {
    const rows = Object.entries(secrets).map(([field, text]) => {
      const { keyId, bytes } = keyring.seal(text, toPlace(id, field))
      return { entry: id, field, key_id: keyId, filler: field === digest ? new Uint8Array() : filler, bytes }
    })
    if (rows.length === 0) return []
    const query = queries
      .insertInto('sealed')
      .values(rows)
      .onConflict((conflict) =>
        conflict
          .columns(['entry', 'field'])
          .doUpdateSet(({ ref }) => ({ key_id: ref('excluded.key_id'), bytes: ref('excluded.bytes') })),
      )
    return [{ query }]
  }

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

  function setSecretTime(id: string, settledMs: number): Change {
    // The clocks of several processes may differ.
    const setMs = isShared ? sql<number>`${now()}` : sql<number>`${settledMs}`
    const owner = ofEntry(id)
      .where('webhook', 'is not', null)
      .select(['upstream', 'webhook', setMs.as('set_ms')])
      .$narrowType<{ webhook: NotNull }>()
    return {
      query: queries
        .insertInto('webhook_secrets')
        .columns(['upstream', 'webhook', 'set_ms'])
        .expression(owner)
        .onConflict((conflict) =>
          conflict.columns(['upstream', 'webhook']).doUpdateSet(({ ref }) => ({ set_ms: ref('excluded.set_ms') })),
        ),
    }
  }

  const end = (id: string, outcome: Outcome): Change => {
    const { state, webhook, settledMs, holdsKey } = outcome
    const query = updateOwn(id).set(({ eb, ref }) => ({
      state,
      owner: null,
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
      secret_until_ms: outcome.secretUntilMs,
      settled_ms: settledMs,
      closed_ms: state === 'UNKNOWN' ? ref('abandoned_ms') : settledMs,
    }))
    return { query, refuse }
  }

  const eraseSigned = (ids: readonly string[], untilMs: 0 | null): readonly Change[] => [
    { query: queries.deleteFrom('sealed').where('entry', 'in', ids).where('field', '=', signingSecret) },
    { query: queries.updateTable('entries').where('id', 'in', ids).set({ secret_until_ms: untilMs }) },
  ]

  return {
    begin: (intent: Intent, read: readonly ReadTurn[]): readonly Change[] => [
      ...turns.takeRead(read, intent.id),
      { query: queries.insertInto('entries').values({ ...toRow(intent), owner: owners.id, begun_ms: now() }) },
      ...keep(intent.id, intent.secrets),
      owners.requireLease(),
    ],

    claim: (id: string, names: readonly string[]): readonly Change[] => [
      {
        query: updateOpen(id)
          .where('abandoned_ms', 'is', null)
          .where((eb) => owners.isClaimable(eb))
          .set({ owner: owners.id }),
        refuse,
      },
      ...turns.takeFree(names, id),
      owners.requireLease(),
    ],

    /** Waits for whoever is about to claim the entry. */
    keep: (id: string): readonly Change[] => [{ query: updateOwn(id).set({ owner: owners.id }), refuse }],

    release: (id: string): readonly Change[] => [
      { query: updateOwn(id).set({ owner: null }), refuse },
      turns.freeUnlessRunning(id),
    ],

    note(id: string, step: Step, secrets: Secrets): readonly Change[] {
      const query = updateOwn(id).set(({ eb, ref, val }) => ({ steps: eb(ref('steps'), '||', val(formatStep(step))) }))
      return [{ query, refuse }, ...keep(id, secrets)]
    },

    settle(id: string, outcome: Outcome): readonly Change[] {
      const { state, setsSecret, settledMs } = outcome
      const changes = [end(id, outcome), turns.free(id)]
      if (state !== 'UNKNOWN') changes.push(erase(id))
      if (outcome.signingSecret !== null) changes.push(...keep(id, { [signingSecret]: outcome.signingSecret }))
      if (state !== 'SUCCEEDED') return changes
      changes.push(forgetSecretTime(id))
      if (setsSecret) changes.push(setSecretTime(id, settledMs))
      return changes
    },

    abandon(id: string, nowMs: number): readonly Change[] {
      const query = updateOwn(id)
        .where('abandoned_ms', 'is', null)
        .set(({ fn, ref, val }) => ({
          state: 'UNKNOWN' as const,
          held_key: null,
          secret_until_ms: null,
          settled_ms: fn.coalesce(ref('settled_ms'), val(nowMs)),
          abandoned_ms: nowMs,
          closed_ms: nowMs,
        }))
      return [{ query, refuse }, erase(id), turns.free(id)]
    },

    /** Erases the signing secrets of entries. */
    eraseSigned: (ids: readonly string[]) => eraseSigned(ids, null),
    /** The same, and remembers that nobody has asked for it. */
    expireSigned: (ids: readonly string[]) => eraseSigned(ids, 0),
  }
}

export type Changes = ReturnType<typeof createChanges>
