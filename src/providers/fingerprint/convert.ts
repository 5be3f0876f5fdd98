import * as z from 'zod'
import type { DetailStatements, DetailsOf, OptionStatements, OptionsOf } from '../../provider/fields.ts'
import type { CreateInput, UpdateInput } from '../../provider/operations.ts'
import type { Foreseen } from '../../provider/provider.ts'
import type { Shown } from '../../provider/recovery.ts'
import { type Unsupported, unsupported } from '../../provider/unsupported.ts'
import type { TestResult, Warning, Webhook, WebhookStatus } from '../../webhook.ts'
import type { KnownWebhook, WireChanges, WireCreated, WireWebhook } from './api.ts'

export const options = {
  environmentId: {
    onCreate: 'OPTIONAL',
    onUpdate: 'OPTIONAL',
    type: 'String',
    nullable: true,
    description:
      'ID of the Fingerprint environment (ae_... or env_..., up to 256 characters) whose events are sent. Null sends events from all environments.',
    shape: z.string().min(1).max(256),
  },
} as const satisfies OptionStatements

export const details = {
  verified: {
    type: 'Boolean',
    required: true,
    description: 'Whether the URL is verified. Fingerprint sends no events until then. A new URL must be verified again.',
  },
  environmentId: {
    type: 'String',
    description: 'ID of the environment whose events are sent. Null means all environments, or that it could not be read.',
  },
  legacy: {
    type: 'Boolean',
    required: true,
    description: 'Whether this is a legacy webhook with basic authentication and the older payload format.',
  },
  lastEnabledAt: { type: 'DateTime', description: 'When the webhook was last enabled, if reported.' },
  lastDisabledAt: { type: 'DateTime', description: 'When the webhook was last disabled, if reported.' },
} as const satisfies DetailStatements

export type FingerprintWebhook = Webhook<DetailsOf<typeof details>>
export type FingerprintCreate = CreateInput<OptionsOf<typeof options>>
export type FingerprintUpdate = UpdateInput<OptionsOf<typeof options>>

export function toWebhook(wire: KnownWebhook): FingerprintWebhook {
  return {
    upstreamId: wire.id,
    name: wire.description,
    url: wire.url,
    enabled: wire.status === 'enabled',
    status: toStatus(wire),
    eventTypes: null,
    createdAt: wire.created_at,
    updatedAt: null,
    secretHint: null,
    raw: wire.raw,
    details: {
      verified: wire.verified,
      environmentId: wire.environment,
      legacy: wire.legacy,
      lastEnabledAt: wire.last_enabled_at ?? null,
      lastDisabledAt: wire.last_disabled_at ?? null,
    },
  }
}

function toStatus({ status, verified }: KnownWebhook): WebhookStatus {
  if (status === 'disabled') return 'DISABLED'
  return verified ? 'ACTIVE' : 'PENDING_VERIFICATION'
}

/** The result of a create; unreadable parts take the requested values or those of every new webhook. */
export function toCreated(wire: WireCreated, { url, enabled }: FingerprintCreate): KnownWebhook {
  const status = wire.status ?? (enabled ? 'enabled' : 'disabled')
  return { ...wire, url: wire.url ?? url, status, verified: wire.verified ?? false, legacy: wire.legacy ?? false }
}

/** Body of a create or update, without undefined fields. */
export function toBody({
  url,
  name,
  enabled,
  options,
}: Omit<FingerprintCreate, 'proof' | 'key'> | FingerprintUpdate): WireChanges {
  const status = enabled === undefined ? undefined : enabled ? 'enabled' : 'disabled'
  return { url, description: name, status, environment: options.environmentId }
}

const forAll = z.object({ environment: z.null() })

/** Whether a webhook belongs to this environment, or to all if null. An unreadable environment is null in its details too. */
export function showsEnvironment({ details, raw }: FingerprintWebhook, environmentId: string | null | undefined): Shown {
  if (details.environmentId === null && !forAll.safeParse(raw?.read()).success) return 'UNTOLD'
  return details.environmentId === environmentId
}

/** Input that creates a webhook with the same settings. */
export function toTwin(webhook: FingerprintWebhook): Omit<FingerprintCreate, 'proof' | 'key'> | Unsupported {
  const { url, name, enabled, details } = webhook
  if (details.legacy) return unsupported('this is a legacy webhook, and the Management API cannot create another one.')
  if (showsEnvironment(webhook, details.environmentId) !== true) {
    return unsupported(
      'the environment of this webhook could not be read, and a replacement without it would receive events from all environments.',
    )
  }
  return { url, name: name ?? '', eventTypes: undefined, enabled, options: { environmentId: details.environmentId } }
}

/** Warnings about a new URL. */
function toUrlWarnings({ verified }: Pick<WireWebhook, 'verified'>): readonly Warning[] {
  if (verified) return []
  const message =
    'Fingerprint sends no events to this URL until it is verified. Make the endpoint respond to POST requests with HTTP 200, ' +
    'then run verifyWebhook.'
  return [{ code: 'VERIFICATION_REQUIRED', message }]
}

export function foresee(write: Foreseen<object>, after?: FingerprintWebhook): readonly Warning[] {
  const setsUrl = write.operation !== 'DELETE' && write.input.url !== undefined
  return setsUrl ? toUrlWarnings(after?.details ?? { verified: false }) : []
}

/** Warnings about the signing key in the response to a create. */
export function toKeyWarnings({ signing_key: signingKey }: WireCreated): readonly Warning[] {
  if (typeof signingKey === 'string') return []
  const message =
    'Fingerprint returned no signing key. Webhook signatures require its Enterprise plan and are not enabled for this account. ' +
    'Events are delivered unsigned and cannot be verified.'
  return [{ code: 'NO_SIGNING_SECRET', message }]
}

/** Test result from a verification; null if the webhook could not be read afterwards. */
export function toTestResult(verified: boolean | null): TestResult {
  const untold = { endpointStatus: null, signature: null }
  if (verified === null)
    return { ...untold, accepted: true, note: 'Fingerprint sent the test event, but the result could not be read.' }
  if (!verified) {
    const note = 'The URL is not verified. The endpoint has not responded to the test event with HTTP 200 yet.'
    return { ...untold, accepted: false, note }
  }
  return {
    ...untold,
    accepted: true,
    endpointStatus: 200,
    note: 'The URL is verified. The endpoint responded to the test event with HTTP 200.',
  }
}
