import { randomBytes, randomUUID } from 'node:crypto'
import * as z from 'zod'
import {
  bodyRoute,
  isAnswering,
  isHttpsUrl,
  type Issues,
  route,
  sign,
  type StandInAnswer,
  type StandInStatement,
} from '../../provider/stand-in.ts'

/** As returned: the secret is stored separately, because only create returns it. */
interface StoredWebhook {
  readonly id: string
  readonly workspace_id: string
  url: string
  events: readonly string[]
  is_active: boolean
  description: string | null
  readonly created_by: string
  readonly created_at: string
  updated_at: string
}

/** What is sent to a webhook. */
interface Payload {
  readonly event: string
  readonly data: object
  readonly created_at: string
}

interface Delivery {
  readonly id: string
  readonly webhook_id: string
  readonly event_type: string
  readonly payload: Payload
  readonly status: 'pending' | 'success' | 'failed'
  readonly attempts: number
  /** Omitted if the webhook did not respond. */
  readonly response_status?: number
  readonly response_body?: string
  readonly last_attempt_at: string | null
  readonly created_at: string
}

type Outcome = Pick<Delivery, 'status' | 'attempts' | 'response_status' | 'response_body'>

const workspaceId = '5c0e8d52-7a41-4f6b-9d1e-2b60c4f81a01'
const ownerId = '8e4f1b7c-93d2-4a05-b6c8-71f0d2e95a02'
const colleagueId = 'c1a96d3e-0b58-47f2-8e7d-94a3b5f06c03'
const seededId = '3d5b7f19-2c84-4e60-a1f7-6b9082d4c511'
const monitoringId = 'e96f2a40-8d7b-4135-b2c0-58d1a9f74e44'

// Every endpoint has its own rate limit.
const counted = { limit: { calls: 30, perMs: 60_000 } }
const maximumDeliveries = 50

const eventType = z.enum([
  'lookup.completed',
  'apikey.created',
  'apikey.revoked',
  'credits.low',
  'credits.exhausted',
  'monitor.run.completed',
])
const fields = {
  url: z.string().refine(isHttpsUrl, 'must be an HTTPS URL'),
  events: z.array(eventType).min(1),
  description: z.string().optional(),
}
const createBody = z.strictObject(fields)
const replaceBody = z.strictObject({ ...fields, id: z.string(), is_active: z.boolean().nullish() }).partial({ events: true })
const idBody = z.strictObject({ id: z.string() })

/** Differences between the documentation and the official clients. */
interface Dialect {
  readonly wrap: (key: 'webhooks' | 'deliveries', items: readonly object[]) => object
  readonly deleted: StandInAnswer
  readonly toTest: (webhook: StoredWebhook) => Pick<Payload, 'event' | 'data'>
  readonly toTested: (url: string, signature: string, outcome: Outcome) => object
}

const docs: Dialect = {
  wrap: (_, items) => items,
  deleted: { status: 204 },
  toTest: () => ({ event: 'test', data: { message: 'This is a test webhook from Encrata' } }),
  toTested: (url, signature) => ({ status: 'sent', url, signature }),
}

const clients: Dialect = {
  wrap: (key, items) => ({ [key]: items }),
  deleted: { status: 200, body: { status: 'deleted' } },
  toTest: ({ events: [event = 'test'] }) => ({ event, data: { test: true } }),
  toTested: (url, _, { status, response_status, response_body }) => ({
    status: status === 'success' ? 'delivered' : 'failed',
    url,
    status_code: response_status ?? null,
    error: status === 'success' ? null : 'connection refused',
    response_body: response_body ?? null,
  }),
}

const dialects = new Map([
  ['docs', docs],
  ['clients', clients],
])

