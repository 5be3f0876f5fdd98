import * as z from 'zod'
import { toMade, toReported, toTested } from '../../provider/answers.ts'
import type { DetailStatements, DetailsOf, OptionStatements, OptionsOf } from '../../provider/fields.ts'
import type { CreateInput, Twin, WriteInput } from '../../provider/operations.ts'
import { toTwinWith } from '../../provider/plain.ts'
import type { Foreseen } from '../../provider/provider.ts'
import type { Shown } from '../../provider/recovery.ts'
import { type Unsupported, unsupported } from '../../provider/unsupported.ts'
import type { TestResult, Warning, Webhook, WebhookStatus } from '../../webhook.ts'
import type { KnownWebhook, WireChanges, WireCreated } from './api.ts'

export const options = {
  environmentId: {
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

type FingerprintOptions = OptionsOf<typeof options>
export type FingerprintWebhook = Webhook<DetailsOf<typeof details>>

export function toWebhook(wire: KnownWebhook): FingerprintWebhook {
  return toReported({
    upstreamId: wire.id,
    name: wire.description,
    url: wire.url,
    enabled: wire.status === 'enabled',
    status: toStatus(wire),
    eventTypes: null,
    createdAt: wire.created_at,
    raw: wire.raw,
    details: {
      verified: wire.verified,
      environmentId: wire.environment,
      legacy: wire.legacy,
      lastEnabledAt: wire.last_enabled_at ?? null,
      lastDisabledAt: wire.last_disabled_at ?? null,
    },
  })
}

function toStatus({ status, verified }: KnownWebhook): WebhookStatus {
  if (status === 'disabled') return 'DISABLED'
  return verified ? 'ACTIVE' : 'PENDING_VERIFICATION'
}

/** The result of a create; unreadable parts take the requested values or those of every new webhook. */
export function toCreated(wire: WireCreated, { url, enabled }: CreateInput<FingerprintOptions>) {
  const { status, verified, legacy, signing_key: key } = wire
  const known = {
    url: wire.url ?? url,
    status: status ?? toSwitch(enabled),
    verified: verified ?? false,
    legacy: legacy ?? false,
  }
  return toMade(toWebhook({ ...wire, ...known }), key, wire, key === null ? [noKey] : [])
}

const toSwitch = (enabled: boolean) => (enabled ? 'enabled' : 'disabled')

/** Body of a create or update, without undefined fields. */
export function toChanges({ url, name, enabled, options }: WriteInput<FingerprintOptions>): WireChanges {
  const status = enabled === undefined ? undefined : toSwitch(enabled)
  return { url, description: name, status, environment: options.environmentId }
}

export const toBody = (input: CreateInput<FingerprintOptions>) => toChanges(input)

const forAll = z.object({ environment: z.null() })

/** Whether a webhook belongs to this environment, or to all if null. An unreadable environment is null in its details too. */
export function showsEnvironment({ details, raw }: FingerprintWebhook, environmentId: string | null | undefined): Shown {
  if (details.environmentId === null && !forAll.safeParse(raw?.read()).success) return 'UNTOLD'
  return details.environmentId === environmentId
}

/** Input that creates a webhook with the same settings. */
export function toTwin(webhook: FingerprintWebhook): Twin<FingerprintOptions> | Unsupported {
  const { environmentId, legacy } = webhook.details
  if (legacy) return unsupported('this is a legacy webhook, and the Management API cannot create another one.')
  if (showsEnvironment(webhook, environmentId) !== true) {
    return unsupported(
      'the environment of this webhook could not be read, and a replacement without it would receive events from all environments.',
    )
  }
  return toTwinWith({ environmentId }, webhook)
}

/** Warnings about a new URL. */
function toUrlWarnings({ verified }: { readonly verified: boolean }): readonly Warning[] {
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

const noKey: Warning = {
  code: 'NO_SIGNING_SECRET',
  message:
    'Fingerprint returned no signing key. Webhook signatures require its Enterprise plan and are not enabled for this account. ' +
    'Events are delivered unsigned and cannot be verified.',
}

/** Test result from a verification; null if the webhook could not be read afterwards. */
export function toTestResult(verified: boolean | null): TestResult {
  if (verified === null) return toTested(true, 'Fingerprint sent the test event, but the result could not be read.')
  if (!verified)
    return toTested(false, 'The URL is not verified. The endpoint has not responded to the test event with HTTP 200 yet.')
  const note = 'The URL is verified. The endpoint responded to the test event with HTTP 200.'
  return toTested(true, note, { endpointStatus: 200 })
}
