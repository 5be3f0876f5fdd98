import { randomBytes, randomUUID } from 'node:crypto'
import * as z from 'zod'
import {
  bodyRoute,
  isAnswering,
  isHttpsUrl,
  type Issues,
  type Route,
  route,
  sign,
  type StandInAnswer,
  type StandInStatement,
} from '../../provider/stand-in.ts'

interface StoredWebhook {
  readonly id: string
  readonly tenant: string
  name: string
  url: string
  apiKey: string
  eventTypes: readonly string[]
  isActive: boolean
  metadata: Readonly<Record<string, unknown>>
  readonly createdAt: string
  updatedAt: string
}

interface StoredEvent {
  /** The ID in paths; logs show `eventId`. */
  readonly id: string
  readonly eventId: string
  readonly tenant: string
  readonly eventType: string
  /** What is sent. */
  readonly payload: Readonly<Record<string, unknown>>
  readonly userId: string
  readonly sourceService: string
  status: (typeof eventStatuses)[number]
  readonly createdAt: string
  processedAt: string | null
  readonly queuedAt: string
}

/** One attempt to deliver one event to one webhook. */
interface Attempt {
  readonly id: string
  readonly eventId: string
  readonly webhookId: string
  readonly attemptNumber: number
  readonly requestUrl: string
  readonly requestHeaders: Readonly<Record<'Content-Type' | 'X-Timestamp' | 'X-Signature', string>>
  readonly requestBody: StoredEvent['payload']
  readonly responseStatus: number | null
  readonly responseBody: string
  readonly errorMessage: string | null
  readonly deliveryStatus: 'pending' | 'processing' | 'success' | 'failed'
  readonly durationMs: number | null
  readonly createdAt: string
  readonly nextRetryAt: string | null
}

type Outcome = Pick<Attempt, 'responseStatus' | 'responseBody' | 'errorMessage' | 'deliveryStatus' | 'durationMs'>

const tenant = 'sandbox'
const maximum = 5
const maximumAttempts = 6
const eventStatuses = ['pending', 'processing', 'completed', 'failed', 'skipped'] as const
const eventType = z
  .string()
  .regex(/^(?:\*|card\.\*|kyc\.\*|transaction\.\*|kyc\.status\.changed|card\.activated|transaction\.cleared)$/)
const fields = {
  name: z.string().min(1).max(255),
  url: z.string().refine(isHttpsUrl, 'must be an HTTPS URL'),
  event_types: z.array(eventType).min(1),
  is_active: z.boolean().default(false),
  metadata: z.record(z.string(), z.unknown()).default({}),
}
const createBody = z.strictObject(fields)
const updateBody = z.strictObject({ ...fields, is_active: z.boolean(), metadata: z.record(z.string(), z.unknown()) }).partial()
const limit = z.coerce.number().int().min(1).max(100).default(50)
const logsQuery = z.strictObject({ limit })
const eventsQuery = z.strictObject({ status: z.enum(eventStatuses).optional(), limit })
const retryBody = z.strictObject({ webhookId: z.uuid('must be a valid UUID').optional() }).default({})

const seededId = '5d3c1f0e-7a52-4b8e-9c64-2f1d8a6b0e11'
const ledgerId = 'a2b7e9c4-1d36-4f08-8b5a-6e0c93d74f22'
const archiveId = 'c91f46d8-3e0b-4a75-b2d7-0a58e1c63f33'
const seededEventId = '2e8c5a17-94b3-4d60-8f21-c7d05b9e3a42'

