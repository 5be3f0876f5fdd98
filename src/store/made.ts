import type { Kysely } from 'kysely'
import type { Database } from './database.ts'
import { parseSteps, toEntry } from './entry.ts'
import { selectEntries } from './listing.ts'
import type { Owners } from './owners.ts'
import type { RecentEntry } from './store.ts'
import type { Tables } from './tables.ts'

// What the entries of all processes say about webhooks.

/** Those of the webhooks that another entry has made, or takes as its own. */
export async function findMade(
  queries: Kysely<Tables>,
  upstream: string,
  webhooks: readonly string[],
  except: string | null,
): Promise<ReadonlySet<string>> {
  if (webhooks.length === 0) return new Set()
  const others = queries
    .selectFrom('entries')
    .where('upstream', '=', upstream)
    .where('id', '<>', except ?? '')
  const made = await others
    .select('webhook')
    .$narrowType<{ webhook: string }>()
    .where('webhook', 'in', webhooks)
    .where((eb) => eb.or([eb('operation', '=', 'CREATE'), eb('previous', 'is not', null)]))
    .execute()
  const open = await others.select('steps').where('closed_ms', 'is', null).where('steps', '<>', '').execute()
  const noted = open.flatMap(({ steps }) => parseSteps(steps).map(({ webhook }) => webhook))
  const found = new Set([...made.map(({ webhook }) => webhook), ...noted])
  return new Set(webhooks.filter((webhook) => found.has(webhook)))
}

/** The entries of a webhook that began within this time, oldest first. Of those from before this column, nobody knows when. */
export async function listRecent(
  { queries, now }: Database,
  owners: Owners,
  upstream: string,
  webhook: string,
  withinMs: number,
): Promise<readonly RecentEntry[]> {
  const rows = await selectEntries(queries, owners)
    .select((eb) => eb(now(), '-', eb.ref('begun_ms')).as('age_ms'))
    .where('upstream', '=', upstream)
    .where('webhook', '=', webhook)
    .where((eb) => eb('begun_ms', '>', eb(now(), '-', eb.val(withinMs))))
    .orderBy('position')
    .execute()
  return rows.map((row) => ({ entry: toEntry(row), ageMs: row.age_ms }))
}

/** Whether the secret of an entry's webhook was set since the entry began. */
export async function wasSecretSetSince({ queries, isShared }: Database, id: string): Promise<boolean> {
  const row = await queries
    .selectFrom('entries')
    .innerJoin('webhook_secrets', (join) =>
      join.onRef('webhook_secrets.upstream', '=', 'entries.upstream').onRef('webhook_secrets.webhook', '=', 'entries.webhook'),
    )
    .select('entries.id')
    .where('entries.id', '=', id)
    .where((eb) =>
      eb('set_ms', '>=', isShared ? eb.fn.coalesce('entries.begun_ms', 'entries.started_ms') : eb.ref('entries.started_ms')),
    )
    .executeTakeFirst()
  return row !== undefined
}

/** The time since an entry began; null if nobody knows. */
export async function readAgeMs({ queries, now }: Database, id: string): Promise<number | null> {
  const row = await queries
    .selectFrom('entries')
    .select((eb) => eb(now(), '-', eb.ref('begun_ms')).as('age_ms'))
    .where('id', '=', id)
    .executeTakeFirst()
  return row?.age_ms ?? null
}
