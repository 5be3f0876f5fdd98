import { type FieldNode, GraphQLError, type GraphQLResolveInfo, OperationTypeNode } from 'graphql'
import type { Gateway } from '../gateway/gateway.ts'
import type { Listing } from '../gateway/listing.ts'
import { describeNoAccount } from '../gateway/directory.ts'
import { InvalidInputError } from '../errors.ts'
import type { Cut, Edge, Page } from './ordering.ts'
import type { Account, AccountWebhook } from '../webhook.ts'
import { createFilter, createWebhookOrdering, type WebhookFilter, type WebhookOrder } from './webhook-order.ts'
import { needs } from './authorization.ts'
import type { Builder } from './builder.ts'
import type { Context } from './context.ts'
import { toErrorValue } from './errors.ts'
import { requireBounded, toBadInput } from './node.ts'
import { type PageArguments, toCut } from './page.ts'
import type { ProviderNameRef } from './provider.ts'
import type { WebhookStatusRef } from './webhook.ts'

interface Source extends Listing {
  /** Webhooks of this account that match the filter. */
  readonly count: number
}

interface WebhookList extends Page<AccountWebhook> {
  readonly complete: boolean
  readonly totalCount: number | null
  readonly sources: readonly Source[]
}

/** The merged list over accounts, with its filter, order and query. */
export function addWebhookList(builder: Builder, providerName: ProviderNameRef, status: WebhookStatusRef): void {
  const state = builder.enumType('SourceState', {
    description: "Whether all of an account's webhooks could be read.",
    values: {
      COMPLETE: { description: 'All webhooks were read.' },
      TRUNCATED: { description: 'Webhooks are missing, or may be. See `error`.' },
      FAILED: { description: 'No webhooks were read. See `error`.' },
    },
  })
  builder.objectType('WebhookSource', {
    description: 'Result for one account in a list.',
    fields: (t) => ({
      account: t.expose('account', { type: 'Account', description: 'The account.' }),
      state: t.expose('state', { type: state, description: 'Whether all of its webhooks could be read.' }),
      count: t.exposeInt('count', { description: 'Number of webhooks that match the filter, on all pages.' }),
      unreadableCount: t.int({
        description:
          'Number of webhooks that could not be read. Not included in any page or other count. Reading stops after 1,000 in one response.',
        resolve: ({ unreadable }) => unreadable.length,
      }),
      unreadableIds: t.idList({
        description: 'IDs of the unreadable webhooks, where known. You can pass them to deleteWebhook.',
        resolve: ({ unreadable }) => unreadable.filter((id) => id !== null),
      }),
      error: t.field({
        type: 'WebhookError',
        nullable: true,
        description: 'Why `state` is not COMPLETE, otherwise null.',
        resolve: ({ error }) => toErrorValue(error),
      }),
    }),
  })

  const edge = builder.objectRef<Edge<AccountWebhook>>('WebhookEdge').implement({
    description: 'A webhook with its cursor.',
    fields: (t) => ({
      cursor: t.exposeString('cursor', {
        description: 'Cursor for `after` and `before` with the same list, filter and order.',
      }),
      node: t.expose('node', { type: 'Webhook', description: 'The webhook.' }),
    }),
  })
  const connection = builder.objectRef<WebhookList>('WebhookConnection').implement({
    description: 'A page of webhooks, and the result for each account.',
    fields: (t) => ({
      edges: t.expose('edges', { type: [edge], description: 'Webhooks on this page, with cursors.' }),
      nodes: t.field({
        type: ['Webhook'],
        description: 'Webhooks on this page.',
        resolve: ({ edges }) => edges.map(({ node }) => node),
      }),
      pageInfo: t.expose('pageInfo', { type: 'PageInfo', description: 'Position of this page in the list.' }),
      totalCount: t.exposeInt('totalCount', {
        nullable: true,
        description: 'Number of webhooks on all pages. Null unless `complete`.',
      }),
      complete: t.exposeBoolean('complete', { description: 'Whether every account was read in full. See `sources`.' }),
      sources: t.expose('sources', {
        type: ['WebhookSource'],
        description: 'One entry for each account that the filter selects.',
      }),
    }),
  })

  const filter = builder.inputRef<WebhookFilter>('WebhookFilter').implement({
    description: 'All conditions must match. An empty list matches nothing.',
    fields: (t) => ({
      accounts: t.stringList({
        description: 'Only accounts with these slugs. Other accounts are not queried. An unknown slug is an error.',
      }),
      providers: t.field({
        type: [providerName],
        description: 'Only accounts at these providers. Other providers are not queried.',
      }),
      status: t.field({ type: [status], description: 'Only webhooks with one of these statuses.' }),
      eventType: t.string({
        description:
          'Only webhooks that receive this event type: by name, through a pattern such as card.*, or because they receive all events.',
      }),
      search: t.string({ description: 'Only webhooks with this text in `name` or `url`, case-insensitive.' }),
    }),
  })
  const field = builder.enumType('WebhookOrderField', {
    description: 'Field to sort by. Webhooks without a value come last.',
    values: {
      CREATED_AT: { description: 'Creation time.' },
      NAME: { description: 'Name, alphabetically.' },
      URL: { description: 'URL, compared character by character.' },
    },
  })
  const direction = builder.enumType('OrderDirection', {
    description: 'Sort direction.',
    values: { ASC: { description: 'Ascending: earliest first.' }, DESC: { description: 'Descending: latest first.' } },
  })
  const order = builder.inputRef<WebhookOrder>('WebhookOrder').implement({
    description: 'Sort order of a list.',
    fields: (t) => ({
      field: t.field({ type: field, defaultValue: 'CREATED_AT', description: 'Field to sort by.' }),
      direction: t.field({ type: direction, defaultValue: 'DESC', description: 'Sort direction.' }),
    }),
  })

  const args = builder.args((t) => ({
    first: t.int({ description: 'Returns the first n items, 0 to 200. Defaults to 50.' }),
    last: t.int({ description: 'Returns the last n items, 0 to 200. Not with `first`.' }),
    after: t.string({ description: 'Returns items after this cursor.' }),
    before: t.string({ description: 'Returns items before this cursor.' }),
    filter: t.field({ type: filter, description: 'Filter. Defaults to all webhooks.' }),
    orderBy: t.field({ type: order, description: 'Sort order. Defaults to newest first.' }),
  }))
  builder.queryField('webhooks', (t) =>
    t.field({
      type: connection,
      description:
        'Webhooks of all selected accounts. If an account fails, the others are still returned: check `complete` and `sources`. If listing an account takes three or more requests, pages after a cursor can be up to ten seconds old, unless this gateway has written to the account since.',
      args,
      resolve: (_, given, context) => readList(given, context),
    }),
  )
  builder.objectField('Account', 'webhooks', (t) =>
    t.field({
      type: connection,
      extensions: needs(['webhooks:read']),
      description:
        "Lists this account's webhooks. Takes the same arguments as Query.webhooks, but cursors are not interchangeable. Requires scope webhooks:read.",
      args,
      resolve: readOwnList,
    }),
  )
}

