import * as z from 'zod'
import type { Http } from '../../http/call.ts'
import { readExactly } from '../../provider/answers.ts'
import { readJsonFailure } from '../../provider/failures.ts'
import { path } from '../../provider/path.ts'
import * as w from '../../provider/wire.ts'

// Wire format of Encrata: snake_case, bare, one path. The ID is in the query of a GET and in the body of a PUT or DELETE.

const wireRecord = z.object({
  id: w.wireId,
  url: w.wireText,
  events: w.wireTexts,
  is_active: z.boolean(),
  description: w.wireName.nullish(),
  created_at: w.wireInstant,
  // In the documented examples but not in the documented table of fields.
  workspace_id: w.wireText.nullish(),
  created_by: w.wireText.nullish(),
  updated_at: w.wireInstant.nullish(),
})
const wireWebhook = w.wireShown(wireRecord)
export type WireWebhook = z.output<typeof wireWebhook>

/** The fields of a webhook that are always readable. Any other field may be null. */
export type KnownWebhook = w.Salvaged<WireWebhook, 'id' | 'url' | 'is_active' | 'raw'>

/** The only response with the secret. */
const wireCreated = w.wireSalvaged(wireRecord.extend({ secret: w.wireSecret }), ['id', 'secret'])
export type WireCreated = z.output<typeof wireCreated>

const wireList = w.wireShownList(wireRecord)

const wireDelivery = z.object({
  id: w.wireId,
  event_type: z.string(),
  status: w.wireAside(z.string()),
  attempts: w.wireAside(w.wireInt),
  response_status: w.wireInt.nullish(),
  response_body: z.string().nullish(),
  // A plain string in the official Go client, so it may be empty.
  last_attempt_at: w.wireAside(w.wireInstant),
  created_at: w.wireAside(w.wireInstant),
})
export type WireDelivery = z.output<typeof wireDelivery>
const wireDeliveries = w.wireList(wireDelivery)

/** As documented for the API endpoint: without the response of the webhook's endpoint. */
const wireSent = z.object({ status: z.literal('sent'), signature: z.string() })
/** As parsed by the official clients. */
const wireDelivered = z.object({ status: z.string(), status_code: w.wireInt.nullish(), error: z.string().nullish() })
export type WireTested = z.output<typeof wireSent> | z.output<typeof wireDelivered>

/** The documented responses by name, with samples in test/providers/encrata/fixtures. */
export const wire = {
  // The guide documents the bare list; the official clients also accept the wrapped one.
  list: w.wireAnswer(z.union([wireList, w.wireField('webhooks', wireList)])),
  webhook: w.wireAnswer(wireWebhook),
  created: w.wireAnswer(wireCreated),
  updated: w.wireAnswer(z.object({ status: z.literal('updated') })),
  // The same applies to deliveries.
  deliveries: w.wireAnswer(z.union([wireDeliveries, w.wireField('deliveries', wireDeliveries)])),
  tested: w.wireAnswer(z.union([wireSent, wireDelivered])),
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
    get: (id: string) => readExactly(http, id, http.read({ path: path`/webhooks`, query: { id }, answer: wire.webhook })),
    create: (body: WireCreate) =>
      http.write({ method: 'POST', path: path`/webhooks`, body, answer: wire.created, assumed: w.assumeCreated(wireCreated) }),
    replace: (body: WireReplacement) => http.write({ method: 'PUT', path: path`/webhooks`, body, answer: wire.updated }),
    // Documented both as empty and as JSON of unknown shape, so it is not read.
    delete: (id: string) => http.write({ method: 'DELETE', path: path`/webhooks`, body: { id }, answer: w.wireIgnored }),
    test: (id: string) => http.write({ method: 'POST', path: path`/webhooks/test`, body: { id }, answer: wire.tested }),
    deliveries: (id: string) => {
      const query = { webhook_id: id }
      return http.read({ path: path`/webhooks/deliveries`, query, answer: wire.deliveries })
    },
  }
}

const wireFailure = z.object({ error: z.string() })
/** Official clients expect a message and a code; framework errors have more. */
const wireNotFound = z.strictObject({ error: z.string(), message: z.string().optional(), code: z.string().optional() })

export const readFailure = readJsonFailure(
  (status) => (status === 404 ? wireNotFound : wireFailure),
  // Only the URL can be a duplicate: Encrata generates the ID, and descriptions need not be unique.
  ({ error }, status) => ({ message: error, ...(status === 409 && { meaning: { kind: 'CONFLICT', field: 'url' } }) }),
)
