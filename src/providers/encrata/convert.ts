import { mapBatch, showsAsked, toMade, toReported, toReportedDelivery, toTested } from '../../provider/answers.ts'
import type { DetailStatements, DetailsOf, OptionStatements, OptionsOf } from '../../provider/fields.ts'
import type { CreateInput, Twin, UpdateInput } from '../../provider/operations.ts'
import { toTwinWith } from '../../provider/plain.ts'
import type { Batch, DeliveryState, Warning, Webhook } from '../../webhook.ts'
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
export type EncrataUpdate = UpdateInput<EncrataOptions>

export function toWebhook(wire: KnownWebhook): EncrataWebhook {
  return toReported({
    upstreamId: wire.id,
    name: wire.description,
    url: wire.url,
    enabled: wire.is_active,
    eventTypes: wire.events,
    createdAt: wire.created_at,
    updatedAt: wire.updated_at,
    raw: wire.raw,
    details: { workspaceId: wire.workspace_id ?? null, createdBy: wire.created_by ?? null },
  })
}

/** The result of a create; unreadable parts of the response take the requested values. */
export function toCreated(wire: WireCreated, { url }: CreateInput<EncrataOptions>) {
  return toMade(toWebhook({ ...wire, url: wire.url ?? url, is_active: wire.is_active ?? true }), wire.secret, wire)
}

export function toBody({ url, name, eventTypes = [] }: Twin<EncrataOptions>): WireCreate {
  return { url, events: eventTypes, description: name === '' ? undefined : name }
}

/** Input that creates a webhook with the same settings. */
export const toTwin = (webhook: EncrataWebhook) => toTwinWith({}, webhook)

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
export function shows(wire: WireWebhook, { description = '', ...asked }: WireReplacement): boolean {
  return (wire.description ?? '') === description && showsAsked(wire, asked)
}

export const toDeliveries = (log: Batch<WireDelivery>) => mapBatch(log, toDelivery)

function toDelivery(wire: WireDelivery) {
  return toReportedDelivery({
    upstreamId: wire.id,
    key: wire.id,
    eventType: wire.event_type,
    state: states.get(wire.status) ?? 'UNKNOWN',
    attempts: wire.attempts,
    responseStatus: wire.response_status,
    responseBody: wire.response_body,
    createdAt: wire.created_at,
    lastAttemptAt: wire.last_attempt_at,
  })
}

const states = new Map<WireDelivery['status'], DeliveryState>([
  ['pending', 'PENDING'],
  ['success', 'SUCCEEDED'],
  ['failed', 'FAILED'],
])

export function toTestResult(wire: WireTested) {
  if (!('signature' in wire))
    return toTested(wire.status === 'delivered', wire.error ?? null, { endpointStatus: wire.status_code ?? null })
  const note = "Encrata sent the test event but does not report the endpoint's response. See the deliveries."
  return toTested(true, note, { signature: wire.signature })
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
