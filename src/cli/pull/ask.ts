import { inspectTarget } from '../../gateway/input.ts'
import type { AccountWebhook } from '../../webhook.ts'
import type { Client } from '../client/client.ts'
import { WebhookPlanDocument, WebhooksDocument, type WebhooksQuery } from '../client/documents.ts'
import { describeFailure } from '../client/describe.ts'
import { CommandError } from '../failure.ts'

// What a pull asks the gateway.

export type WebhookNode = WebhooksQuery['webhooks']['nodes'][number]

/** The webhooks of accounts. Throws CommandError unless each was read in full. */
export async function readAll(send: Client['send'], accounts: readonly string[]): Promise<readonly WebhookNode[]> {
  const nodes: WebhookNode[] = []
  for (let after: string | null = null; ;) {
    const { webhooks: page }: WebhooksQuery = await send(WebhooksDocument, { accounts, after })
    if (!page.complete) throw new CommandError(page.sources.flatMap(describeSource))
    nodes.push(...page.nodes)
    after = page.pageInfo.endCursor
    if (!page.pageInfo.hasNextPage || after === null) return nodes
  }
}

/** Why an account was not read in full; nothing if it was. */
export function describeSource({
  account,
  state,
  unreadableCount,
  error,
}: WebhooksQuery['webhooks']['sources'][number]): readonly string[] {
  if (state === 'COMPLETE') return []
  const unreadable = unreadableCount > 0 ? `${unreadableCount} webhooks could not be read` : 'not all webhooks could be read'
  return [`${account.slug}: ${error === null ? unreadable : describeFailure(error)}`]
}

/** Why the gateway refuses the URLs of webhooks, by ID. Whether they may be private is for its configuration to say. */
export async function askRefused(
  send: Client['send'],
  webhooks: readonly AccountWebhook[],
): Promise<ReadonlyMap<string, string>> {
  const doubtful = webhooks.filter(({ url }) => inspectTarget({ url }).length > 0)
  if (doubtful.length === 0) return new Map()
  const desired = doubtful.map(({ account, id, url }) => ({ account: account.slug, id, url }))
  const { webhookPlan: result } = await send(WebhookPlanDocument, { input: { webhooks: desired, prune: [] } })
  if (result.__typename !== 'InvalidInputError') return new Map()
  return new Map(
    result.issues.flatMap(({ path: [, , index], message }) => {
      const id = doubtful[Number(index)]?.id
      return id === undefined ? [] : [[id, message] as const]
    }),
  )
}
