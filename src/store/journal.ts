import type { Change, Database } from './database.ts'
import { RefusedWriteError } from './database.ts'
import { enterKey } from './key-check.ts'
import { formatJson, formatStep, toEntry, toRow } from './entry.ts'
import { StoreError } from './error.ts'
import { listRows } from './listing.ts'
import { maintain } from './maintain.ts'
import { type Keyring, toPlace } from './seal.ts'
import type { Secrets, Store, StoredEntry } from './store.ts'

const open = ['RUNNING', 'UNKNOWN'] as const
/** Lives as long as its entry. */
const digest = 'digest'
const signingSecret = 'signingSecret'

/** The store over a database. */
export function createJournal(database: Database, keyring: Keyring): Store {
  const { queries } = database
  let isWritable = true

  async function write(changes: readonly Change[]): Promise<void> {
    try {
      await database.write(changes)
      isWritable = true
    } catch (error) {
      isWritable = error instanceof RefusedWriteError
      throw error
    }
  }

  const keep = (id: string, secrets: Secrets): readonly Change[] =>
    Object.entries(secrets).map(([field, text]) => {
      const { keyId, bytes } = keyring.seal(text, toPlace(id, field))
      const filler = field === digest ? new Uint8Array() : database.filler
      const row = { entry: id, field, key_id: keyId, filler, bytes }
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
  const updateOpen = (id: string) => queries.updateTable('entries').where('id', '=', id).where('state', 'in', open)

  async function find(column: 'id' | 'held_key', value: string): Promise<StoredEntry | null> {
    const row = await queries.selectFrom('entries').selectAll().where(column, '=', value).executeTakeFirst()
    return row === undefined ? null : toEntry(row)
  }

  /** What a success says of the times at which webhooks got their secrets. */
  function setSecretTime(
    { operation, upstream }: StoredEntry,
    webhook: string | null,
    gone: string | null,
    setMs: number | null,
  ) {
    const forget = operation === 'DELETE' ? webhook : gone
    const changes: Change[] = []
    if (forget !== null)
      changes.push({
        query: queries.deleteFrom('webhook_secrets').where('upstream', '=', upstream).where('webhook', '=', forget),
      })
    if (webhook !== null && setMs !== null)
      changes.push({
        query: queries
          .insertInto('webhook_secrets')
          .values({ upstream, webhook, set_ms: setMs })
          .onConflict((conflict) => conflict.columns(['upstream', 'webhook']).doUpdateSet({ set_ms: setMs })),
      })
    return changes
  }

  return {
    begin: (intent) =>
      write([{ query: queries.insertInto('entries').values(toRow(intent)) }, ...keep(intent.id, intent.secrets)]),

    note: (id, step, secrets = {}) =>
      write([
        {
          query: updateOpen(id).set(({ eb, ref, val }) => ({ steps: eb(ref('steps'), '||', val(formatStep(step))) })),
          needsRow: true,
        },
        ...keep(id, secrets),
      ]),

    async settle(id, outcome) {
      const entry = await find('id', id)
      if (entry === null) throw new StoreError('The journal has no such entry.')
      const { state, settledMs, recovered } = outcome
      const webhook = outcome.webhook ?? entry.webhook
      const replaced = webhook === entry.webhook ? null : entry.webhook
      await write([
        {
          query: updateOpen(id).set(({ eb, ref }) => ({
            state,
            webhook,
            previous: replaced ?? entry.previous,
            held_key: outcome.holdsKey ? eb.case().when('abandoned_ms', 'is', null).then(ref('key_hash')).else(null).end() : null,
            after: formatJson(outcome.after),
            result: formatJson(outcome.result),
            error: formatJson(outcome.error),
            candidates: formatJson(outcome.candidates),
            recovered: recovered ? 1 : 0,
            secret_until_ms: outcome.signingSecret === null ? null : outcome.secretUntilMs,
            settled_ms: settledMs,
            closed_ms: state === 'UNKNOWN' ? ref('abandoned_ms') : settledMs,
          })),
          needsRow: true,
        },
        ...(state === 'UNKNOWN' ? [] : [erase(id)]),
        ...(outcome.signingSecret === null ? [] : keep(id, { [signingSecret]: outcome.signingSecret })),
        ...(state === 'SUCCEEDED' ? setSecretTime(entry, webhook, replaced, outcome.setsSecret ? settledMs : null) : []),
      ])
      if (state !== 'UNKNOWN') database.purgeLater()
    },

    async abandon(id, nowMs) {
      const abandon = updateOpen(id)
        .where('abandoned_ms', 'is', null)
        .set(({ fn, ref, val }) => ({
          state: 'UNKNOWN' as const,
          held_key: null,
          settled_ms: fn.coalesce(ref('settled_ms'), val(nowMs)),
          abandoned_ms: nowMs,
          closed_ms: nowMs,
        }))
      await write([{ query: abandon, needsRow: true }, erase(id)])
      database.purgeLater()
    },

    find: (id) => find('id', id),
    findByKey: (keyHash) => find('held_key', keyHash),
    list: async (filter, limit, before) => (await listRows(queries, { filter, limit, before })).map(toEntry),

    async openSecret(id, field) {
      const query = queries.selectFrom('sealed').select(['key_id', 'bytes']).where('entry', '=', id).where('field', '=', field)
      const row = await query.executeTakeFirst()
      if (row === undefined) return null
      const text = keyring.open({ keyId: row.key_id, bytes: row.bytes }, toPlace(id, field))
      if (text === null)
        throw new StoreError('A secret in the store was changed or moved and cannot be opened; restore a backup.')
      return text
    },

    async eraseSigningSecret(id) {
      await write([
        { query: queries.deleteFrom('sealed').where('entry', '=', id).where('field', '=', signingSecret) },
        { query: queries.updateTable('entries').where('id', '=', id).set({ secret_until_ms: null }) },
      ])
      await database.purge()
    },

    async findSecretTimes(upstream, webhooks) {
      if (webhooks.length === 0) return new Map()
      const rows = await queries
        .selectFrom('webhook_secrets')
        .select(['webhook', 'set_ms'])
        .where('upstream', '=', upstream)
        .where('webhook', 'in', webhooks)
        .execute()
      return new Map(rows.map((row) => [row.webhook, row.set_ms]))
    },

    maintain: (nowMs, keepSinceMs) => maintain(database, write, nowMs, keepSinceMs),
    check: () => write([enterKey(database, keyring)]),
    isHealthy: () => isWritable && database.isOpen(),
    close: () => database.close(),
  }
}
