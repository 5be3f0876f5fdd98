import * as z from 'zod'
import { toMade, toReported } from '../../provider/answers.ts'
import type { Attempt } from '../../provider/attempts.ts'
import type { DetailStatements, DetailsOf, OptionStatements, OptionsOf } from '../../provider/fields.ts'
import type { CreateInput, Known, WriteInput } from '../../provider/operations.ts'
import { isShallow } from '../../provider/wire.ts'
import type { DeliveryState, Webhook } from '../../webhook.ts'
import { type KnownWebhook, markKey, type WireAttempt, type WireChanges, type WireKeyed, withoutMark } from './api.ts'

const maximumLevels = 32
const jsonObject = z.record(z.string(), z.json(), 'Must be a JSON object, e.g. {"team": "payments"}.')

export const options = {
  metadata: {
    type: 'JSON',
    description:
      'Your own JSON object to store with the webhook, up to 32 levels deep. An update replaces the whole object. The key ' +
      '_hookql is reserved.',
    shape: z
      .unknown()
      .refine((value) => isShallow(value, maximumLevels), `Must be at most ${maximumLevels} levels deep.`)
      .pipe(jsonObject)
      .refine((value) => !Object.hasOwn(value, markKey), `The key ${markKey} is reserved. Use another key.`),
  },
} as const satisfies OptionStatements

export const details = {
  tenant: { type: 'String', description: 'The Baanx tenant that owns the webhook.' },
  metadata: { type: 'JSON', description: 'JSON object stored with the webhook, or {} if there is none.' },
  maskedApiKey: {
    type: 'String',
    description:
      'Signing key as masked by Baanx, e.g. whk_****...****7f2a. The full key is returned only on create and rotation.',
  },
} as const satisfies DetailStatements

type BaanxOptions = OptionsOf<typeof options>
export type BaanxWebhook = Webhook<DetailsOf<typeof details>>
export type BaanxCreate = CreateInput<BaanxOptions>

export function toWebhook(wire: KnownWebhook): BaanxWebhook {
  return toReported({
    upstreamId: wire.id,
    name: wire.name,
    url: wire.url,
    enabled: wire.isActive,
    eventTypes: wire.eventTypes,
    createdAt: wire.createdAt,
    updatedAt: wire.updatedAt,
    secretHint: toMask(wire.apiKey),
    raw: wire.raw,
    details: { tenant: wire.tenant, metadata: wire.metadata && withoutMark(wire.metadata), maskedApiKey: toMask(wire.apiKey) },
  })
}

/** The result of a create, or of a rotation of the key; its unreadable parts keep their known values. */
export function toCreated(wire: WireKeyed, known: Known, id = '') {
  const whole = { ...wire, id: wire.id ?? id, url: wire.url ?? known.url, isActive: wire.isActive ?? known.enabled }
  return toMade(toWebhook({ ...whole, apiKey: wire.apiKey.reveal() }), wire.apiKey, wire)
}

/** Baanx's mask, also applied to a full key. */
function toMask(apiKey: string): string {
  return `whk_****...****${apiKey.slice(-4)}`
}

export function toChanges({ name, url, eventTypes, enabled, options }: WriteInput<BaanxOptions>): WireChanges {
  return { name, url, event_types: eventTypes, is_active: enabled, metadata: options.metadata }
}

/** Body of a create, with a mark that identifies its webhook if the response is lost. */
export function toBody(input: BaanxCreate): WireChanges {
  return { ...toChanges(input), metadata: { ...input.options.metadata, [markKey]: input.proof } }
}

/** The mark of a create; null if there is none. */
export function readMark({ metadata }: Pick<KnownWebhook, 'metadata'>): string | null {
  const mark = metadata?.[markKey]
  return typeof mark === 'string' ? mark : null
}

export function toAttempt(wire: WireAttempt): Attempt {
  return {
    upstreamId: wire.id,
    eventId: wire.eventId,
    eventType: wire.requestBody?.eventType ?? wire.requestBody?.event_type,
    state: states.get(wire.deliveryStatus) ?? 'UNKNOWN',
    number: wire.attemptNumber,
    responseStatus: wire.responseStatus,
    // Empty if there was no response.
    responseBody: wire.responseStatus == null ? null : wire.responseBody,
    error: wire.errorMessage,
    durationMs: wire.durationMs,
    at: wire.createdAt,
    nextRetryAt: wire.nextRetryAt,
  }
}

const states = new Map<WireAttempt['deliveryStatus'], DeliveryState>([
  ['pending', 'PENDING'],
  ['processing', 'PENDING'],
  ['success', 'SUCCEEDED'],
  ['failed', 'FAILED'],
])
