import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import {
  bodyRoute,
  isAnswering,
  isUrl,
  type Issues,
  type Route,
  route,
  sign,
  type StandInAnswer,
  type StandInRequest,
  type StandInStatement,
} from '../../provider/stand-in.ts'
import type { Settings } from '../../provider/settings.ts'
import { commonEvents, organizationEvents } from './events.ts'

interface Config {
  readonly url: string
  readonly content_type: 'json' | 'form'
  readonly insecure_ssl: '0' | '1'
  readonly secret?: string | undefined
}

interface SeededDelivery {
  readonly event: string
  readonly payload: object
  readonly guid: string
  /** Deliveries are defined by age, so that they are always recent. */
  readonly ageMs: number
  readonly failed?: true
}

interface SeededHook {
  readonly id: number
  readonly config: {
    readonly url: string
    readonly content_type: 'json' | 'form'
    readonly insecure_ssl: '0' | '1'
    readonly secret?: string
  }
  readonly events: readonly string[]
  readonly active: boolean
  readonly created_at: string
  /** Oldest first. */
  readonly deliveries: readonly SeededDelivery[]
}

interface Place {
  readonly kind: 'repository' | 'organization'
  readonly number: number
  /** Links have the number in place of the name. */
  readonly linkedPath: string
  readonly hooks: readonly SeededHook[]
}

interface StoredHook {
  readonly id: number
  active: boolean
  events: readonly string[]
  config: Config
  readonly created_at: string
  updated_at: string
  last_response: { readonly code: number | null; readonly status: string; readonly message: string | null }
}

interface Delivery {
  /** Larger than a JavaScript number can hold. */
  readonly id: bigint
  readonly guid: string
  readonly delivered_at: string
  readonly redelivery: boolean
  readonly duration: number
  readonly status: string
  readonly status_code: number
  readonly event: string
  readonly action: string | null
  readonly installation_id: number | null
  readonly repository_id: number | null
  readonly throttled_at: null
}

/** An attempt with what was sent, which only a read of a single delivery shows. */
interface StoredDelivery extends Delivery {
  readonly hook: number
  readonly url: string
  readonly request: { readonly headers: Readonly<Record<string, string>>; readonly payload: object }
  readonly response: { readonly headers: object | null; readonly payload: string | null }
}

const seededId = 418_230_177
const seededGuid = '0b989ba4-242f-11e5-81e1-c7b6966d2516'

const docs = 'https://docs.github.com/rest/repos/webhooks'
const mostPerEvent = 20
const keptMs = 3 * 86_400_000

const insecure = z
  .union([z.enum(['0', '1']), z.literal([0, 1])])
  .transform((value): '0' | '1' => (String(value) === '1' ? '1' : '0'))
const configShape = z.strictObject({
  url: z.string().refine(isReachable, 'url'),
  content_type: z.enum(['json', 'form']),
  secret: z.string(),
  insecure_ssl: insecure,
})
const events = z.array(z.string()).min(1)
const active = z.boolean()
const web = z.literal('web')
const wholeConfig = configShape.partial({ content_type: true, secret: true, insecure_ssl: true })

/** The documented bodies, which differ between repositories and organizations. */
const bodies = {
  repository: {
    create: z.strictObject({
      name: web.optional(),
      config: wholeConfig,
      events: events.default(['push']),
      active: active.default(true),
    }),
    update: z.strictObject({ config: wholeConfig, events, add_events: events, remove_events: events, active }).partial(),
  },
  organization: {
    create: z.strictObject({ name: web, config: wholeConfig, events: events.default(['push']), active: active.default(true) }),
    update: z.strictObject({ config: wholeConfig, events, active, name: web }).partial(),
  },
}
const configBody = configShape.partial()

