import * as z from 'zod'
import { isShallow } from '../../provider/wire.ts'
import { toUnreadableWarnings } from '../../provider/answers.ts'
import { groupAttempts } from '../../provider/attempts.ts'
import type { DetailStatements, DetailsOf, OptionStatements, OptionsOf } from '../../provider/fields.ts'
import type { Created, CreateInput, Known, UpdateInput } from '../../provider/operations.ts'
import { Secret } from '../../secret.ts'
import type { Delivery, DeliveryState, Webhook } from '../../webhook.ts'
import { type KnownWebhook, markKey, type WireAttempt, type WireChanges, type WireKeyed, withoutMark } from './api.ts'

const maximumLevels = 32
const jsonObject = z.record(z.string(), z.json(), 'Must be a JSON object, e.g. {"team": "payments"}.')

export const options = {
  metadata: {
    onCreate: 'OPTIONAL',
    onUpdate: 'OPTIONAL',
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

export type BaanxWebhook = Webhook<DetailsOf<typeof details>>
export type BaanxCreate = CreateInput<OptionsOf<typeof options>>
export type BaanxUpdate = UpdateInput<OptionsOf<typeof options>>

export function toWebhook(wire: KnownWebhook): BaanxWebhook {
  return {
    upstreamId: wire.id,
    name: wire.name,
    url: wire.url,
    enabled: wire.isActive,
    status: wire.isActive ? 'ACTIVE' : 'DISABLED',
    eventTypes: wire.eventTypes,
    createdAt: wire.createdAt,
    updatedAt: wire.updatedAt,
    secretHint: toMask(wire.apiKey),
    raw: wire.raw,
    details: { tenant: wire.tenant, metadata: wire.metadata && withoutMark(wire.metadata), maskedApiKey: toMask(wire.apiKey) },
  }
}

/** A response with a full key; its unreadable parts keep their known values. */
export function toKeyed(wire: WireKeyed, id: string, known: Known): Created<BaanxWebhook['details']> {
  const { apiKey, unreadable } = wire
  return {
    webhook: toWebhook({ ...wire, id: wire.id ?? id, url: wire.url ?? known.url, isActive: wire.isActive ?? known.enabled }),
    signingSecret: new Secret(apiKey),
    warnings: toUnreadableWarnings('Baanx', unreadable),
  }
}

/** Baanx's mask, also applied to a full key. */
function toMask(apiKey: string): string {
  return `whk_****...****${apiKey.slice(-4)}`
}

/** Body of a create or update, without undefined fields. */
export function toBody({
  name,
  url,
  eventTypes,
  enabled,
  options,
}: Omit<BaanxCreate, 'proof' | 'key'> | BaanxUpdate): WireChanges {
  return { name, url, event_types: eventTypes, is_active: enabled, metadata: options.metadata }
}

/** Body of a create, with a mark that identifies its webhook if the response is lost. */
export function toMarkedBody(input: BaanxCreate): WireChanges {
  return { ...toBody(input), metadata: { ...input.options.metadata, [markKey]: input.proof } }
}

/** The mark of a create; null if there is none. */
export function readMark({ metadata }: Pick<KnownWebhook, 'metadata'>): string | null {
  const mark = metadata?.[markKey]
  return typeof mark === 'string' ? mark : null
}

export const toDeliveries = (attempts: readonly WireAttempt[]): readonly Delivery[] =>
  groupAttempts(attempts, { toKey: ({ eventId }) => eventId, toSorted, toDelivery })

/** Sorts by time, or by number if a time is unreadable. */
function toSorted(attempts: readonly WireAttempt[]): readonly WireAttempt[] {
  const isTimed = attempts.every(({ createdAt }) => createdAt !== null)
  const toTime = ({ createdAt }: WireAttempt) => (isTimed ? (createdAt?.getTime() ?? 0) : 0)
  return attempts.toSorted((a, b) => toTime(a) - toTime(b) || (a.attemptNumber ?? 0) - (b.attemptNumber ?? 0))
}

function toDelivery(attempts: readonly WireAttempt[], last: WireAttempt): Delivery {
  return {
    upstreamId: last.id,
    key: last.eventId,
    eventId: last.eventId,
    eventType: last.requestBody?.eventType ?? last.requestBody?.event_type ?? null,
    state: states.get(last.deliveryStatus) ?? 'UNKNOWN',
    // Numbering restarts when an event is resent, and the log drops the oldest attempts.
    attempts: attempts.reduce((most, { attemptNumber }) => Math.max(most, attemptNumber ?? 0), attempts.length),
    responseStatus: last.responseStatus ?? null,
    // Empty if there was no response.
    responseBody: last.responseStatus == null ? null : (last.responseBody ?? null),
    error: last.errorMessage ?? null,
    durationMs: last.durationMs ?? null,
    createdAt: attempts[0]?.createdAt ?? null,
    lastAttemptAt: last.createdAt,
    nextRetryAt: last.nextRetryAt ?? null,
  }
}

const states = new Map<WireAttempt['deliveryStatus'], DeliveryState>([
  ['pending', 'PENDING'],
  ['processing', 'PENDING'],
  ['success', 'SUCCEEDED'],
  ['failed', 'FAILED'],
])
