import { randomBytes, randomUUID } from 'node:crypto'
import * as z from 'zod'
import {
  type GraphqlProblem,
  GraphqlRefusal,
  graphqlRoute,
  isHttpsUrl,
  type Limit,
  resolver,
  type StandInAnswer,
  type StandInStatement,
} from '../../provider/stand-in.ts'

interface StoredWebhook {
  readonly id: string
  label: string | null
  /** Null for the webhook of an OAuth application, which has the URL. */
  url: string | null
  enabled: boolean
  resourceTypes: readonly string[]
  readonly allPublicTeams: boolean
  readonly team: Team | null
  readonly creator: { readonly id: string; readonly name: string } | null
  secret: string
  readonly createdAt: string
  updatedAt: string
  readonly archivedAt: null
}

interface Team {
  readonly id: string
  readonly key: string
  readonly name: string
}

/** The documented schema of webhooks, without what is marked as internal. */
const sdl = `
  type Query {
    webhook(id: String!): Webhook!
    webhooks(
      after: String
      before: String
      first: Int
      includeArchived: Boolean
      last: Int
      orderBy: PaginationOrderBy
    ): WebhookConnection!
  }

  type Mutation {
    webhookCreate(input: WebhookCreateInput!): WebhookPayload!
    webhookDelete(id: String!): DeletePayload!
    webhookRotateSecret(id: String!): WebhookRotateSecretPayload!
    webhookUpdate(id: String!, input: WebhookUpdateInput!): WebhookPayload!
  }

  scalar DateTime

  enum PaginationOrderBy { createdAt updatedAt }

  type Webhook {
    allPublicTeams: Boolean!
    archivedAt: DateTime
    createdAt: DateTime!
    creator: User
    enabled: Boolean!
    id: ID!
    label: String
    resourceTypes: [String!]!
    secret: String
    team: Team
    updatedAt: DateTime!
    url: String
  }

  type User { id: ID! name: String! }
  type Team { id: ID! key: String! name: String! }

  type WebhookConnection { edges: [WebhookEdge!]! nodes: [Webhook!]! pageInfo: PageInfo! }
  type WebhookEdge { cursor: String! node: Webhook! }
  type PageInfo { endCursor: String hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String }

  type WebhookPayload { lastSyncId: Float! success: Boolean! webhook: Webhook! }
  type DeletePayload { entityId: String! lastSyncId: Float! success: Boolean! }
  type WebhookRotateSecretPayload { lastSyncId: Float! secret: String! success: Boolean! }

  input WebhookCreateInput {
    allPublicTeams: Boolean
    enabled: Boolean = true
    id: String
    label: String
    resourceTypes: [String!]!
    secret: String
    teamId: String
    url: String!
  }

  input WebhookUpdateInput {
    enabled: Boolean
    label: String
    resourceTypes: [String!]
    secret: String
    url: String
  }
`

const createInput = z.object({
  allPublicTeams: z.boolean().nullish(),
  enabled: z.boolean().nullish(),
  id: z.string().nullish(),
  label: z.string().nullish(),
  resourceTypes: z.array(z.string()),
  secret: z.string().nullish(),
  teamId: z.string().nullish(),
  url: z.string(),
})
type CreateInput = z.output<typeof createInput>

const updateInput = createInput.pick({ enabled: true, label: true, resourceTypes: true, secret: true, url: true }).partial()
type UpdateInput = z.output<typeof updateInput>

const byId = z.object({ id: z.string() })
const listArgs = z.object({
  after: z.string().nullish(),
  before: z.string().nullish(),
  first: z.int().nullish(),
  last: z.int().nullish(),
  orderBy: z.enum(['createdAt', 'updatedAt']).nullish(),
  includeArchived: z.boolean().nullish(),
})
type ListArgs = z.output<typeof listArgs>

const mostPerRequest = 250
const seededId = '0b8f2c54-6d1e-4a37-9c85-3e7f1a2b4c11'

