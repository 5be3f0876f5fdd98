import { randomBytes } from 'node:crypto'
import * as z from 'zod'
import type { Operation } from '../../provider/operations.ts'
import { bodyRoute, isHttpsUrl, isUrl, route, type StandInAnswer, type StandInStatement } from '../../provider/stand-in.ts'

interface StoredWebhook {
  readonly id: string
  name: string
  url: string
  isActive: boolean
  description: string | undefined
  projectFlow: readonly string[]
  events: readonly string[]
  secret: string | undefined
  readonly statistics: object
  readonly createdAt: string
  updatedAt: string
}

interface Issue {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

/** One documented variant of the responses. */
interface Dialect {
  readonly url: z.ZodType<string>
  readonly uniqueNames: boolean
  readonly toPageSize: (query: ListQuery) => number
  /** The webhook in the response to this operation; `populated` lists references that are expanded. */
  readonly show: (webhook: StoredWebhook, operation: Operation, populated?: ListQuery['populates[]']) => object
  readonly wrap: (data: object) => object
  readonly wrapPage: (data: readonly object[], page: number, limit: number, total: number) => object
  readonly wrapDeleted: (data: object) => object
  readonly refuseId: () => StandInAnswer
  readonly refuseQuery: () => StandInAnswer
  readonly refuseBody: (issues: readonly Issue[]) => StandInAnswer
}

const told = { error: ({ input }: { readonly input?: unknown }) => (input === undefined ? 'missing' : 'invalid') }
const ids = z.array(z.string().min(1))
const optionalFields = { description: z.string(), link: ids, events: z.array(z.string().min(1)), secret: z.string().min(1) }

function toBodies(url: Dialect['url']) {
  const fields = { url, name: z.string(told).min(1, told), isActive: z.boolean(told), ...optionalFields }
  const create = z.strictObject(fields).partial({ description: true, link: true, events: true, secret: true })
  return { create, update: z.strictObject({ ...fields, unlink: ids }).partial() }
}
type CreateBody = z.output<ReturnType<typeof toBodies>['create']>

const count = z.coerce.number<string>().int().min(1)
const listQuery = z.strictObject({
  page: count.default(1),
  limit: count.max(100).default(10),
  perPage: count.optional(),
  isActive: z.enum(['true', 'false']).optional(),
  projectFlow: z.string().optional(),
  'populates[]': z.array(z.enum(['client', 'projectFlow'])).default([]),
  like_name: z.string().optional(),
  where_url: z.string().optional(),
})
type ListQuery = z.output<typeof listQuery>

const dialectA: Dialect = {
  url: z.string(told).refine(isUrl, told),
  uniqueNames: false,
  toPageSize: ({ limit, perPage = limit }) => perPage,
  show: (webhook, _operation, populated) => ({
    ...toOwners(webhook, populated),
    isActive: webhook.isActive,
    name: webhook.name,
    url: webhook.url,
    notification: { success: false, fail: true, _id: webhook.id },
    _id: webhook.id,
    updatedAt: webhook.updatedAt,
    createdAt: webhook.createdAt,
    __v: 0,
  }),
  wrap: (data) => ({ data }),
  wrapPage: (data) => ({ data }),
  wrapDeleted: (data) => ({ data }),
  refuseId: () => ({ status: 404, body: { code: 'NotFound', message: 'Record not found.' } }),
  refuseQuery: () => ({ status: 400, body: { code: 'INVALID_PARAMETERS', message: 'Invalid query parameters' } }),
  refuseBody([issue]) {
    return issue?.message === 'missing'
      ? { status: 409, body: { code: 'MissingParameter', message: `missing ${issue.path.join('.')}\n` } }
      : { status: 400, body: { code: 'INVALID_PARAMETERS', message: toText(issue) } }
  },
}

const retryPolicy = { maxRetries: 3, retryDelay: 5_000, timeout: 30_000 }

const dialectB: Dialect = {
  url: z.string(told).refine(isHttpsUrl, told),
  uniqueNames: true,
  toPageSize: ({ limit }) => limit,
  show: (webhook, operation, populated) => ({
    _id: webhook.id,
    ...toOwners(webhook, populated),
    statistics: webhook.statistics,
    isActive: webhook.isActive,
    name: webhook.name,
    url: webhook.url,
    description: webhook.description,
    events: webhook.events,
    ...(operation !== 'LIST' && { secret: webhook.secret }),
    ...((operation === 'CREATE' || operation === 'GET') && { retryPolicy }),
    createdAt: webhook.createdAt,
    updatedAt: webhook.updatedAt,
  }),
  wrap: (data) => ({ success: true, data }),
  wrapPage(data, page, limit, total) {
    return { success: true, data, pagination: { page, limit, total, pages: Math.ceil(total / limit) } }
  },
  wrapDeleted: () => ({ success: true, message: 'Webhook deleted successfully' }),
  refuseId: () => refuse(404, 'WEBHOOK_NOT_FOUND', 'Webhook not found'),
  refuseQuery: () => refuseParameters('Invalid query parameters'),
  refuseBody: ([issue]) =>
    issue?.path[0] === 'url'
      ? refuse(400, 'INVALID_WEBHOOK_URL', 'Invalid webhook URL')
      : refuse(400, 'INVALID_PARAMETERS', toText(issue)),
}

/** The overview page shows only the object; everything else comes from B. */
const dialectC: Dialect = {
  ...dialectB,
  show: ({ id, url, events, secret, isActive, createdAt, updatedAt }, operation) => {
    return { id, url, events, ...(operation !== 'LIST' && { secret }), active: isActive, createdAt, updatedAt }
  },
}

const dialects = new Map([
  ['B', dialectB],
  ['A', dialectA],
  ['C', dialectC],
])

const seededId = '65a1b2c3d4e5f60718293a01'

export const sandbox: StandInStatement = {
  basePath: '/v2',
  token: 'sandbox-verifik-token',
  seededId,
  headers: [],
  variants: [...dialects.keys()],
  checkHeaders: ({ 'content-type': type }) =>
    String(type).startsWith('application/json') ? undefined : refuseParameters('Content-Type must be application/json'),
  refusals: {
    unauthorized: () => refuse(401, 'UNAUTHORIZED', 'Unauthorized'),
    unknownPath: () => refuse(404, 'NOT_FOUND', 'Not found'),
    undocumented: (what) => refuseParameters(`${what} is not documented`),
    rateLimited: () => refuse(429, 'TOO_MANY_REQUESTS', 'Too many requests'),
  },
  open({ seeded, variant = 'B', mostPerPage = Number.POSITIVE_INFINITY, now }) {
    const dialect = getDialect(variant)
    const { wrap, show } = dialect
    const bodies = toBodies(dialect.url)
    const webhooks = new Map<string, StoredWebhook>()

    function add(body: CreateBody, createdAt: string, statistics: object, id = randomBytes(12).toString('hex')): StoredWebhook {
      const { name, url, isActive, description, link = [], events = [], secret } = body
      const kept = { name, url, isActive, description, projectFlow: [...new Set(link)], events, secret }
      const webhook: StoredWebhook = { id, ...kept, statistics, createdAt, updatedAt: createdAt }
      webhooks.set(id, webhook)
      return webhook
    }

    function withWebhook(id: string | undefined, answer: (webhook: StoredWebhook) => StandInAnswer): StandInAnswer {
      const webhook = webhooks.get(id ?? '')
      return webhook === undefined ? dialect.refuseId() : answer(webhook)
    }

    function isTaken(name: string | undefined, own?: StoredWebhook): boolean {
      return dialect.uniqueNames && webhooks.values().some((webhook) => webhook !== own && webhook.name === name)
    }

    if (seeded) for (const { id, createdAt, statistics, ...body } of seed) add(body, createdAt, statistics, id)

    return [
      route(
        'GET',
        '/webhooks',
        ({ query, lists }) => {
          const parsed = listQuery.safeParse({ ...query, ...lists })
          if (!parsed.success) return dialect.refuseQuery()
          const { page, 'populates[]': populated } = parsed.data
          const size = Math.min(dialect.toPageSize(parsed.data), mostPerPage)
          const found = [...webhooks.values()].filter((webhook) => fits(webhook, parsed.data))
          const shown = found.slice((page - 1) * size, page * size).map((webhook) => show(webhook, 'LIST', populated))
          return { status: 200, body: dialect.wrapPage(shown, page, size, found.length) }
        },
        { query: ['page', 'limit', 'perPage', 'isActive', 'projectFlow', 'populates[]', 'like_name', 'where_url'] },
      ),
      route('GET', '/webhooks/:id', ({ params }) =>
        withWebhook(params['id'], (webhook) => ({ status: 200, body: wrap(show(webhook, 'GET')) })),
      ),
      bodyRoute('POST', '/webhooks', bodies.create, dialect.refuseBody, ({ body }) => {
        if (isTaken(body.name)) return refuseName()
        return { status: 200, body: wrap(show(add(body, now().toISOString(), {}), 'CREATE')) }
      }),
      bodyRoute('PUT', '/webhooks/:id', bodies.update, dialect.refuseBody, ({ params, body }) =>
        withWebhook(params['id'], (webhook) => {
          if (isTaken(body.name, webhook)) return refuseName()
          const { link = [], unlink = [] } = body
          webhook.name = body.name ?? webhook.name
          webhook.url = body.url ?? webhook.url
          webhook.isActive = body.isActive ?? webhook.isActive
          webhook.description = body.description ?? webhook.description
          webhook.projectFlow = [...new Set([...webhook.projectFlow, ...link])].filter((id) => !unlink.includes(id))
          webhook.events = body.events ?? webhook.events
          webhook.secret = body.secret ?? webhook.secret
          webhook.updatedAt = now().toISOString()
          return { status: 200, body: wrap(show(webhook, 'UPDATE')) }
        }),
      ),
      route('DELETE', '/webhooks/:id', ({ params }) =>
        withWebhook(params['id'], (webhook) => {
          webhooks.delete(webhook.id)
          return { status: 200, body: dialect.wrapDeleted(show(webhook, 'DELETE')) }
        }),
      ),
    ]
  },
}

function getDialect(variant: string): Dialect {
  const dialect = dialects.get(variant)
  if (dialect === undefined) throw new TypeError(`Verifik has no variant ${variant}`)
  return dialect
}

const clientId = '64a0c0ffee00000000000001'
const onboarding = '64a0c0ffee0000000000000a'
const login = '64a0c0ffee0000000000000b'

const seed = [
  {
    id: seededId,
    name: 'Onboarding results',
    url: 'https://hooks.acme.test/verifik/onboarding',
    isActive: true,
    description: 'Tells the CRM who passed',
    link: [onboarding],
    events: ['validation.completed', 'validation.failed', 'registration.completed'],
    secret: 'whsec_sandbox-onboarding',
    createdAt: '2026-01-12T08:15:00.000Z',
    statistics: { totalRequests: 150, successfulRequests: 145, failedRequests: 5, lastTriggered: '2026-06-30T16:20:05.000Z' },
  },
  {
    id: '65df07c89a4b1e2f30516d02',
    name: 'Login audit',
    url: 'https://audit.acme.test/webhooks/logins',
    isActive: true,
    link: [onboarding, login],
    events: ['login.completed'],
    secret: 'whsec_sandbox-login-audit',
    createdAt: '2026-02-27T11:00:00.000Z',
    statistics: { totalRequests: 12, successfulRequests: 12, failedRequests: 0, lastTriggered: '2026-06-29T23:59:59.000Z' },
  },
  {
    id: '66a4c1d2e3f405162738a903',
    name: 'Verification funnel, paused',
    url: 'https://analytics.acme.test/verifik',
    isActive: false,
    description: 'Paused until the new dashboard is live',
    events: ['verification.started', 'verification.expired', 'document.uploaded'],
    createdAt: '2026-05-19T17:45:30.000Z',
    statistics: {},
  },
]

function fits({ isActive, projectFlow, name, url }: StoredWebhook, query: ListQuery): boolean {
  return (
    (query.isActive === undefined || query.isActive === String(isActive)) &&
    (query.projectFlow === undefined || projectFlow.includes(query.projectFlow)) &&
    name.includes(query.like_name ?? '') &&
    (query.where_url === undefined || query.where_url === url)
  )
}

function toOwners({ projectFlow }: StoredWebhook, populated: ListQuery['populates[]'] = []): object {
  return {
    client: populated.includes('client') ? { _id: clientId, name: 'Acme', email: 'ops@acme.test' } : clientId,
    projectFlow: populated.includes('projectFlow')
      ? projectFlow.map((_id) => ({ _id, name: 'Acme flow', type: 'onboarding' }))
      : projectFlow,
  }
}

function toText(issue: Issue | undefined): string {
  return `${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'invalid'}`
}

function refuse(status: number, code: string, error: string): StandInAnswer {
  return { status, body: { error, message: code } }
}

function refuseParameters(error: string): StandInAnswer {
  return { status: 400, body: { success: false, error, code: 'INVALID_PARAMETERS' } }
}

function refuseName(): StandInAnswer {
  return refuse(409, 'WEBHOOK_NAME_EXISTS', 'Webhook name already exists')
}
