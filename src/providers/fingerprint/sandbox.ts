import { randomBytes } from 'node:crypto'
import { isIPv4 } from 'node:net'
import * as z from 'zod'
import {
  bodyRoute,
  isAnswering,
  isHttpsUrl,
  type Issues,
  route,
  type StandInAnswer,
  type StandInStatement,
} from '../../provider/stand-in.ts'

interface StoredWebhook {
  readonly id: string
  description: string
  status: 'enabled' | 'disabled'
  verified: boolean
  environment: string | null
  url: string
  readonly legacy: boolean
  readonly basic_auth: { readonly username: string; readonly password: string } | null
  readonly created_at: string
  last_enabled_at: string | null
  last_disabled_at: string | null
}

// The first version uses camelCase list cursors.
const versions = ['2024-05-20', '2025-11-20']
const maximum = 5

const status = z.enum(['enabled', 'disabled'])
const environmentId = z.string().regex(/^(?:ae|env)_/, 'must be the id of an environment')
const url = z
  .string()
  .refine(isHttpsUrl, 'must be a URL that starts with https://')
  .refine(hasHostName, 'must have a host name, not an IP')
const createBody = z.strictObject({
  url,
  description: z.string().default(''),
  status: status.default('enabled'),
  environment: environmentId.nullable().default(null),
})
const updateBody = z.strictObject({ url, description: z.string(), status, environment: environmentId.nullable() }).partial()
const listQuery = z.strictObject({
  status: status.optional(),
  environment: environmentId.optional(),
  cursor: z.string().optional(),
  limit: z.coerce.number().int().min(0).max(101).default(10),
})

export const sandbox: StandInStatement = {
  basePath: '',
  token: 'sandbox-fingerprint-token',
  seededId: 'wh_Q1w2E3r4T5y6U7',
  headers: ['x-api-version'],
  variants: ['signed', 'unsigned'],
  limit: { calls: 5, perMs: 1_000 },
  checkHeaders({ 'x-api-version': version }) {
    const known = typeof version === 'string' && versions.includes(version)
    return known ? undefined : refuse(400, 'bad_request', `X-API-Version must be one of ${versions.join(', ')}`)
  },
  refusals: {
    unauthorized: () => refuse(401, 'unauthorized', 'Invalid Management API key'),
    unknownPath: () => refuse(404, 'not_found', 'Not found'),
    undocumented: (what) => refuse(400, 'bad_request', `${what} is not documented`),
    rateLimited: () => refuse(429, 'too_many_requests', 'Too many requests'),
  },
  open({ seeded, variant, now }) {
    const webhooks = new Map((seeded ? seed : []).map((webhook) => [webhook.id, { ...webhook }]))

    function withWebhook(id: string | undefined, answer: (webhook: StoredWebhook) => StandInAnswer): StandInAnswer {
      const webhook = webhooks.get(id ?? '')
      return webhook === undefined ? refuse(404, 'not_found', 'Webhook not found') : answer(webhook)
    }

    /** A cursor is the ID of the first webhook on a page. */
    function list({ status, environment, cursor, limit }: z.output<typeof listQuery>, inCamelCase: boolean): StandInAnswer {
      const found = [...webhooks.values()]
        .filter((webhook) => status === undefined || webhook.status === status)
        .filter((webhook) => environment === undefined || webhook.environment === environment)
      const start = cursor === undefined ? 0 : found.findIndex(({ id }) => id === cursor)
      if (start === -1) return refuseInvalid(400, [{ path: ['cursor'], message: 'is not a cursor of this list' }])
      const end = start + limit
      const next = found[end]?.id ?? null
      const prev = start === 0 ? null : (found[Math.max(0, start - limit)]?.id ?? null)
      const pagination = inCamelCase ? { nextCursor: next, prevCursor: prev } : { next_cursor: next, prev_cursor: prev }
      return { status: 200, body: { data: found.slice(start, end), metadata: { pagination } } }
    }

    return [
      route(
        'GET',
        '/webhooks',
        ({ query, headers }) => {
          const asked = listQuery.safeParse(query)
          return asked.success
            ? list(asked.data, headers['x-api-version'] === versions[0])
            : refuseInvalid(400, asked.error.issues)
        },
        { query: Object.keys(listQuery.shape) },
      ),
      route('GET', '/webhooks/:id', ({ params }) => withWebhook(params['id'], (data) => ({ status: 200, body: { data } }))),
      bodyRoute('POST', '/webhooks', createBody, refuseBody, ({ body }) => {
        if (webhooks.size >= maximum) return refuse(422, 'limit_exceeded', `A workspace has at most ${maximum} webhooks`)
        const id = `wh_${randomBytes(7).toString('hex')}`
        const webhook: StoredWebhook = { ...fresh, ...body, id, created_at: now().toISOString() }
        webhooks.set(webhook.id, webhook)
        const key = variant === 'unsigned' ? {} : { signing_key: randomBytes(24).toString('base64url') }
        return { status: 201, body: { data: { ...webhook, ...key } } }
      }),
      bodyRoute('PATCH', '/webhooks/:id', updateBody, refuseBody, ({ params, body }) =>
        withWebhook(params['id'], (webhook) => {
          change(webhook, body, now())
          return { status: 200, body: { data: webhook, environment: webhook.environment } }
        }),
      ),
      route('DELETE', '/webhooks/:id', ({ params }) =>
        withWebhook(params['id'], ({ id }) => {
          webhooks.delete(id)
          return { status: 204 }
        }),
      ),
      route('POST', '/webhooks/:id/verification', ({ params }) =>
        withWebhook(params['id'], (webhook) => {
          if (webhook.verified) return refuse(400, 'bad_request', 'Webhook is already verified')
          webhook.verified = isAnswering(webhook.url)
          return { status: 200, body: { data: webhook } }
        }),
      ),
    ]
  },
}

