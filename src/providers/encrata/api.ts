import * as z from 'zod'
import type { Http } from '../../http/call.ts'
import { newId, path } from '../../provider/path.ts'
import {
  type Salvaged,
  wireAnswer,
  wireAside,
  wireId,
  wireIgnored,
  wireInstant,
  wireInt,
  wireList,
  wireName,
  wireSalvaged,
  wireSecret,
  wireShown,
  wireShownList,
  wireText,
  wireTexts,
} from '../../provider/wire.ts'
import type { Failure } from '../../http/upstream.ts'

// Wire format of Encrata: snake_case, bare, one path. The ID is in the query of a GET and in the body of a PUT or DELETE.

const wireRecord = z.object({
  id: wireId,
  url: wireText,
  events: wireTexts,
  is_active: z.boolean(),
  description: wireName.nullish(),
  created_at: wireInstant,
  // In the documented examples but not in the documented table of fields.
  workspace_id: wireText.nullish(),
  created_by: wireText.nullish(),
  updated_at: wireInstant.nullish(),
})
const wireWebhook = wireShown(wireRecord)
export type WireWebhook = z.output<typeof wireWebhook>

/** The fields of a webhook that are always readable. Any other field may be null. */
export type KnownWebhook = Salvaged<WireWebhook, 'id' | 'url' | 'is_active' | 'raw'>

/** The only response with the secret. */
const wireCreated = wireSalvaged(wireRecord.extend({ secret: wireSecret }), ['id', 'secret'])
export type WireCreated = z.output<typeof wireCreated>

const bareList = wireShownList(wireRecord)
const wrappedList = z.object({ webhooks: bareList }).transform(({ webhooks }) => webhooks)

const wireDelivery = z.object({
  id: wireId,
  event_type: z.string(),
  status: wireAside(z.string()),
  attempts: wireAside(wireInt),
  response_status: wireInt.nullish(),
  response_body: z.string().nullish(),
  // A plain string in the official Go client, so it may be empty.
  last_attempt_at: wireAside(wireInstant),
  created_at: wireAside(wireInstant),
})
export type WireDelivery = z.output<typeof wireDelivery>
const bareDeliveries = wireList(wireDelivery)
const wrappedDeliveries = z.object({ deliveries: bareDeliveries }).transform(({ deliveries }) => deliveries)

/** As documented for the API endpoint: without the response of the webhook's endpoint. */
const wireSent = z.object({ status: z.literal('sent'), signature: z.string() })
/** As parsed by the official clients. */
const wireDelivered = z.object({ status: z.string(), status_code: wireInt.nullish(), error: z.string().nullish() })
export type WireTested = z.output<typeof wireSent> | z.output<typeof wireDelivered>

/** The documented responses by name, with samples in test/providers/encrata/fixtures. */
export const wire = {
  // The guide documents the bare list; the official clients also accept the wrapped one.
  list: wireAnswer(z.union([bareList, wrappedList])),
  webhook: wireAnswer(wireWebhook),
  created: wireAnswer(wireCreated),
  updated: wireAnswer(z.object({ status: z.literal('updated') })),
  // The same applies to deliveries.
  deliveries: wireAnswer(z.union([bareDeliveries, wrappedDeliveries])),
  tested: wireAnswer(z.union([wireSent, wireDelivered])),
}

export interface WireCreate {
  readonly url: string
  readonly events: readonly string[]
  readonly description: string | undefined
}

/** All fields of a PUT: omitted ones may be cleared. */
export interface WireReplacement {
  readonly id: string
  readonly url: string
  readonly events: readonly string[]
  readonly description: string | undefined
  readonly is_active: boolean
}

export type EncrataApi = ReturnType<typeof createEncrataApi>

export function createEncrataApi(http: Http) {
  return {
    list: () => http.read({ path: path`/webhooks`, answer: wire.list }),
    async get(id: string) {
      const webhook = await http.read({ path: path`/webhooks`, query: { id }, answer: wire.webhook })
      // An update writes back what is read here.
      if (webhook.id !== id) throw http.toContractError('it contains a different webhook than requested')
      return webhook
    },
    create: (body: WireCreate) =>
      http.write({ method: 'POST', path: path`/webhooks`, body, answer: wire.created, assumed: assumeCreated(body) }),
    replace: (body: WireReplacement) => http.write({ method: 'PUT', path: path`/webhooks`, body, answer: wire.updated }),
    // Documented both as empty and as JSON of unknown shape, so it is not read.
    delete: (id: string) => http.write({ method: 'DELETE', path: path`/webhooks`, body: { id }, answer: wireIgnored }),
    test: (id: string) => http.write({ method: 'POST', path: path`/webhooks/test`, body: { id }, answer: wire.tested }),
    deliveries: (id: string) => {
      const query = { webhook_id: id }
      return http.read({ path: path`/webhooks/deliveries`, query, answer: wire.deliveries })
    },
  }
}

/** The assumed result of a create in a dry run. */
function assumeCreated({ url, events, description }: WireCreate): WireCreated {
  const webhook = { id: newId, url, events, description, is_active: true, created_at: new Date(0) }
  return { ...webhook, raw: null, secret: '[secret]', unreadable: [] }
}

const wireFailure = z.object({ error: z.string() })
/** Official clients expect a message and a code; framework errors have more. */
const wireNotFound = z.strictObject({ error: z.string(), message: z.string().optional(), code: z.string().optional() })

export function readFailure(status: number, body: unknown): Failure | null {
  const message = (status === 404 ? wireNotFound : wireFailure).safeParse(body).data?.error
  if (message === undefined) return null
  const failure = { code: null, message }
  // Only the URL can be a duplicate: Encrata generates the ID, and descriptions need not be unique.
  return status === 409 ? { ...failure, meaning: { kind: 'CONFLICT', field: 'url' } } : failure
}
