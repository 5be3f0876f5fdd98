import * as z from 'zod'
import type { Http } from '../../http/call.ts'
import type { WindowState } from '../../http/rate.ts'
import type { Meaning } from '../../http/upstream.ts'
import { toInvalidInput, toOptionPaths } from '../../provider/failures.ts'
import { createGraphql, type Document, graphql, type GraphqlError, type GraphqlUserError } from '../../provider/graphql.ts'
import { readGraphqlFailure, readInvalidVariable, wireConnection } from '../../provider/graphql.ts'
import { readPages } from '../../provider/pages.ts'
import { path } from '../../provider/path.ts'
import * as w from '../../provider/wire.ts'

// Wire format of Shopify: one GraphQL endpoint. IDs look like URLs and are only ever variables. Errors come with status 200.

const wireRecord = z.object({
  id: w.wireId,
  topic: w.wireText,
  uri: w.wireText,
  format: z.enum(['JSON', 'XML']),
  filter: w.wireText.nullable(),
  includeFields: w.wireTexts,
  metafieldNamespaces: w.wireTexts,
  metafields: w.wireArray(z.object({ namespace: w.wireText, key: w.wireText })),
  name: w.wireName.nullable(),
  apiVersion: z.object({ handle: w.wireText }),
  legacyResourceId: w.wireText,
  createdAt: w.wireInstant,
  updatedAt: w.wireInstant,
})
/** For reads: an unreadable field affects only itself, unless an update writes it back. */
const wireRead = w.wireLenient(wireRecord, ['apiVersion', 'legacyResourceId', 'createdAt', 'updatedAt'])
const wireWebhook = w.wireShown(wireRead)
export type WireWebhook = z.output<typeof wireWebhook>

/** The fields of a webhook that are always readable. Any other field may be null. */
export type KnownWebhook = w.Salvaged<WireWebhook, 'id' | 'topic' | 'uri' | 'raw'>

/** The documented responses by name, with samples in test/providers/shopify/fixtures. */
export const wire = {
  list: w.wireField('webhookSubscriptions', wireConnection(w.wireShownList(wireRead))),
  webhook: w.wireField('webhookSubscription', wireWebhook),
  created: w.wireField('webhookSubscriptionCreate', w.wireField('webhookSubscription', w.wireSalvaged(wireRecord, ['id']))),
  updated: w.wireField('webhookSubscriptionUpdate', w.wireField('webhookSubscription', wireWebhook)),
  deleted: w.wireField('webhookSubscriptionDelete', w.wireField('deletedWebhookSubscriptionId', z.string())),
}
export type WireCreated = z.output<typeof wire.created>

const webhook = graphql`
  fragment Webhook on WebhookSubscription {
    id topic uri format filter includeFields metafieldNamespaces metafields { namespace key } name
    apiVersion { handle } legacyResourceId createdAt updatedAt
  }`
const payload = graphql`webhookSubscription { ...Webhook } userErrors { field message }`
const documents = {
  list: graphql`query ($first: Int!, $after: String) {
    webhookSubscriptions(first: $first, after: $after) { nodes { ...Webhook } pageInfo { hasNextPage endCursor } }
  } ${webhook}`,
  get: graphql`query ($id: ID!) { webhookSubscription(id: $id) { ...Webhook } } ${webhook}`,
  create: graphql`mutation ($topic: WebhookSubscriptionTopic!, $webhookSubscription: WebhookSubscriptionInput!) {
    webhookSubscriptionCreate(topic: $topic, webhookSubscription: $webhookSubscription) { ${payload} }
  } ${webhook}`,
  update: graphql`mutation ($id: ID!, $webhookSubscription: WebhookSubscriptionInput!) {
    webhookSubscriptionUpdate(id: $id, webhookSubscription: $webhookSubscription) { ${payload} }
  } ${webhook}`,
  delete: graphql`mutation ($id: ID!) { webhookSubscriptionDelete(id: $id) { deletedWebhookSubscriptionId userErrors { field message } } }`,
}

// Up to 250 are allowed, but the price of a full page is taken first, and what it was too much is given back after.
const pageSize = 100
/** Points at most: recorded are 1 for a read, 10 for a write, and 29 for a page of 5 that has each webhook twice. */
const cost = { list: 4 + 5 * pageSize, get: 5, write: 10 }

type Settings = Pick<WireWebhook, 'format' | 'filter' | 'includeFields' | 'metafieldNamespaces'>
type Metafield = { key: string } & w.Changes<{ namespace: string }>
export type WireInput = { uri: string } & w.Changes<Settings & { metafields: readonly Metafield[]; name: string }>

