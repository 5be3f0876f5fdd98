import * as z from 'zod'
import type { Http } from '../../http/call.ts'
import type { Meaning } from '../../http/upstream.ts'
import { readJsonFailure, toInvalidInput, wireWord } from '../../provider/failures.ts'
import { readNumberedPages } from '../../provider/numbered-pages.ts'
import { path } from '../../provider/path.ts'
import { type Secret, shownSecret } from '../../secret.ts'
import * as w from '../../provider/wire.ts'
import { wireReference, wireSalvagedWebhook, wireWebhook, wireWebhooks, wireWholeWebhook } from './variants.ts'

const success = z.literal(true)
const wireSuccess = <T>(data: z.ZodType<T>) => z.object({ success: success.optional(), data })
const webhook = wireSuccess(wireWebhook).transform(({ data }) => data)

/** Whether a webhook has another secret than the one that was sent, which is masked. */
const isOther = z
  .object({ secret: z.string() })
  .transform(({ secret }) => secret !== shownSecret)
  .catch(false)
const wireWritten = <T>(webhook: z.ZodType<T>) =>
  wireSuccess(z.unknown())
    .transform(({ data }) => ({ webhook: data, isOther: data }))
    .pipe(z.object({ webhook, isOther }))

/** The documented responses by name, with samples of every variant in test/providers/verifik/fixtures. */
export const wire = {
  webhook: w.wireAnswer(webhook),
  updated: w.wireAnswer(wireWritten(wireWholeWebhook)),
  /** For requests with a new secret, whose response must not be lost. */
  salvaged: w.wireAnswer(wireWritten(wireSalvagedWebhook)),
  list: w.wireAnswer(
    wireSuccess(wireWebhooks)
      .extend({ pagination: z.object({ total: z.int() }).optional() })
      .transform(({ data, pagination }) => ({ batch: data, total: pagination?.total ?? null })),
  ),
  // An error can have any status, so only the documented responses count as a deletion.
  deleted: w.wireAnswer(z.union([webhook.transform(({ id }) => id), z.object({ success }).transform(() => undefined)])),
}
export type WireWritten = z.output<typeof wire.salvaged>

/** The options in a response, for comparison; undefined if not included. Only B echoes the secret. */
const options = z.object({
  description: z.string().nullish().catch(undefined),
  projectFlow: w.wireArray(wireReference).optional().catch(undefined),
  secret: w.wireSecret.optional().catch(undefined),
})
const wireOptions = w.wireAnswer(w.wireField('data', options))
export type WireOptions = z.output<typeof options>

type Texts = Record<'url' | 'name' | 'description', string> & Record<'link' | 'unlink' | 'events', readonly string[]>
export type WireChanges = w.Changes<Texts & { isActive: boolean; secret: Secret }>

const pageSize = 100

export type VerifikApi = ReturnType<typeof createVerifikApi>

export function createVerifikApi(http: Http) {
  return {
    list: () =>
      readNumberedPages(http, pageSize, (page) => {
        // The variants use different names for the page size.
        const query = { page: String(page), limit: String(pageSize), perPage: String(pageSize) }
        return http.read({ path: path`/webhooks`, query, answer: wire.list })
      }),
    get: (id: string) => http.read({ path: path`/webhooks/${id}`, answer: wire.webhook }),
    getOptions: (id: string) => http.read({ path: path`/webhooks/${id}`, answer: wireOptions }),
    create: (body: WireChanges) => http.write({ method: 'POST', path: path`/webhooks`, body, answer: wire.salvaged }),
    update: (id: string, body: WireChanges, answer: typeof wire.updated | typeof wire.salvaged) =>
      http.write<WireWritten>({ method: 'PUT', path: path`/webhooks/${id}`, body, answer }),
    delete: (id: string) => http.write({ method: 'DELETE', path: path`/webhooks/${id}`, answer: wire.deleted }),
  }
}

/** A has `code` and `message`, B has `error` and one of the two: a single one could come from anywhere. */
const wireFailure = z
  .object({ code: wireWord, error: wireWord, message: wireWord })
  .refine((failure) => Object.values(failure).filter((word) => word !== undefined).length > 1)

/** An error code of any variant; those of A are not uppercase. */
const codeShape = /^(?:[A-Z][A-Z0-9_]{0,63}|MissingParameter|NotFound)$/

/** By error code only: B and C document no statuses, so a known code counts with any status. */
export const readFailure = readJsonFailure(wireFailure, (failure, status) => {
  const code = [failure.code, failure.message].find((word) => word !== undefined && codeShape.test(word))
  // Every documented error has a code; framework errors have none.
  if (status === 404 && code === undefined) return null
  // B has the error code in `message` and the text in `error`.
  const message = (failure.message === code ? undefined : failure.message) ?? failure.error
  const missing = code === 'MissingParameter' ? (/^missing (\w+)/.exec(message ?? '')?.[1] ?? '') : undefined
  return { code, message, meaning: missing === undefined ? meanings.get(code) : toInvalidInput(inputPaths, [missing]) }
})

const meanings = new Map<string | undefined, Meaning>([
  ['INVALID_WEBHOOK_URL', { kind: 'INVALID_INPUT', paths: [['url']] }],
  ['WEBHOOK_NAME_EXISTS', { kind: 'CONFLICT', field: 'name' }],
  ['WEBHOOK_NOT_FOUND', { kind: 'NOT_FOUND' }],
  ['NotFound', { kind: 'NOT_FOUND' }],
  ['UNAUTHORIZED', { kind: 'CREDENTIALS_REJECTED' }],
])
const inputPaths = { url: ['url'], name: ['name'], isActive: ['enabled'] }