export const sandbox: StandInStatement = {
  basePath: '',
  token: 'sandbox-github-token',
  seededId: String(seededId),
  seededEventId: seededGuid,
  otherPrefixes: ['token '],
  linkedPath: (settings) => findPlace(settings).linkedPath,
  headers: ['x-github-api-version'],
  checkHeaders({ accept, 'user-agent': agent, 'x-github-api-version': version }) {
    if (agent === undefined) return refuse(403, 'Request forbidden by administrative rules. Set a User-Agent header.')
    if (!/^(?:\*\/\*|application\/(?:json|vnd\.github(?:\.v3)?\+json))$/.test(String(accept)))
      return refuse(415, "Unsupported 'Accept' header")
    if (!['2022-11-28', '2026-03-10', undefined].includes(String(version ?? '') || undefined))
      return refuse(400, 'Unsupported API version')
    return undefined
  },
  limit: { calls: 5_000, perMs: 3_600_000 },
  refusals: {
    unauthorized: () => refuse(401, 'Bad credentials'),
    unknownPath: notFound,
    undocumented: (what) => refuse(400, `${what} is not documented`),
    rateLimited: () => {
      const refused = refuse(403, 'API rate limit exceeded for user ID 1.')
      return { ...refused, headers: { 'x-ratelimit-remaining': '0' } }
    },
  },
  open: ({ seeded, mostPerPage = 100, settings, now }) => openPlace(findPlace(settings), { seeded, mostPerPage, settings, now }),
}

const hourMs = 3_600_000
const sha = '6113728f27ae82c7b1a177c8d03f9e96e0adf246'

// Of the first webhook, whichever place this is.
const seededDeliveries: readonly SeededDelivery[] = [
  {
    guid: seededGuid,
    event: 'push',
    payload: { ref: 'refs/heads/main', after: sha },
    ageMs: 50 * hourMs,
  },
  {
    guid: '72d3162e-cc78-11e3-81ab-4c9367dc0958',
    event: 'pull_request',
    payload: { action: 'opened', number: 214 },
    ageMs: 4 * hourMs,
    failed: true,
  },
  {
    guid: '72d3162e-cc78-11e3-81ab-4c9367dc0958',
    event: 'pull_request',
    payload: { action: 'opened', number: 214 },
    ageMs: 3 * hourMs,
  },
  {
    guid: 'd2c01a30-5a1b-11f0-9d3e-8f2c6b7a4d11',
    event: 'push',
    payload: { ref: 'refs/heads/release', after: sha },
    ageMs: hourMs,
    failed: true,
  },
]

const repository = {
  kind: 'repository',
  number: 512_663_041,
  linkedPath: '/repositories/512663041',
  hooks: [
    {
      id: seededId,
      config: {
        url: 'https://ci.acme.test/github',
        content_type: 'json',
        insecure_ssl: '0',
        secret: 'sandbox-ci-secret-4e1f',
      },
      events: ['push', 'pull_request'],
      active: true,
      created_at: '2026-01-20T09:00:00Z',
      deliveries: seededDeliveries,
    },
    {
      id: 433_871_902,
      config: {
        url: 'https://deploy.acme.test/hooks/github',
        content_type: 'json',
        insecure_ssl: '0',
        secret: 'sandbox-deploy-secret-9b27',
      },
      events: ['deployment', 'deployment_status', 'release'],
      active: true,
      created_at: '2026-03-02T14:12:40Z',
      deliveries: [
        {
          guid: '1f7ac8d2-5a1c-11f0-8c55-2b9e0d4f6a70',
          event: 'release',
          payload: { action: 'published', release: { tag_name: 'v4.2.0' } },
          ageMs: 20 * hourMs,
        },
      ],
    },
    {
      id: 460_118_355,
      config: { url: 'https://chat.acme.test/old-bot', content_type: 'form', insecure_ssl: '1' },
      events: ['*'],
      active: false,
      created_at: '2026-05-28T07:30:11Z',
      deliveries: [],
    },
  ],
} as const satisfies Place

