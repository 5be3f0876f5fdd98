import * as z from 'zod'
import type { Http } from '../../http/call.ts'
import { readPages } from '../../provider/pages.ts'
import { readJsonFailure, toInvalidInput } from '../../provider/failures.ts'
import { path } from '../../provider/path.ts'
import * as w from '../../provider/wire.ts'

// Wire format of Fingerprint: snake_case, every response wrapped in `data`. An update also repeats `environment` beside it.

/** An ID, although the vendor's API description declares an object. */
const wireEnvironmentId = w.wireHarmless(z.string().min(1))
const wireEnvironment = z.union([wireEnvironmentId, z.object({ id: wireEnvironmentId }).transform(({ id }) => id)])

const wireRecord = z.object({
  id: w.wireId,
  description: w.wireName,
  url: w.wireText,
  status: z.enum(['enabled', 'disabled']),
  verified: z.boolean(),
  /** Null: all environments. */
  environment: wireEnvironment.nullable(),
  legacy: z.boolean(),
  created_at: w.wireInstant,
  last_enabled_at: w.wireInstant.nullish(),
  last_disabled_at: w.wireInstant.nullish(),
})
/** For reads: an unreadable optional field affects only itself. */
const wireRead = w.wireLenient(wireRecord, ['environment', 'created_at', 'last_enabled_at', 'last_disabled_at'])
const wireWebhook = w.wireShown(wireRead)
export type WireWebhook = z.output<typeof wireWebhook>

/** The fields of a webhook that are always readable. Any other field may be null. */
export type KnownWebhook = w.Salvaged<
  z.output<typeof wireRecord> & Pick<WireWebhook, 'raw'>,
  'id' | 'url' | 'status' | 'verified' | 'legacy' | 'raw'
>

/** Only a create returns the key, and only on plans with webhook signatures. */
const wireCreated = w.wireSalvaged(wireRecord.extend({ signing_key: w.wireAside(w.wireSecret) }), ['id', 'signing_key'])
export type WireCreated = z.output<typeof wireCreated>

// Version 2024-05-20 uses camelCase for the cursor, newer ones snake_case.
const wirePagination = z.object({ next_cursor: z.string().nullish(), nextCursor: z.string().nullish() })

/** The documented responses by name, with samples in test/providers/fingerprint/fixtures. */
export const wire = {
  list: w.wireAnswer(
    z
      .object({ data: w.wireShownList(wireRead), metadata: z.object({ pagination: wirePagination }) })
      .transform(({ data, metadata: { pagination } }) => ({
        batch: data,
        next: pagination.next_cursor ?? pagination.nextCursor ?? null,
      })),
  ),
  webhook: w.wireAnswer(w.wireField('data', wireWebhook)),
  created: w.wireAnswer(w.wireField('data', wireCreated)),
  verified: w.wireAnswer(w.wireField('data', w.wireField('verified', z.boolean()))),
}

export type WireChanges = w.Changes<Pick<WireWebhook, 'url' | 'status' | 'environment'> & { description: string }>

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
    verify: (id: string) => http.write({ method: 'POST', path: path`/webhooks/${id}/verification`, answer: w.wireIgnored }),
    delete: (id: string) => http.write({ method: 'DELETE', path: path`/webhooks/${id}`, answer: w.wireIgnored }),
  }
}

const wireFailure = z.object({
  code: z.string(),
  message: z.string(),
  violations: w.wireArray(z.object({ property: z.string(), message: z.string() })).default([]),
})
const inputPaths = {
  url: ['url'],
  description: ['name'],
  status: ['enabled'],
  environment: ['options', 'fingerprint', 'environmentId'],
}

export const readFailure = readJsonFailure(w.wireField('error', wireFailure), ({ code, message, violations }, status) => {
  if (violations.length === 0) return { code, message }
  const texts = violations.map((violation) => `${violation.property}: ${violation.message}`)
  const properties = violations.map(({ property }) => property)
  // Violations are documented for these two only; any other status takes precedence.
  const meaning = status === 400 || status === 422 ? toInvalidInput(inputPaths, properties) : undefined
  return { code, message: `${message} (${texts.join('; ')})`, meaning }
})
