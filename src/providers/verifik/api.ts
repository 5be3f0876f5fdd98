import * as z from 'zod'
import type { Http } from '../../http/call.ts'
import { readNumberedPages } from '../../provider/numbered-pages.ts'
import { path } from '../../provider/path.ts'
import {
  type Salvaged,
  type Unread,
  wireAnswer,
  wireArray,
  wireAside,
  wireId,
  wireInstant,
  wireInt,
  wireName,
  wireSalvaged,
  wireShown,
  wireShownList,
  wireText,
  wireTexts,
} from '../../provider/wire.ts'
import type { Failure, Meaning } from '../../http/upstream.ts'
import { Secret } from '../../secret.ts'
import type { Sent } from '../../webhook.ts'

// Wire format of Verifik. Its documentation shows a webhook in three variants with different names and fields: A (resource
// pages), B (create page and related ones), C (overview page). B and C echo `secret` in plain text. It is in no webhook schema,
// so parsing drops it; it is read separately, only for comparison.

/** A webhook of any variant; null fields are not in the variant or this response. */
export interface WireWebhook {
  readonly variant: 'A' | 'B' | 'C'
  readonly id: string
  readonly name: string | null
  readonly url: string
  readonly isActive: boolean
  readonly description: string | null
  readonly client: string | null
  readonly projectFlow: readonly string[]
  readonly events: readonly string[] | null
  readonly retryPolicy: z.output<typeof wireRetryPolicy> | null
  readonly statistics: z.output<typeof wireStatistics> | null
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly raw: Sent | null
}

/** An ID, or the object that it refers to, which otherwise contains personal data. */
const wireReference = z.union([wireId, z.object({ _id: wireId }).transform(({ _id }) => _id)])

const wireRetryPolicy = z.object({ maxRetries: wireInt, retryDelay: wireInt, timeout: wireInt })

/** Empty until the first delivery. */
const wireStatistics = z.object({
  totalRequests: wireInt.optional(),
  successfulRequests: wireInt.optional(),
  failedRequests: wireInt.optional(),
  lastTriggered: wireInstant.nullish(),
})

const wireNotification = z.object({
  success: z.boolean().optional().catch(undefined),
  fail: z.boolean().optional().catch(undefined),
})

const wireRecord = z.object({
  _id: wireId,
  name: wireName,
  url: wireText,
  isActive: z.boolean(),
  description: wireName.nullish(),
  client: wireReference,
  projectFlow: wireArray(wireReference),
  statistics: wireStatistics.optional(),
  createdAt: wireInstant,
  updatedAt: wireInstant,
})

type ReadWebhook = Omit<WireWebhook, 'raw'>

/** A record of A or B, with the fields that the other one lacks. */
function toRead(
  record: Omit<z.output<typeof wireRecord>, 'projectFlow'> & { readonly projectFlow?: readonly string[] | null | undefined },
  { variant, events, retryPolicy }: Pick<ReadWebhook, 'variant' | 'events' | 'retryPolicy'>,
): ReadWebhook {
  return {
    variant,
    id: record._id,
    name: record.name,
    url: record.url,
    isActive: record.isActive,
    description: record.description ?? null,
    client: record.client,
    projectFlow: record.projectFlow ?? [],
    events,
    retryPolicy,
    statistics: record.statistics ?? null,
    createdAt: record.createdAt,
    updatedAt: record.updatedAt,
  }
}

const variantA = wireRecord
  // Of these two the vendor's page of the object says that they need not be there; of events and of a retry policy it knows nothing.
  .extend({
    notification: wireNotification.nullish(),
    projectFlow: wireArray(wireReference).nullish(),
    events: z.undefined().optional(),
    retryPolicy: z.undefined().optional(),
  })
  .transform((record) => toRead(record, { variant: 'A', events: null, retryPolicy: null }))

const variantB = wireRecord
  .extend({ events: wireTexts, retryPolicy: wireRetryPolicy.optional() })
  .transform((record) => toRead(record, { variant: 'B', events: record.events, retryPolicy: record.retryPolicy ?? null }))

