import { formatId } from '../../id.ts'
import type { Change } from '../../plan/change.ts'
import type { Desired } from '../../plan/desired.ts'
import { toNameKey } from '../../plan/name.ts'
import { type Problem, toPending, toUnsettled } from '../../plan/problem.ts'
import { toHref } from '../../provider/answers.ts'
import type { Options } from '../../provider/fields.ts'
import type { CreateInput } from '../../provider/operations.ts'
import type { Store, StoredEntry } from '../../store/store.ts'
import type { AccountWebhook } from '../../webhook.ts'
import type { Connection } from '../connection.ts'
import { findInput, makesSecret, readMade } from '../journal/begun.ts'
import { getLive } from '../journal/commit.ts'
import { isOpen } from '../journal/entry.ts'
import { unpack } from '../journal/record.ts'
import type { Known } from '../write/search.ts'

// Writes that nobody knows the outcome of, and that may have given a desired webhook a secret that nobody has, or may still make it.

/** An open create or rotation. */
interface OpenWrite {
  readonly entry: StoredEntry
  readonly connection: Connection
  /** Of a create; null if it cannot be read any more. */
  readonly input: CreateInput<Options> | null
  /** Whether the provider has made a secret for it that nobody may have. */
  readonly makesSecret: boolean
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
  for (const { account, kind, desired, webhook } of changes) {
    if (desired === null) continue
    const own = writes.filter(({ entry }) => entry.account === account.slug)
    const pending = kind === 'CREATE' || kind === 'REPLACE' ? own.find((write) => mayStillMake(write, desired)) : undefined
    if (pending !== undefined) problems.push(toPending(account, desired, toEntryId(pending)))
    if (pending !== undefined || webhook === null) continue
    for (const write of own.filter((each) => each.makesSecret && isOf(each, webhook))) {
      if (await hasNewSecret(store, write, webhook)) continue
      const what = write.entry.operation === 'CREATE' ? 'create' : 'rotation'
      problems.push(toUnsettled(account, desired, webhook, what, toEntryId(write)))
    }
  }
  return problems
}

function toEntryId({ entry: { id } }: OpenWrite): string {
  return formatId({ kind: 'entry', id })
}

async function listOpen(store: Store, connections: readonly Connection[]): Promise<readonly OpenWrite[]> {
  const bySlug = new Map(connections.map((connection) => [connection.account.slug, connection]))
  const filter = {
    accounts: [...bySlug.keys()],
    operations: ['CREATE', 'ROTATE_SECRET'],
    states: ['RUNNING', 'UNKNOWN'],
  } as const
  const writes: OpenWrite[] = []
  for (let before: number | undefined; ;) {
    const page = connections.length === 0 ? [] : await store.list(filter, pageSize, before)
    for (const entry of page) {
      const connection = bySlug.get(entry.account)
      if (connection?.ledger.account !== entry.upstream || !isOpen(entry) || isUnderWay(store, entry)) continue
      const input =
        entry.operation === 'CREATE' ? await findInput<CreateInput<Options>>((field) => store.openSecret(entry.id, field)) : null
      writes.push({ entry, connection, input, makesSecret: makesSecret(connection.provider, input) })
    }
    before = page.at(-1)?.position
    if (page.length < pageSize) return writes
  }
}

/** Whether somebody who is alive carries it out. */
function isUnderWay(store: Store, { id, state, isOwnedElsewhere }: StoredEntry): boolean {
  return getLive(store).has(id) || (state === 'RUNNING' && isOwnedElsewhere)
}

/** Whether a create, of which nothing has been seen yet, may still make a desired webhook. */
function mayStillMake(write: OpenWrite, desired: Desired): boolean {
  return readMade(write.entry) === null && listCandidates(write.entry).length === 0 && isAskedBy(write, desired)
}

/** Whether a create asks for a webhook with this URL or name. */
function isAskedBy({ connection: { provider }, input }: OpenWrite, { url, name }: Pick<Desired, 'url' | 'name'>): boolean {
  if (input === null) return false
  const isSameName = name != null && toNameKey(provider, input.name) === toNameKey(provider, name)
  return isSameName || toHref(input.url) === toHref(url)
}

function listCandidates({ candidates }: StoredEntry): readonly AccountWebhook[] {
  return unpack<readonly AccountWebhook[] | null>(candidates) ?? []
}

/** Whether a write may have made a webhook, or set its secret. */
function isOf(write: OpenWrite, webhook: AccountWebhook): boolean {
  const { entry } = write
  const { id, upstreamId, url, name } = webhook
  if (entry.webhook === upstreamId || readMade(entry) === upstreamId) return true
  const candidates = listCandidates(entry)
  if (candidates.length > 0) return candidates.some((each) => each.upstreamId === upstreamId)
  if (unpack<Partial<Known>>(entry.facts).ids?.includes(id) === true) return false
  return isAskedBy(write, { url, name: name ?? undefined })
}

/** Whether another write has made the webhook, or has set its secret since. */
async function hasNewSecret(
  store: Store,
  { entry: { id, operation, startedMs }, connection: { ledger } }: OpenWrite,
  { upstreamId }: AccountWebhook,
): Promise<boolean> {
  if (operation === 'CREATE' && (await store.findMade(ledger.account, [upstreamId], id)).has(upstreamId)) return true
  const setMs = (await store.findSecretTimes(ledger.account, [upstreamId])).get(upstreamId)
  return setMs !== undefined && setMs >= startedMs
}
