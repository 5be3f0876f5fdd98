import { requireShown, toMade, toReported } from '../../provider/answers.ts'
import type { Attempt } from '../../provider/attempts.ts'
import type { DetailStatements, DetailsOf, EnumType, OptionStatements, OptionsOf } from '../../provider/fields.ts'
import type { CreateInput, UpdateInput, WriteInput } from '../../provider/operations.ts'
import { ownSecret, toChosenSecret, toOwnSecret, toSecretMask, toSecretWarnings } from '../../provider/own-secret.ts'
import type { Webhook } from '../../webhook.ts'
import type { KnownHook, WireAttempt, WireConfig, WireConfigured, WireCreated, WireHook } from './api.ts'

const contentType = {
  name: 'GitHubContentType',
  description: 'How GitHub encodes a delivery.',
  values: { JSON: 'The body is the JSON payload.', FORM: 'The body is a form whose field `payload` has the JSON payload.' },
} as const satisfies EnumType

export const options = {
  secret: ownSecret,
  contentType: { type: contentType, default: 'JSON', description: 'How deliveries are encoded. Defaults to JSON.' },
  insecureSsl: {
    type: 'Boolean',
    default: false,
    description: 'Whether GitHub delivers without verifying the TLS certificate. Defaults to false. Strongly discouraged.',
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

type GithubOptions = OptionsOf<typeof options>
export type GithubUpdate = UpdateInput<GithubOptions>

export function toWebhook(wire: KnownHook): Webhook<DetailsOf<typeof details>> {
  const { config, last_response: last } = wire
  return toReported({
    upstreamId: wire.id,
    name: null,
    url: config.url,
    enabled: wire.active,
    eventTypes: wire.events,
    createdAt: wire.created_at,
    updatedAt: wire.updated_at,
    secretHint: toSecretMask(config),
    raw: wire.raw,
    details: {
      hookType: wire.type ?? null,
      contentType: config.content_type === 'json' ? 'JSON' : config.content_type === 'form' ? 'FORM' : null,
      insecureSsl: config.insecure_ssl == null ? null : String(config.insecure_ssl) !== '0',
      lastResponseCode: last?.code ?? null,
      lastResponseStatus: last?.status ?? null,
      lastResponseMessage: last?.message ?? null,
    },
  })
}

/** GitHub's defaults are push and a form, so that everything is sent. */
export function toBody(input: CreateInput<GithubOptions>) {
  const { url, enabled, eventTypes = ['push'], options } = input
  const { contentType = 'JSON', insecureSsl = false } = options
  const config = { ...toConfig({ url, options: { contentType, insecureSsl } }), secret: toOwnSecret(input) }
  return { name: 'web' as const, active: enabled, events: eventTypes, config }
}

/** What changes in the configuration. */
export function toConfig({ url, options }: Pick<WriteInput<GithubOptions>, 'url' | 'options'>): WireConfig {
  const { contentType, insecureSsl } = options
  return {
    url,
    content_type: contentType && (contentType === 'JSON' ? 'json' : 'form'),
    insecure_ssl: insecureSsl === undefined ? undefined : insecureSsl ? '1' : '0',
    secret: toChosenSecret(options),
  }
}

/** The result of a create; unreadable parts of the response take the requested values. */
export function toCreated(wire: WireCreated, input: CreateInput<GithubOptions>) {
  const known = { active: wire.active ?? input.enabled, config: wire.config ?? { url: input.url } }
  return toMade(toWebhook({ ...wire, ...known }), toOwnSecret(input), wire)
}

/** The result of a change of the configuration, where the response shows none of it as before; the update time is unknown. */
export function toConfigured(before: WireHook, shown: WireConfigured, asked: WireConfig) {
  requireShown('GitHub', 'url or options', shown, asked)
  const config = {
    url: shown.url ?? asked.url ?? before.config.url,
    content_type: shown.content_type ?? asked.content_type ?? before.config.content_type,
    insecure_ssl: shown.insecure_ssl ?? asked.insecure_ssl ?? before.config.insecure_ssl,
    secret: shown.secret,
  }
  const warnings = toSecretWarnings('GitHub', before.config, asked, shown)
  return { webhook: toWebhook({ ...before, config, updated_at: null, raw: null }), warnings, unreadable: shown.unreadable }
}

export function toAttempt({ status_code: code, ...wire }: WireAttempt): Attempt {
  // GitHub counts redirects as a success.
  const state = code === null ? 'UNKNOWN' : code >= 200 && code < 400 ? 'SUCCEEDED' : 'FAILED'
  return {
    upstreamId: wire.id,
    eventId: wire.guid,
    eventType: wire.event,
    state,
    // 0 if the endpoint did not respond.
    responseStatus: code === 0 ? null : code,
    error: state === 'FAILED' ? wire.status : null,
    durationMs: wire.duration === null ? null : Math.round(Math.min(wire.duration * 1_000, 2_147_483_647)),
    at: wire.delivered_at,
  }
}
