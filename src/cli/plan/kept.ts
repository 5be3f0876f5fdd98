import type { Client } from '../client/client.ts'
import { KeptSecretsDocument, type KeptSecretsQuery } from '../client/documents.ts'
import { CommandError } from '../failure.ts'
import type { WebhooksFile } from '../file/desired.ts'
import type { Change, Plan } from './ask.ts'
import { toLabel } from './show.ts'
import { describeAcknowledge, describeReveal, describeRotate } from './ways.ts'

// Secrets of earlier runs that have not come where they are to go.

/** Whose secret it is. */
export type Owner = Pick<Change, 'account' | 'name' | 'url' | 'desiredIndex'>

export interface KeptSecret {
  readonly owner: Owner
  readonly entryId: string
  readonly webhookId: string
  /** Until when the journal keeps it; null if it is lost. */
  readonly until: string | null
  /** Scopes that the token lacks to get it. */
  readonly missing: readonly string[]
  /** Why it could be the wrong one for its place; null if it is the right one. */
  readonly doubt: string | null
}

/** In the order of the plan. Those who may not read the journal get none, and are told so by `onForbidden`. */
export async function listKept(
  plan: Plan,
  file: WebhooksFile,
  client: Client,
  onForbidden: () => void = () => {},
): Promise<readonly KeptSecret[]> {
  const known = listKnown(plan, file).filter(({ owner: { desiredIndex } }) => {
    return desiredIndex !== null && file.webhooks[desiredIndex]?.sink != null
  })
  if (known.length === 0) return []
  const entries = await readEntries([...new Set(known.map(({ owner }) => owner.account.slug))], client, onForbidden)
  return known.flatMap(({ owner, ids }) =>
    ids.flatMap((webhookId) => {
      const { found, isDoubtful } = findNewest(entries.filter((entry) => entry.webhookId === webhookId))
      const doubt = ids.length > 1 ? 'which may be meant' : isDoubtful ? 'which may not be in use' : null
      // What can be the wrong one is a problem of the plan, with or without it.
      const kept = found.filter(({ secretUntil }) => secretUntil !== null || doubt === null)
      return kept.map(({ id, secretUntil, missingScopes }) => {
        return { owner, entryId: id, webhookId, until: secretUntil, missing: missingScopes, doubt }
      })
    }),
  )
}

/** Whether an apply puts it where it is to go. If not, somebody has to do something about it. */
export function isPlaceable({ until, doubt }: KeptSecret): boolean {
  return until !== null && doubt === null
}

/** What is to be said of it. */
export function describeKept({ owner, entryId, webhookId, until, missing, doubt }: KeptSecret, file: WebhooksFile): string {
  const { account } = owner
  const label = `${account.slug}: ${toLabel(owner, file)}`
  if (until === null)
    return `${label}: its signing secret is lost, because the journal had it only for a time, in which nobody has put it where it is to go, or because the webhook was adopted without it. Rotate it: ${describeRotate(webhookId, account.slug, file)}. Or, if you have it, say so: ${describeAcknowledge(entryId)}`
  const token = missing.length === 0 ? '' : `, with a token that has scope ${missing.join(' and ')}, unlike this one`
  return doubt === null
    ? `${label}: its signing secret is in the journal until ${until}. An apply puts it where it is to go${token}`
    : `${label}: the secret of webhook ${webhookId}, ${doubt}, is still in the journal. Get it with ${describeReveal(entryId)}`
}

/** The same for programs. */
export function toRecord({ owner, entryId, webhookId, until, missing, doubt }: KeptSecret): object {
  const { account, name, url, desiredIndex } = owner
  const journalEntry = { id: entryId, missingScopes: missing }
  return { account, webhook: { id: webhookId }, desiredIndex, name, url, journalEntry, until, doubt }
}

interface Newest {
  readonly found: readonly Entry[]
  /** Whether a later write, whose outcome nobody knows, may have set another secret. */
  readonly isDoubtful: boolean
}

/** The writes of a webhook of which one has made its secret, where the journal has it or nobody has asked for it. */
function findNewest(entries: readonly Entry[]): Newest {
  const made = entries.find(({ state }) => state === 'SUCCEEDED')
  const later = made === undefined ? entries : entries.slice(0, entries.indexOf(made))
  // One that was abandoned did not happen.
  const open = later.filter((entry) => entry.open)
  // What another program has created is its own.
  const own = made?.planned === true ? [made] : []
  const found = [...open, ...own].filter(({ secretUntil, secretExpired }) => secretUntil !== null || secretExpired)
  return { found, isDoubtful: open.length > 0 }
}

/** The webhooks of the file that exist, each with the IDs of all that it can be. */
function listKnown(
  { changes, problems }: Plan,
  file: WebhooksFile,
): readonly { readonly owner: Owner; readonly ids: readonly string[] }[] {
  const clear = changes.flatMap((change) => (change.webhook === null ? [] : [{ owner: change, ids: [change.webhook.id] }]))
  const unclear = problems.flatMap(({ code, account, desiredIndexes: [desiredIndex, ...others], webhooks }) => {
    const input = desiredIndex === undefined ? undefined : file.webhooks[desiredIndex]?.input
    if (code === 'UNSETTLED' || desiredIndex === undefined || input === undefined || others.length > 0) return []
    const owner = { account, name: input.name ?? null, url: input.url, desiredIndex }
    return [{ owner, ids: webhooks.map(({ id }) => id) }]
  })
  return [...clear, ...unclear]
}

const forbidden = / requires scope .*journal:read/

type Entry = KeptSecretsQuery['journal']['nodes'][number]

/** Newest first. */
async function readEntries(accounts: readonly string[], { send }: Client, onForbidden: () => void): Promise<readonly Entry[]> {
  const entries: Entry[] = []
  try {
    for (let after: string | null = null; ;) {
      const { journal }: KeptSecretsQuery = await send(KeptSecretsDocument, { accounts, after })
      entries.push(...journal.nodes)
      after = journal.pageInfo.endCursor
      if (!journal.pageInfo.hasNextPage) return entries
    }
  } catch (error) {
    if (!(error instanceof CommandError && error.problems.every((problem) => forbidden.test(problem)))) throw error
    onForbidden()
    return []
  }
}
