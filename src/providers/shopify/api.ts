import * as z from 'zod'
import type { Http } from '../../http/call.ts'
import type { WindowState } from '../../http/rate.ts'
import type { Meaning } from '../../http/upstream.ts'
import {
  createGraphql,
  type Document,
  graphql,
  type GraphqlError,
  type GraphqlUserError,
  readGraphqlFailure,
  wireConnection,
  wireField,
} from '../../provider/graphql.ts'
import { readPages } from '../../provider/pages.ts'
import { path } from '../../provider/path.ts'
import {
  type Salvaged,
  wireArray,
  wireAside,
  wireId,
  wireInstant,
  wireName,
  wireSalvaged,
  wireShown,
  wireShownList,
  wireText,
  wireTexts,
} from '../../provider/wire.ts'

// Wire format of Shopify: one GraphQL endpoint. IDs look like URLs and are only ever variables. Errors come with status 200.

const wireRecord = z.object({
  id: wireId,
  topic: wireText,
  uri: wireText,
  format: z.enum(['JSON', 'XML']),
  filter: wireText.nullable(),
  includeFields: wireTexts,
  metafieldNamespaces: wireTexts,
  metafields: wireArray(z.object({ namespace: wireText, key: wireText })),
  name: wireName.nullable(),
  apiVersion: z.object({ handle: wireText }),
  legacyResourceId: wireText,
  createdAt: wireInstant,
  updatedAt: wireInstant,
})
/** For reads: an unreadable field affects only itself, unless an update writes it back. */
const wireRead = wireRecord.extend({
  apiVersion: wireAside(wireRecord.shape.apiVersion),
  legacyResourceId: wireAside(wireText),
  createdAt: wireAside(wireInstant),
  updatedAt: wireAside(wireInstant),
})
const wireWebhook = wireShown(wireRead)
export type WireWebhook = z.output<typeof wireWebhook>

/** The fields of a webhook that are always readable. Any other field may be null. */
export type KnownWebhook = Salvaged<WireWebhook, 'id' | 'topic' | 'uri' | 'raw'>

const wireCreated = wireSalvaged(wireRecord, ['id'])
export type WireCreated = z.output<typeof wireCreated>

/** The documented responses by name, with samples in test/providers/shopify/fixtures. */
export const wire = {
  list: wireField('webhookSubscriptions', wireConnection(wireShownList(wireRead))),
  webhook: wireField('webhookSubscription', wireWebhook),
  created: wireField('webhookSubscriptionCreate', wireField('webhookSubscription', wireCreated)),
  updated: wireField('webhookSubscriptionUpdate', wireField('webhookSubscription', wireWebhook)),
  deleted: wireField('webhookSubscriptionDelete', wireField('deletedWebhookSubscriptionId', z.string())),
}

const webhook = graphql`
  fragment Webhook on WebhookSubscription {
    id topic uri format filter includeFields metafieldNamespaces metafields { namespace key } name
    apiVersion { handle } legacyResourceId createdAt updatedAt
  }`
const documents = {
  list: graphql`query ($first: Int!, $after: String) {
    webhookSubscriptions(first: $first, after: $after) { nodes { ...Webhook } pageInfo { hasNextPage endCursor } }
  } ${webhook}`,
  get: graphql`query ($id: ID!) { webhookSubscription(id: $id) { ...Webhook } } ${webhook}`,
  create: graphql`mutation ($topic: WebhookSubscriptionTopic!, $webhookSubscription: WebhookSubscriptionInput!) {
    webhookSubscriptionCreate(topic: $topic, webhookSubscription: $webhookSubscription) {
      webhookSubscription { ...Webhook } userErrors { field message }
    }
  } ${webhook}`,
  update: graphql`mutation ($id: ID!, $webhookSubscription: WebhookSubscriptionInput!) {
    webhookSubscriptionUpdate(id: $id, webhookSubscription: $webhookSubscription) {
      webhookSubscription { ...Webhook } userErrors { field message }
    }
  } ${webhook}`,
  delete: graphql`mutation ($id: ID!) {
    webhookSubscriptionDelete(id: $id) { deletedWebhookSubscriptionId userErrors { field message } }
  }`,
}

// Up to 250 are allowed, but the price of a full page is taken first, and what it was too much is given back after.
const pageSize = 100
/** Points at most: recorded are 1 for a read, 10 for a write, and 29 for a page of 5 that has each webhook twice. */
const cost = { list: 4 + 5 * pageSize, get: 5, write: 10 }

export interface WireInput {
  readonly uri: string
  readonly format?: WireWebhook['format'] | undefined
  readonly filter?: string | null | undefined
  readonly includeFields?: readonly string[] | undefined
  readonly metafieldNamespaces?: readonly string[] | undefined
  readonly metafields?: readonly { readonly namespace?: string | undefined; readonly key: string }[] | undefined
  readonly name?: string | undefined
}

export type ShopifyApi = ReturnType<typeof createShopifyApi>

