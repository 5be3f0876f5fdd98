import { isDeepStrictEqual } from 'node:util'
import { randomBytes } from 'node:crypto'
import * as z from 'zod'
import {
  bodyRoute,
  isHttpsUrl,
  type Issues,
  route,
  type StandInAnswer,
  type StandInRequest,
  type StandInStatement,
} from '../../provider/stand-in.ts'
import { names } from './events.ts'

/** As returned, except for the secret, which only create returns. */
interface StoredWebhook {
  readonly id: string
  readonly object: 'webhook_endpoint'
  readonly api_version: string | null
  readonly application: string | null
  readonly created: number
  description: string | null
  enabled_events: readonly string[]
  readonly livemode: boolean
  metadata: Readonly<Record<string, string>>
  status: 'enabled' | 'disabled'
  url: string
}

/** The first response to an idempotency key. */
interface Saved {
  readonly method: string
  readonly path: string
  readonly body: unknown
  readonly answer: StandInAnswer
  readonly atMs: number
}

const seededId = 'we_1Sandbox0orders00000000aa'
const ownAccount = 'acct_1SandboxAcme'
const ownApplication = 'ca_SandboxAcmePlatform'
const mostWebhooks = 100
const mostPairs = 50
const keepsKeysMs = 24 * 3_600_000

// The message of each problem is its code, and a code without a text of its own is not Stripe's.
const texts: Readonly<Record<string, (param: string) => string>> = {
  parameter_missing: (param) => `Missing required param: ${param}.`,
  parameter_unknown: (param) => `Received unknown parameter: ${param}`,
  parameter_invalid_integer: (param) => `Invalid integer: ${param}`,
  url_invalid: () => 'Invalid URL: An explicit scheme (such as https) must be provided.',
}

const event = z.string().refine((name) => name === '*' || names.some((known) => known === name), 'must be an event type')
const enabledEvents = z
  .array(event, 'parameter_missing')
  .min(1)
  .refine((events) => events.length === 1 || !events.includes('*'), '* must be the only event type')
const url = z.string('parameter_missing').refine(isHttpsUrl, 'url_invalid')
const flag = z.enum(['true', 'false'])
const pairs = z.record(z.string().max(40), z.string().max(500)).refine((given) => Object.keys(given).length <= mostPairs)
const metadata = z.union([z.literal(''), pairs])
const shared = { description: z.string().max(5_000).optional(), metadata: metadata.optional() }
const unknown = z.custom<never>(() => false, 'parameter_unknown')
const createBody = z
  .object({
    url,
    enabled_events: enabledEvents,
    api_version: z
      .string()
      .regex(/^20\d{2}-\d{2}-\d{2}(\.[a-z]+)?$/)
      .optional(),
    connect: flag.optional(),
    ...shared,
  })
  .catchall(unknown)
const updateBody = z
  .object({ url: url.optional(), enabled_events: enabledEvents.optional(), disabled: flag.optional(), ...shared })
  .catchall(unknown)
  .default({})