export const sandbox: StandInStatement = {
  basePath: '/api',
  token: 'sandbox-encrata-token',
  seededId,
  headers: [],
  variants: [...dialects.keys()],
  refusals: {
    unauthorized: () => refuse(401, 'unauthorized'),
    unknownPath: () => refuse(404, 'not found'),
    wrongMethod: () => refuse(405, 'method not allowed'),
    undocumented: (what) => refuse(400, `${what} is not documented`),
    rateLimited: () => refuse(429, 'Rate limit exceeded. Please try again later.'),
  },
  open({ seeded, variant = 'docs', now }) {
    const dialect = getDialect(variant)
    const webhooks = new Map((seeded ? seed : []).map((webhook) => [webhook.id, { ...webhook }]))
    const secrets = new Map(webhooks.keys().map((id) => [id, createSecret()]))
    let deliveries = seeded ? seededDeliveries.map((delivery) => toSeeded(delivery, now())) : []

    function withWebhook(id: string, answer: (webhook: StoredWebhook) => StandInAnswer): StandInAnswer {
      const webhook = webhooks.get(id)
      return webhook === undefined ? refuse(404, 'webhook not found') : answer(webhook)
    }

    function create(body: z.output<typeof createBody>): StandInAnswer {
      const time = toSeconds(now())
      const webhook: StoredWebhook = {
        id: randomUUID(),
        workspace_id: workspaceId,
        url: body.url,
        events: body.events,
        is_active: true,
        description: body.description ?? null,
        created_by: ownerId,
        created_at: time,
        updated_at: time,
      }
      const secret = createSecret()
      webhooks.set(webhook.id, webhook)
      secrets.set(webhook.id, secret)
      return { status: 201, body: { ...webhook, secret } }
    }

    function test(webhook: StoredWebhook): StandInAnswer {
      const time = toSeconds(now())
      const payload = { ...dialect.toTest(webhook), created_at: time }
      const outcome = isAnswering(webhook.url) ? answered : unanswered
      const id = `del_${randomBytes(12).toString('hex')}`
      deliveries.push(toDelivery({ id, webhook_id: webhook.id, payload }, outcome, time))
      const signature = sign(secrets.get(webhook.id) ?? '', JSON.stringify(payload))
      return { status: 200, body: dialect.toTested(webhook.url, signature, outcome) }
    }

    function list(webhookId: string): StandInAnswer {
      const found = deliveries.filter(({ webhook_id }) => webhook_id === webhookId)
      return { status: 200, body: dialect.wrap('deliveries', found.toReversed().slice(0, maximumDeliveries)) }
    }

    return [
      route(
        'GET',
        '/webhooks',
        ({ query: { id } }) =>
          id === undefined
            ? { status: 200, body: dialect.wrap('webhooks', [...webhooks.values()]) }
            : withWebhook(id, (webhook) => ({ status: 200, body: webhook })),
        { query: ['id'], ...counted },
      ),
      bodyRoute('POST', '/webhooks', createBody, refuseBody, ({ body }) => create(body), counted),
      bodyRoute(
        'PUT',
        '/webhooks',
        replaceBody,
        refuseBody,
        ({ body }) =>
          withWebhook(body.id, (webhook) => {
            webhook.url = body.url
            webhook.events = body.events ?? webhook.events
            webhook.description = body.description ?? null
            webhook.is_active = body.is_active ?? webhook.is_active
            webhook.updated_at = toSeconds(now())
            return { status: 200, body: { status: 'updated' } }
          }),
        counted,
      ),
      bodyRoute(
        'DELETE',
        '/webhooks',
        idBody,
        refuseBody,
        ({ body }) =>
          withWebhook(body.id, ({ id }) => {
            webhooks.delete(id)
            secrets.delete(id)
            deliveries = deliveries.filter(({ webhook_id }) => webhook_id !== id)
            return dialect.deleted
          }),
        counted,
      ),
      bodyRoute('POST', '/webhooks/test', idBody, refuseBody, ({ body }) => withWebhook(body.id, test), counted),
      route(
        'GET',
        '/webhooks/deliveries',
        ({ query: { webhook_id: id } }) =>
          id === undefined ? refuse(400, 'webhook_id is required') : withWebhook(id, () => list(id)),
        { query: ['webhook_id'], ...counted },
      ),
    ]
  },
}

function getDialect(variant: string): Dialect {
  const dialect = dialects.get(variant)
  if (dialect === undefined) throw new TypeError(`Encrata has no variant ${variant}`)
  return dialect
}