export const sandbox: StandInStatement = {
  basePath: '/v1',
  token: 'sandbox-baanx-token',
  seededId,
  seededEventId,
  headers: ['x-client-key', 'x-us-env'],
  refusals: {
    unauthorized: () => refuse(401, 'Not authenticated'),
    unknownPath: () => refuse(404, 'Not found'),
    undocumented: (what) => refuse(400, `${what} is not documented`),
    rateLimited: () => refuse(429, 'Too many requests'),
  },
  open({ seeded, now }) {
    const webhooks = new Map<string, StoredWebhook>()
    const journal = createJournal(webhooks, now)

    function add(body: z.output<typeof createBody>, createdAt: string, id: string = randomUUID()): StoredWebhook {
      const webhook: StoredWebhook = {
        id,
        tenant,
        name: body.name,
        url: body.url,
        apiKey: createKey(),
        eventTypes: body.event_types,
        isActive: body.is_active,
        metadata: body.metadata,
        createdAt,
        updatedAt: createdAt,
      }
      webhooks.set(webhook.id, webhook)
      return webhook
    }

    function withWebhook(id: string | undefined, answer: (webhook: StoredWebhook) => StandInAnswer): StandInAnswer {
      return withFound(webhooks.get(id ?? ''), 'Webhook', answer)
    }

    if (seeded) {
      for (const { id, createdAt, ...body } of seed) add(body, createdAt, id)
      for (const event of seededEvents) journal.add(event)
    }

    return [
      // Before the routes of a single webhook, which would read `events` as an ID.
      ...createJournalRoutes(journal, webhooks),
      route('GET', '/webhooks', () => ({ status: 200, body: [...webhooks.values()].map(toMasked) })),
      route('GET', '/webhooks/:id', ({ params }) =>
        withWebhook(params['id'], (webhook) => ({ status: 200, body: toMasked(webhook) })),
      ),
      bodyRoute('POST', '/webhooks', createBody, refuseInvalid, ({ body }) => {
        if (webhooks.size >= maximum) return refuse(400, `Maximum webhook limit (${maximum}) reached for this tenant`)
        return { status: 201, body: { success: true, data: add(body, now().toISOString()) } }
      }),
      bodyRoute('PUT', '/webhooks/:id', updateBody, refuseInvalid, ({ params, body }) =>
        withWebhook(params['id'], (webhook) => {
          webhook.name = body.name ?? webhook.name
          webhook.url = body.url ?? webhook.url
          webhook.eventTypes = body.event_types ?? webhook.eventTypes
          webhook.isActive = body.is_active ?? webhook.isActive
          webhook.metadata = body.metadata ?? webhook.metadata
          webhook.updatedAt = now().toISOString()
          return { status: 200, body: { success: true, data: toMasked(webhook) } }
        }),
      ),
      route('POST', '/webhooks/:id/rotate-key', ({ params }) =>
        withWebhook(params['id'], (webhook) => {
          webhook.apiKey = createKey()
          webhook.updatedAt = now().toISOString()
          return { status: 200, body: { success: true, data: webhook } }
        }),
      ),
      route('DELETE', '/webhooks/:id', ({ params }) =>
        withWebhook(params['id'], ({ id }) => {
          webhooks.delete(id)
          journal.forget(id)
          return { status: 200, body: { success: true } }
        }),
      ),
    ]
  },
}