const fresh = {
  status: 'enabled',
  verified: false,
  environment: null,
  legacy: false,
  basic_auth: null,
  last_enabled_at: null,
  last_disabled_at: null,
} as const

// Three of the five allowed, so that there is room to create more.
const seed: readonly StoredWebhook[] = [
  {
    ...fresh,
    id: 'wh_Z9x8C7v6B5n4M3',
    description: 'Old CRM export',
    status: 'disabled',
    verified: true,
    url: 'https://crm.acme.test/visits',
    legacy: true,
    basic_auth: { username: 'fingerprint', password: 'sandbox-basic-password' },
    created_at: '2026-01-02T11:11:11.000Z',
    last_enabled_at: '2026-01-02T11:30:00.000Z',
    last_disabled_at: '2026-05-30T22:00:00.000Z',
  },
  {
    ...fresh,
    id: 'wh_Q1w2E3r4T5y6U7',
    description: 'Fraud scoring',
    verified: true,
    url: 'https://fraud.acme.test/fingerprint/events',
    created_at: '2026-02-05T09:00:00.000Z',
    last_enabled_at: '2026-02-05T09:05:00.000Z',
  },
  {
    ...fresh,
    id: 'wh_A8s7D6f5G4h3J2',
    description: 'Staging, endpoint not responding yet',
    environment: 'env_Staging9x8y7z',
    url: 'https://down.staging.acme.test/hooks/fingerprint',
    created_at: '2026-04-21T16:20:30.000Z',
  },
]

function change(webhook: StoredWebhook, body: z.output<typeof updateBody>, time: Date): void {
  const status = body.status ?? webhook.status
  const url = body.url ?? webhook.url
  if (url !== webhook.url) webhook.verified = false
  if (status !== webhook.status) webhook[status === 'enabled' ? 'last_enabled_at' : 'last_disabled_at'] = time.toISOString()
  webhook.url = url
  webhook.status = status
  webhook.description = body.description ?? webhook.description
  if (body.environment !== undefined) webhook.environment = body.environment
}

function hasHostName(url: string): boolean {
  const host = URL.parse(url)?.hostname ?? ''
  return host !== '' && !host.startsWith('[') && !isIPv4(host)
}

function refuse(status: number, code: string, message: string): StandInAnswer {
  return { status, body: { error: { code, message } } }
}

function refuseInvalid(status: number, issues: Issues): StandInAnswer {
  const violations = issues.map(({ path, message }) => ({ property: path.join('.') || 'payload', message }))
  return { status, body: { error: { code: 'validation_failed', message: 'Validation failed', violations } } }
}

function refuseBody(issues: Issues): StandInAnswer {
  return refuseInvalid(422, issues)
}