/** The problem with the arguments of `Account.webhooks`, for any account; null if there is none. */
export function findWrongOwnList(args: ListArguments, gateway: Gateway): GraphQLError | null {
  // Which account, and so which cursors are valid, is known only when the list is read.
  const slugs = listCursors(args).length === 0 ? [] : gateway.accounts.map(({ slug }) => slug)
  let wrong = findWrongList(args, gateway, slugs[0] ?? null)
  for (const slug of slugs.slice(1)) wrong &&= findWrongList(args, gateway, slug)
  return wrong
}

/** The problem with the arguments of a list; null if there is none. */
export function findWrongList(args: ListArguments, gateway: Gateway, account: string | null = null): GraphQLError | null {
  try {
    readAsked(args, gateway, account)
    return null
  } catch (error) {
    if (error instanceof GraphQLError) return error
    throw error
  }
}

/** The validated arguments of a list; `account` is set for the list of a single account. */
function readAsked(args: ListArguments, gateway: Gateway, account: string | null = null) {
  const filter = args.filter ?? {}
  for (const name of ['accounts', 'providers', 'status'] as const) requireBounded(`filter.${name}`, filter[name])
  const ordering = createWebhookOrdering(args.orderBy ?? {}, filter, account)
  return { filter, ordering, cut: readCut(args, ordering), accounts: selectAccounts(filter, gateway) }
}