/** The events and the log of attempts to deliver them, both oldest first. */
function createJournal(webhooks: ReadonlyMap<string, StoredWebhook>, now: () => Date) {
  const events: StoredEvent[] = []
  let log: Attempt[] = []

  function append(event: StoredEvent, webhook: StoredWebhook, outcome: Outcome, time: Date, nextRetryAt: string | null): void {
    const earlier = log.filter(({ eventId, webhookId }) => eventId === event.eventId && webhookId === webhook.id)
    log.push({
      id: randomUUID(),
      eventId: event.eventId,
      webhookId: webhook.id,
      attemptNumber: Math.min(earlier.length + 1, maximumAttempts),
      requestUrl: webhook.url,
      requestHeaders: toHeaders(webhook, event, time),
      requestBody: event.payload,
      ...outcome,
      createdAt: time.toISOString(),
      nextRetryAt,
    })
  }

  return {
    add({ ageMs, attempts, toPayload, ...stated }: SeededEvent): void {
      const startMs = now().getTime() - ageMs
      const toTime = (afterMs: number) => new Date(startMs + afterMs)
      const createdAt = toTime(0).toISOString()
      const processed = stated.status === 'completed' || stated.status === 'failed'
      const processedAt = processed ? toTime(attempts.at(-1)?.afterMs ?? 0).toISOString() : null
      const event = { ...stated, tenant, payload: toPayload(stated, createdAt), createdAt, processedAt, queuedAt: createdAt }
      events.push(event)
      for (const { webhookId, outcome, afterMs, nextAfterMs } of attempts) {
        const nextRetryAt = nextAfterMs === undefined ? null : toTime(nextAfterMs).toISOString()
        const webhook = webhooks.get(webhookId)
        if (webhook !== undefined) append(event, webhook, outcome, toTime(afterMs), nextRetryAt)
      }
    },
    /** Resends an event to these webhooks, without retries. */
    retry(event: StoredEvent, receivers: readonly StoredWebhook[]): void {
      if (receivers.length === 0) return
      const time = now()
      for (const webhook of receivers) append(event, webhook, isAnswering(webhook.url) ? answered : unanswered, time, null)
      event.status = receivers.every(({ url }) => isAnswering(url)) ? 'completed' : 'failed'
      event.processedAt = time.toISOString()
    },
    getEvent: (id: string | undefined) => events.find((event) => event.id === id),
    /** Newest first, like what follows. */
    listEvents: (status: StoredEvent['status'] | undefined) =>
      events.filter((event) => status === undefined || event.status === status).toReversed(),
    listAttempts: (key: 'eventId' | 'webhookId', value: string) => log.filter((attempt) => attempt[key] === value).toReversed(),
    forget(id: string): void {
      log = log.filter(({ webhookId }) => webhookId !== id)
    },
  }
}

function createJournalRoutes(
  journal: ReturnType<typeof createJournal>,
  webhooks: ReadonlyMap<string, StoredWebhook>,
): readonly Route[] {
  function withEvent(id: string | undefined, answer: (event: StoredEvent) => StandInAnswer): StandInAnswer {
    return withFound(journal.getEvent(id), 'Event', answer)
  }

  function retry(event: StoredEvent, receivers: readonly StoredWebhook[]): StandInAnswer {
    journal.retry(event, receivers)
    const message = `Event queued for retry to ${receivers.length} webhook(s)`
    return { status: 200, body: { success: true, data: { eventId: event.id, webhookCount: receivers.length, message } } }
  }

  return [
    route(
      'GET',
      '/webhooks/events',
      ({ query }) =>
        withQuery(eventsQuery, query, ({ status, limit }) => {
          const found = journal.listEvents(status)
          return { status: 200, body: { total: found.length, events: found.slice(0, limit) } }
        }),
      { query: Object.keys(eventsQuery.shape) },
    ),
    route('GET', '/webhooks/events/:eventId/status', ({ params }) =>
      withEvent(params['eventId'], ({ id, eventId, status, eventType, createdAt, processedAt }) => ({
        status: 200,
        body: { id, eventId, status, eventType, createdAt, processedAt },
      })),
    ),
    route('GET', '/webhooks/events/:eventId/logs', ({ params }) =>
      withEvent(params['eventId'], (event) => {
        return { status: 200, body: { event, logs: journal.listAttempts('eventId', event.eventId) } }
      }),
    ),
    bodyRoute('POST', '/webhooks/events/:eventId/retry', retryBody, refuseInvalid, ({ params, body: { webhookId } }) =>
      withEvent(params['eventId'], (event) =>
        webhookId === undefined
          ? retry(
              event,
              webhooks
                .values()
                .filter(({ isActive }) => isActive)
                .toArray(),
            )
          : withFound(webhooks.get(webhookId), 'Webhook', (webhook) => retry(event, [webhook])),
      ),
    ),
    route(
      'GET',
      '/webhooks/:id/logs',
      ({ params, query }) =>
        withFound(webhooks.get(params['id'] ?? ''), 'Webhook', ({ id }) =>
          withQuery(logsQuery, query, ({ limit }) => {
            const logs = journal.listAttempts('webhookId', id).slice(0, limit)
            return { status: 200, body: { count: logs.length, logs } }
          }),
        ),
      { query: Object.keys(logsQuery.shape) },
    ),
  ]
}

