import * as z from 'zod'
import type { Http } from '../../http/http.ts'
import { path } from '../../http/path.ts'
import { wireId, wireIgnored, wireInstant } from '../../http/wire.ts'
import type { Failure } from '../../provider.ts'

// The wire of Encrata: snake_case, bare, one path. The id goes in the query of a GET, in the body of a PUT or DELETE.

const wireWebhook = z.object({
  id: wireId,
  url: z.string(),
  events: z.array(z.string()).readonly(),
  is_active: z.boolean(),
  description: z.string().nullish(),
  created_at: wireInstant,
  // In the documented examples, but not in the documented table of fields.
  workspace_id: z.string().nullish(),
  created_by: z.string().nullish(),
  updated_at: wireInstant.nullish(),
})
export type WireWebhook = z.output<typeof wireWebhook>

const bareList = z.array(wireWebhook)
const wrappedList = z.object({ webhooks: bareList }).transform(({ webhooks }) => webhooks)

/** The documented answers, by name; test/providers/encrata/fixtures has samples of each. */
export const wire = {
  // The guide documents the bare list, the official clients read the wrapped one too.
  list: z.union([bareList, wrappedList]),
  webhook: wireWebhook,
  /** The only answer with the secret. */
  created: wireWebhook.extend({ secret: z.string().min(1) }),
  updated: z.object({ status: z.literal('updated') }),
}

export interface WireCreate {
  readonly url: string
  readonly events: readonly string[] | undefined
  readonly description: string
}

/** All that a PUT writes: what is left out may be cleared. */
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
    list: (signal: AbortSignal) => http.send({ method: 'GET', path: path`/webhooks`, answer: wire.list, signal }),
    get: (id: string, signal: AbortSignal) =>
      http.send({ method: 'GET', path: path`/webhooks`, query: { id }, answer: wire.webhook, signal }),
    create: (body: WireCreate, signal: AbortSignal) =>
      http.send({ method: 'POST', path: path`/webhooks`, body, answer: wire.created, signal }),
    replace: (body: WireReplacement, signal: AbortSignal) =>
      http.send({ method: 'PUT', path: path`/webhooks`, body, answer: wire.updated, signal }),
    // Documented both as empty and as JSON of no stated shape, so none of it is read.
    delete: (id: string, signal: AbortSignal) =>
      http.send({ method: 'DELETE', path: path`/webhooks`, body: { id }, answer: wireIgnored, signal }),
  }
}

const wireFailure = z.object({ error: z.string() })

export function readFailure(status: number, body: unknown): Failure {
  const failure = { code: null, message: wireFailure.safeParse(body).data?.error ?? null }
  // Of what Encrata stores, nothing but the URL can be a duplicate: the id is its own and descriptions are free.
  return status === 409 ? { ...failure, meaning: { kind: 'CONFLICT', field: 'url' } } : failure
}
