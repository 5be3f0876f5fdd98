import { isRecord } from '../unchecked.ts'
import type { Change } from '../../plan/change.ts'
import type { Problem } from '../../plan/problem.ts'
import { listDifferences } from '../../plan/replace.ts'
import type { Provider } from '../../provider/provider.ts'
import type { Store, StoredEntry } from '../../store/store.ts'
import type { AccountWebhook } from '../../webhook.ts'
import type { Connection } from '../connection.ts'
import { unpack } from '../journal/record.ts'
import type { CreateResult } from '../operations.ts'
import type { Facts } from './earlier.ts'
import type { Begun } from './planned.ts'
import { hashSettings } from './settings.ts'

// Replacements that an apply has begun and not finished, whoever applied it: both webhooks exist.

/** Those among the webhooks that a plan cannot tell apart. */
export async function findBegun(
  store: Store,
  connections: readonly Connection[],
  webhooks: readonly AccountWebhook[],
  problems: readonly Problem[],
): Promise<readonly Begun[]> {
  const byId = new Map(webhooks.map((webhook) => [webhook.id, webhook]))
  const unclear = new Map(problems.flatMap(({ account, webhooks: all }) => all.map((each) => [each.id, { account, twin: each }])))
  const begun: Begun[] = []
  for (const { account, twin } of unclear.values()) {
    const connection = connections.find((each) => each.account.slug === account.slug)
    const webhook = { account: account.slug, id: twin.upstreamId }
    const [entry] = await store.list({ webhook, operations: ['CREATE'], states: ['SUCCEEDED'] }, 1)
    const facts = entry === undefined ? null : readFacts(entry)
    const old = byId.get(facts?.webhookId ?? '')
    if (entry === undefined || facts === null || old === undefined || connection?.ledger.account !== entry.upstream) continue
    const isAsBefore = hashSettings(connection.provider, old) === facts.settings
    if (isAsBefore && mayFinish(store, entry)) begun.push({ entry, changeId: facts.change.id, twin, settings: facts.settings })
  }
  return begun
}

/** What a create is to replace; null if it replaces nothing. */
function readFacts({ facts }: StoredEntry): Facts | null {
  const part = isRecord(facts) ? facts['part'] : null
  const read = part == null ? null : unpack<Facts>(part)
  return read?.change.kind === 'REPLACE' && read.step === 'CREATE' ? read : null
}

/** Whether the new webhook can take over: it is sure, and its secret can still be handed out. */
function mayFinish(store: Store, { result, secretUntilMs }: StoredEntry): boolean {
  const { hadSecret, isInDoubt } = unpack<Pick<CreateResult, 'isInDoubt'> & { readonly hadSecret?: boolean }>(result)
  return isInDoubt !== true && (hadSecret !== true || (secretUntilMs !== null && secretUntilMs > store.readClock()))
}

/** Whether a change is the one that was begun, and the new webhook is what it wants. */
export function isBegunBy({ changeId, twin }: Begun, { id, desired }: Change, provider: Provider): boolean {
  return id === changeId && desired !== null && listDifferences(provider, desired, twin).length === 0
}
