import { toUnreadableWarnings } from '../../provider/answers.ts'
import { groupAttempts } from '../../provider/attempts.ts'
import type { DetailStatements, DetailsOf, EnumType, OptionStatements, OptionsOf } from '../../provider/fields.ts'
import type { Created, CreateInput, UpdateInput } from '../../provider/operations.ts'
import { ownSecret, toOwnSecret } from '../../provider/own-secret.ts'
import { areShown, type Shown } from '../../provider/recovery.ts'
import type { Delivery, Webhook } from '../../webhook.ts'
import type { KnownHook, WireAttempt, WireConfig, WireCreated, WireHook } from './api.ts'

const contentType = {
  name: 'GitHubContentType',
  description: 'How GitHub encodes a delivery.',
  values: { JSON: 'The body is the JSON payload.', FORM: 'The body is a form whose field `payload` has the JSON payload.' },
} as const satisfies EnumType

export const options = {
  secret: ownSecret,
  contentType: {
    onCreate: 'OPTIONAL',
    onUpdate: 'OPTIONAL',
    type: contentType,
    description: 'How deliveries are encoded. Defaults to JSON.',
  },
  insecureSsl: {
    onCreate: 'OPTIONAL',
    onUpdate: 'OPTIONAL',
    type: 'Boolean',
    description:
      'Whether GitHub delivers without verifying the TLS certificate of the URL. Defaults to false. Strongly discouraged.',
  },
} as const satisfies OptionStatements

export const details = {
  hookType: { type: 'String', description: 'Repository or Organization.' },
  contentType: { type: contentType, description: 'How deliveries are encoded. Null if GitHub reports another encoding.' },
  insecureSsl: { type: 'Boolean', description: 'Whether GitHub delivers without verifying the TLS certificate.' },
  lastResponseCode: {
    type: 'Int',
    description:
      'HTTP status of the last delivery. Null for webhooks of organizations, and if there was none in the last 30 days.',
  },
  lastResponseStatus: { type: 'String', description: "GitHub's word for the last delivery, for example `active` or `unused`." },
  lastResponseMessage: { type: 'String', description: "GitHub's text on the last delivery." },
} as const satisfies DetailStatements

type GithubDetails = DetailsOf<typeof details>
export type GithubWebhook = Webhook<GithubDetails>
export type GithubOptions = OptionsOf<typeof options>
export type GithubCreate = CreateInput<GithubOptions>
export type GithubUpdate = UpdateInput<GithubOptions>

export function toWebhook(wire: KnownHook): GithubWebhook {
  const { config, last_response: last } = wire
  return {
    upstreamId: wire.id,
    name: null,
    url: config.url,
    enabled: wire.active,
    status: wire.active ? 'ACTIVE' : 'DISABLED',
    eventTypes: wire.events,
    createdAt: wire.created_at,
    updatedAt: wire.updated_at,
    // Never anything but a mask.
    secretHint: config.secret?.match(/^\*+$/)?.[0] ?? null,
    raw: wire.raw,
    details: {
      hookType: wire.type ?? null,
      contentType: config.content_type === 'json' ? 'JSON' : config.content_type === 'form' ? 'FORM' : null,
      insecureSsl: config.insecure_ssl == null ? null : String(config.insecure_ssl) !== '0',
      lastResponseCode: last?.code ?? null,
      lastResponseStatus: last?.status ?? null,
      lastResponseMessage: last?.message ?? null,
    },
  }
}

/** GitHub's defaults are push and a form, so that everything is sent. */
export function toBody(input: GithubCreate) {
  const { url, enabled, eventTypes = ['push'], options } = input
  const { contentType = 'JSON', insecureSsl = false } = options
  const config = toConfig({ url, options: { contentType, insecureSsl, secret: toOwnSecret(input).reveal() } })
  return { name: 'web' as const, active: enabled, events: eventTypes, config }
}

/** What changes in the configuration. */
export function toConfig({ url, options }: Pick<GithubUpdate, 'url' | 'options'>): WireConfig {
  const { contentType, insecureSsl, secret } = options
  return {
    ...(url !== undefined && { url }),
    ...(contentType !== undefined && { content_type: contentType === 'JSON' ? 'json' : 'form' }),
    ...(insecureSsl !== undefined && { insecure_ssl: insecureSsl ? '1' : '0' }),
    ...(secret !== undefined && { secret }),
  }
}

/** The result of a create; unreadable parts of the response take the requested values. */
export function toCreated(wire: WireCreated, input: GithubCreate): Created<GithubDetails> {
  const config = wire.config ?? { url: input.url }
  const webhook = toWebhook({ ...wire, active: wire.active ?? input.enabled, config })
  return { webhook, signingSecret: toOwnSecret(input), warnings: toUnreadableWarnings('GitHub', wire.unreadable) }
}

/** The webhook with a changed configuration; the update time is unknown. */
export function toConfigured(wire: WireHook, { url = wire.config.url, content_type, insecure_ssl }: WireConfig): KnownHook {
  const config = { ...wire.config, url, ...(content_type && { content_type }), ...(insecure_ssl && { insecure_ssl }) }
  return { ...wire, config, updated_at: null, raw: null }
}

export function showsOptions({ details }: GithubWebhook, { contentType, insecureSsl, secret }: GithubOptions): Shown {
  return areShown([
    contentType === undefined || details.contentType === contentType,
    insecureSsl === undefined || details.insecureSsl === insecureSsl,
    secret === undefined || 'UNTOLD',
  ])
}

/** Ids grow, and have too many digits for a number. */
const compareIds = ({ id: a }: WireAttempt, { id: b }: WireAttempt) => a.length - b.length || (a < b ? -1 : 1)

export const toDeliveries = (attempts: readonly WireAttempt[]): readonly Delivery[] =>
  groupAttempts(attempts, { toKey: ({ guid }) => guid, toSorted: (some) => some.toSorted(compareIds), toDelivery })

function toDelivery(attempts: readonly WireAttempt[], last: WireAttempt): Delivery {
  const { status_code: code } = last
  // GitHub counts redirects as a success.
  const state = code === null ? 'UNKNOWN' : code >= 200 && code < 400 ? 'SUCCEEDED' : 'FAILED'
  return {
    upstreamId: last.id,
    key: last.guid,
    eventId: last.guid,
    eventType: last.event,
    state,
    attempts: attempts.length,
    // 0 if the endpoint did not respond.
    responseStatus: code === 0 ? null : code,
    responseBody: null,
    error: state === 'FAILED' ? last.status : null,
    durationMs: last.duration === null ? null : Math.round(Math.min(last.duration * 1_000, 2_147_483_647)),
    createdAt: attempts[0]?.delivered_at ?? null,
    lastAttemptAt: last.delivered_at,
    nextRetryAt: null,
  }
}
