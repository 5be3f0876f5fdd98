import * as z from 'zod'
import type { Http } from '../../http/call.ts'
import { readPages } from '../../provider/pages.ts'
import { path } from '../../provider/path.ts'
import {
  type Salvaged,
  wireAnswer,
  wireArray,
  wireAside,
  wireHarmless,
  wireId,
  wireIgnored,
  wireInstant,
  wireName,
  wireSalvaged,
  wireSecret,
  wireShown,
  wireShownList,
  wireText,
} from '../../provider/wire.ts'
import type { Failure } from '../../http/upstream.ts'

// Wire format of Fingerprint: snake_case, every response wrapped in `data`. An update also repeats `environment` beside it.

/** An ID, although the vendor's API description declares an object. */
const wireEnvironmentId = wireHarmless(z.string().min(1))
const wireEnvironment = z.union([wireEnvironmentId, z.object({ id: wireEnvironmentId }).transform(({ id }) => id)])

const wireRecord = z.object({
  id: wireId,
  description: wireName,
  url: wireText,
  status: z.enum(['enabled', 'disabled']),
  verified: z.boolean(),
  /** Null: all environments. */
  environment: wireEnvironment.nullable(),
  legacy: z.boolean(),
  created_at: wireInstant,
  last_enabled_at: wireInstant.nullish(),
  last_disabled_at: wireInstant.nullish(),
})
/** For reads: an unreadable optional field affects only itself. */
const wireRead = wireRecord.extend({
  environment: wireAside(wireEnvironment),
  created_at: wireAside(wireInstant),
  last_enabled_at: wireAside(wireInstant),
  last_disabled_at: wireAside(wireInstant),
})
const wireWebhook = wireShown(wireRead)
export type WireWebhook = z.output<typeof wireWebhook>

/** The fields of a webhook that are always readable. Any other field may be null. */
export type KnownWebhook = Salvaged<
  z.output<typeof wireRecord> & Pick<WireWebhook, 'raw'>,
  'id' | 'url' | 'status' | 'verified' | 'legacy' | 'raw'
>

/** Only a create returns the key, and only on plans with webhook signatures. */
const wireCreated = wireSalvaged(wireRecord.extend({ signing_key: wireAside(wireSecret) }), ['id', 'signing_key'])
export type WireCreated = z.output<typeof wireCreated>

// Version 2024-05-20 uses camelCase for the cursor, newer ones snake_case.
const wirePagination = z.object({ next_cursor: z.string().nullish(), nextCursor: z.string().nullish() })

/** The documented responses by name, with samples in test/providers/fingerprint/fixtures. */
export const wire = {
  list: wireAnswer(
    z
      .object({ data: wireShownList(wireRead), metadata: z.object({ pagination: wirePagination }) })
      .transform(({ data, metadata: { pagination } }) => ({
        batch: data,
        next: pagination.next_cursor ?? pagination.nextCursor ?? null,
      })),
  ),
  webhook: wireAnswer(z.object({ data: wireWebhook }).transform(({ data }) => data)),
  created: wireAnswer(z.object({ data: wireCreated }).transform(({ data }) => data)),
  verified: wireAnswer(z.object({ data: z.object({ verified: z.boolean() }) }).transform(({ data }) => data.verified)),
}

export interface WireChanges {
  readonly url?: string | undefined
  readonly description?: string | undefined
  readonly status?: WireWebhook['status'] | undefined
  readonly environment?: string | null | undefined
}

export type FingerprintApi = ReturnType<typeof createFingerprintApi>

export function createFingerprintApi(http: Http) {
  const readPage = (cursor: string) => {
    const query = { limit: '100', ...(cursor !== '' && { cursor }) }
    return http.read({ path: path`/webhooks`, query, answer: wire.list })
  }
  return {
    list: () => readPages(http, '', readPage),
    get: (id: string) => http.read({ path: path`/webhooks/${id}`, answer: wire.webhook }),
    /** Not for a webhook that does not exist yet. */
    isVerified: (id: string) => http.read({ path: path`/webhooks/${id}`, answer: wire.verified, assumed: false }),
    create: (body: WireChanges) => http.write({ method: 'POST', path: path`/webhooks`, body, answer: wire.created }),
    update: (id: string, body: WireChanges) =>
      http.write({ method: 'PATCH', path: path`/webhooks/${id}`, body, answer: wire.webhook }),
    // The result of a verification is read from the webhook, and a deletion has none.
    verify: (id: string) => http.write({ method: 'POST', path: path`/webhooks/${id}/verification`, answer: wireIgnored }),
    delete: (id: string) => http.write({ method: 'DELETE', path: path`/webhooks/${id}`, answer: wireIgnored }),
  }
}

const wireFailure = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    violations: wireArray(z.object({ property: z.string(), message: z.string() })).default([]),
  }),
})

const wholeInput: readonly string[] = []
const inputPaths = new Map<string, readonly string[]>([
  ['url', ['url']],
  ['description', ['name']],
  ['status', ['enabled']],
  ['environment', ['options', 'fingerprint', 'environmentId']],
])

export function readFailure(status: number, body: unknown): Failure | null {
  const error = wireFailure.safeParse(body).data?.error
  if (error === undefined) return null
  const { code, message, violations } = error
  if (violations.length === 0) return { code, message }
  const texts = violations.map((violation) => `${violation.property}: ${violation.message}`)
  const failure = { code, message: `${message} (${texts.join('; ')})` }
  // Violations are documented for these two only; any other status takes precedence.
  if (status !== 400 && status !== 422) return failure
  const paths = new Set(violations.map(({ property }) => inputPaths.get(property) ?? wholeInput))
  return { ...failure, meaning: { kind: 'INVALID_INPUT', paths: [...paths] } }
}
