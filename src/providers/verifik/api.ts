import * as z from 'zod'
import type { Http } from '../../http/call.ts'
import { readNumberedPages } from '../../provider/numbered-pages.ts'
import { path } from '../../provider/path.ts'
import { wireAnswer, wireArray } from '../../provider/wire.ts'
import type { Failure, Meaning } from '../../http/upstream.ts'
import { Secret } from '../../secret.ts'
import { wireReference, wireSalvagedWebhook, wireWebhook, wireWebhooks } from './variants.ts'

const success = z.literal(true)
const webhook = z.object({ success: success.optional(), data: wireWebhook }).transform(({ data }) => data)
const salvaged = z.object({ success: success.optional(), data: wireSalvagedWebhook }).transform(({ data }) => data)

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
        data: wireWebhooks,
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
      return http.read({ path: path`/webhooks`, query, answer: wire.list })
    })
  }

  return {
    list,
    get: (id: string) => http.read({ path: path`/webhooks/${id}`, answer: wire.webhook }),
    getOptions: (id: string) => http.read({ path: path`/webhooks/${id}`, answer: wireOptions }),
    create: (body: WireChanges) =>
      http.write({ method: 'POST', path: path`/webhooks`, body, secrets: toSecrets(body), answer: wire.salvaged }),
    update: (id: string, body: WireChanges) =>
      http.write({ method: 'PUT', path: path`/webhooks/${id}`, body, secrets: toSecrets(body), answer: wire.updated }),
    /** An update whose response is used as far as it can be read. */
    updateSecret: (id: string, body: WireChanges) =>
      http.write({ method: 'PUT', path: path`/webhooks/${id}`, body, secrets: toSecrets(body), answer: wire.salvaged }),
    delete: (id: string) => http.write({ method: 'DELETE', path: path`/webhooks/${id}`, answer: wire.deleted }),
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