export function createShopifyApi(http: Http) {
  const { query, mutate } = createGraphql(http, path`/graphql.json`)
  const readPage = (after: string | undefined) =>
    query({ document: documents.list, variables: { first: pageSize, after }, answer: wire.list, cost: cost.list })
  const write = <T>(document: Document, variables: object, answer: z.ZodType<T>) =>
    mutate({ document, variables, answer, cost: cost.write })
  return {
    list: () => readPages(http, undefined, readPage),
    async get(id: string) {
      const webhook = await query({ document: documents.get, variables: { id }, answer: wire.webhook, cost: cost.get })
      // An update writes back what is read here.
      if (webhook.id !== id) throw http.toContractError('it contains a different webhook than requested')
      return webhook
    },
    create: (topic: string, input: WireInput) => write(documents.create, { topic, webhookSubscription: input }, wire.created),
    update: (id: string, input: WireInput) => write(documents.update, { id, webhookSubscription: input }, wire.updated),
    delete: (id: string) => write(documents.delete, { id }, wire.deleted),
  }
}

const wireCost = z.object({
  extensions: z.object({
    cost: z.object({
      requestedQueryCost: z.number().nonnegative(),
      throttleStatus: z.object({
        maximumAvailable: z.number(),
        currentlyAvailable: z.number(),
        restoreRate: z.number().positive(),
      }),
    }),
  }),
})

/** The points that are left, in every response. */
export function readState(body: unknown): WindowState | null {
  const told = wireCost.safeParse(body).data?.extensions.cost
  if (told === undefined) return null
  const { maximumAvailable: limit, currentlyAvailable: remaining, restoreRate } = told.throttleStatus
  return { limit, remaining, fullMs: (limit / restoreRate) * 1_000, cost: told.requestedQueryCost }
}

const wireMade = wireField('webhookSubscriptionCreate', wireField('webhookSubscription', z.looseObject({})))

export const readFailure = readGraphqlFailure(({ status, data, errors, userErrors }): Meaning | undefined => {
  // Beside a webhook, they do not prove that nothing was created.
  if (userErrors.length > 0) return wireMade.safeParse(data).success ? undefined : toUserMeaning(userErrors)
  if (errors.length === 0 && data?.['webhookSubscription'] === null) return { kind: 'NOT_FOUND' }
  // About the shop or the version, never about a webhook.
  if (status === 404) return { kind: 'REJECTED' }
  const each = errors.map(toErrorMeaning)
  return each.includes(undefined) ? undefined : each[0]
})

/** Codes of errors that come before anything is carried out. After any other error, something may have been. */
const refused = [
  'SHOP_INACTIVE',
  'MAX_COST_EXCEEDED',
  'argumentLiteralsIncompatible',
  'missingRequiredArguments',
  'undefinedField',
]
const meanings = new Map<string | null, Meaning>([
  ['THROTTLED', { kind: 'RATE_LIMITED' }],
  ['ACCESS_DENIED', { kind: 'PERMISSION_DENIED' }],
  ['INTERNAL_SERVER_ERROR', { kind: 'SERVER_ERROR' }],
  ...refused.map((code): [string, Meaning] => [code, { kind: 'REJECTED' }]),
])

const wireProblems = z.object({ problems: z.array(z.object({ path: z.array(z.coerce.string()) })) })

function toErrorMeaning({ code, message, extensions }: GraphqlError): Meaning | undefined {
  if (code !== 'INVALID_VARIABLE') return meanings.get(code)
  // A value outside the types of the schema: an ID that is none, an unknown topic, or a part of the input.
  const [, variable = ''] = /^Variable \$(\w+) /.exec(message) ?? []
  if (variable === 'id') return { kind: 'NOT_FOUND' }
  const problems = wireProblems.safeParse(extensions).data?.problems ?? []
  return toInvalidInput(problems.map(({ path: [field = variable] }) => field))
}

function toUserMeaning(userErrors: readonly GraphqlUserError[]): Meaning {
  const says = (text: string) => userErrors.some(({ message }) => message.startsWith(text))
  if (says('Webhook subscription does not exist')) return { kind: 'NOT_FOUND' }
  if (says('Address for this topic has already been taken')) return { kind: 'CONFLICT', field: 'url' }
  if (says('Name already exists')) return { kind: 'CONFLICT', field: 'name' }
  if (says('The specified filter')) return toInvalidInput(['filter'])
  if (says('You cannot create a webhook subscription with the specified topic')) return toInvalidInput(['topic'])
  return toInvalidInput(userErrors.map(({ field }) => field?.[1] ?? ''))
}

/** Paths of input by Shopify's fields. It names the deprecated one for a URL, whichever was sent. */
const inputPaths = new Map<string, readonly string[]>([
  ...['callbackUrl', 'uri'].map((field): [string, string[]] => [field, ['url']]),
  ...['format', 'filter', 'includeFields', 'metafieldNamespaces', 'metafields'].map((field): [string, string[]] => {
    return [field, ['options', 'shopify', field]]
  }),
  ['name', ['name']],
  ['topic', ['eventTypes']],
])

function toInvalidInput(fields: readonly string[]): Meaning {
  return { kind: 'INVALID_INPUT', paths: [...new Set(fields.map((field) => inputPaths.get(field) ?? wholeInput))] }
}

const wholeInput: readonly string[] = []