export const sandbox: StandInStatement = {
  basePath: '',
  token: 'lin_api_sandbox',
  seededId,
  headers: [],
  refusals: {
    unauthorized: ({ authorization }) =>
      authorization?.startsWith('Bearer lin_api_') === true
        ? refuse(
            400,
            "It looks like you're trying to use an API key as a Bearer token. Remove the Bearer prefix from the Authorization header.",
            {
              type: 'authentication error',
              code: 'INPUT_ERROR',
            },
          )
        : refuse(401, 'Authentication required, not authenticated', {
            type: 'authentication error',
            code: 'AUTHENTICATION_ERROR',
          }),
    unknownPath: () => ({ status: 404, body: { error: 'Not Found' } }),
    undocumented: (what) => refuse(400, `${what} is not documented`, { type: 'graphql error', code: 'BAD_REQUEST' }),
    rateLimited: () => refuse(400, 'Rate limit exceeded', { type: 'ratelimited', code: 'RATELIMITED' }),
  },
  open({ seeded, mostPerPage = mostPerRequest, now }) {
    const webhooks = new Map<string, StoredWebhook>(seeded ? seed.map((each) => [each.id, { ...each }]) : [])
    let syncId = 4_000_000

    function get(id: string): StoredWebhook {
      const webhook = webhooks.get(id)
      if (webhook === undefined) throw toNotFound('Webhook')
      return webhook
    }

    function checkUrl(url: string, scope: Pick<StoredWebhook, 'team' | 'allPublicTeams'>, own?: StoredWebhook): void {
      if (!isHttpsUrl(url) || URL.parse(url)?.hostname === 'localhost') throw toInvalid('url must be a valid HTTPS URL.')
      const isTaken = webhooks
        .values()
        .some(
          (each) =>
            each !== own && each.url === url && each.team?.id === scope.team?.id && each.allPublicTeams === scope.allPublicTeams,
        )
      if (isTaken) throw toInvalid('url not unique', 'url not unique')
    }

    function create(input: CreateInput): StoredWebhook {
      const { id = randomUUID(), label = null, secret, teamId, url, resourceTypes } = input
      const team = teamId === undefined || teamId === null ? null : getTeam(teamId)
      const allPublicTeams = input.allPublicTeams ?? false
      if (team === null && !allPublicTeams) throw toInvalid('Either teamId or allPublicTeams must be provided.')
      if (id !== null && !z.uuidv4().safeParse(id).success) throw toInvalid('id must be a UUID.')
      if (id !== null && webhooks.has(id)) throw toInvalid('id not unique', 'id not unique')
      checkUrl(url, { team, allPublicTeams })
      checkLists(resourceTypes, secret)
      const time = now().toISOString()
      const webhook: StoredWebhook = {
        id: id ?? randomUUID(),
        label,
        url,
        enabled: input.enabled ?? true,
        resourceTypes,
        allPublicTeams,
        team,
        creator: admin,
        secret: secret ?? createSecret(),
        createdAt: time,
        updatedAt: time,
        archivedAt: null,
      }
      webhooks.set(webhook.id, webhook)
      return webhook
    }

    function update(webhook: StoredWebhook, { enabled, label, resourceTypes, secret, url }: UpdateInput): void {
      if (url !== undefined) checkUrl(url, webhook, webhook)
      checkLists(resourceTypes, secret)
      webhook.url = url ?? webhook.url
      webhook.enabled = enabled ?? webhook.enabled
      if (label !== undefined) webhook.label = label
      webhook.resourceTypes = resourceTypes ?? webhook.resourceTypes
      webhook.secret = secret ?? webhook.secret
      webhook.updatedAt = now().toISOString()
    }

    const toPayload = (more: object) => ({ success: true, lastSyncId: (syncId += 1), ...more })
    const resolvers = {
      webhook: resolver(byId, ({ id }) => get(id)),
      webhooks: resolver(listArgs, (args) => toConnection([...webhooks.values()], args, mostPerPage)),
      webhookCreate: resolver(z.object({ input: createInput }), ({ input }) => toPayload({ webhook: create(input) })),
      webhookUpdate: resolver(z.object({ id: z.string(), input: updateInput }), ({ id, input }) => {
        const webhook = get(id)
        update(webhook, input)
        return toPayload({ webhook })
      }),
      webhookDelete: resolver(byId, ({ id }) => {
        webhooks.delete(get(id).id)
        return toPayload({ entityId: id })
      }),
      webhookRotateSecret: resolver(byId, ({ id }) => {
        const webhook = get(id)
        webhook.secret = createSecret()
        webhook.updatedAt = now().toISOString()
        return toPayload({ secret: webhook.secret })
      }),
    }
    return [graphqlRoute('/graphql', sdl, resolvers, toAnswer, { limit })]
  },
}

/** Newest first. A cursor says where a webhook stands, and stays good when that one is deleted. */
function toConnection(webhooks: readonly StoredWebhook[], args: ListArgs, most: number) {
  const { after, before, first, last, orderBy } = args
  const size = first ?? last ?? 50
  if (size > mostPerRequest || size < 1) throw toInvalid(`first must not be greater than ${mostPerRequest}.`)
  const toPlace = (webhook: StoredWebhook) => `${webhook[orderBy ?? 'createdAt']} ${webhook.id}`
  const all = webhooks.toSorted((one, other) => (toPlace(one) < toPlace(other) ? 1 : -1))
  const rest = all.filter(
    (each) =>
      (typeof after !== 'string' || toPlace(each) < readCursor(after)) &&
      (typeof before !== 'string' || toPlace(each) > readCursor(before)),
  )
  const count = Math.min(size, most)
  const isBackward = typeof last === 'number'
  const nodes = isBackward ? rest.slice(-count) : rest.slice(0, count)
  const edges = nodes.map((node) => ({ node, cursor: btoa(toPlace(node)) }))
  const isMore = nodes.length < rest.length
  return {
    nodes,
    edges,
    pageInfo: {
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
      hasNextPage: isBackward ? before !== undefined && before !== null : isMore,
      hasPreviousPage: isBackward ? isMore : after !== undefined && after !== null,
    },
  }
}

