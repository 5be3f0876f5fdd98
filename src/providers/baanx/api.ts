import * as z from 'zod'
import { readExactly } from '../../provider/answers.ts'
import type { Http } from '../../http/call.ts'
import { path } from '../../provider/path.ts'
import type { Meaning } from '../../http/upstream.ts'
import { findLimit, readJsonFailure } from '../../provider/failures.ts'
import type { Json } from '../../webhook.ts'
import * as w from '../../provider/wire.ts'

/** The `metadata` key reserved for the gateway. */
export const markKey = '_hookql'

/** The caller's metadata, without the gateway's mark. */
export function withoutMark(metadata: { readonly [key: string]: Json | undefined }) {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => key !== markKey))
}

// Wire format of Baanx: snake_case responses, camelCase requests. List and get are bare; create and update are wrapped in `data`.

const wireRecord = z.object({
  id: w.wireId,
  tenant: w.wireText,
  name: w.wireName,
  url: w.wireText,
  /** The full key on create and rotate, masked everywhere else. */
  apiKey: z.string(),
  eventTypes: w.wireTexts,
  isActive: z.boolean(),
  metadata: w.wireHarmless(w.wireJsonObject, withoutMark),
  createdAt: w.wireInstant,
  updatedAt: w.wireInstant,
})
const wireWebhook = w.wireShown(wireRecord)
export type WireWebhook = z.output<typeof wireWebhook>

/** The fields of a webhook that are always readable. Any other field may be null. */
export type KnownWebhook = w.Salvaged<WireWebhook, 'id' | 'url' | 'apiKey' | 'isActive' | 'raw'>

/** The only responses with the full key. */
const wireWhole = wireRecord.extend({ apiKey: w.wireSecret })

/** One attempt to deliver an event. Only the event type of its request is read. */
const wireAttempt = z.object({
  id: w.wireId,
  eventId: w.wireId,
  attemptNumber: w.wireAside(w.wireInt),
  // The guide uses one spelling, the log examples the other.
  requestBody: z.object({ eventType: z.string().optional(), event_type: z.string().optional() }).nullish(),
  responseStatus: w.wireInt.nullish(),
  responseBody: z.string().nullish(),
  errorMessage: z.string().nullish(),
  deliveryStatus: w.wireAside(z.string()),
  durationMs: w.wireInt.nullish(),
  createdAt: w.wireAside(w.wireInstant),
  nextRetryAt: w.wireInstant.nullish(),
})
export type WireAttempt = z.output<typeof wireAttempt>

/** The documented responses by name, with samples in test/providers/baanx/fixtures. */
export const wire = {
  list: w.wireAnswer(w.wireShownList(wireRecord)),
  webhook: w.wireAnswer(wireWebhook),
  wrapped: w.wireAnswer(w.wireField('data', wireWebhook)),
  created: w.wireAnswer(w.wireField('data', w.wireSalvaged(wireWhole, ['id', 'apiKey']))),
  /** The request identifies the webhook, so the response does not have to. */
  rotated: w.wireAnswer(w.wireField('data', w.wireSalvaged(wireWhole, ['apiKey']))),
  logs: w.wireAnswer(w.wireField('logs', w.wireList(wireAttempt))),
  events: w.wireAnswer(w.wireField('events', w.wireList(z.object({ id: w.wireId, eventId: z.string() })))),
  retried: w.wireAnswer(w.wireField('data', w.wireField('webhookCount', w.wireInt))),
}

export type WireKeyed = z.output<typeof wire.rotated>

export type WireChanges = w.Changes<{
  name: string
  url: string
  event_types: readonly string[]
  is_active: boolean
  metadata: object
}>

// The maximum that both accept.
const query = { limit: '100' }

export type BaanxApi = ReturnType<typeof createBaanxApi>

export function createBaanxApi(http: Http) {
  return {
    list: () => http.read({ path: path`/webhooks`, answer: wire.list }),
    get: (id: string) => readExactly(http, id, http.read({ path: path`/webhooks/${id}`, answer: wire.webhook })),
    create: (body: WireChanges) => http.write({ method: 'POST', path: path`/webhooks`, body, answer: wire.created }),
    update: (id: string, body: WireChanges) =>
      http.write({ method: 'PUT', path: path`/webhooks/${id}`, body, answer: wire.wrapped }),
    rotate: (id: string) => http.write({ method: 'POST', path: path`/webhooks/${id}/rotate-key`, answer: wire.rotated }),
    deliveries: (id: string) => http.read({ path: path`/webhooks/${id}/logs`, query, answer: wire.logs }),
    events: () => http.read({ path: path`/webhooks/events`, query, answer: wire.events }),
    retry: (eventId: string, webhookId: string | undefined) =>
      http.write({
        method: 'POST',
        path: path`/webhooks/events/${eventId}/retry`,
        ...(webhookId !== undefined && { body: { webhookId } }),
        answer: wire.retried,
      }),
    // The response is not documented, so it is not read.
    delete: (id: string) => http.write({ method: 'DELETE', path: path`/webhooks/${id}`, answer: w.wireIgnored }),
  }
}

const wireFailure = z.object({ message: z.string() })
/** Exactly the one documented field: framework errors have more. */
const wireNotFound = z.strictObject({ message: z.string() })

export const readFailure = readJsonFailure(
  (status) => (status === 404 ? wireNotFound : wireFailure),
  ({ message }, status) => ({ message, meaning: toMeaning(status, message) }),
)

function toMeaning(status: number, message: string): Meaning | undefined {
  switch (status) {
    case 400: {
      const field = ['url', 'webhookId'].find((name) => message.startsWith(`${name} `))
      if (field !== undefined) return { kind: 'INVALID_INPUT', paths: [[field]] }
      return findLimit(/^Maximum webhook limit \((\d{1,6})\)/, message)
    }
    // Documented for other endpoints of this API: a wrong or missing client key.
    case 498:
    case 499:
      return { kind: 'CREDENTIALS_REJECTED' }
    case 503:
      return /not configured/i.test(message) ? { kind: 'NOT_CONFIGURED' } : undefined
    default:
      return undefined
  }
}
