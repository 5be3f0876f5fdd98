import type { DetailStatements, DetailsOf, OptionStatements, OptionsOf } from '../../provider/fields.ts'
import type { CreateInput, UpdateInput } from '../../provider/operations.ts'
import type { Delivery, DeliveryState, TestResult, Warning, Webhook } from '../../webhook.ts'
import type { KnownWebhook, WireCreate, WireCreated, WireDelivery, WireReplacement, WireTested, WireWebhook } from './api.ts'

export const options = {} as const satisfies OptionStatements

export const details = {
  workspaceId: { type: 'String', description: 'ID of the Encrata workspace that owns the webhook, if reported.' },
  createdBy: { type: 'String', description: 'ID of the Encrata user who created the webhook, if reported.' },
} as const satisfies DetailStatements

export type EncrataWebhook = Webhook<DetailsOf<typeof details>>
// Encrata has no specific options.
// oxlint-disable-next-line typescript/no-generated-empty-object-type
type EncrataOptions = OptionsOf<typeof options>
export type EncrataCreate = CreateInput<EncrataOptions>
export type EncrataUpdate = UpdateInput<EncrataOptions>

export function toWebhook(wire: KnownWebhook): EncrataWebhook {
  return {
    upstreamId: wire.id,
    name: wire.description ?? null,
    url: wire.url,
    enabled: wire.is_active,
    status: wire.is_active ? 'ACTIVE' : 'DISABLED',
    eventTypes: wire.events,
    createdAt: wire.created_at,
    updatedAt: wire.updated_at ?? null,
    secretHint: null,
    raw: wire.raw,
    details: { workspaceId: wire.workspace_id ?? null, createdBy: wire.created_by ?? null },
  }
}

/** The result of a create; unreadable parts of the response take the requested values. */
export function toCreated(wire: WireCreated, { url }: EncrataCreate): KnownWebhook {
  return { ...wire, url: wire.url ?? url, is_active: wire.is_active ?? true }
}

export function toBody({ url, name, eventTypes = [] }: Omit<EncrataCreate, 'proof' | 'key'>): WireCreate {
  return { url, events: eventTypes, description: name === '' ? undefined : name }
}

/** Input that creates a webhook with the same settings. */
export function toTwin({ url, name, eventTypes, enabled }: EncrataWebhook): Omit<EncrataCreate, 'proof' | 'key'> {
  return { url, name: name ?? '', eventTypes: eventTypes ?? undefined, enabled, options: {} }
}

/** The full webhook with its changes, as written by a PUT. */
export function toReplacement(
  wire: WireWebhook,
  { url, name, eventTypes, enabled }: Partial<Pick<EncrataUpdate, 'url' | 'name' | 'eventTypes' | 'enabled'>>,
): WireReplacement {
  return {
    id: wire.id,
    url: url ?? wire.url,
    events: eventTypes ?? wire.events,
    description: name ?? wire.description ?? undefined,
    is_active: enabled ?? wire.is_active,
  }
}

/** The webhook after a PUT that was not read back; the update time is unknown. */
export function toReplaced(wire: KnownWebhook, replacement: WireReplacement): KnownWebhook {
  return { ...wire, ...replacement, updated_at: null, raw: null }
}

/** Whether a webhook shows the state after a PUT rather than before. */
export function shows(wire: WireWebhook, { url, events, description = '', is_active }: WireReplacement): boolean {
  return (
    URL.parse(wire.url)?.href === URL.parse(url)?.href &&
    new Set(wire.events).symmetricDifference(new Set(events)).size === 0 &&
    (wire.description ?? '') === description &&
    wire.is_active === is_active
  )
}

export function toDelivery(wire: WireDelivery): Delivery {
  return {
    upstreamId: wire.id,
    key: wire.id,
    eventId: null,
    eventType: wire.event_type,
    state: states.get(wire.status) ?? 'UNKNOWN',
    attempts: wire.attempts,
    responseStatus: wire.response_status ?? null,
    responseBody: wire.response_body ?? null,
    error: null,
    durationMs: null,
    createdAt: wire.created_at,
    lastAttemptAt: wire.last_attempt_at ?? null,
    nextRetryAt: null,
  }
}

const states = new Map<WireDelivery['status'], DeliveryState>([
  ['pending', 'PENDING'],
  ['success', 'SUCCEEDED'],
  ['failed', 'FAILED'],
])

export function toTestResult(wire: WireTested): TestResult {
  if ('signature' in wire) {
    const note = "Encrata sent the test event but does not report the endpoint's response. See the deliveries."
    return { accepted: true, endpointStatus: null, signature: wire.signature, note }
  }
  const accepted = wire.status === 'delivered'
  return { accepted, endpointStatus: wire.status_code ?? null, signature: null, note: wire.error ?? null }
}

export const losesDeliveries: Warning = {
  code: 'LOSES_DELIVERY_HISTORY',
  message: 'Encrata deletes the delivery log together with the webhook.',
}

export const notReadBack: Warning = {
  code: 'NOT_READ_BACK',
  message:
    'Encrata accepted the update, but the result could not be read back or does not show it yet. ' +
    'The response is the webhook before the update with your changes applied. updatedAt is unknown.',
}