const recordC = z.object({
  id: wireId,
  url: wireText,
  events: wireTexts,
  active: z.boolean(),
  createdAt: wireInstant,
  updatedAt: wireInstant,
})
const untold = { name: null, description: null, client: null, projectFlow: [], retryPolicy: null, statistics: null }
const variantC = recordC.transform(({ active, ...same }): ReadWebhook => {
  return { ...same, ...untold, variant: 'C', isActive: active }
})

const anyVariant = z.union([variantB, variantA, variantC])

/** What is sure to be known of a webhook, whatever could be read of the rest. */
export type KnownWebhook = Salvaged<WireWebhook, 'variant' | 'id' | 'url' | 'isActive' | 'raw'>
type SalvagedWebhook = Salvaged<WireWebhook, 'variant' | 'id' | 'raw'> & Unread

const salvagedWebhook = z.union([
  wireSalvaged(
    wireRecord.partial({ projectFlow: true }).extend({
      notification: wireAside(wireNotification),
      events: wireTexts.optional(),
      retryPolicy: wireRetryPolicy.optional(),
    }),
    ['_id'],
  ).transform(({ _id: id, events, retryPolicy, ...same }): SalvagedWebhook => {
    const variant = events == null && retryPolicy == null ? 'A' : 'B'
    return {
      ...same,
      variant,
      id,
      events: events ?? null,
      retryPolicy: retryPolicy ?? null,
      description: same.description ?? null,
      projectFlow: same.projectFlow ?? null,
      statistics: same.statistics ?? null,
    }
  }),
  wireSalvaged(recordC, ['id']).transform(({ active, ...same }): SalvagedWebhook => {
    return { ...untold, ...same, variant: 'C', isActive: active }
  }),
])
const anyId = z.union([z.object({ _id: wireId }).transform(({ _id }) => _id), z.object({ id: wireId }).transform(({ id }) => id)])
const success = z.literal(true)
const shown = wireShown(anyVariant)
const webhook = z.object({ success: success.optional(), data: shown }).transform(({ data }) => data)
const whole = shown.transform((read): SalvagedWebhook => ({ ...read, unreadable: [] }))
const salvaged = z.object({ success: success.optional(), data: z.union([whole, salvagedWebhook]) }).transform(({ data }) => data)

/** The secret in the response to a write, if any. */
const echo = z
  .object({ data: z.object({ secret: z.string() }) })
  .transform(({ data: { secret } }) => new Secret(secret))
  .nullable()
  .catch(null)

/** The response to a write that may contain a secret: the webhook and the secret. */
function withEcho<T>(schema: z.ZodType<T>) {
  return z
    .unknown()
    .transform((sent) => ({ webhook: sent, echo: sent }))
    .pipe(z.object({ webhook: schema, echo }))
}

/** The documented responses by name, with samples of every variant in test/providers/verifik/fixtures. */
export const wire = {
  webhook: wireAnswer(webhook),
  updated: wireAnswer(withEcho(webhook)),
  /** For requests with a new secret, whose response must not be lost. */
  salvaged: wireAnswer(withEcho(salvaged)),
  list: wireAnswer(
    z
      .object({
        success: success.optional(),
        data: wireShownList(anyVariant, anyId),
        pagination: z.object({ total: z.int() }).optional(),
      })
      .transform(({ data, pagination }) => ({ batch: data, total: pagination?.total ?? null })),
  ),
  // An error can have any status, so only the documented responses count as a deletion.
  deleted: wireAnswer(z.union([webhook, z.object({ success })])),
}

export type WireSalvaged = z.output<typeof wire.salvaged>

/** The options in a response, for comparison; undefined if not included. Only B echoes the secret. */
const wireOptions = wireAnswer(
  z
    .object({
      data: z.object({
        description: z.string().nullish().catch(undefined),
        projectFlow: wireArray(wireReference).nullish().catch(undefined),
        secret: z.string().nullish().catch(undefined),
      }),
    })
    .transform(({ data: { description, projectFlow, secret } }) => ({
      description: description === null ? '' : description,
      projectFlow: projectFlow ?? undefined,
      secret: secret == null ? undefined : new Secret(secret),
    })),
)

