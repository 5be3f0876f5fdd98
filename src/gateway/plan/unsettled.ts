import { formatId } from '../../id.ts'
import type { Change } from '../../plan/change.ts'
import { type Problem, toUnsettled } from '../../plan/problem.ts'
import { toHref } from '../../provider/answers.ts'
import type { Options } from '../../provider/fields.ts'
import type { CreateInput } from '../../provider/operations.ts'
import { isUnsupported } from '../../provider/unsupported.ts'
import type { Store, StoredEntry } from '../../store/store.ts'
import type { AccountWebhook } from '../../webhook.ts'
import type { Connection } from '../connection.ts'
import { setsSecretOption } from '../input.ts'
import { readInput, readMade } from '../journal/begun.ts'
import { getLive } from '../journal/commit.ts'
import { isOpen } from '../journal/entry.ts'
import { unpack } from '../journal/record.ts'
import type { Known } from '../write/search.ts'

// Writes that nobody knows the outcome of, and that may have given a desired webhook a secret that nobody has.

/** An open create or rotation. */
interface OpenWrite {
  readonly entry: StoredEntry
  readonly connection: Connection
  /** Of a create; null if it cannot be read any more. */
  readonly input: CreateInput<Options> | null
}

const pageSize = 100

/** One problem for each such write, in the order of the changes. */
export async function findUnsettled(
  store: Store,
  connections: readonly Connection[],
  changes: readonly Change[],
): Promise<readonly Problem[]> {
  const writes = await listOpen(store, connections)
  // Most journals have none.
  if (writes.length === 0) return []
  const problems: Problem[] = []
  for (const { account, desired, webhook } of changes) {
    if (desired === null || webhook === null) continue
    const concerned = writes.filter((write) => write.entry.account === account.slug && isOf(write, webhook))
    for (const { entry, connection } of concerned) {
      if (await hasNewSecret(store, entry, connection, webhook)) continue
      const write = entry.operation === 'CREATE' ? 'create' : 'rotation'
      problems.push(toUnsettled(account, desired, webhook, write, formatId({ kind: 'entry', id: entry.id })))
    }
  }
  return problems
}

async function listOpen(store: Store, connections: readonly Connection[]): Promise<readonly OpenWrite[]> {
  // What cannot be rotated is no secret of the webhook, but of all that its account has.
  const own = connections.filter(({ provider }) => !isUnsupported(provider.operations.ROTATE_SECRET))
  const bySlug = new Map(own.map((connection) => [connection.account.slug, connection]))
  const filter = {
    accounts: [...bySlug.keys()],
    operations: ['CREATE', 'ROTATE_SECRET'],
    states: ['RUNNING', 'UNKNOWN'],
  } as const
  const writes: OpenWrite[] = []
  for (let before: number | undefined; ;) {
    const page = own.length === 0 ? [] : await store.list(filter, pageSize, before)
    for (const entry of page) {
      const connection = bySlug.get(entry.account)
      if (connection?.ledger.account !== entry.upstream || !isOpen(entry) || isUnderWay(store, entry)) continue
      const input = entry.operation === 'CREATE' ? await readCreate(store, entry) : null
      // Whoever gave the secret has it.
      if (input === null || !setsSecretOption(connection.provider, input.options)) writes.push({ entry, connection, input })
    }
    before = page.at(-1)?.position
    if (page.length < pageSize) return writes
  }
}

/** Whether somebody who is alive carries it out. */
function isUnderWay(store: Store, { id, state, isOwnedElsewhere }: StoredEntry): boolean {
  return getLive(store).has(id) || (state === 'RUNNING' && isOwnedElsewhere)
}

async function readCreate(store: Store, { id }: StoredEntry): Promise<CreateInput<Options> | null> {
  const text = await store.openSecret(id, 'input')
  return text === null ? null : readInput<CreateInput<Options>>(() => Promise.resolve(text))
}

/** Whether a write may have made a webhook, or set its secret. */
function isOf({ entry, input }: OpenWrite, { id, upstreamId, url, name }: AccountWebhook): boolean {
  if (entry.webhook === upstreamId || readMade(entry) === upstreamId) return true
  const candidates = unpack<readonly AccountWebhook[] | null>(entry.candidates) ?? []
  if (candidates.length > 0) return candidates.some((each) => each.upstreamId === upstreamId)
  if (input === null || unpack<Partial<Known>>(entry.facts).ids?.includes(id) === true) return false
  return toHref(input.url) === toHref(url) || (name !== null && input.name === name)
}

/** Whether another write has made the webhook, or has set its secret since. */
async function hasNewSecret(
  store: Store,
  { id, operation, startedMs }: StoredEntry,
  { ledger }: Connection,
  { upstreamId }: AccountWebhook,
): Promise<boolean> {
  if (operation === 'CREATE' && (await store.findMade(ledger.account, [upstreamId], id)).has(upstreamId)) return true
  const setMs = (await store.findSecretTimes(ledger.account, [upstreamId])).get(upstreamId)
  return setMs !== undefined && setMs >= startedMs
}