function readCursor(cursor: string): string {
  const place = z.base64().safeParse(cursor).success ? atob(cursor) : ''
  if (!/^\d{4}-\S+ \S+$/.test(place)) throw toInvalid('after is not a valid cursor.')
  return place
}

function getTeam(idOrKey: string): Team {
  const team = teams.find(({ id, key }) => id === idOrKey || key === idOrKey)
  if (team === undefined) throw toNotFound('Team')
  return team
}

function checkLists(resourceTypes: readonly string[] | undefined, secret: string | null | undefined): void {
  if (resourceTypes?.length === 0 || resourceTypes?.includes('') === true) throw toInvalid('resourceTypes should not be empty.')
  if (secret === '') throw toInvalid('secret should not be empty.')
}

function createSecret(): string {
  return `lin_wh_${randomBytes(20).toString('hex')}`
}

function toNotFound(type: string): GraphqlRefusal {
  return toInvalid(`Could not find referenced ${type}.`, `Entity not found: ${type} - Could not find referenced ${type}.`)
}

function toInvalid(presentable: string, message = 'Argument Validation Error'): GraphqlRefusal {
  return new GraphqlRefusal(message, {
    type: 'invalid input',
    code: 'INPUT_ERROR',
    statusCode: 400,
    userError: true,
    userPresentableMessage: presentable,
  })
}

/** Refusals of fields come with status 200, those of documents with 400. */
function toAnswer({ data, problems }: { readonly data: unknown; readonly problems: readonly GraphqlProblem[] }): StandInAnswer {
  const errors = problems.map(({ stage, message, locations, path, extensions }) => {
    return { message, locations, path, extensions: stage === 'FIELD' ? extensions : toGraphqlExtensions(stage) }
  })
  return { status: data === undefined ? 400 : 200, body: { data, ...(errors.length > 0 && { errors }) } }
}

const codes = { SYNTAX: 'GRAPHQL_PARSE_FAILED', VALIDATION: 'GRAPHQL_VALIDATION_FAILED', VARIABLES: 'BAD_USER_INPUT' } as const

function toGraphqlExtensions(stage: keyof typeof codes) {
  return { type: 'graphql error', code: codes[stage], userError: true }
}

function refuse(
  statusCode: number,
  message: string,
  { type, code }: { readonly type: string; readonly code: string },
): StandInAnswer {
  const extensions = { type, code, statusCode, userError: true, userPresentableMessage: message }
  return { status: statusCode, body: { errors: [{ message, extensions }], data: null } }
}

/** Of a personal API key. */
const limit: Limit = {
  calls: 2_500,
  perMs: 3_600_000,
  toHeaders: ({ limit: most, remaining, resetMs }) => ({
    'x-ratelimit-requests-limit': String(most),
    'x-ratelimit-requests-remaining': String(remaining),
    'x-ratelimit-requests-reset': String(resetMs),
  }),
}

const engineering: Team = { id: '3f6d0a1c-92be-4d57-8a40-5c1e7b9f2d01', key: 'ENG', name: 'Engineering' }
const operations: Team = { id: '8e21c7b4-0d95-4f63-b1a8-64d9e0f37a02', key: 'OPS', name: 'Operations' }
const teams = [engineering, operations]
const admin = { id: 'c4a9e8d2-71f3-4b06-9e5d-0f8b3c6a2e01', name: 'Ada Acme' }

const seed: readonly StoredWebhook[] = [
  {
    id: seededId,
    label: 'Issue sync',
    url: 'https://hooks.acme.test/linear/issues',
    enabled: true,
    resourceTypes: ['Issue', 'Comment', 'IssueLabel'],
    allPublicTeams: true,
    team: null,
    creator: admin,
    secret: 'lin_wh_sandbox-issue-sync',
    createdAt: '2026-01-14T09:26:53.589Z',
    updatedAt: '2026-03-02T10:00:00.000Z',
    archivedAt: null,
  },
  {
    id: '5a7e3d90-1c42-4b8f-a6d3-92e0f4c8b722',
    label: 'Release notes of Engineering',
    url: 'https://releases.acme.test/webhooks/linear',
    enabled: true,
    resourceTypes: ['Project', 'ProjectUpdate', 'Release', 'ReleaseNote'],
    allPublicTeams: false,
    team: engineering,
    creator: admin,
    secret: 'lin_wh_sandbox-release-notes',
    createdAt: '2026-02-20T14:03:11.042Z',
    updatedAt: '2026-02-20T14:03:11.042Z',
    archivedAt: null,
  },
  {
    id: 'e19b4f06-83ad-4c71-b25f-7d60c8a3e533',
    label: null,
    url: 'https://down.acme.test/linear/sla',
    enabled: false,
    resourceTypes: ['IssueSLA', 'Customer', 'CustomerNeed'],
    allPublicTeams: false,
    team: operations,
    creator: null,
    secret: 'lin_wh_sandbox-sla',
    createdAt: '2026-04-30T18:45:00.777Z',
    updatedAt: '2026-06-12T07:30:19.100Z',
    archivedAt: null,
  },
]
