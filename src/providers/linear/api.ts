import * as z from 'zod'
import { readExactly } from '../../provider/answers.ts'
import type { Http } from '../../http/call.ts'
import type { Meaning } from '../../http/upstream.ts'
import {
  createGraphql,
  graphql,
  type GraphqlError,
  type GraphqlRefusal,
  readGraphqlFailure,
  wireConnection,
} from '../../provider/graphql.ts'
import { toInvalidInput } from '../../provider/failures.ts'
import { readPages } from '../../provider/pages.ts'
import { path } from '../../provider/path.ts'
import type { Secret } from '../../secret.ts'
import * as w from '../../provider/wire.ts'

// Wire format of Linear: GraphQL. Every webhook has its secret in clear, so no document selects it.

const fields = graphql`id label url enabled resourceTypes allPublicTeams team { id } creator { id } createdAt updatedAt archivedAt`

const documents = {
  list: graphql`query ($after: String) {
    webhooks(first: 100, after: $after) { nodes { ${fields} } pageInfo { hasNextPage endCursor } }
  }`,
  get: graphql`query ($id: String!) { webhook(id: $id) { ${fields} } }`,
  create: graphql`mutation ($input: WebhookCreateInput!) { webhookCreate(input: $input) { success webhook { ${fields} } } }`,
  update: graphql`mutation ($id: String!, $input: WebhookUpdateInput!) {
    webhookUpdate(id: $id, input: $input) { success webhook { ${fields} } }
  }`,
  // oxfmt-ignore
  delete: graphql`mutation ($id: String!) { webhookDelete(id: $id) { success entityId } }`,
  // oxfmt-ignore
  rotate: graphql`mutation ($id: String!) { webhookRotateSecret(id: $id) { success secret } }`,
}

const wireOwner = z.object({ id: w.wireId })
const wireRecord = z.object({
  id: w.wireId,
  label: w.wireName.nullable(),
  url: w.wireText,
  enabled: z.boolean(),
  resourceTypes: w.wireTexts,
  allPublicTeams: z.boolean(),
  team: wireOwner.nullable(),
  creator: wireOwner.nullable(),
  createdAt: w.wireInstant,
  updatedAt: w.wireInstant,
  archivedAt: w.wireInstant.nullable(),
})
/** For reads: an unreadable optional field affects only itself. */
const wireRead = w.wireLenient(wireRecord, ['team', 'creator', 'archivedAt'])
const wireWebhook = w.wireShown(wireRead)
type WireWebhook = z.output<typeof wireWebhook>

/** The fields of a webhook that are always readable. Any other field may be null. */
export type KnownWebhook = w.Salvaged<WireWebhook, 'id' | 'url' | 'enabled' | 'raw'>

/** The result of a create, of which the ID is what matters. */
const wireCreated = w.wireSalvaged(wireRecord, ['id'])
export type WireCreated = z.output<typeof wireCreated>

/** The webhooks of OAuth applications have no URL of their own, and are left out. */
const isOwn = (webhook: { readonly url: string | null }): webhook is WireWebhook => webhook.url !== null
const wireWebhooks = w.wireShownList(wireRead.extend({ url: w.wireText.nullable() })).transform(({ items, unreadable }) => {
  return { items: items.filter(isOwn), unreadable }
})

const wireSuccess = z.object({ success: z.literal(true) })
const wireDeleted = wireSuccess.extend({ entityId: w.wireId }).transform(({ entityId }) => entityId)
/** A secret that comes once is not lost for want of the other field. */
const wireRotated = z
  .object({
    success: z
      .unknown()
      .refine((sent) => sent !== false)
      .optional(),
    secret: w.wireSecret,
  })
  .transform(({ secret }) => secret)
const wirePayload = <W>(webhook: z.ZodType<W>) => wireSuccess.extend({ webhook }).transform((payload) => payload.webhook)

