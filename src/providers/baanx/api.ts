import * as z from 'zod'
import type { Http } from '../../http/call.ts'
import { path } from '../../provider/path.ts'
import {
  type Salvaged,
  wireAnswer,
  wireAside,
  wireHarmless,
  wireId,
  wireIgnored,
  wireInstant,
  wireInt,
  wireJsonObject,
  wireList,
  wireName,
  wireSalvaged,
  wireSecret,
  wireShown,
  wireShownList,
  wireText,
  wireTexts,
} from '../../provider/wire.ts'
import type { Failure, Meaning } from '../../http/upstream.ts'
import type { Json } from '../../webhook.ts'

/** The `metadata` key reserved for the gateway. */
export const markKey = '_hookql'

/** The caller's metadata, without the gateway's mark. */
export function withoutMark(metadata: { readonly [key: string]: Json | undefined }) {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => key !== markKey))
}

// Wire format of Baanx: snake_case responses, camelCase requests. List and get are bare; create and update are wrapped in `data`.

const wireRecord = z.object({
  id: wireId,
  tenant: wireText,
  name: wireName,
  url: wireText,
  /** The full key on create and rotate, masked everywhere else. */
  apiKey: z.string(),
  eventTypes: wireTexts,
  isActive: z.boolean(),
  metadata: wireHarmless(wireJsonObject, withoutMark),
  createdAt: wireInstant,
  updatedAt: wireInstant,
})
const wireWebhook = wireShown(wireRecord)
export type WireWebhook = z.output<typeof wireWebhook>

/** The fields of a webhook that are always readable. Any other field may be null. */
export type KnownWebhook = Salvaged<WireWebhook, 'id' | 'url' | 'apiKey' | 'isActive' | 'raw'>

/** The only responses with the full key. */
const wireWhole = wireRecord.extend({ apiKey: wireSecret })
const wireCreated = wireSalvaged(wireWhole, ['id', 'apiKey'])
/** The request identifies the webhook, so the response does not have to. */
const wireRotated = wireSalvaged(wireWhole, ['apiKey'])
export type WireKeyed = z.output<typeof wireRotated>

/** One attempt to deliver an event. Only the event type of its request is read. */
const wireAttempt = z.object({
  id: wireId,
  eventId: wireId,
  attemptNumber: wireAside(wireInt),
  // The guide uses one spelling, the log examples the other.
  requestBody: z.object({ eventType: z.string().optional(), event_type: z.string().optional() }).nullish(),
  responseStatus: wireInt.nullish(),
  responseBody: z.string().nullish(),
  errorMessage: z.string().nullish(),
  deliveryStatus: wireAside(z.string()),
  durationMs: wireInt.nullish(),
  createdAt: wireAside(wireInstant),
  nextRetryAt: wireInstant.nullish(),
})
export type WireAttempt = z.output<typeof wireAttempt>

/** The documented responses by name, with samples in test/providers/baanx/fixtures. */
export const wire = {
  list: wireAnswer(wireShownList(wireRecord)),
  webhook: wireAnswer(wireWebhook),
  wrapped: wireAnswer(z.object({ data: wireWebhook }).transform(({ data }) => data)),
  created: wireAnswer(z.object({ data: wireCreated }).transform(({ data }) => data)),
  rotated: wireAnswer(z.object({ data: wireRotated }).transform(({ data }) => data)),
  logs: wireAnswer(z.object({ logs: wireList(wireAttempt) }).transform(({ logs }) => logs)),
  events: wireAnswer(
    z.object({ events: wireList(z.object({ id: wireId, eventId: z.string() })) }).transform(({ events }) => events),
  ),
  retried: wireAnswer(z.object({ data: z.object({ webhookCount: wireInt }) }).transform(({ data }) => data.webhookCount)),
}

export interface WireChanges {
  readonly name?: string | undefined
  readonly url?: string | undefined
  readonly event_types?: readonly string[] | undefined
  readonly is_active?: boolean | undefined
  readonly metadata?: object | undefined
}

// The maximum that both accept.
const query = { limit: '100' }

export type BaanxApi = ReturnType<typeof createBaanxApi>

export function createBaanxApi(http: Http) {
  return {
    list: () => http.read({ path: path`/webhooks`, answer: wire.list }),
    get: (id: string) => http.read({ path: path`/webhooks/${id}`, answer: wire.webhook }),
    create: (body: WireChanges) => http.write({ method: 'POST', path: path`/webhooks`, body, answer: wire.created }),
    update: (id: string, body: WireChanges) =>
      http.write({ method: 'PUT', path: path`/webhooks/${id}`, body, answer: wire.wrapped }),
    rotate: (id: string) => http.write({ method: 'POST', path: path`/webhooks/${id}/rotate-key`, answer: wire.rotated }),
    logs: (id: string) => http.read({ path: path`/webhooks/${id}/logs`, query, answer: wire.logs }),
    events: () => http.read({ path: path`/webhooks/events`, query, answer: wire.events }),
    retry: (eventId: string, webhookId: string | undefined) =>
      http.write({
        method: 'POST',
        path: path`/webhooks/events/${eventId}/retry`,
        ...(webhookId !== undefined && { body: { webhookId } }),
        answer: wire.retried,
      }),
    // The response is not documented, so it is not read.
    delete: (id: string) => http.write({ method: 'DELETE', path: path`/webhooks/${id}`, answer: wireIgnored }),
  }
}

const wireFailure = z.object({ message: z.string() })
/** Exactly the one documented field: framework errors have more. */
const wireNotFound = z.strictObject({ message: z.string() })

export function readFailure(status: number, body: unknown): Failure | null {
  const message = (status === 404 ? wireNotFound : wireFailure).safeParse(body).data?.message
  if (message === undefined) return null
  const meaning = toMeaning(status, message)
  return { code: null, message, ...(meaning && { meaning }) }
}

function toMeaning(status: number, message: string): Meaning | undefined {
  switch (status) {
    case 400: {
      const limit = /^Maximum webhook limit \((\d{1,6})\)/.exec(message)?.[1]
      if (limit !== undefined) return { kind: 'LIMIT_REACHED', limit: Number(limit) }
      const field = ['url', 'webhookId'].find((name) => message.startsWith(`${name} `))
      return field === undefined ? undefined : { kind: 'INVALID_INPUT', paths: [[field]] }
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
