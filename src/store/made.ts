import type { Kysely } from 'kysely'
import type { Database } from './database.ts'
import { parseSteps } from './entry.ts'
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

/** Whether a write to the webhook that began within this time is UNKNOWN or was recovered. */
export async function isInDoubt(
  { queries, now }: Database,
  upstream: string,
  webhook: string,
  withinMs: number,
): Promise<boolean> {
  const row = await queries
    .selectFrom('entries')
    .select('id')
    .where('upstream', '=', upstream)
    .where('webhook', '=', webhook)
    .where((eb) => eb('begun_ms', '>', eb(now(), '-', eb.val(withinMs))))
    .where((eb) => eb.or([eb('state', '=', 'UNKNOWN'), eb('recovered', '=', 1)]))
    .limit(1)
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
