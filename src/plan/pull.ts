import { toHref } from '../provider/answers.ts'
import type { Options } from '../provider/fields.ts'
import type { Provider } from '../provider/provider.ts'
import type { AccountWebhook } from '../webhook.ts'
import { showsOption, toJson } from './compare.ts'
import type { Actual, Desired } from './desired.ts'
import { areVague } from './fit.ts'

/**
 * What to desire so that the webhooks of an account stay as they are, in their order, without those that cannot be desired. Gives
 * the ID only where name and URL are not enough.
 */
export function pull(actual: Actual): readonly Desired[] {
  const { provider } = actual
  const webhooks = actual.webhooks.filter((webhook) => actual.findObstacle(webhook) === undefined)
  const plain = webhooks.map((webhook, index) => ({ webhook, desired: toDesired(provider, webhook, index) }))
  const isVague = areVague(
    provider,
    actual.webhooks,
    plain.map(({ webhook, desired: { name, url } }) => ({ name, url: toHref(url), webhook })),
  )
  return plain.map(({ webhook: { id }, desired }, index) => (isVague[index] === true ? { ...desired, id } : desired))
}

function toDesired(provider: Provider, webhook: AccountWebhook, index: number): Desired {
  const { fields } = provider
  const { account, url, eventTypes, enabled } = webhook
  const name = webhook.name?.trim()
  const manages = (field: 'name' | 'eventTypes' | 'enabled') => typeof fields[field].onCreate === 'string'
  return {
    index,
    account: account.slug,
    id: undefined,
    name: manages('name') && name !== '' && name === webhook.name ? name : undefined,
    url,
    eventTypes: manages('eventTypes') && eventTypes !== null && eventTypes.length > 0 ? eventTypes : undefined,
    enabled: manages('enabled') ? enabled && webhook.status !== 'SUSPENDED' : undefined,
    options: toOptions(provider, webhook),
  }
}

/** Those that every read shows. */
function toOptions(provider: Provider, webhook: AccountWebhook): Options {
  const shown = Object.entries(provider.options).flatMap(([option, statement]) => {
    const value = webhook.details[option]
    if (statement.secret === true || value === undefined || (value === null && statement.nullable !== true)) return []
    if (Array.isArray(value) && value.length === 0) return []
    const asked = toJson(value)
    return showsOption(provider, { [option]: asked }, webhook, option, statement) === true ? [[option, asked] as const] : []
  })
  return Object.fromEntries(shown)
}
