import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import type { Http } from '../../src/http/call.ts'
import type { Failure } from '../../src/http/upstream.ts'
import { mapBatches } from '../../src/provider/answers.ts'
import { type CreateInput, native, type Repeat, type RotateInput } from '../../src/provider/operations.ts'
import { path } from '../../src/provider/path.ts'
import { deletes } from '../../src/provider/plain.ts'
import { bearer } from '../../src/provider/authentication.ts'
import { defineProvider, type Provider } from '../../src/provider/provider.ts'
import { bodyRoute, route, type StandInAnswer, type StandInStatement } from '../../src/provider/stand-in.ts'
import { secretLost, unsupported } from '../../src/provider/unsupported.ts'
import { wireAnswer, wireId, wireIgnored, wireSecret, wireShown, wireShownList, wireText } from '../../src/provider/wire.ts'
import { Secret } from '../../src/secret.ts'

// A provider with idempotency keys of its own: in a header, as Stripe has them, or as the ID of the webhook, as Linear has them.

export interface KeyedOptions {
  readonly comesTo: Repeat['comesTo']
  readonly holdsMs?: number
}

/** Hosts that the stand-in treats differently: one that it refuses, and one that it fails for once it is made. */
export const refusedUrl = 'https://refused.acme.test/hooks'
export const failingUrl = 'https://failing.acme.test/hooks'
/** Key of a store that several processes open. */
export const keyOfStore = Buffer.alloc(32, 7).toString('base64')
/** Webhooks per account. */
export const maximum = 3

const body = z.strictObject({ id: z.uuidv4().optional(), url: z.string(), name: z.string(), secret: z.string().optional() })
type Body = z.output<typeof body>
interface Stored extends Omit<Body, 'id' | 'secret'> {
  readonly id: string
  secret: string
}

const refuse = (status: number, code: string): StandInAnswer => ({ status, body: { error: { code } } })

function createSandbox({ comesTo, holdsMs = day }: KeyedOptions): StandInStatement {
  return {
    basePath: '/v1',
    token: 'sandbox-keyed-token',
    seededId: 'none',
    headers: ['idempotency-key'],
    refusals: {
      unauthorized: () => refuse(401, 'unauthorized'),
      unknownPath: () => refuse(404, 'not_found'),
      undocumented: () => refuse(400, 'undocumented'),
      rateLimited: () => refuse(429, 'rate_limited'),
    },
    open({ now }) {
      const webhooks = new Map<string, Stored>()
      const answers = new Map<string, { readonly sent: string; readonly answer: StandInAnswer; readonly atMs: number }>()

      /** Answers a key as the first time, unless it was forgotten. What is refused before it is carried out is not remembered. */
      function once(key: unknown, sent: string, carryOut: () => StandInAnswer): StandInAnswer {
        if (typeof key !== 'string') return refuse(400, 'key_missing')
        const known = answers.get(key)
        if (known !== undefined && now().getTime() - known.atMs < holdsMs)
          return known.sent === sent ? known.answer : refuse(400, 'key_reused')
        const answer = carryOut()
        if (answer.status !== 400) answers.set(key, { sent, answer: structuredClone(answer), atMs: now().getTime() })
        return answer
      }

      function create({ id = randomUUID(), url, name, secret = `whsec_${randomUUID()}` }: Body): StandInAnswer {
        if (url === refusedUrl) return refuse(400, 'invalid_url')
        if (webhooks.size >= maximum) return refuse(422, 'limit')
        if (webhooks.has(id)) return refuse(409, 'exists')
        webhooks.set(id, { id, url, name, secret })
        return url === failingUrl ? refuse(500, 'failed') : { status: 200, body: { id, url, name, secret } }
      }

      const find = (id: string | undefined, answer: (webhook: Stored) => StandInAnswer) => {
        const found = webhooks.get(id ?? '')
        return found === undefined ? refuse(404, 'not_found') : answer(found)
      }
      const show = ({ id, url, name }: Stored) => ({ id, url, name })

      return [
        route('GET', '/webhooks', () => ({ status: 200, body: [...webhooks.values()].map(show) })),
        route('GET', '/webhooks/:id', ({ params }) => find(params['id'], (found) => ({ status: 200, body: show(found) }))),
        bodyRoute(
          'POST',
          '/webhooks',
          body,
          () => refuse(400, 'invalid'),
          ({ body, headers }) =>
            comesTo === 'REFUSED' ? create(body) : once(headers['idempotency-key'], JSON.stringify(body), () => create(body)),
        ),
        route('POST', '/webhooks/:id/rotate', ({ params, headers }) =>
          once(headers['idempotency-key'], params['id'] ?? '', () =>
            find(params['id'], (found) => {
              found.secret = `whsec_${randomUUID()}`
              return { status: 200, body: { ...found } }
            }),
          ),
        ),
        route('DELETE', '/webhooks/:id', ({ params }) =>
          webhooks.delete(params['id'] ?? '') ? { status: 204 } : refuse(404, 'not_found'),
        ),
        // For tests only: the secret in use.
        route('GET', '/secrets/:id', ({ params }) => find(params['id'], ({ secret }) => ({ status: 200, body: { secret } }))),
      ]
    },
  }
}

const day = 86_400_000
const wireWebhook = z.object({ id: wireId, url: wireText, name: wireText })
const wire = {
  list: wireAnswer(wireShownList(wireWebhook)),
  webhook: wireAnswer(wireShown(wireWebhook)),
  created: wireAnswer(z.object({ id: wireId, url: wireText, name: wireText, secret: wireSecret })),
}

