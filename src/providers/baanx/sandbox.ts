import { randomBytes, randomUUID } from 'node:crypto'
import * as z from 'zod'
import { bodyRoute, route, type StandInAnswer, type StandInStatement } from '../../sandbox/stand-in.ts'

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

const maximum = 5
const eventType = z
  .string()
  .regex(/^(?:\*|card\.\*|kyc\.\*|transaction\.\*|kyc\.status\.changed|card\.activated|transaction\.cleared)$/)
const fields = {
  name: z.string().min(1).max(255),
  url: z.string().startsWith('https://', 'must be an HTTPS URL'),
  event_types: z.array(eventType).min(1),
  is_active: z.boolean().default(false),
  metadata: z.record(z.string(), z.unknown()).default({}),
}
const createBody = z.strictObject(fields)
const updateBody = z.strictObject({ ...fields, is_active: z.boolean(), metadata: z.record(z.string(), z.unknown()) }).partial()

const seededId = '5d3c1f0e-7a52-4b8e-9c64-2f1d8a6b0e11'

export const sandbox: StandInStatement = {
  basePath: '/v1',
  token: 'sandbox-baanx-token',
  seededId,
  headers: ['x-client-key', 'x-us-env'],
  refusals: {
    unauthorized: () => refuse(401, 'Not authenticated'),
    unknownPath: () => refuse(404, 'Not found'),
    undocumented: (what) => refuse(400, `${what} is not documented`),
    rateLimited: () => refuse(429, 'Too many requests'),
  },
  open({ seeded, now }) {
    const webhooks = new Map<string, StoredWebhook>()

    function add(body: z.output<typeof createBody>, createdAt: string, id: string = randomUUID()): StoredWebhook {
      const webhook: StoredWebhook = {
        id,
        tenant: 'sandbox',
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
      const webhook = webhooks.get(id ?? '')
      return webhook === undefined ? refuse(404, 'Webhook not found') : answer(webhook)
    }

    if (seeded) for (const { id, createdAt, ...body } of seed) add(body, createdAt, id)

    return [
      route('GET', '/webhooks', () => ({ status: 200, body: [...webhooks.values()].map(toMasked) })),
      route('GET', '/webhooks/:id', ({ params }) =>
        withWebhook(params['id'], (webhook) => ({ status: 200, body: toMasked(webhook) })),
      ),
      bodyRoute('POST', '/webhooks', createBody, refuseBody, ({ body }) => {
        if (webhooks.size >= maximum) return refuse(400, `Maximum webhook limit (${maximum}) reached for this tenant`)
        return { status: 201, body: { success: true, data: add(body, now().toISOString()) } }
      }),
      bodyRoute('PUT', '/webhooks/:id', updateBody, refuseBody, ({ params, body }) =>
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
          return { status: 200, body: { success: true } }
        }),
      ),
    ]
  },
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
    id: 'a2b7e9c4-1d36-4f08-8b5a-6e0c93d74f22',
    name: 'Card ledger',
    url: 'https://ledger.acme.test/webhooks/cards',
    event_types: ['card.*', 'transaction.cleared'],
    is_active: true,
    metadata: { team: 'payments', environment: 'production' },
    createdAt: '2026-03-18T14:30:00.000Z',
  },
  {
    id: 'c91f46d8-3e0b-4a75-b2d7-0a58e1c63f33',
    name: 'Everything, paused',
    url: 'https://archive.acme.test/baanx',
    event_types: ['*'],
    is_active: false,
    metadata: {},
    createdAt: '2026-06-02T07:45:10.000Z',
  },
]

function createKey(): string {
  return `whk_${[...randomBytes(64)].map((byte) => (byte % 36).toString(36)).join('')}`
}

function toMasked(webhook: StoredWebhook): StoredWebhook {
  return { ...webhook, apiKey: `whk_****...****${webhook.apiKey.slice(-4)}` }
}

function refuse(status: number, message: string): StandInAnswer {
  return { status, body: { message } }
}

function refuseBody(issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]): StandInAnswer {
  const [issue] = issues
  return refuse(400, `${issue?.path.join('.') ?? 'body'} ${issue?.message ?? 'is not valid'}`)
}
