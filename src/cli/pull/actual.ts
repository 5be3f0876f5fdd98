import { findObstacle } from '../../gateway/plan/obstacle.ts'
import { compare } from '../../plan/compare.ts'
import type { Actual } from '../../plan/desired.ts'
import type { Known } from '../../plan/fit.ts'
import { pull } from '../../plan/pull.ts'
import type { Provider } from '../../provider/provider.ts'
import type { Account, AccountWebhook, Json } from '../../webhook.ts'
import type { Client } from '../client/client.ts'
import { AccountsDocument } from '../client/documents.ts'
import { CommandError } from '../failure.ts'
import type { DesiredWebhook } from '../file/desired.ts'
import { type Allowed, createAllow, type PulledFields } from './allowed.ts'
import { askRefused, readAll, type WebhookNode } from './ask.ts'

/** A webhook that exists, and what a file says of it: not always its name. */
export interface PulledWebhook extends Known {
  readonly fields: PulledFields
  /** What the file does not say of it, and why, by paths such as `options.metadata`. */
  readonly leftOut: ReadonlyMap<string, string>
  /** The paths in which a plan would change it, though it has nothing there that a file could say. */
  listUnsaid(desired: DesiredWebhook): readonly string[]
}

export interface PulledAccount {
  readonly slug: string
  readonly provider: Provider
  /** Oldest first. */
  readonly webhooks: readonly PulledWebhook[]
  /** Webhooks that cannot be in a file, such as those with a password in their URL, and why. */
  readonly others: readonly (Known & { readonly obstacle: string })[]
}

/** Reads the accounts with these slugs; all if there are none. Throws CommandError unless each was read in full. */
export async function readActual(
  { send }: Client,
  slugs: readonly string[],
  providers: readonly Provider[],
): Promise<readonly PulledAccount[]> {
  const { accounts: known } = await send(AccountsDocument, {})
  const missing = slugs.filter((slug) => known.every((each) => each.slug !== slug))
  if (missing.length > 0) {
    throw new CommandError(
      missing.map((slug) => `There is no account ${slug}. Accounts: ${known.map((each) => each.slug).join(', ')}`),
    )
  }
  const accounts = known
    .filter(({ slug }) => slugs.length === 0 || slugs.includes(slug))
    .map(({ slug, sandbox, provider: { name } }) => ({ slug, sandbox, provider: findProvider(name, providers) }))
  const nodes = await readAll(
    send,
    accounts.map(({ slug }) => slug),
  )
  const actual = accounts.map(({ provider, ...given }) => {
    const account = { ...given, provider: provider.name }
    const own = nodes.filter((node) => node.account.slug === account.slug).map((node) => toWebhook(node, account))
    return { account, provider, webhooks: own }
  })
  const refused = await askRefused(
    send,
    actual.flatMap(({ webhooks }) => webhooks),
  )
  return actual.map((each) =>
    toPulled({
      ...each,
      isComplete: true,
      isPruned: false,
      findObstacle: (webhook) => findObstacle(each.provider, webhook, () => []) ?? refused.get(webhook.id),
    }),
  )
}

function findProvider(name: string, providers: readonly Provider[]): Provider {
  const found = providers.find((each) => each.name === name.toLowerCase())
  if (found === undefined)
    throw new CommandError([`The gateway has a provider that this hookql does not know: ${name}. Update hookql`])
  return found
}

/** What the provider's own fields are called, without the provider's name in front. */
function toWebhook(node: WebhookNode, account: Account): AccountWebhook {
  const prefix = `${account.provider}_`
  const details = Object.entries<Json>(node).flatMap(([name, value]) =>
    name.startsWith(prefix) ? [[name.slice(prefix.length), value] as const] : [],
  )
  const unread = { createdAt: null, updatedAt: null, secretHint: null, raw: null }
  return { ...node, ...unread, account, details: Object.fromEntries(details) }
}

/** What a file says of the webhooks of an account. */
export function toPulled(actual: Actual): PulledAccount {
  const { account, provider, webhooks, findObstacle: find } = actual
  const able = webhooks.filter((webhook) => find(webhook) === undefined)
  const allow = createAllow(provider)
  return {
    slug: account.slug,
    provider,
    webhooks: pull(actual).flatMap(({ id, name, url, eventTypes, enabled, options }, index) => {
      const webhook = able[index]
      if (webhook === undefined) return []
      const given = Object.entries(options).flatMap(([option, value]) => (value === undefined ? [] : [[option, value] as const]))
      const fields = {
        ...(id !== undefined && { id }),
        ...(name !== undefined && { name }),
        url,
        ...(eventTypes !== undefined && { eventTypes }),
        ...(enabled !== undefined && { enabled }),
        ...(given.length > 0 && { options: Object.fromEntries(given) }),
      }
      const allowed = allow(fields, webhook.id)
      const leftOut = new Map([...listUntidyName(provider, webhook), ...allowed.leftOut])
      const listUnsaid = createListUnsaid(provider, webhook, allowed)
      return [{ id: webhook.id, name: webhook.name, url, fields: allowed.fields, leftOut, listUnsaid }]
    }),
    others: webhooks.flatMap((webhook) => {
      const obstacle = find(webhook)
      return obstacle === undefined ? [] : [{ id: webhook.id, name: webhook.name, url: webhook.url, obstacle }]
    }),
  }
}

/** A file would say its name without the space around it, which is another name. */
function listUntidyName({ fields }: Provider, { name }: AccountWebhook): readonly (readonly [path: string, issue: string])[] {
  if (name === null || name === name.trim() || typeof fields.name.onCreate !== 'string') return []
  return [['name', 'begins or ends with white space, which a plan would remove']]
}

function createListUnsaid(
  provider: Provider,
  webhook: AccountWebhook,
  { fields, leftOut }: Allowed,
): PulledWebhook['listUnsaid'] {
  const options = Object.keys(fields.options ?? {}).map((option) => `options.${option}`)
  const told = new Set([...Object.keys(fields), ...options, ...leftOut.keys()])
  return ({ account, id, name, url, eventTypes, enabled, options: { [provider.name]: own = {} } = {} }) => {
    const desired = { index: 0, account, id, name, url, eventTypes, enabled, options: own }
    return compare(provider, desired, webhook)
      .filter(({ isShown }) => isShown === false)
      .map(({ path }) => path.replace(`options.${provider.name}.`, 'options.'))
      .filter((path) => !told.has(path))
  }
}