const organization = {
  kind: 'organization',
  number: 9_919_204,
  linkedPath: '/organizations/9919204',
  hooks: [
    {
      id: seededId,
      config: {
        url: 'https://audit.acme.test/github',
        content_type: 'json',
        insecure_ssl: '0',
        secret: 'sandbox-audit-secret-c051',
      },
      events: ['organization', 'membership', 'team', 'repository'],
      active: true,
      created_at: '2026-01-08T16:45:00Z',
      deliveries: seededDeliveries,
    },
    {
      id: 447_902_613,
      config: {
        url: 'https://security.acme.test/hooks/alerts',
        content_type: 'json',
        insecure_ssl: '0',
        secret: 'sandbox-alerts-secret-77ad',
      },
      events: ['dependabot_alert', 'secret_scanning_alert', 'code_scanning_alert'],
      active: true,
      created_at: '2026-04-17T11:05:52Z',
      deliveries: [],
    },
  ],
} as const satisfies Place

/** Page size; larger ones are cut. */
function readSize(asked = '30'): number {
  return Math.min(Math.max(1, Number(asked) || 30), 100)
}

function findPlace({ organization: name }: Settings): Place {
  return name === undefined ? repository : organization
}

interface PlaceOptions {
  readonly seeded: boolean
  readonly settings: Settings
  readonly mostPerPage: number
  now(): Date
}

