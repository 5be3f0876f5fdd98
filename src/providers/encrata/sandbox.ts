import { randomBytes, randomUUID } from 'node:crypto'
import * as z from 'zod'
import { bodyRoute, route, type StandInAnswer, type StandInStatement } from '../../sandbox/stand-in.ts'

/** As it is answered: the secret is not kept, because only the create shows it. */
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

const workspaceId = '5c0e8d52-7a41-4f6b-9d1e-2b60c4f81a01'
const ownerId = '8e4f1b7c-93d2-4a05-b6c8-71f0d2e95a02'
const colleagueId = 'c1a96d3e-0b58-47f2-8e7d-94a3b5f06c03'

// Every endpoint counts its own calls.
const counted = { limit: { calls: 30, perMs: 60_000 } }

const eventType = z.enum([
  'lookup.completed',
  'apikey.created',
  'apikey.revoked',
  'credits.low',
  'credits.exhausted',
  'monitor.run.completed',
])
const fields = {
  url: z.string().startsWith('https://', 'must be an HTTPS URL'),
  events: z.array(eventType).min(1),
  description: z.string().optional(),
}
const createBody = z.strictObject(fields)
const replaceBody = z.strictObject({ ...fields, id: z.string(), is_active: z.boolean().nullish() })
const deleteBody = z.strictObject({ id: z.string() })

export const sandbox: StandInStatement = {
  basePath: '/api',
  token: 'sandbox-encrata-token',
  seededId: '3d5b7f19-2c84-4e60-a1f7-6b9082d4c511',
  headers: [],
  refusals: {
    unauthorized: () => refuse(401, 'unauthorized'),
    unknownPath: () => refuse(404, 'not found'),
    undocumented: (what) => refuse(400, `${what} is not documented`),
    rateLimited: () => refuse(429, 'Rate limit exceeded. Please try again later.'),
  },
  open({ seeded, now }) {
    const webhooks = new Map((seeded ? seed : []).map((webhook) => [webhook.id, { ...webhook }]))

    function withWebhook(id: string, answer: (webhook: StoredWebhook) => StandInAnswer): StandInAnswer {
      const webhook = webhooks.get(id)
      return webhook === undefined ? refuse(404, 'webhook not found') : answer(webhook)
    }

    function isTaken(url: string, owner?: StoredWebhook): boolean {
      return webhooks.values().some((webhook) => webhook.url === url && webhook !== owner)
    }

    return [
      route(
        'GET',
        '/webhooks',
        ({ query: { id } }) =>
          id === undefined
            ? { status: 200, body: [...webhooks.values()] }
            : withWebhook(id, (webhook) => ({ status: 200, body: webhook })),
        { query: ['id'], ...counted },
      ),
      bodyRoute(
        'POST',
        '/webhooks',
        createBody,
        refuseBody,
        ({ body }) => {
          if (isTaken(body.url)) return refuse(409, 'a webhook with this url already exists')
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
          webhooks.set(webhook.id, webhook)
          return { status: 201, body: { ...webhook, secret: `whsec_${randomBytes(32).toString('hex')}` } }
        },
        counted,
      ),
      bodyRoute(
        'PUT',
        '/webhooks',
        replaceBody,
        refuseBody,
        ({ body }) =>
          withWebhook(body.id, (webhook) => {
            if (isTaken(body.url, webhook)) return refuse(409, 'a webhook with this url already exists')
            webhook.url = body.url
            webhook.events = body.events
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
        deleteBody,
        refuseBody,
        ({ body }) =>
          withWebhook(body.id, ({ id }) => {
            webhooks.delete(id)
            return { status: 204 }
          }),
        counted,
      ),
    ]
  },
}

const seed: readonly StoredWebhook[] = [
  {
    id: '3d5b7f19-2c84-4e60-a1f7-6b9082d4c511',
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
    id: 'e96f2a40-8d7b-4135-b2c0-58d1a9f74e44',
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

function toSeconds(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`
}

function refuse(status: number, error: string): StandInAnswer {
  return { status, body: { error } }
}

function refuseBody(issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]): StandInAnswer {
  const [issue] = issues
  return refuse(400, `${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'is not valid'}`)
}