const seed: readonly StoredWebhook[] = [
  {
    id: seededId,
    workspace_id: workspaceId,
    url: 'https://crm.acme.test/encrata/lookups',
    events: ['lookup.completed'],
    is_active: true,
    description: 'CRM enrichment',
    created_by: ownerId,
    created_at: '2026-01-19T08:15:00Z',
    updated_at: '2026-01-19T08:15:00Z',
  },
  {
    id: '7a12c6e8-5f03-4b9d-8c47-e0d3f1956b22',
    workspace_id: workspaceId,
    url: 'https://security.acme.test/hooks/api-keys',
    events: ['apikey.created', 'apikey.revoked'],
    is_active: true,
    description: 'Audit of API keys',
    created_by: colleagueId,
    created_at: '2026-02-27T13:40:12Z',
    updated_at: '2026-05-04T10:02:51Z',
  },
  {
    id: 'b84e0d37-16a9-4c52-97fb-3fa2c7e81d33',
    workspace_id: workspaceId,
    url: 'https://finance.acme.test/webhooks/credits',
    events: ['credits.low', 'credits.exhausted'],
    is_active: false,
    description: 'Credit alerts, paused until the new budget',
    created_by: ownerId,
    created_at: '2026-04-08T16:05:30Z',
    updated_at: '2026-06-30T17:59:00Z',
  },
  {
    id: monitoringId,
    workspace_id: workspaceId,
    url: 'https://monitoring.acme.test/encrata',
    events: ['monitor.run.completed', 'lookup.completed'],
    is_active: true,
    description: null,
    created_by: colleagueId,
    created_at: '2026-06-11T06:30:00Z',
    updated_at: '2026-06-11T06:30:00Z',
  },
]

const answered: Outcome = { status: 'success', attempts: 1, response_status: 200, response_body: 'OK' }
const unanswered: Outcome = { status: 'failed', attempts: 1 }
const broken: Outcome = { status: 'failed', attempts: 3, response_status: 500, response_body: 'Internal Server Error' }
const waiting: Outcome = { status: 'pending', attempts: 0 }

// The delay between attempts is not documented.
const pauseMs = 30_000

// Defined by age, so that they are always recent. Oldest first.
const seededDeliveries = [
  {
    id: 'del_4mT8qZ1xWc',
    webhook_id: seededId,
    event: 'lookup.completed',
    data: { email: 'ada@example.test', found: true },
    outcome: answered,
    ageMs: 26 * 3_600_000,
  },
  {
    id: 'del_9hR2vKs6Yd',
    webhook_id: monitoringId,
    event: 'monitor.run.completed',
    data: { monitor: 'Competitors', changes: 3 },
    outcome: answered,
    ageMs: 5 * 3_600_000,
  },
  {
    id: 'del_1bN7pLf3Je',
    webhook_id: seededId,
    event: 'lookup.completed',
    data: { email: 'grace@example.test', found: true },
    outcome: broken,
    ageMs: 2 * 3_600_000,
  },
  {
    id: 'del_6gX5uHa0Qm',
    webhook_id: seededId,
    event: 'lookup.completed',
    data: { email: 'nobody@example.test', found: false },
    outcome: waiting,
    ageMs: 5_000,
  },
]

function toSeeded({ id, webhook_id, event, data, outcome, ageMs }: (typeof seededDeliveries)[number], now: Date): Delivery {
  const createdMs = now.getTime() - ageMs
  const created_at = toSeconds(new Date(createdMs))
  const lastAttempt = toSeconds(new Date(createdMs + (outcome.attempts - 1) * pauseMs))
  return toDelivery({ id, webhook_id, payload: { event, data, created_at } }, outcome, lastAttempt)
}

function toDelivery(sent: Pick<Delivery, 'id' | 'webhook_id' | 'payload'>, outcome: Outcome, lastAttempt: string): Delivery {
  const { event: event_type, created_at } = sent.payload
  return { ...sent, event_type, ...outcome, last_attempt_at: outcome.attempts === 0 ? null : lastAttempt, created_at }
}

function createSecret(): string {
  return `whsec_${randomBytes(32).toString('hex')}`
}

function toSeconds(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`
}

function refuse(status: number, error: string): StandInAnswer {
  return { status, body: { error } }
}

function refuseBody(issues: Issues): StandInAnswer {
  const [issue] = issues
  return refuse(400, `${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'is not valid'}`)
}