/** The webhooks of one repository or organization. */
function openPlace(place: Place, { seeded, mostPerPage, settings, now }: PlaceOptions): readonly Route[] {
  const hooks = new Map<string, StoredHook>()
  const secretsOf = ({ config: { secret } }: StoredHook) => secret
  let deliveries: readonly StoredDelivery[] = []
  let lastHook = 552_000_000
  // Odd, so that a client that reads it as a number reads another one.
  let lastDelivery = 9_007_199_254_740_993n

  const path = (rest: string) =>
    `${settings['repository'] === undefined ? `/orgs/${settings['organization']}` : `/repos/${settings['repository']}`}/hooks${rest}`
  const seconds = (time = now()) => `${time.toISOString().slice(0, 19)}Z`

  function add(
    config: Config,
    given: { readonly events: readonly string[]; readonly active: boolean },
    seed?: SeededHook,
  ): StoredHook {
    const id = seed?.id ?? (lastHook += 17)
    const time = seed?.created_at ?? seconds()
    const last_response = { code: null, status: 'unused', message: null }
    const hook = {
      id,
      active: given.active,
      events: [...new Set(given.events)],
      config,
      created_at: time,
      updated_at: time,
      last_response,
    }
    hooks.set(String(id), hook)
    return hook
  }

  /** Sends an event: nobody is called, and the host of the URL decides how it went. */
  function deliver(
    hook: StoredHook,
    sent: { readonly event: string; readonly payload: object; readonly guid?: string },
    fault = false,
    time = now(),
  ) {
    const { event, payload, guid = randomUUID() } = sent
    const raw = JSON.stringify(payload)
    const body = hook.config.content_type === 'form' ? `payload=${encodeURIComponent(raw)}` : raw
    const secret = secretsOf(hook)
    const good = isAnswering(hook.config.url) && !fault
    const action = 'action' in payload && typeof payload.action === 'string' ? payload.action : null
    const delivery: StoredDelivery = {
      id: (lastDelivery += 2n),
      guid,
      delivered_at: seconds(time),
      redelivery: sent.guid !== undefined && deliveries.some((each) => each.guid === guid),
      duration: good ? 0.27 : 10,
      status: good ? 'OK' : 'failed to connect to host',
      status_code: good ? 200 : 502,
      event,
      action,
      installation_id: null,
      repository_id: place.kind === 'repository' ? place.number : null,
      throttled_at: null,
      hook: hook.id,
      url: hook.config.url,
      request: {
        headers: {
          Accept: '*/*',
          'Content-Type': hook.config.content_type === 'form' ? 'application/x-www-form-urlencoded' : 'application/json',
          'User-Agent': 'GitHub-Hookshot/0000000',
          'X-GitHub-Delivery': guid,
          'X-GitHub-Event': event,
          'X-GitHub-Hook-ID': String(hook.id),
          ...(secret !== undefined && { 'X-Hub-Signature-256': `sha256=${sign(secret, body)}` }),
        },
        payload,
      },
      response: good ? { headers: {}, payload: 'OK' } : { headers: null, payload: null },
    }
    deliveries = [...deliveries, delivery]
    hook.last_response = good
      ? { code: 200, status: 'active', message: 'OK' }
      : { code: 502, status: 'failed', message: 'failed to connect to host' }
  }

  function ping(hook: StoredHook): void {
    deliver(hook, { event: 'ping', payload: { zen: 'Keep it logically awesome.', hook_id: hook.id, hook: { id: hook.id } } })
  }

  function replay(hook: StoredHook, { event, payload, guid, ageMs, failed }: SeededDelivery): void {
    deliver(hook, { event, payload, guid }, failed === true, new Date(now().getTime() - ageMs))
  }

  if (seeded) {
    for (const seed of place.hooks) {
      const hook = add(seed.config, seed, seed)
      for (const delivery of seed.deliveries) replay(hook, delivery)
    }
  }

  function withHook(
    { params }: Pick<StandInRequest<unknown>, 'params'>,
    answer: (hook: StoredHook) => StandInAnswer,
  ): StandInAnswer {
    const hook = hooks.get(params['hook'] ?? '')
    return hook === undefined ? notFound() : answer(hook)
  }

  /** Why a webhook may not have this configuration and these events. */
  function findRefusal(config: Config, names: readonly string[], own?: StoredHook): StandInAnswer | undefined {
    const known = new Set<string>(['*', ...commonEvents, ...(place.kind === 'organization' ? organizationEvents : [])])
    if (names.some((name) => !known.has(name))) return invalid([{ field: 'events', code: 'invalid' }])
    const others = [...hooks.values()].filter((hook) => hook !== own)
    const isSame = (hook: StoredHook) =>
      hook.config.url === config.url &&
      hook.config.content_type === config.content_type &&
      hook.config.insecure_ssl === config.insecure_ssl
    const overlaps = (hook: StoredHook) => hook.events.some((name) => name === '*' || names.includes(name) || names.includes('*'))
    if (others.some((hook) => isSame(hook) && overlaps(hook))) {
      return invalid([{ code: 'custom', message: `Hook already exists on this ${place.kind}` }])
    }
    const full = names.filter((name) => others.filter((hook) => hook.events.includes(name)).length >= mostPerEvent)
    if (full.length === 0) return undefined
    return invalid(
      full.map((name) => ({ code: 'custom', message: `The "${name}" event cannot have more than ${mostPerEvent} hooks` })),
    )
  }

  function change(hook: StoredHook, config: Config, names: readonly string[], isActive: boolean): StandInAnswer | undefined {
    const refused = findRefusal(config, names, hook)
    if (refused !== undefined) return refused
    hook.config = config
    hook.events = [...new Set(names)]
    hook.active = isActive
    hook.updated_at = seconds()
    return undefined
  }

  function show(hook: StoredHook, { headers: { host = 'api.github.com' } }: Pick<StandInRequest<unknown>, 'headers'>): object {
    const url = `http://${host}${path(`/${hook.id}`)}`
    return {
      type: place.kind === 'repository' ? 'Repository' : 'Organization',
      id: hook.id,
      name: 'web',
      active: hook.active,
      events: hook.events,
      config: mask(hook.config),
      updated_at: hook.updated_at,
      created_at: hook.created_at,
      url,
      ping_url: `${url}/pings`,
      deliveries_url: `${url}/deliveries`,
      ...(place.kind === 'repository' && { test_url: `${url}/test`, last_response: hook.last_response }),
    }
  }

  function list(request: StandInRequest<undefined>): StandInAnswer {
    const size = Math.min(readSize(request.query['per_page']), mostPerPage)
    const page = Math.max(1, Number(request.query['page'] ?? 1) || 1)
    const all = [...hooks.values()]
    const shown = all.slice((page - 1) * size, page * size).map((hook) => show(hook, request))
    const last = Math.max(1, Math.ceil(all.length / size))
    const link = (rel: string, to: number) => toLink(request, '/hooks', { per_page: String(size), page: String(to) }, rel)
    const links = [
      ...(page > 1 ? [link('prev', page - 1)] : []),
      ...(page < last ? [link('next', page + 1), link('last', last)] : []),
      ...(page > 1 ? [link('first', 1)] : []),
    ]
    return { status: 200, body: shown, ...(links.length > 0 && { headers: { link: links.join(', ') } }) }
  }

  function listDeliveries(request: StandInRequest<undefined>): StandInAnswer {
    return withHook(request, ({ id }) => {
      const { cursor, status, per_page } = request.query
      const size = readSize(per_page)
      const found = listKept(id).filter(({ status_code: code }) => status === undefined || (status === 'success') === code < 400)
      const start = cursor === undefined ? 0 : found.findIndex((each) => `v1_${each.id}` === cursor)
      if (start === -1 || !['success', 'failure', undefined].includes(status)) return refuse(422, 'Invalid cursor or status')
      const shown = found.slice(start, start + size)
      const next = found[start + size]
      const more = next && toLink(request, `/hooks/${id}/deliveries`, { per_page: String(size), cursor: `v1_${next.id}` }, 'next')
      return { status: 200, body: shown.map(toItem), ...(more !== undefined && { headers: { link: more } }) }
    })
  }

  /** Newest first. */
  function listKept(hook: number): readonly StoredDelivery[] {
    const since = now().getTime() - keptMs
    return deliveries.filter((each) => each.hook === hook && Date.parse(each.delivered_at) >= since).toReversed()
  }

  function withDelivery(
    request: StandInRequest<undefined>,
    answer: (hook: StoredHook, delivery: StoredDelivery) => StandInAnswer,
  ): StandInAnswer {
    return withHook(request, (hook) => {
      const delivery = listKept(hook.id).find(({ id }) => String(id) === request.params['delivery'])
      return delivery === undefined ? notFound() : answer(hook, delivery)
    })
  }

  /** Links name the place by its number, not by the path that was asked. */
  function toLink(
    { headers: { host = '' } }: StandInRequest<undefined>,
    rest: string,
    query: Readonly<Record<string, string>>,
    rel: string,
  ): string {
    return `<http://${host}${place.linkedPath}${rest}?${new URLSearchParams(query).toString()}>; rel="${rel}"`
  }

  const { create, update } = bodies[place.kind]
  const paged = { query: ['per_page', 'page'] }
  const cursored = { query: ['per_page', 'cursor', 'status'] }

  return [
    route('GET', '/hooks', list, paged),
    route('GET', '/hooks/:hook', (request) => withHook(request, (hook) => ({ status: 200, body: show(hook, request) }))),
    bodyRoute('POST', '/hooks', create, refuseBody, (request) => {
      const config = toConfig(request.body.config)
      const refused = findRefusal(config, request.body.events)
      if (refused !== undefined) return refused
      const hook = add(config, request.body)
      const body = show(hook, request)
      ping(hook)
      return { status: 201, body, headers: { location: `http://${request.headers.host}${path(`/${hook.id}`)}` } }
    }),
    bodyRoute('PATCH', '/hooks/:hook', update, refuseBody, (request) =>
      withHook(request, (hook) => {
        const { config, events: names = hook.events, active: isActive = hook.active, ...more } = request.body
        const { add_events: added = [], remove_events: removed = [] } =
          'add_events' in more || 'remove_events' in more ? more : {}
        const all = [...names, ...added].filter((name) => !removed.includes(name))
        // A configuration replaces the whole one: a secret that is not sent again is gone.
        const refused = change(hook, config === undefined ? hook.config : toConfig(config), all, isActive)
        return refused ?? { status: 200, body: show(hook, request) }
      }),
    ),
    route('DELETE', '/hooks/:hook', (request) =>
      withHook(request, ({ id }) => {
        hooks.delete(String(id))
        deliveries = deliveries.filter(({ hook }) => hook !== id)
        return { status: 204 }
      }),
    ),
    route('GET', '/hooks/:hook/config', (request) => withHook(request, ({ config }) => ({ status: 200, body: mask(config) }))),
    bodyRoute('PATCH', '/hooks/:hook/config', configBody, refuseBody, (request) =>
      withHook(request, (hook) => {
        const config = toConfig({ ...hook.config, ...request.body, url: request.body.url ?? hook.config.url })
        const refused = change(hook, config, hook.events, hook.active)
        return refused ?? { status: 200, body: mask(hook.config) }
      }),
    ),
    route('POST', '/hooks/:hook/pings', (request) =>
      withHook(request, (hook) => {
        ping(hook)
        return { status: 204 }
      }),
    ),
    ...(place.kind === 'repository'
      ? [
          route('POST', '/hooks/:hook/tests', (request) =>
            withHook(request, (hook) => {
              if (hook.events.some((name) => name === 'push' || name === '*'))
                deliver(hook, { event: 'push', payload: { ref: 'refs/heads/main' } })
              return { status: 204 }
            }),
          ),
        ]
      : []),
    route('GET', '/hooks/:hook/deliveries', listDeliveries, cursored),
    route('GET', '/hooks/:hook/deliveries/:delivery', (request) =>
      withDelivery(request, (_, delivery) => ({ status: 200, body: { ...delivery, hook: undefined } })),
    ),
    route('POST', '/hooks/:hook/deliveries/:delivery/attempts', (request) =>
      withDelivery(request, (hook, { event, guid, request: { payload } }) => {
        deliver(hook, { event, payload, guid })
        return { status: 202, body: {} }
      }),
    ),
  ]
}