export const sandbox: StandInStatement = {
  basePath: '/v1',
  token: 'sandbox-stripe-key',
  seededId,
  encoding: 'FORM',
  // The last two are sent by Stripe's own client.
  headers: ['stripe-version', 'stripe-account', 'idempotency-key', 'x-stripe-client-user-agent', 'x-stripe-client-telemetry'],
  limit: { calls: 25, perMs: 1_000 },
  checkHeaders({ 'stripe-version': version, 'stripe-account': account, 'idempotency-key': key }) {
    if (version !== undefined && !/^20\d{2}-\d{2}-\d{2}(\.[a-z]+)?$/.test(String(version))) {
      return refuse(400, { message: 'Invalid Stripe API version' })
    }
    if (account !== undefined && account !== ownAccount) {
      return refuse(403, { code: 'account_invalid', message: 'The provided key does not have access to this account.' })
    }
    return String(key ?? '').length > 255
      ? refuse(400, { message: 'Idempotency keys can be at most 255 characters long.' })
      : undefined
  },
  refusals: {
    unauthorized: () => refuse(401, { message: 'Invalid API Key provided.' }),
    unknownPath: () => refuse(404, { message: 'Unrecognized request URL.' }),
    undocumented: (what) => refuse(400, { code: 'parameter_unknown', message: `Received unknown parameter: ${what}` }),
    rateLimited: () => refuse(429, { code: 'rate_limit', message: 'Request rate limit exceeded.' }),
  },
  open({ seeded, mostPerPage = 100, now }) {
    /** Newest first. */
    let webhooks = seeded ? seed.map((webhook): StoredWebhook => ({ ...webhook })) : []
    const saved = new Map<string, Saved>()

    function withWebhook(id: string, answer: (webhook: StoredWebhook) => StandInAnswer): StandInAnswer {
      const webhook = webhooks.find((each) => each.id === id)
      return webhook === undefined ? refuseMissing(404, id) : answer(webhook)
    }

    /** Answers a repeated request as the first one. Refused parameters are not saved. */
    function once(
      method: string,
      path: string,
      { headers, body }: StandInRequest<unknown>,
      carryOut: () => StandInAnswer,
    ): StandInAnswer {
      const key = headers['idempotency-key']
      if (typeof key !== 'string') return carryOut()
      const first = saved.get(key)
      if (first !== undefined && now().getTime() - first.atMs < keepsKeysMs) {
        const isSame = first.method === method && first.path === path && isDeepStrictEqual(first.body, body)
        return isSame ? { ...first.answer, headers: { 'idempotent-replayed': 'true' } } : refuse(400, otherParameters)
      }
      const answer = structuredClone(carryOut())
      if (answer.status !== 404) saved.set(key, { method, path, body, answer, atMs: now().getTime() })
      return answer
    }

    function create(body: z.output<typeof createBody>): StandInAnswer {
      if (webhooks.length >= mostWebhooks) {
        const message = `You have reached the maximum of ${mostWebhooks} test webhook endpoints.`
        return refuse(400, { message })
      }
      const webhook: StoredWebhook = {
        id: `we_1${randomBytes(12).toString('hex').slice(1)}`,
        object: 'webhook_endpoint',
        api_version: body.api_version ?? null,
        application: body.connect === 'true' ? ownApplication : null,
        created: Math.floor(now().getTime() / 1_000),
        description: body.description || null,
        enabled_events: body.enabled_events,
        livemode: false,
        metadata: merge({}, body.metadata),
        status: 'enabled',
        url: body.url,
      }
      webhooks = [webhook, ...webhooks]
      return {
        status: 200,
        body: { ...webhook, secret: `whsec_${randomBytes(24).toString('base64url').replaceAll(/\W|_/g, 'x')}` },
      }
    }

    function update(webhook: StoredWebhook, body: z.output<typeof updateBody>): StandInAnswer {
      const metadata = merge(webhook.metadata, body.metadata)
      if (Object.keys(metadata).length > mostPairs) return refuse(400, { message: 'Too many metadata keys.', param: 'metadata' })
      webhook.url = body.url ?? webhook.url
      webhook.enabled_events = body.enabled_events ?? webhook.enabled_events
      webhook.description = body.description === undefined ? webhook.description : body.description || null
      webhook.metadata = metadata
      if (body.disabled !== undefined) webhook.status = body.disabled === 'true' ? 'disabled' : 'enabled'
      return { status: 200, body: webhook }
    }

    function list({ limit = '10', starting_after: after, ending_before: before }: StandInRequest<undefined>['query']) {
      if (!/^(?:[1-9]\d?|100)$/.test(limit)) return refuse(400, toProblem('parameter_invalid_integer', 'limit'))
      const size = Math.min(Number(limit), mostPerPage)
      const cursor = after ?? before
      const at = webhooks.findIndex(({ id }) => id === cursor)
      if (cursor !== undefined && at === -1) {
        return refuseMissing(400, cursor, after === undefined ? 'ending_before' : 'starting_after')
      }
      const left = before === undefined ? webhooks.slice(at + 1) : webhooks.slice(0, at)
      const data = before === undefined ? left.slice(0, size) : left.slice(-size)
      const body = { object: 'list', data, has_more: left.length > size, url: '/v1/webhook_endpoints' }
      return { status: 200, body }
    }

    return [
      route('GET', '/webhook_endpoints', ({ query }) => list(query), { query: ['limit', 'starting_after', 'ending_before'] }),
      bodyRoute('POST', '/webhook_endpoints', createBody, refuseBody, (request) =>
        once('POST', '', request, () => create(request.body)),
      ),
      route('GET', '/webhook_endpoints/:id', ({ params: { id = '' } }) =>
        withWebhook(id, (webhook) => ({ status: 200, body: webhook })),
      ),
      bodyRoute('POST', '/webhook_endpoints/:id', updateBody, refuseBody, (request) => {
        const { id = '' } = request.params
        return once('POST', id, request, () => withWebhook(id, (webhook) => update(webhook, request.body)))
      }),
      route('DELETE', '/webhook_endpoints/:id', ({ params: { id = '' } }) =>
        withWebhook(id, ({ id }) => {
          webhooks = webhooks.filter((each) => each.id !== id)
          return { status: 200, body: { id, object: 'webhook_endpoint', deleted: true } }
        }),
      ),
    ]
  },
}

