import { WebhookError } from '../errors.ts'
import { createOrdering, type Edge, type Page } from '../page.ts'
import type { AccountWebhook, WebhookDelivery } from '../webhook.ts'
import type { Provider } from '../provider.ts'
import type { Builder } from './builder.ts'
import type { Context } from './context.ts'
import { describeOperation } from './describe.ts'
import { toErrorValue } from './errors.ts'
import { type PageArguments, toCut } from './page.ts'

interface DeliveryPage extends Page<WebhookDelivery> {
  readonly windowNote: string | null
  readonly unreadableCount: number
  readonly error: WebhookError | null
}

/** What becomes of events: the field `deliveries` of webhooks and its types. */
export function addDeliveries(builder: Builder, providers: readonly Provider[]): void {
  addDelivery(builder)
  const edge = builder.objectRef<Edge<WebhookDelivery>>('DeliveryEdge').implement({
    description: 'A delivery with its cursor.',
    fields: (t) => ({
      cursor: t.exposeString('cursor', { description: 'Pass it as `after`; only good for the deliveries of the same webhook.' }),
      node: t.expose('node', { type: 'Delivery', description: 'The delivery.' }),
    }),
  })
  const connection = builder.objectRef<DeliveryPage>('DeliveryConnection').implement({
    description: 'A page of deliveries, newest first; empty where `error` says why.',
    fields: (t) => ({
      edges: t.expose('edges', { type: [edge], description: 'The deliveries of this page with their cursors.' }),
      nodes: t.field({
        type: ['Delivery'],
        description: 'The deliveries of this page.',
        resolve: ({ edges }) => edges.map(({ node }) => node),
      }),
      pageInfo: t.expose('pageInfo', { type: builder.pageInfoRef(), description: 'Where this page stands in the list.' }),
      windowNote: t.exposeString('windowNote', {
        nullable: true,
        description: 'How far back the provider tells of deliveries. Null where it tells of all.',
      }),
      unreadableCount: t.exposeInt('unreadableCount', {
        description:
          'How many more deliveries the provider tells of that could not be read: they are on no page. More than 1,000 of them are ' +
          'an UpstreamContractError.',
      }),
      error: t.field({
        type: 'WebhookError',
        nullable: true,
        description:
          'Why the deliveries could not be read: UnsupportedError where the provider has no log of them. Null where they could.',
        resolve: ({ error }) => toErrorValue(error),
      }),
    }),
  })
  builder.interfaceField('Webhook', 'deliveries', (t) =>
    t.field({
      type: connection,
      authScopes: { 'deliveries:read': true },
      description: describeOperation(
        'Events on their way to this webhook, newest first: one upstream call for each webhook that is asked for it. Needs scope deliveries:read.',
        providers,
        'LIST_DELIVERIES',
      ),
      args: {
        first: t.arg.int({ description: 'Page size, 0 to 200; 50 when left out.' }),
        after: t.arg.string({ description: 'Only deliveries behind this cursor.' }),
      },
      resolve: readDeliveries,
    }),
  )
}

function addDelivery(builder: Builder): void {
  const state = builder.enumType('DeliveryState', {
    description: 'How far a delivery has come.',
    values: {
      PENDING: { description: 'It waits for its first attempt, or for the end of one.' },
      SUCCEEDED: { description: 'The endpoint took it.' },
      FAILED: { description: 'Its last attempt failed; `nextRetryAt` says whether another one is known to follow.' },
      UNKNOWN: { description: 'The provider names a state that its documentation does not have, or none.' },
    },
  })
  builder.objectType('Delivery', {
    description: 'One event on its way to one webhook, all attempts together.',
    interfaces: [builder.nodeInterfaceRef()],
    fields: (t) => ({
      id: t.exposeID('id', {
        description:
          'Global, opaque, stable over restarts and further attempts. node finds it as long as the log goes back so far.',
      }),
      webhook: t.field({
        type: 'Webhook',
        description: 'The webhook that it is a delivery to. By node, it costs a call more.',
        resolve: ({ webhookId }, _, context) => context.get(webhookId),
      }),
      upstreamId: t.exposeString('upstreamId', {
        description: "The provider's own id of it; of its last attempt, where it is the attempts that have ids.",
      }),
      eventId: t.exposeString('eventId', {
        nullable: true,
        description: "The provider's own id of the event; null where it does not tell.",
      }),
      eventType: t.exposeString('eventType', {
        nullable: true,
        description: 'Type of the event; null where the provider does not tell.',
      }),
      state: t.field({ type: state, description: 'How far it has come.', resolve: (delivery) => delivery.state }),
      attempts: t.exposeInt('attempts', {
        nullable: true,
        description: 'Attempts so far; null where the provider does not tell.',
      }),
      responseStatus: t.exposeInt('responseStatus', {
        nullable: true,
        description: "HTTP status of the endpoint's last answer; null where there was none.",
      }),
      responseBody: t.exposeString('responseBody', {
        nullable: true,
        description: "The endpoint's last answer, cut to 500 characters, secrets removed; null where there was none.",
      }),
      error: t.exposeString('error', {
        nullable: true,
        description:
          "What went wrong, in the provider's words, cut to 500 characters, secrets removed; null where it does not tell.",
      }),
      durationMs: t.exposeInt('durationMs', {
        nullable: true,
        description: 'Milliseconds that the last attempt took; null where the provider does not tell.',
      }),
      createdAt: t.expose('createdAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it began; of attempts, the first that is still logged. Null where the provider does not tell.',
      }),
      lastAttemptAt: t.expose('lastAttemptAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it was last attempted; null before the first attempt.',
      }),
      nextRetryAt: t.expose('nextRetryAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it is attempted again; null where that is not planned or not told.',
      }),
    }),
  })
}

/** Never rejects with what went wrong upstream or with the arguments: below a write, that would take its answer away. */
async function readDeliveries(webhook: AccountWebhook, args: PageArguments, context: Context): Promise<DeliveryPage> {
  const ordering = createOrdering<WebhookDelivery>({
    getBinding: () => `deliveries ${webhook.id}`,
    toPlace: ({ key, createdAt }) => ({ id: key, key: createdAt?.toISOString() ?? null }),
    compareKeys: (a, b) => (a < b ? 1 : -1),
  })
  try {
    const cut = toCut(args, ordering)
    const { deliveries, windowNote, unreadableCount } = await context.listDeliveries(webhook)
    return { ...ordering.cut(deliveries, cut), windowNote, unreadableCount, error: null }
  } catch (error) {
    if (!(error instanceof WebhookError)) throw error
    return { ...noPage, error }
  }
}

const noPage = {
  edges: [],
  pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
  windowNote: null,
  unreadableCount: 0,
} as const satisfies Omit<DeliveryPage, 'error'>
