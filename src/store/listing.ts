import type { ExpressionBuilder, Kysely } from 'kysely'
import type { Owners } from './owners.ts'
import type { EntryFilter } from './store.ts'
import type { EntryRow, Tables } from './tables.ts'
import { type JournaledOperation, journaledOperations, type JournalState, journalStates } from '../journal.ts'

// A list is newest first: by start, then by position. Whatever the filter, each value of it is read from an index in that order, and
// at most a page of it, so a page costs the same however long the journal is.

interface Columns {
  readonly account?: string
  readonly webhook?: string
  readonly previous?: string
  readonly state?: JournalState
  readonly operation?: JournaledOperation
}

/** Databases limit how many queries can be united. */
const mostUnited = 200

interface Page {
  readonly filter: EntryFilter
  readonly limit: number
  readonly before: number | undefined
}

export function selectEntries(queries: Kysely<Tables>, owners: Owners) {
  return queries
    .selectFrom('entries')
    .selectAll()
    .select((eb) => eb.case().when(owners.isElsewhere(eb)).then(eb.lit(1)).else(eb.lit(0)).end().as('is_owned_elsewhere'))
}

export async function listRows(queries: Kysely<Tables>, owners: Owners, page: Page): Promise<readonly EntryRow[]> {
  const start = page.before === undefined ? undefined : await findStart(queries, page.before)
  if (start === null) return []
  const branches = toBranches(page.filter)
  const rows: EntryRow[] = []
  for (let from = 0; from < branches.length; from += mostUnited)
    rows.push(...(await readUnited(queries, owners, branches.slice(from, from + mostUnited), page, start)))
  return rows.toSorted(compareNewestFirst).slice(0, page.limit)
}

function compareNewestFirst(one: EntryRow, other: EntryRow): number {
  return other.started_ms - one.started_ms || other.position - one.position
}

interface Start {
  readonly startedMs: number
  /** Exclusive. */
  readonly position: number
}

/** Where the page after an entry starts, though the entry itself may have been removed by now. Null if nothing is older. */
async function findStart(queries: Kysely<Tables>, before: number): Promise<Start | null> {
  const nearest = await queries
    .selectFrom('entries')
    .select(['position', 'started_ms'])
    .where('position', '<=', before)
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst()
  return nearest === undefined ? null : { startedMs: nearest.started_ms, position: before }
}

/** The combinations of values that a filter permits, each of which an index has together. */
function toBranches({ accounts, webhook, states, operations }: EntryFilter): readonly Columns[] {
  if (webhook !== undefined) {
    const { account, id } = webhook
    if (accounts?.includes(account) === false) return []
    return [
      { account, webhook: id },
      { account, previous: id },
    ]
  }
  const byAccount: readonly Columns[] = accounts === undefined ? [{}] : [...new Set(accounts)].map((account) => ({ account }))
  if (states === undefined && operations === undefined) return byAccount
  return byAccount.flatMap((columns) =>
    [...new Set(states ?? journalStates)].flatMap((state) =>
      [...new Set(operations ?? journaledOperations)].map((operation) => ({ ...columns, state, operation })),
    ),
  )
}

function toConditions(columns: Columns, filter: EntryFilter, start: Start | undefined) {
  const { states, operations, sinceMs, untilMs } = filter
  return (builder: ExpressionBuilder<Tables, 'entries'>) =>
    builder.and([
      builder.and(columns),
      ...(columns.state === undefined && states !== undefined ? [builder('state', 'in', states)] : []),
      ...(columns.operation === undefined && operations !== undefined ? [builder('operation', 'in', operations)] : []),
      ...(sinceMs === undefined ? [] : [builder('started_ms', '>=', sinceMs)]),
      ...(untilMs === undefined ? [] : [builder('started_ms', '<', untilMs)]),
      ...(start === undefined
        ? []
        : [builder(builder.refTuple('started_ms', 'position'), '<', builder.tuple(start.startedMs, start.position))]),
    ])
}

async function readUnited(
  queries: Kysely<Tables>,
  owners: Owners,
  branches: readonly Columns[],
  page: Page,
  start: Start | undefined,
): Promise<readonly EntryRow[]> {
  const [first, ...others] = branches.map((columns, index) => {
    const newest = queries
      .selectFrom('entries')
      .select(['position', 'started_ms'])
      .where(toConditions(columns, page.filter, start))
      .orderBy('started_ms', 'desc')
      .orderBy('position', 'desc')
      .limit(page.limit)
    return queries.selectFrom(newest.as(`branch${index}`)).selectAll()
  })
  if (first === undefined) return []
  const positions = queries
    .selectFrom(others.reduce((united, other) => united.unionAll(other), first).as('found'))
    .select('position')
    .orderBy('started_ms', 'desc')
    .orderBy('position', 'desc')
    .limit(page.limit)
  return selectEntries(queries, owners).where('position', 'in', positions).execute()
}