/** Metadata with the changes: an empty value removes its key, and an empty text all keys. */
function merge(before: StoredWebhook['metadata'], changes: z.output<typeof metadata> = {}): StoredWebhook['metadata'] {
  if (changes === '') return {}
  return Object.fromEntries(Object.entries({ ...before, ...changes }).filter(([, value]) => value !== ''))
}

interface Problem {
  /** Defaults to invalid_request_error. */
  readonly type?: string
  readonly code?: string
  readonly message: string
  readonly param?: string
}

const otherParameters: Problem = {
  type: 'idempotency_error',
  message: 'Keys for idempotent requests can only be used with the same parameters they were first used with.',
}

function refuse(status: number, problem: Problem): StandInAnswer {
  return { status, body: { error: { type: 'invalid_request_error', ...problem } } }
}

function refuseMissing(status: number, id: string, param = 'webhook_endpoint'): StandInAnswer {
  return refuse(status, { code: 'resource_missing', message: `No such webhook endpoint: '${id}'`, param })
}

function refuseBody([issue]: Issues): StandInAnswer {
  const [name = 'body', ...parts] = issue?.path ?? []
  return refuse(400, toProblem(issue?.message ?? '', `${String(name)}${parts.map((part) => `[${String(part)}]`).join('')}`))
}

function toProblem(code: string, param: string): Problem {
  const text = texts[code]
  return text === undefined ? { message: `Invalid ${param}: ${code}`, param } : { code, message: text(param), param }
}

const seed: readonly StoredWebhook[] = [
  {
    id: 'we_1Sandbox0platform000000dd',
    object: 'webhook_endpoint',
    api_version: '2026-10-28.endive',
    application: ownApplication,
    created: 1_780_388_045,
    description: 'Connected accounts of the platform',
    enabled_events: ['account.updated', 'payout.failed'],
    livemode: false,
    metadata: {},
    status: 'enabled',
    url: 'https://platform.acme.test/stripe/connect',
  },
  {
    id: 'we_1Sandbox0archive0000000cc',
    object: 'webhook_endpoint',
    api_version: '2026-10-28.endive',
    application: null,
    created: 1_774_872_312,
    description: 'Archive of all events',
    enabled_events: ['*'],
    livemode: false,
    metadata: { team: 'data', retention: '400 days' },
    status: 'enabled',
    url: 'https://archive.acme.test/stripe',
  },
  {
    id: 'we_1Sandbox0dunning0000000bb',
    object: 'webhook_endpoint',
    api_version: '2024-06-20',
    application: null,
    created: 1_770_281_130,
    description: null,
    enabled_events: ['invoice.payment_failed', 'customer.subscription.deleted'],
    livemode: false,
    metadata: {},
    status: 'disabled',
    url: 'https://billing.acme.test/hooks/dunning',
  },
  {
    id: seededId,
    object: 'webhook_endpoint',
    api_version: null,
    application: null,
    created: 1_768_814_100,
    description: 'Order fulfilment',
    enabled_events: ['checkout.session.completed', 'charge.refunded'],
    livemode: false,
    metadata: { team: 'orders' },
    status: 'enabled',
    url: 'https://orders.acme.test/stripe/webhooks',
  },
]