export function createShopifyApi(http: Http) {
  const { query, mutate } = createGraphql(http, path`/graphql.json`)
  const readPage = (after: string | undefined) =>
    query({ document: documents.list, variables: { first: pageSize, after }, answer: wire.list, cost: cost.list })
  const write = <T>(document: Document, variables: object, answer: z.ZodType<T>) =>
    mutate({ document, variables, answer, cost: cost.write })
  return {
    list: () => readPages(http, undefined, readPage),
    get: (id: string) => query({ document: documents.get, variables: { id }, answer: wire.webhook, cost: cost.get }),
    create: (variables: { readonly topic: string; readonly webhookSubscription: WireInput }) =>
      write(documents.create, variables, wire.created),
    update: (id: string, input: WireInput) => write(documents.update, { id, webhookSubscription: input }, wire.updated),
    delete: (id: string) => write(documents.delete, { id }, wire.deleted),
  }
}

const wireBucket = z.object({ maximumAvailable: z.number(), currentlyAvailable: z.number(), restoreRate: z.number().positive() })
const wireState = z
  .object({ requestedQueryCost: z.number().nonnegative(), throttleStatus: wireBucket })
  .transform(({ requestedQueryCost: cost, throttleStatus }): WindowState => {
    const { maximumAvailable: limit, currentlyAvailable: remaining, restoreRate } = throttleStatus
    return { limit, remaining, fullMs: (limit / restoreRate) * 1_000, cost }
  })
const wireCost = w.wireField('extensions', w.wireField('cost', wireState))

/** The points that are left, in every response. */
export const readState = (body: unknown) => wireCost.safeParse(body).data ?? null

export const readFailure = readGraphqlFailure(({ status, data, errors: [error], userErrors }): Meaning | undefined => {
  if (userErrors.length > 0) return toUserMeaning(userErrors)
  if (error === undefined && data?.['webhookSubscription'] === null) return { kind: 'NOT_FOUND' }
  // About the shop or the version, never about a webhook.
  if (status === 404) return { kind: 'REJECTED' }
  return error && toErrorMeaning(error)
})

/** By code. Nothing was carried out, but for a failing server and for codes that are not here: then something may have been. */
const meanings = new Map<string | null, Meaning>([
  ['THROTTLED', { kind: 'RATE_LIMITED' }],
  ['ACCESS_DENIED', { kind: 'PERMISSION_DENIED' }],
  ['INTERNAL_SERVER_ERROR', { kind: 'SERVER_ERROR' }],
  ['SHOP_INACTIVE', { kind: 'REJECTED' }],
  ['MAX_COST_EXCEEDED', { kind: 'REJECTED' }],
  ['argumentLiteralsIncompatible', { kind: 'REJECTED' }],
  ['missingRequiredArguments', { kind: 'REJECTED' }],
  ['undefinedField', { kind: 'REJECTED' }],
])

function toErrorMeaning(error: GraphqlError): Meaning | undefined {
  if (error.code !== 'INVALID_VARIABLE') return meanings.get(error.code)
  // A value outside the types of the schema: an ID that is none, an unknown topic, or a part of the input.
  const { variable, fields } = readInvalidVariable(error)
  return variable === 'id' ? { kind: 'NOT_FOUND' } : toInvalidInput(inputPaths, fields)
}

function toUserMeaning(userErrors: readonly GraphqlUserError[]): Meaning {
  const says = (text: string) => userErrors.some(({ message }) => message.startsWith(text))
  if (says('Webhook subscription does not exist')) return { kind: 'NOT_FOUND' }
  if (says('Address for this topic has already been taken'))
    return { kind: 'CONFLICT', field: 'url', of: 'url, event type, format and filter' }
  if (says('Name already exists')) return { kind: 'CONFLICT', field: 'name' }
  if (says('The specified filter')) return toInvalidInput(inputPaths, ['filter'])
  if (says('You cannot create a webhook subscription with the specified topic')) return toInvalidInput(inputPaths, ['topic'])
  const fields = userErrors.map(({ field }) => field?.[1] ?? '')
  return toInvalidInput(inputPaths, fields)
}

/** Paths of input by Shopify's fields. It names the deprecated one for a URL, whichever was sent. */
const inputPaths = {
  callbackUrl: ['url'],
  uri: ['url'],
  name: ['name'],
  topic: ['eventTypes'],
  ...toOptionPaths('shopify', ['format', 'filter', 'includeFields', 'metafieldNamespaces', 'metafields']),
}
