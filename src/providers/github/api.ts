import * as z from 'zod'
import type { Http } from '../../http/call.ts'
import type { Failure, Meaning } from '../../http/upstream.ts'
import { readLinkedPages } from '../../provider/linked-pages.ts'
import { path } from '../../provider/path.ts'
import {
  type Salvaged,
  wireAnswer,
  wireAside,
  wireId,
  wireIgnored,
  wireInstant,
  wireInt,
  wireJsonObject,
} from '../../provider/wire.ts'
import { wireList, wireNumericId, wireSalvaged, wireShown, wireShownList, wireText, wireTexts } from '../../provider/wire.ts'

// Wire format of GitHub: snake_case, bare, 64-bit ids. All paths are below the repository or organization.

const wireConfig = z.object({
  url: wireText,
  content_type: wireText.nullish(),
  insecure_ssl: z.union([wireText, wireInt]).nullish(),
  /** Masked. Should it ever not be, it is shown to nobody. */
  secret: z.string().nullish(),
})
const wireRecord = z.object({
  id: wireNumericId,
  type: wireText.nullish(),
  active: z.boolean(),
  events: wireTexts,
  config: wireConfig,
  created_at: wireInstant,
  updated_at: wireInstant,
  /** Of the last delivery; not reported for organizations. */
  last_response: z.object({ code: wireInt.nullish(), status: wireText.nullish(), message: z.string().nullish() }).nullish(),
})
const wireHook = wireShown(wireRecord)
export type WireHook = z.output<typeof wireHook>
/** The fields of a webhook that are always known. Any other field may be null. */
export type KnownHook = Salvaged<WireHook, 'id' | 'active' | 'config' | 'raw'>

const wireCreated = wireSalvaged(wireRecord, ['id'])
export type WireCreated = z.output<typeof wireCreated>

const wireAttempt = z.object({
  id: wireNumericId,
  guid: wireId,
  delivered_at: wireAside(wireInstant),
  duration: wireAside(z.number()),
  status: wireAside(z.string()),
  status_code: wireAside(wireInt),
  event: wireAside(z.string()),
})
export type WireAttempt = z.output<typeof wireAttempt>

const ownId = z.object({ id: wireNumericId }).transform(({ id }) => id)

/** The documented responses by name, with samples in test/providers/github/fixtures. */
export const wire = {
  list: wireAnswer(wireShownList(wireRecord, ownId)),
  hook: wireAnswer(wireHook),
  created: wireAnswer(wireCreated),
  deliveries: wireAnswer(wireList(wireAttempt, ownId)),
}

export interface WireConfig {
  readonly url?: string
  readonly content_type?: 'json' | 'form'
  readonly insecure_ssl?: '0' | '1'
  readonly secret?: string
}
export interface WireState {
  readonly active: boolean
  readonly events: readonly string[]
}

// The maximum, so that most accounts need one page.
const query = { per_page: '100' }

export type GithubApi = ReturnType<typeof createGithubApi>

export function createGithubApi(http: Http) {
  return {
    list: () => readLinkedPages(http, { path: path`/hooks`, query, answer: wire.list, isNumbered: true }),
    get: (id: string) => http.read({ path: path`/hooks/${id}`, answer: wire.hook }),
    create: (body: WireState & { readonly name: 'web'; readonly config: WireConfig }) =>
      http.write({ method: 'POST', path: path`/hooks`, body, secrets: toSecrets(body.config), answer: wire.created }),
    /** Without the configuration, so that GitHub keeps the secret. */
    update: (id: string, body: WireState) => http.write({ method: 'PATCH', path: path`/hooks/${id}`, body, answer: wire.hook }),
    // The response has nothing but the configuration that was sent, with the secret masked.
    configure: (id: string, body: WireConfig) =>
      http.write({
        method: 'PATCH',
        path: path`/hooks/${id}/config`,
        body,
        secrets: toSecrets(body),
        answer: wireJsonObject,
        assumed: {},
      }),
    delete: (id: string) => http.write({ method: 'DELETE', path: path`/hooks/${id}`, answer: z.undefined() }),
    ping: (id: string) => http.write({ method: 'POST', path: path`/hooks/${id}/pings`, answer: z.undefined() }),
    deliveries: (id: string) => http.read({ path: path`/hooks/${id}/deliveries`, query, answer: wire.deliveries }),
    redeliver: (id: string, attempt: string) =>
      http.write({ method: 'POST', path: path`/hooks/${id}/deliveries/${attempt}/attempts`, answer: wireIgnored }),
  }
}

function toSecrets({ secret }: WireConfig): readonly string[] {
  return secret === undefined ? [] : [secret]
}

const text = z.string().optional().catch(undefined)
const problem = z.object({ code: text, field: text, message: text })
const wireFailure = z.object({ message: z.string(), documentation_url: z.string(), errors: z.array(problem).catch([]) })

/** Every error of GitHub links to its documentation; those of proxies and frameworks do not. */
export function readFailure(status: number, body: unknown, headers: Readonly<Record<string, unknown>>): Failure | null {
  const failure = wireFailure.safeParse(body).data
  if (failure === undefined) return null
  const { errors } = failure
  const more = errors.map((error) => error.message ?? [error.field, error.code].filter(Boolean).join(': '))
  const message = [failure.message, ...more].join('. ')
  // A 403 is a missing permission or a rate limit.
  const isLimited = 'retry-after' in headers || headers['x-ratelimit-remaining'] === '0' || /rate limit/i.test(message)
  const meaning = status === 422 ? toMeaning(errors) : status === 403 && isLimited ? { kind: 'RATE_LIMITED' as const } : undefined
  return { code: errors[0]?.code ?? null, message, ...(meaning && { meaning }) }
}

function toMeaning(errors: readonly z.output<typeof problem>[]): Meaning | undefined {
  const texts = errors.map(({ message = '' }) => message).join('\n')
  if (/^Hook already exists/m.test(texts)) return { kind: 'CONFLICT', field: 'url' }
  const limit = /cannot have more than (\d{1,6}) hooks/.exec(texts)?.[1]
  if (limit !== undefined) return { kind: 'LIMIT_REACHED', limit: Number(limit) }
  const paths = errors.map(({ field = '' }) => inputPaths.get(field)).filter((found) => found !== undefined)
  return paths.length === 0 ? undefined : { kind: 'INVALID_INPUT', paths }
}

const inputPaths = new Map([
  ['url', ['url']],
  ['events', ['eventTypes']],
])
