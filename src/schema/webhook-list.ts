import { type FieldNode, GraphQLError, type GraphQLResolveInfo, OperationTypeNode } from 'graphql'
import type { Gateway } from '../gateway/gateway.ts'
import type { Listing } from '../gateway/listing.ts'
import { describeNoAccount } from '../gateway/directory.ts'
import { InvalidInputError } from '../errors.ts'
import type { Cut, Edge, Page } from './ordering.ts'
import type { Account, AccountWebhook } from '../webhook.ts'
import { createFilter, createWebhookOrdering, type WebhookFilter, type WebhookOrder } from './webhook-order.ts'
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

/** The merged list over accounts, its filter, its order and the query that reads it. */
export function addWebhookList(builder: Builder, providerName: ProviderNameRef, status: WebhookStatusRef): void {
  const state = builder.enumType('SourceState', {
    description: 'Whether all webhooks of an account could be read.',
    values: {
      COMPLETE: { description: 'All of them.' },
      TRUNCATED: {
        description: 'Some are missing, or may be: see `error`.',
      },
      FAILED: { description: 'None of them: see `error`.' },
    },
  })
  builder.objectType('WebhookSource', {
    description: 'What one account contributed to a list.',
    fields: (t) => ({
      account: t.expose('account', { type: 'Account', description: 'The account.' }),
      state: t.expose('state', { type: state, description: 'Whether all of its webhooks could be read.' }),
      count: t.exposeInt('count', { description: 'Its webhooks that match the filter, on all pages.' }),
      unreadableCount: t.int({
        description:
          'Webhooks that could not be read: they are on no page and in no other count. Over 1,000 in one response end the reading.',
        resolve: ({ unreadable }) => unreadable.length,
      }),
      unreadableIds: t.idList({
        description: 'The ids of those, as far as these could be read; deleteWebhook takes them.',
        resolve: ({ unreadable }) => unreadable.filter((id) => id !== null),
      }),
      error: t.field({
        type: 'WebhookError',
        nullable: true,
        description: 'Why it is not COMPLETE; null where it is.',
        resolve: ({ error }) => toErrorValue(error),
      }),
    }),
  })

  const edge = builder.objectRef<Edge<AccountWebhook>>('WebhookEdge').implement({
    description: 'A webhook with its cursor.',
    fields: (t) => ({
      cursor: t.exposeString('cursor', {
        description: 'For `after` and `before` of the same list, with the same filter and order.',
      }),
      node: t.expose('node', { type: 'Webhook', description: 'The webhook.' }),
    }),
  })
  const connection = builder.objectRef<WebhookList>('WebhookConnection').implement({
    description: 'A page of webhooks, and what each account contributed to the whole list.',
    fields: (t) => ({
      edges: t.expose('edges', { type: [edge], description: 'The webhooks of this page with their cursors.' }),
      nodes: t.field({
        type: ['Webhook'],
        description: 'The webhooks of this page.',
        resolve: ({ edges }) => edges.map(({ node }) => node),
      }),
      pageInfo: t.expose('pageInfo', { type: builder.pageInfoRef(), description: 'Where this page stands in the list.' }),
      totalCount: t.exposeInt('totalCount', {
        nullable: true,
        description: 'Webhooks on all pages; null unless `complete`.',
      }),
      complete: t.exposeBoolean('complete', {
        description: 'Whether every account could be read whole; see `sources`.',
      }),
      sources: t.expose('sources', {
        type: ['WebhookSource'],
        description: 'One entry for every account that the filter selects.',
      }),
    }),
  })

  const filter = builder.inputRef<WebhookFilter>('WebhookFilter').implement({
    description: 'Conditions that must all hold. An empty list matches nothing.',
    fields: (t) => ({
      accounts: t.stringList({
        description: 'Only accounts with these slugs; others are not called. An unknown slug is an error.',
      }),
      providers: t.field({ type: [providerName], description: 'Only accounts at these providers; others are not called.' }),
      status: t.field({ type: [status], description: 'Only webhooks with one of these statuses.' }),
      eventType: t.string({
        description:
          'Only webhooks that receive this event type: by name, by a pattern such as card.*, or because they receive all.',
      }),
      search: t.string({ description: 'Only webhooks with this text in name or url, in upper or lower case.' }),
    }),
  })
  const field = builder.enumType('WebhookOrderField', {
    description: 'What a list is ordered by; webhooks without a value come last.',
    values: {
      CREATED_AT: { description: 'When it was created.' },
      NAME: { description: 'Its name, alphabetically.' },
      URL: { description: 'Its url, character by character.' },
    },
  })
  const direction = builder.enumType('OrderDirection', {
    description: 'The direction of an order.',
    values: { ASC: { description: 'Smallest or earliest first.' }, DESC: { description: 'Largest or latest first.' } },
  })
  const order = builder.inputRef<WebhookOrder>('WebhookOrder').implement({
    description: 'How a list is ordered.',
    fields: (t) => ({
      field: t.field({ type: field, defaultValue: 'CREATED_AT', description: 'What it is ordered by.' }),
      direction: t.field({ type: direction, defaultValue: 'DESC', description: 'The direction.' }),
    }),
  })

  const args = builder.args((t) => ({
    ...t.connectionArgs(),
    filter: t.field({ type: filter, description: 'Which webhooks; all by default.' }),
    orderBy: t.field({ type: order, description: 'In which order; newest first by default.' }),
  }))
  builder.queryField('webhooks', (t) =>
    t.field({
      type: connection,
      description:
        'The webhooks of all selected accounts. One that fails does not empty the list: see `complete` and `sources`. A page after a cursor may be ten seconds old where an account takes three calls or more to list, unless this gateway has written to it since.',
      args,
      resolve: (_, given, context) => readList(given, context),
    }),
  )
  builder.objectField('Account', 'webhooks', (t) =>
    t.field({
      type: connection,
      authScopes: { 'webhooks:read': true },
      description:
        'As Query.webhooks, for this account only, as its cursors are. It is listed once per GraphQL operation. Needs scope webhooks:read.',
      args,
      resolve: readOwnList,
    }),
  )
}

/** What is wrong with the arguments of the own list of any account here; null where nothing is. */
export function findWrongOwnList(args: ListArguments, gateway: Gateway): GraphQLError | null {
  // Whose list it will be, and with that which cursors are good, is only known when it is read.
  const slugs = listCursors(args).length === 0 ? [] : gateway.accounts.map(({ slug }) => slug)
  let wrong = findWrongList(args, gateway, slugs[0] ?? null)
  for (const slug of slugs.slice(1)) wrong &&= findWrongList(args, gateway, slug)
  return wrong
}

/** What is wrong with the arguments of a list; null where nothing is. */
export function findWrongList(args: ListArguments, gateway: Gateway, account: string | null = null): GraphQLError | null {
  try {
    readAsked(args, gateway, account)
    return null
  } catch (error) {
    if (error instanceof GraphQLError) return error
    throw error
  }
}

/** What the arguments of a list ask for, once they have passed every rule; `account` is whose own list it is. */
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

/** What a field of an operation asks of each account: the same below each of many webhooks, so it is found out once. */
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
    // Thrown behind a write, it would take that write's answer away.
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

/** This field has no union for errors. */
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
