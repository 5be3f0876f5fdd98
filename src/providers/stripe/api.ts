import * as z from 'zod'
import type { Http } from '../../http/call.ts'
import type { Meaning } from '../../http/upstream.ts'
import { readCursorPages, wireCursorPage } from '../../provider/cursor-pages.ts'
import { findInvalidInput, findLimit, readJsonFailure, wireWord } from '../../provider/failures.ts'
import { path } from '../../provider/path.ts'
import * as w from '../../provider/wire.ts'

// Wire format of Stripe: forms in, snake_case JSON out. An update is a POST and leaves out what stays as it is.

const wireRecord = z.object({
  id: w.wireId,
  api_version: w.wireText.nullish(),
  application: w.wireText.nullish(),
  created: w.wireUnixSeconds,
  description: w.wireName.nullish(),
  enabled_events: w.wireTexts,
  livemode: z.boolean(),
  metadata: w.wireTextMembers,
  status: z.enum(['enabled', 'disabled']),
  url: w.wireText,
})
const wireWebhook = w.wireShown(wireRecord)
type WireWebhook = z.output<typeof wireWebhook>

/** The fields of a webhook that are always known. Any other field may be null. */
export type KnownWebhook = w.Salvaged<WireWebhook, 'id' | 'url' | 'status' | 'metadata' | 'raw'>

/** The only response with the secret. */
const wireCreated = w.wireSalvaged(wireRecord.extend({ secret: w.wireSecret }), ['id', 'secret'])
export type WireCreated = z.output<typeof wireCreated>

/** The documented responses by name, with samples in test/providers/stripe/fixtures. */
export const wire = {
  list: w.wireAnswer(wireCursorPage(w.wireShownList(wireRecord))),
  webhook: w.wireAnswer(wireWebhook),
  created: w.wireAnswer(wireCreated),
  deleted: w.wireAnswer(z.object({ id: w.wireId, deleted: z.literal(true) }).transform(({ id }) => id)),
}

type Settings = Pick<WireWebhook, 'url' | 'enabled_events' | 'metadata'> & { description: string }
/** Undefined fields stay as they are. Metadata is merged by key, and an empty value removes its key. */
export type WireChanges = w.Changes<Settings & { disabled: boolean }>
export type WireCreate = w.Changes<Settings & { api_version: string; connect: boolean }>

export type StripeApi = ReturnType<typeof createStripeApi>

export function createStripeApi(http: Http) {
  const base = path`/webhook_endpoints`
  // The maximum, so that most accounts need one page.
  const limit = '100'
  return {
    list: () =>
      readCursorPages(http, (after) =>
        http.read({ path: base, query: { limit, ...(after !== undefined && { starting_after: after }) }, answer: wire.list }),
      ),
    get: (id: string) => http.read({ path: path`/webhook_endpoints/${id}`, answer: wire.webhook }),
    /** A second request with the same key is answered as the first one, secret included. */
    create: (body: WireCreate, key: string) =>
      http.write({
        method: 'POST',
        path: base,
        headers: { 'idempotency-key': key },
        body,
        answer: wire.created,
        assumed: w.assumeCreated(wireCreated),
      }),
    update: (id: string, body: WireChanges) =>
      http.write({ method: 'POST', path: path`/webhook_endpoints/${id}`, body, answer: wire.webhook }),
    delete: (id: string) => http.write({ method: 'DELETE', path: path`/webhook_endpoints/${id}`, answer: wire.deleted }),
  }
}

const wireError = z.object({ type: z.string(), code: wireWord, message: wireWord, param: wireWord })
type WireError = z.output<typeof wireError>

export const readFailure = readJsonFailure(w.wireField('error', wireError), (error, status) => {
  return { code: error.code ?? error.type, message: error.message, meaning: toMeaning(status, error) }
})

function toMeaning(status: number, error: WireError): Meaning | undefined {
  const isRepeat = error.type === 'idempotency_error' || error.code === 'idempotency_key_in_use'
  // Any other conflict is with another change of the same object.
  if (status === 409) return { kind: isRepeat ? 'IN_PROGRESS' : 'REJECTED' }
  // An unknown path is not found either, and then no webhook is known to be gone.
  if (status === 404) return { kind: error.code === 'resource_missing' ? 'NOT_FOUND' : 'REJECTED' }
  // A key that has arrived before, with other parameters, says nothing about that first request.
  return status === 400 && !isRepeat ? toRejection(error) : undefined
}

function toRejection({ code, message = '', param = '' }: WireError): Meaning | undefined {
  if (code === 'rate_limit') return { kind: 'RATE_LIMITED' }
  if (code === 'resource_missing') return { kind: 'NOT_FOUND' }
  // The limit has no code.
  const limit = findLimit(/maximum of (\d{1,6}) (?:test )?webhook endpoints/i, message)
  return limit ?? findInvalidInput(inputPaths, [code === 'url_invalid' ? 'url' : (/^\w*/.exec(param)?.[0] ?? '')])
}

const inputPaths = {
  url: ['url'],
  enabled_events: ['eventTypes'],
  description: ['name'],
  disabled: ['enabled'],
  metadata: ['options', 'stripe', 'metadata'],
  api_version: ['options', 'stripe', 'apiVersion'],
  connect: ['options', 'stripe', 'connect'],
}
