import * as z from 'zod'
import type { Http } from '../../http/call.ts'
import type { Failure, Meaning } from '../../http/upstream.ts'
import { readCursorPages, wireCursorPage } from '../../provider/cursor-pages.ts'
import { newId, path } from '../../provider/path.ts'
import { type Salvaged, wireSalvaged, wireShown, wireShownList, wireTextMembers } from '../../provider/wire.ts'
import { wireAnswer, wireId, wireName, wireSecret, wireText, wireTexts, wireUnixSeconds } from '../../provider/wire.ts'

// Wire format of Stripe: forms in, snake_case JSON out. An update is a POST and leaves out what stays as it is.

const wireRecord = z.object({
  id: wireId,
  api_version: wireText.nullish(),
  application: wireText.nullish(),
  created: wireUnixSeconds,
  description: wireName.nullish(),
  enabled_events: wireTexts,
  livemode: z.boolean(),
  metadata: wireTextMembers,
  status: z.enum(['enabled', 'disabled']),
  url: wireText,
})
const wireWebhook = wireShown(wireRecord)
type WireWebhook = z.output<typeof wireWebhook>

/** The fields of a webhook that are always known. Any other field may be null. */
export type KnownWebhook = Salvaged<WireWebhook, 'id' | 'url' | 'status' | 'metadata' | 'raw'>

/** The only response with the secret. */
const wireCreated = wireSalvaged(wireRecord.extend({ secret: wireSecret }), ['id', 'secret'])
export type WireCreated = z.output<typeof wireCreated>

/** The documented responses by name, with samples in test/providers/stripe/fixtures. */
export const wire = {
  list: wireAnswer(wireCursorPage(wireShownList(wireRecord))),
  webhook: wireAnswer(wireWebhook),
  created: wireAnswer(wireCreated),
  deleted: wireAnswer(z.object({ deleted: z.literal(true) })),
}

/** Undefined fields stay as they are. */
export interface WireChanges {
  readonly url?: string | undefined
  readonly enabled_events?: readonly string[] | undefined
  readonly description?: string | undefined
  readonly disabled?: boolean | undefined
  /** Merged by key; an empty value removes its key. */
  readonly metadata?: Readonly<Record<string, string>> | undefined
}
export interface WireCreate extends Omit<WireChanges, 'disabled'> {
  readonly url: string
  readonly api_version?: string | undefined
  readonly connect?: boolean | undefined
}

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
        assumed: assumeCreated(body),
      }),
    update: (id: string, body: WireChanges) =>
      http.write({ method: 'POST', path: path`/webhook_endpoints/${id}`, body, answer: wire.webhook }),
    delete: (id: string) => http.write({ method: 'DELETE', path: path`/webhook_endpoints/${id}`, answer: wire.deleted }),
  }
}

/** The assumed result of a create in a dry run. */
function assumeCreated({ url, enabled_events = [], description }: WireCreate): WireCreated {
  const webhook = { id: newId, url, enabled_events, description, status: 'enabled' as const, created: new Date(0) }
  return { ...webhook, livemode: false, metadata: {}, raw: null, secret: '[secret]', unreadable: [] }
}

const text = z.string().optional().catch(undefined)
const wireFailure = z.object({ error: z.object({ type: z.string(), code: text, message: text, param: text }) })
type WireError = z.output<typeof wireFailure>['error']

export function readFailure(status: number, body: unknown): Failure | null {
  const error = wireFailure.safeParse(body).data?.error
  if (error === undefined) return null
  const meaning = toMeaning(status, error)
  return { code: error.code ?? error.type, message: error.message ?? null, ...(meaning && { meaning }) }
}

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
  const limit = /maximum of (\d{1,6}) (?:test )?webhook endpoints/i.exec(message)?.[1]
  if (limit !== undefined) return { kind: 'LIMIT_REACHED', limit: Number(limit) }
  const found = inputPaths.get(code === 'url_invalid' ? 'url' : (/^\w*/.exec(param)?.[0] ?? ''))
  return found === undefined ? undefined : { kind: 'INVALID_INPUT', paths: [found] }
}

const inputPaths = new Map([
  ['url', ['url']],
  ['enabled_events', ['eventTypes']],
  ['description', ['name']],
  ['disabled', ['enabled']],
  ['metadata', ['options', 'stripe', 'metadata']],
  ['api_version', ['options', 'stripe', 'apiVersion']],
  ['connect', ['options', 'stripe', 'connect']],
])
