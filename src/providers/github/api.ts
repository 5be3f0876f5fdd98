import * as z from 'zod'
import type { Http } from '../../http/call.ts'
import type { Meaning } from '../../http/upstream.ts'
import { findInvalidInput, findLimit, readJsonFailure, wireWord } from '../../provider/failures.ts'
import { readLinkedPages } from '../../provider/linked-pages.ts'
import { path } from '../../provider/path.ts'
import type { Secret } from '../../secret.ts'
import * as w from '../../provider/wire.ts'

// Wire format of GitHub: snake_case, bare, 64-bit ids. All paths are below the repository or organization.

const wireConfig = z.object({
  url: w.wireText,
  content_type: w.wireText.nullish(),
  insecure_ssl: z.union([w.wireText, w.wireInt]).nullish(),
  /** Masked. Should it ever not be, it is shown to nobody. */
  secret: z.string().nullish(),
})
const wireRecord = z.object({
  id: w.wireNumericId,
  type: w.wireText.nullish(),
  active: z.boolean(),
  events: w.wireTexts,
  config: wireConfig,
  created_at: w.wireInstant,
  updated_at: w.wireInstant,
  /** Of the last delivery; not reported for organizations. */
  last_response: z.object({ code: w.wireInt.nullish(), status: w.wireText.nullish(), message: z.string().nullish() }).nullish(),
})
const wireAttempt = z.object({
  id: w.wireNumericId,
  guid: w.wireId,
  delivered_at: w.wireAside(w.wireInstant),
  duration: w.wireAside(z.number()),
  status: w.wireAside(z.string()),
  status_code: w.wireAside(w.wireInt),
  event: w.wireAside(z.string()),
})

/** The documented responses by name, with samples in test/providers/github/fixtures. */
export const wire = {
  list: w.wireAnswer(w.wireShownList(wireRecord, w.wireOwnNumericId)),
  hook: w.wireAnswer(w.wireShown(wireRecord)),
  created: w.wireAnswer(w.wireSalvaged(wireRecord, ['id'])),
  config: w.wireAnswer(w.wireSalvaged(wireConfig, [])),
  deliveries: w.wireAnswer(w.wireList(wireAttempt, w.wireOwnNumericId)),
}
export type WireHook = z.output<typeof wire.hook>
export type WireCreated = z.output<typeof wire.created>
/** The fields of a webhook that are always known. Any other field may be null. */
export type KnownHook = w.Salvaged<WireHook, 'id' | 'active' | 'config' | 'raw'>
export type WireConfigured = z.output<typeof wire.config>
export type WireAttempt = z.output<typeof wireAttempt>

export type WireConfig = w.Changes<{ url: string; content_type: 'json' | 'form'; insecure_ssl: '0' | '1'; secret: Secret }>
export type WireState = Pick<WireHook, 'active' | 'events'>

const untold: WireConfigured = { url: null, content_type: null, insecure_ssl: null, secret: null, raw: null, unreadable: [] }

// The maximum, so that most accounts need one page.
const query = { per_page: '100' }

export type GithubApi = ReturnType<typeof createGithubApi>

export function createGithubApi(http: Http) {
  return {
    list: () =>
      readLinkedPages(http, { path: path`/hooks`, query, answer: wire.list, numbered: { parameter: 'page', size: 100 } }),
    get: (id: string) => http.read({ path: path`/hooks/${id}`, answer: wire.hook }),
    create: (body: WireState & { readonly name: 'web'; readonly config: WireConfig }) =>
      http.write({ method: 'POST', path: path`/hooks`, body, answer: wire.created }),
    /** Without the configuration, so that GitHub keeps the secret. */
    update: (id: string, body: WireState) => http.write({ method: 'PATCH', path: path`/hooks/${id}`, body, answer: wire.hook }),
    configure: (id: string, body: WireConfig) =>
      http.write({ method: 'PATCH', path: path`/hooks/${id}/config`, body, answer: wire.config, assumed: untold }),
    delete: (id: string) => http.write({ method: 'DELETE', path: path`/hooks/${id}`, answer: z.undefined() }),
    ping: (id: string) => http.write({ method: 'POST', path: path`/hooks/${id}/pings`, answer: z.undefined() }),
    deliveries: (id: string) => http.read({ path: path`/hooks/${id}/deliveries`, query, answer: wire.deliveries }),
    redeliver: (id: string, attempt: string) =>
      http.write({ method: 'POST', path: path`/hooks/${id}/deliveries/${attempt}/attempts`, answer: w.wireIgnored }),
  }
}

const problem = z.object({ code: wireWord, field: wireWord, message: wireWord })
/** Every error of GitHub links to its documentation; those of proxies and frameworks do not. */
const wireFailure = z.object({ message: z.string(), documentation_url: z.string(), errors: z.array(problem).catch([]) })
const inputPaths = { url: ['url'], events: ['eventTypes'] }

export const readFailure = readJsonFailure(wireFailure, ({ message, errors }, status, headers) => {
  const more = errors.map((error) => error.message ?? [error.field, error.code].filter(Boolean).join(': '))
  const whole = [message, ...more].join('. ')
  // A 403 is a missing permission or a rate limit.
  const isLimited = 'retry-after' in headers || headers['x-ratelimit-remaining'] === '0' || /rate limit/i.test(whole)
  const meaning = status === 422 ? toMeaning(errors) : status === 403 && isLimited ? { kind: 'RATE_LIMITED' as const } : undefined
  return { code: errors[0]?.code, message: whole, meaning }
})

function toMeaning(errors: readonly z.output<typeof problem>[]): Meaning | undefined {
  const texts = errors.map(({ message = '' }) => message).join('\n')
  if (/^Hook already exists/m.test(texts)) return { kind: 'CONFLICT', field: 'url', of: 'url and event type' }
  const fields = errors.map(({ field = '' }) => field)
  return (
    findLimit(/cannot have more than (\d{1,6}) hooks/, texts, 'webhooks for one event type') ??
    findInvalidInput(inputPaths, fields)
  )
}