function createApi(http: Http) {
  const withKey = (key: string) => ({ 'idempotency-key': key })
  return {
    list: () => http.read({ path: path`/webhooks`, answer: wire.list }),
    get: (id: string) => http.read({ path: path`/webhooks/${id}`, answer: wire.webhook }),
    create: ({ id, ...rest }: Body, key: string) =>
      http.write({
        method: 'POST',
        path: path`/webhooks`,
        headers: id === undefined ? withKey(key) : {},
        body: { id, ...rest },
        answer: wire.created,
      }),
    rotate: (id: string, key: string) =>
      http.write({ method: 'POST', path: path`/webhooks/${id}/rotate`, headers: withKey(key), answer: wire.created }),
    delete: (id: string) => http.write({ method: 'DELETE', path: path`/webhooks/${id}`, answer: wireIgnored }),
  }
}
type Api = ReturnType<typeof createApi>

function readFailure(_: number, sent: unknown): Failure | null {
  const error = z.object({ error: z.object({ code: z.string() }) }).safeParse(sent).data?.error
  if (error === undefined) return null
  const { code } = error
  switch (code) {
    case 'invalid_url':
      return { code, message: null, meaning: { kind: 'INVALID_INPUT', paths: [['url']] } }
    case 'limit':
      return { code, message: null, meaning: { kind: 'LIMIT_REACHED', limit: maximum } }
    case 'in_progress':
      return { code, message: null, meaning: { kind: 'IN_PROGRESS' } }
    default:
      return { code, message: null }
  }
}

function toWebhook({ id, url, name }: { readonly id: string; readonly url: string; readonly name: string }) {
  return {
    upstreamId: id,
    url,
    name,
    enabled: true,
    status: 'ACTIVE' as const,
    eventTypes: null,
    secretHint: null,
    createdAt: null,
    updatedAt: null,
    details: {},
    raw: null,
  }
}

/** A provider whose creates and rotations can be sent again; its rotation is the provider's, or a twin if the ID is the key. */
export function createKeyed({ comesTo, holdsMs = day }: KeyedOptions): Provider {
  const repeat = { comesTo, holdsMs }
  const toSecret = ({ proof }: CreateInput<object>) => new Secret(`whsec_${proof}`)
  const isOwn = comesTo === 'REFUSED'
  return defineProvider({
    name: 'keyed',
    displayName: 'Keyed',
    docsUrl: 'https://docs.keyed.test',
    authentication: bearer,
    baseUrl: 'https://api.keyed.test/v1',
    environment: { token: 'KEYED_TOKEN', baseUrl: 'KEYED_BASE_URL' },
    rateLimitDelayMs: 1_000,
    limits: { maxWebhooks: null, receiverTimeoutMs: null, deliveryRetries: null, note: null },
    signature: null,
    connect: createApi,
    readFailure,
    options: {},
    details: {},
    operations: {
      LIST: native((api: Api) => mapBatches(api.list(), toWebhook)),
      GET: native(async (api: Api, upstreamId: string) => toWebhook(await api.get(upstreamId))),
      CREATE: {
        ...native(async (api: Api, input: CreateInput<object>) => {
          const { url, name, key } = input
          const secret = toSecret(input).reveal()
          const made = await api.create({ url, name, ...(isOwn && { id: key, secret }) }, key)
          return { webhook: toWebhook(made), signingSecret: made.secret, warnings: [] }
        }),
        repeat,
      },
      UPDATE: unsupported('None.'),
      DELETE: deletes(),
      VERIFY: unsupported('None.'),
      ROTATE_SECRET: isOwn
        ? {
            strategy: 'REPLACEMENT',
            support: 'EMULATED',
            note: 'A twin.',
            price: { changesId: true, duplicateDeliveries: true, losesDeliveryHistory: false, needsVerification: false },
            toTwin: ({ url, name }) => ({ url, name: name ?? '', eventTypes: undefined, enabled: true, options: {} }),
          }
        : {
            ...native(async (api: Api, { upstreamId, key }: RotateInput) => {
              const made = await api.rotate(upstreamId, key)
              return { webhook: toWebhook(made), signingSecret: made.secret, warnings: [] }
            }),
            strategy: 'PROVIDER',
            graceSeconds: 0,
            repeat: { ...repeat, comesTo: 'REPLAYED' },
          },
      TEST: unsupported('None.'),
      LIST_DELIVERIES: unsupported('None.'),
      REDELIVER: unsupported('None.'),
    },
    recovery: isOwn
      ? {
          note: 'The ID is chosen by the gateway, and so is the secret.',
          rotates: false,
          recover: (_, webhook, input) => Promise.resolve({ webhook, signingSecret: toSecret(input), warnings: [] }),
        }
      : secretLost,
    fields: {
      name: { onCreate: 'REQUIRED', onUpdate: unsupported('None.') },
      url: { onCreate: 'REQUIRED', onUpdate: unsupported('None.') },
      eventTypes: { onCreate: unsupported('None.'), onUpdate: unsupported('None.') },
      enabled: { onCreate: unsupported('None.'), onUpdate: unsupported('None.') },
    },
    eventTypes: { known: [], closed: true },
    sandbox: createSandbox({ comesTo, holdsMs }),
  })
}