/** Of a body, with the defaults of what it leaves out. */
function toConfig({ url, content_type = 'form', insecure_ssl = '0', secret }: z.output<typeof wholeConfig>): Config {
  return { url, content_type, insecure_ssl, ...(secret !== undefined && secret !== '' && { secret }) }
}

function mask({ secret, ...config }: Config): object {
  return { ...config, ...(secret !== undefined && { secret: '********' }) }
}

/** Without what only a read of a single delivery shows. */
function toItem(delivery: StoredDelivery): object {
  const whole = new Set(['hook', 'url', 'request', 'response'])
  return Object.fromEntries(Object.entries(delivery).filter(([name]) => !whole.has(name)))
}

function isReachable(text: string): boolean {
  return isUrl(text) && !/^(?:localhost|127\.|\[::1\])/i.test(new URL(text).hostname)
}

function notFound(): StandInAnswer {
  return refuse(404, 'Not Found')
}

function refuse(status: number, message: string, more: object = {}): StandInAnswer {
  return { status, body: { message, ...more, documentation_url: docs, status: String(status) } }
}

function invalid(errors: readonly object[]): StandInAnswer {
  return refuse(422, 'Validation Failed', { errors: errors.map((error) => ({ resource: 'Hook', ...error })) })
}

function refuseBody([issue]: Issues): StandInAnswer {
  const path = (issue?.path ?? []).map(String)
  const field = path[0] === 'config' ? path[1] : path[0]
  if (issue?.message.startsWith('Unrecognized key') === true) {
    const key = /"([^"]+)"/.exec(issue.message)?.[1] ?? ''
    return path[0] === 'config'
      ? invalid([{ code: 'custom', message: `Invalid config attribute: ${key}` }])
      : refuse(422, `Invalid request. "${key}" is not a permitted key.`)
  }
  return invalid([{ code: 'invalid', ...(field !== undefined && { field }) }])
}