function toHeaders({ apiKey }: StoredWebhook, { payload }: StoredEvent, time: Date): Attempt['requestHeaders'] {
  const timestamp = String(Math.floor(time.getTime() / 1000))
  const signature = sign(apiKey, `${timestamp}.${JSON.stringify(payload)}`)
  return { 'Content-Type': 'application/json', 'X-Timestamp': timestamp, 'X-Signature': signature }
}

const seed = [
  {
    id: seededId,
    name: 'KYC decisions',
    url: 'https://hooks.acme.test/baanx/kyc',
    event_types: ['kyc.status.changed'],
    is_active: true,
    metadata: { team: 'onboarding' },
    createdAt: '2026-01-05T09:00:00.000Z',
  },
  {
    id: ledgerId,
    name: 'Card ledger',
    url: 'https://ledger.acme.test/webhooks/cards',
    event_types: ['card.*', 'transaction.cleared'],
    is_active: true,
    metadata: { team: 'payments', environment: 'production' },
    createdAt: '2026-03-18T14:30:00.000Z',
  },
  {
    id: archiveId,
    name: 'Everything, paused',
    url: 'https://archive.acme.test/baanx',
    event_types: ['*'],
    is_active: false,
    metadata: {},
    createdAt: '2026-06-02T07:45:10.000Z',
  },
]

const answered: Outcome = {
  responseStatus: 200,
  responseBody: 'OK',
  errorMessage: null,
  deliveryStatus: 'success',
  durationMs: 143,
}
const broken: Outcome = {
  responseStatus: 500,
  responseBody: 'Internal Server Error',
  errorMessage: null,
  deliveryStatus: 'failed',
  durationMs: 312,
}
const gone: Outcome = { ...broken, responseStatus: 404, responseBody: 'Not Found', durationMs: 88 }
const unanswered: Outcome = {
  responseStatus: null,
  responseBody: '',
  errorMessage: 'connect ECONNREFUSED 203.0.113.7:443',
  deliveryStatus: 'failed',
  durationMs: 21,
}
const waiting: Outcome = { ...unanswered, errorMessage: null, deliveryStatus: 'pending', durationMs: null }

type Stated = Pick<StoredEvent, 'id' | 'eventId' | 'eventType' | 'userId' | 'sourceService' | 'status'>