export interface WireChanges {
  readonly url?: string | undefined
  readonly name?: string | undefined
  readonly isActive?: boolean | undefined
  readonly description?: string | undefined
  readonly link?: readonly string[] | undefined
  readonly unlink?: readonly string[] | undefined
  readonly events?: readonly string[] | undefined
  readonly secret?: string | undefined
}

const pageSize = 100

export type VerifikApi = ReturnType<typeof createVerifikApi>

export function createVerifikApi(http: Http) {
  function list() {
    return readNumberedPages(http, pageSize, (page) => {
      // The variants use different names for the page size.
      const query = { page: String(page), limit: String(pageSize), perPage: String(pageSize) }
      return http.send({ method: 'GET', path: path`/webhooks`, query, answer: wire.list })
    })
  }

  return {
    list,
    get: (id: string) => http.send({ method: 'GET', path: path`/webhooks/${id}`, answer: wire.webhook }),
    getOptions: (id: string) => http.send({ method: 'GET', path: path`/webhooks/${id}`, answer: wireOptions }),
    create: (body: WireChanges) =>
      http.send({ method: 'POST', path: path`/webhooks`, body, secrets: toSecrets(body), answer: wire.salvaged }),
    update: (id: string, body: WireChanges) =>
      http.send({ method: 'PUT', path: path`/webhooks/${id}`, body, secrets: toSecrets(body), answer: wire.updated }),
    /** An update whose response is used as far as it can be read. */
    updateSecret: (id: string, body: WireChanges) =>
      http.send({ method: 'PUT', path: path`/webhooks/${id}`, body, secrets: toSecrets(body), answer: wire.salvaged }),
    delete: (id: string) => http.send({ method: 'DELETE', path: path`/webhooks/${id}`, answer: wire.deleted }),
  }
}

function toSecrets({ secret }: WireChanges): readonly string[] {
  return secret === undefined ? [] : [secret]
}

const text = z.string().optional().catch(undefined)
/** A has `code` and `message`, B has `error` and one of the two: a single one could come from anywhere. */
const wireFailure = z
  .object({ code: text, error: text, message: text })
  .refine((failure) => Object.values(failure).filter((word) => word !== undefined).length > 1)

/** An error code of any variant; those of A are not uppercase. */
const codeShape = /^(?:[A-Z][A-Z0-9_]{0,63}|MissingParameter|NotFound)$/

/** By error code only: B and C document no statuses, so a known code counts with any status. */
export function readFailure(status: number, body: unknown): Failure | null {
  const failure = wireFailure.safeParse(body).data
  if (failure === undefined) return null
  const code = [failure.code, failure.message].find((word) => word !== undefined && codeShape.test(word)) ?? null
  // Every documented error has a code; framework errors have none.
  if (status === 404 && code === null) return null
  // B has the error code in `message` and the text in `error`.
  const message = (failure.message === code ? undefined : failure.message) ?? failure.error ?? null
  const meaning = toMeaning(code, message ?? '')
  return { code, message, ...(meaning && { meaning }) }
}

function toMeaning(code: string | null, message: string): Meaning | undefined {
  switch (code) {
    case 'INVALID_WEBHOOK_URL':
      return { kind: 'INVALID_INPUT', paths: [['url']] }
    case 'MissingParameter':
      return { kind: 'INVALID_INPUT', paths: [toInputPath(/^missing (\w+)/.exec(message)?.[1])] }
    case 'WEBHOOK_NAME_EXISTS':
      return { kind: 'CONFLICT', field: 'name' }
    case 'WEBHOOK_NOT_FOUND':
    case 'NotFound':
      return { kind: 'NOT_FOUND' }
    case 'UNAUTHORIZED':
      return { kind: 'CREDENTIALS_REJECTED' }
    default:
      return undefined
  }
}

function toInputPath(parameter: string | undefined): readonly string[] {
  switch (parameter) {
    case 'url':
    case 'name':
      return [parameter]
    case 'isActive':
      return ['enabled']
    default:
      return []
  }
}
