import type { Environment } from '../../config/config.ts'
import { inspectCreate } from '../../gateway/input.ts'
import { toManaged } from '../../gateway/plan/managed.ts'
import { isRecord } from '../../gateway/unchecked.ts'
import { parseId } from '../../id.ts'
import type { Provider } from '../../provider/provider.ts'
import type { Path } from './source.ts'
import { findCommon } from './unread.ts'

// What a gateway would refuse in a file of the right shape, as far as it can be told without asking one.

export interface Rule {
  /** From the root of the file. */
  readonly path: Path
  readonly issue: string
}

export interface RuleOptions {
  readonly providers: readonly Provider[]
  readonly environment: Environment
  /** Whether the variables of given secrets must be set. */
  readonly needsSecrets: boolean
}

/** Everything that a file breaks, whether its shape is right or not. */
export function findBroken(content: unknown, options: RuleOptions): readonly Rule[] {
  const accounts = isRecord(content) && isRecord(content['accounts']) ? content['accounts'] : {}
  return Object.entries(accounts).flatMap(([slug, account]) => {
    if (!isRecord(account)) return []
    const { webhooks, provider } = account
    const own = options.providers.filter(({ name }) => name === provider)
    const providers = own.length > 0 ? own : options.providers
    const defaults = isRecord(account['defaults']) ? account['defaults'] : {}
    const given: readonly unknown[] = Array.isArray(webhooks) ? webhooks : []
    return given.flatMap((webhook, index) => {
      if (!isRecord(webhook)) return []
      const toPath = ([field = '', ...rest]: Path): Path => {
        const [own, inner] = [webhook[field.toString()], isRecord(defaults[field.toString()])]
        const isDefault = own === undefined || (inner && isRecord(own) && !Object.hasOwn(own, String(rest[0])))
        const place = isDefault && Object.hasOwn(defaults, field) ? ['defaults'] : ['webhooks', index]
        return ['accounts', slug, ...place, field, ...rest]
      }
      const all = { ...defaults, ...webhook, options: { ...toRecord(defaults['options']), ...toRecord(webhook['options']) } }
      const found = providers.map((each) => findIssues(slug, all, each, options))
      return findCommon(found, (rule) => rule).map(({ path, issue }) => ({ path: toPath(path), issue }))
    })
  })
}

/** The issues of one webhook, with paths from it. */
function findIssues(
  slug: string,
  webhook: Readonly<Record<string, unknown>>,
  provider: Provider,
  { environment, needsSecrets }: RuleOptions,
): readonly Rule[] {
  const { id, secret, options } = webhook
  const owner = typeof id === 'string' && id !== '' ? parseId(id) : undefined
  const isForeign = owner !== undefined && (owner?.kind !== 'webhook' || owner.slug !== slug)
  const variable = isRecord(secret) ? secret['env'] : undefined
  const isMissing = needsSecrets && typeof variable === 'string' && !environment[variable]
  return [
    ...inspectCreate(toManaged(provider), { ...webhook, options: { [provider.name]: options } }).map(({ path, message }) => {
      const [, field = '', , ...rest] = path
      return { path: field === 'options' ? [field, ...rest] : path.slice(1), issue: message }
    }),
    ...(isForeign
      ? [{ path: ['id'], issue: 'is not the ID of a webhook of this account. Copy it from there, or remove it' }]
      : []),
    ...(isMissing
      ? [{ path: ['secret', 'env'], issue: `the environment variable ${variable} is not set. Set it and run the command again` }]
      : []),
  ]
}

function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {}
}