interface SeededEvent extends Stated {
  readonly ageMs: number
  /** Oldest first, each so long after the event. */
  readonly attempts: readonly {
    readonly webhookId: string
    readonly outcome: Outcome
    readonly afterMs: number
    readonly nextAfterMs?: number
  }[]
  toPayload(event: Stated, createdAt: string): StoredEvent['payload']
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const [userId, otherUserId] = ['b7d2f0a4-6c19-4e83-a5b8-1f3e9d7c2061', '49e6c1d8-2fb5-4a70-93ce-8a0b7d4f5162'] as const

// Defined by age, because logs are kept for only 7 days. Oldest first.
const seededEvents: readonly SeededEvent[] = [
  {
    id: '8c41d7e2-05fa-4b96-b3c8-6e9a1d2f7041',
    eventId: 'f03b9a6c-71d4-4e25-9a8b-d5c2e0174f41',
    eventType: 'kyc.status.changed',
    userId,
    sourceService: 'kyc-service',
    status: 'completed',
    ageMs: 70 * hourMs,
    attempts: [
      { webhookId: seededId, outcome: answered, afterMs: 180 },
      { webhookId: archiveId, outcome: answered, afterMs: 190 },
    ],
    toPayload: toShort('approved'),
  },
  {
    id: '1d95b3f8-4a6e-4c07-8d12-90b7e5c3a642',
    eventId: seededEventId,
    eventType: 'kyc.status.changed',
    userId: otherUserId,
    sourceService: 'kyc-service',
    status: 'completed',
    ageMs: 26 * hourMs,
    attempts: [
      { webhookId: seededId, outcome: broken, afterMs: 200, nextAfterMs: 1_200 },
      { webhookId: seededId, outcome: answered, afterMs: 1_200 },
    ],
    toPayload: toEnvelope('rejected'),
  },
  {
    id: 'e70a2c59-b8d3-4f14-a6e7-3b1c8f04d943',
    eventId: '5b1f8d3e-c2a7-4960-b4d5-07e9a6c81f43',
    eventType: 'card.activated',
    userId,
    sourceService: 'card-service',
    status: 'failed',
    ageMs: 20 * hourMs,
    attempts: [{ webhookId: ledgerId, outcome: gone, afterMs: 150 }],
    toPayload: toShort('active'),
  },
  {
    id: '36f8e1b4-d927-4a5c-9b03-c4d1a7e06f44',
    eventId: 'a94d7c02-3e6b-4f81-8c5d-b2f01e97d644',
    eventType: 'transaction.cleared',
    userId,
    sourceService: 'ledger-service',
    status: 'completed',
    ageMs: 5 * hourMs,
    attempts: [{ webhookId: ledgerId, outcome: answered, afterMs: 160 }],
    toPayload: toEnvelope('cleared'),
  },
  {
    id: '92b6d4a0-7e1f-4358-b7c9-5f8e03a2d145',
    eventId: 'c60e2f95-a8b1-4d37-9e4a-f1d3b7580c45',
    eventType: 'kyc.status.changed',
    userId,
    sourceService: 'kyc-service',
    status: 'processing',
    ageMs: 2 * minuteMs,
    attempts: [
      { webhookId: seededId, outcome: broken, afterMs: 210, nextAfterMs: 1_210 },
      { webhookId: seededId, outcome: broken, afterMs: 1_210, nextAfterMs: 10 * minuteMs },
    ],
    toPayload: toShort('pending'),
  },
  {
    id: '4fa1c8e6-20d7-4b9e-8e35-a7b6d0f19c46',
    eventId: '7d2a9e4b-f5c6-4180-a3d9-64c8b1e05f46',
    eventType: 'kyc.status.changed',
    userId: otherUserId,
    sourceService: 'kyc-service',
    status: 'pending',
    ageMs: 5_000,
    attempts: [{ webhookId: seededId, outcome: waiting, afterMs: 100 }],
    toPayload: toEnvelope('approved'),
  },
]

/** The payload as in the log examples. */
function toShort(status: string): SeededEvent['toPayload'] {
  return ({ eventType, userId }) => ({ eventType, userId, status })
}

/** The payload as in the guide. */
function toEnvelope(status: string): SeededEvent['toPayload'] {
  return ({ eventId, eventType, userId }, createdAt) => ({
    api_version: 'v1',
    event_id: eventId,
    event_category: eventType.split('.')[0],
    event_type: eventType,
    user_id: userId,
    event_object_id: userId,
    event_object_status: status,
    event_object: { id: userId, status },
    occurred_at: createdAt,
  })
}

function createKey(): string {
  return `whk_${[...randomBytes(64)].map((byte) => (byte % 36).toString(36)).join('')}`
}

function toMasked(webhook: StoredWebhook): StoredWebhook {
  return { ...webhook, apiKey: `whk_****...****${webhook.apiKey.slice(-4)}` }
}

function refuse(status: number, message: string): StandInAnswer {
  return { status, body: { message } }
}

function refuseInvalid(issues: Issues): StandInAnswer {
  const [issue] = issues
  return refuse(400, `${issue?.path.join('.') || 'body'} ${issue?.message ?? 'is not valid'}`)
}

function withFound<Found>(
  found: Found | undefined,
  name: 'Webhook' | 'Event',
  answer: (found: Found) => StandInAnswer,
): StandInAnswer {
  return found === undefined ? refuse(404, `${name} not found`) : answer(found)
}

function withQuery<Query>(shape: z.ZodType<Query>, query: object, answer: (query: Query) => StandInAnswer): StandInAnswer {
  const asked = shape.safeParse(query)
  return asked.success ? answer(asked.data) : refuseInvalid(asked.error.issues)
}