/** The documented data of responses by name, with samples in test/providers/linear/fixtures. */
export const wire = {
  list: w.wireAnswer(w.wireField('webhooks', wireConnection(wireWebhooks))),
  webhook: w.wireAnswer(w.wireField('webhook', wireWebhook)),
  created: w.wireAnswer(w.wireField('webhookCreate', wirePayload(wireCreated))),
  updated: w.wireAnswer(w.wireField('webhookUpdate', wirePayload(wireWebhook))),
  deleted: w.wireAnswer(w.wireField('webhookDelete', wireDeleted)),
  rotated: w.wireAnswer(w.wireField('webhookRotateSecret', wireRotated)),
}

export type WireChanges = w.Changes<Pick<WireWebhook, 'url' | 'enabled' | 'resourceTypes'> & { label: string; secret: Secret }>
export type WireCreate = WireChanges & { id: string; secret: Secret } & w.Changes<{ teamId: string; allPublicTeams: boolean }>

/** Points at most: 1 for each object and 0.1 for each of its fields, on a page 100 times. */
const cost = { list: 500, one: 10 }

export type LinearApi = ReturnType<typeof createLinearApi>

export function createLinearApi(http: Http) {
  const { query, mutate } = createGraphql(http, path`/graphql`)
  const readPage = (after: string | undefined) =>
    query({ document: documents.list, variables: { after }, answer: wire.list, cost: cost.list })
  return {
    list: () => readPages(http, undefined, readPage),
    get: (id: string) =>
      readExactly(http, id, query({ document: documents.get, variables: { id }, answer: wire.webhook, cost: cost.one })),
    create: (input: WireCreate) =>
      mutate({ document: documents.create, variables: { input }, answer: wire.created, cost: cost.one }),
    update: (id: string, input: WireChanges) =>
      mutate({ document: documents.update, variables: { id, input }, answer: wire.updated, cost: cost.one }),
    delete: (id: string) => mutate({ document: documents.delete, variables: { id }, answer: wire.deleted, cost: cost.one }),
    rotate: (id: string) => mutate({ document: documents.rotate, variables: { id }, answer: wire.rotated, cost: cost.one }),
  }
}

export const readFailure = readGraphqlFailure(toMeaning, toText)

/** The text for people says more than the other one. */
function toText({ message, extensions: { userPresentableMessage: text } }: GraphqlError): string {
  return typeof text === 'string' ? text : message
}

/** By the code, then by the type, of which the list is documented. Anything else may have been carried out. */
function toMeaning({ status, errors: [error] }: GraphqlRefusal): Meaning | undefined {
  if (error === undefined) return undefined
  const { code } = error
  const { type } = error.extensions
  if (code === 'RATELIMITED' || type === 'ratelimited') return { kind: 'RATE_LIMITED' }
  if (code === 'AUTHENTICATION_ERROR' || type === 'authentication error') return { kind: 'CREDENTIALS_REJECTED' }
  if (code === 'INPUT_ERROR' || type === 'invalid input') return toInputMeaning(toText(error))
  if (type === 'forbidden' || type === 'feature not accessible') return { kind: 'PERMISSION_DENIED' }
  if (!rejected.has(type)) return { kind: 'SERVER_ERROR' }
  return status < 300 ? { kind: 'REJECTED' } : undefined
}

const rejected: ReadonlySet<unknown> = new Set(['graphql error', 'user error', 'usage limit exceeded'])

/** Only the text says which input it is about. It may quote names, so that its beginning counts. */
function toInputMeaning(text: string): Meaning {
  const [, missing] = /^(?:Could not find referenced |Entity not found: )(\w+)/.exec(text) ?? []
  if (missing === 'Webhook') return { kind: 'NOT_FOUND' }
  if (/^url not unique\b/.test(text)) return { kind: 'CONFLICT', field: 'url' }
  const [word = ''] = text.split(' ', 1)
  return toInvalidInput(inputPaths, [missing ?? word])
}

const inputPaths = {
  url: ['url'],
  label: ['name'],
  resourceTypes: ['eventTypes'],
  secret: ['options', 'linear', 'secret'],
  Team: ['options', 'linear', 'teamId'],
  teamId: ['options', 'linear', 'teamId'],
}