export interface ListArguments extends PageArguments {
  readonly filter?: WebhookFilter | null | undefined
  readonly orderBy?: WebhookOrder | null | undefined
}

async function readList(args: ListArguments, context: Context): Promise<WebhookList> {
  const asked = readAsked(args, context.gateway)
  const cursors = listCursors(args)
  const listings = await Promise.all(asked.accounts.map((account) => context.list(account, cursors)))
  return buildList(listings, asked, context)
}

function listCursors({ after, before }: ListArguments): readonly string[] {
  return [after, before].filter((cursor) => cursor != null)
}

interface OwnList {
  readonly asked: ReturnType<typeof readAsked>
  readonly pages: Map<Listing, WebhookList>
}

/** The validated arguments of a field for each account. They are the same below each of many webhooks, so they are cached. */
const ownLists = new WeakMap<Context, Map<FieldNode, Map<string, OwnList>>>()

async function readOwnList(
  owner: Account,
  args: ListArguments,
  context: Context,
  { fieldNodes: [node], operation }: GraphQLResolveInfo,
): Promise<WebhookList> {
  const { slug } = owner
  const wrong = listCursors(args).length === 0 ? null : findWrongList(args, context.gateway, slug)
  if (wrong !== null) {
    // Thrown after a write, it would discard the result of that write.
    if (operation.operation === OperationTypeNode.MUTATION) return toFailedList(owner, wrong.message)
    throw wrong
  }
  const known = ownLists.get(context) ?? new Map<FieldNode, Map<string, OwnList>>()
  ownLists.set(context, known)
  const ofField = (node && known.get(node)) ?? new Map<string, OwnList>()
  if (node !== undefined) known.set(node, ofField)
  const fresh = () => ({ asked: readAsked(args, context.gateway, slug), pages: new Map<Listing, WebhookList>() })
  const own = ofField.get(slug) ?? fresh()
  ofField.set(slug, own)
  const { asked, pages } = own
  const account = asked.accounts.find((each) => each.slug === slug)
  if (account === undefined) return buildList([], asked, context)
  const listing = await context.list(account, listCursors(args))
  const page = pages.get(listing) ?? buildList([listing], asked, context)
  pages.set(listing, page)
  return page
}

function toFailedList(account: Account, message: string): WebhookList {
  const error = new InvalidInputError([{ path: ['after'], code: 'INVALID', message }])
  const pageInfo = { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null }
  const cost = { calls: 0, bytes: 0 }
  const source: Source = { account, state: 'FAILED', webhooks: [], unreadable: [], knowsAllIds: false, error, cost, count: 0 }
  return { edges: [], pageInfo, complete: false, totalCount: null, sources: [source] }
}

function buildList(
  listings: readonly Listing[],
  { filter, ordering, cut }: ReturnType<typeof readAsked>,
  { gateway }: Context,
): WebhookList {
  const matches = createFilter(filter)
  const matching = listings.map((listing) => listing.webhooks.filter(matches))
  const webhooks = matching.flat()
  const sources: Source[] = listings.map((listing, index) => ({ ...listing, count: matching[index]?.length ?? 0 }))
  const complete = sources.every(({ state }) => state === 'COMPLETE')
  const keep = (cursor: string) => {
    for (const listing of listings) gateway.keep(listing, cursor)
  }
  return { ...ordering.cut(webhooks, cut, keep), complete, sources, totalCount: complete ? webhooks.length : null }
}

/** This field has no error union. */
function readCut(args: ListArguments, ordering: ReturnType<typeof createWebhookOrdering>): Cut {
  try {
    return toCut(args, ordering)
  } catch (error) {
    throw error instanceof InvalidInputError ? toBadInput(error.issues.map(({ message }) => message).join(' ')) : error
  }
}

function selectAccounts({ accounts, providers }: WebhookFilter, gateway: Gateway): readonly Account[] {
  const unknown = accounts?.find((slug) => gateway.findAccount(slug) === undefined)
  if (unknown !== undefined) {
    const known = gateway.accounts.map(({ slug }) => slug)
    throw toBadInput(describeNoAccount(unknown, known))
  }
  return gateway.accounts.filter(
    ({ slug, provider }) => (accounts == null || accounts.includes(slug)) && (providers == null || providers.includes(provider)),
  )
}
