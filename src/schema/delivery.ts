import { WebhookError } from '../errors.ts'
import { createOrdering, type Edge, type Page } from './ordering.ts'
import type { AccountWebhook, WebhookDelivery } from '../webhook.ts'
import type { Builder } from './builder.ts'
import type { Context } from './context.ts'
import { toErrorValue } from './errors.ts'
import { toReadError } from './node.ts'
import { type PageArguments, toCut } from './page.ts'

interface DeliveryPage extends Page<WebhookDelivery> {
  readonly windowNote: string | null
  readonly unreadableCount: number
  readonly error: WebhookError | null
}

/** What becomes of events: the field `deliveries` of webhooks and its types. */
export function addDeliveries(builder: Builder): void {
  addDelivery(builder)
  const edge = builder.objectRef<Edge<WebhookDelivery>>('DeliveryEdge').implement({
    description: 'A delivery with its cursor.',
    fields: (t) => ({
      cursor: t.exposeString('cursor', { description: 'For `after`, with the same webhook.' }),
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
        description: 'How far back the log goes; null where it has all.',
      }),
      unreadableCount: t.exposeInt('unreadableCount', {
        description: 'Deliveries that could not be read; over 1,000 are an error.',
      }),
      error: t.field({
        type: 'WebhookError',
        nullable: true,
        description: 'Why they could not be read; UnsupportedError where there is no log.',
        resolve: ({ error }) => toErrorValue(error),
      }),
    }),
  })
  builder.interfaceField('Webhook', 'deliveries', (t) =>
    t.field({
      type: connection,
      authScopes: { 'deliveries:read': true },
      description: 'Its deliveries, newest first, by one call. Needs scope deliveries:read.',
      args: {
        first: t.arg.int({ description: 'Page size, 0 to 200; 50 by default.' }),
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
      FAILED: { description: 'Its last attempt failed; `nextRetryAt` tells of another one.' },
      UNKNOWN: { description: 'The provider names no state that it documents.' },
    },
  })
  builder.objectType('Delivery', {
    description: 'One event on its way to one webhook, all attempts together. What the provider does not tell is null.',
    interfaces: [builder.nodeInterfaceRef()],
    fields: (t) => ({
      id: t.exposeID('id', {
        description: 'Global, opaque; the same after another attempt.',
      }),
      webhook: t.field({
        type: 'Webhook',
        description: 'The webhook that it goes to; below node, one call more.',
        resolve: ({ webhookId }, _, context) =>
          context.get(webhookId).catch((cause: unknown) => {
            throw toReadError(cause)
          }),
      }),
      upstreamId: t.exposeString('upstreamId', {
        description: "The provider's own id of it; of its last attempt, where it is the attempts that have ids.",
      }),
      eventId: t.exposeString('eventId', {
        nullable: true,
        description: "The provider's own id of the event.",
      }),
      eventType: t.exposeString('eventType', {
        nullable: true,
        description: 'Type of the event.',
      }),
      state: t.field({ type: state, description: 'How far it has come.', resolve: (delivery) => delivery.state }),
      attempts: t.exposeInt('attempts', {
        nullable: true,
        description: 'Attempts so far.',
      }),
      responseStatus: t.exposeInt('responseStatus', {
        nullable: true,
        description: "HTTP status of the endpoint's last answer.",
      }),
      responseBody: t.exposeString('responseBody', {
        nullable: true,
        description: "The endpoint's last answer, cut and without secrets.",
      }),
      error: t.exposeString('error', {
        nullable: true,
        description: "What went wrong, in the provider's words, cut and without secrets.",
      }),
      durationMs: t.exposeInt('durationMs', {
        nullable: true,
        description: 'Milliseconds that the last attempt took.',
      }),
      createdAt: t.expose('createdAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it began; of attempts, the first that is still logged.',
      }),
      lastAttemptAt: t.expose('lastAttemptAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it was last attempted.',
      }),
      nextRetryAt: t.expose('nextRetryAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it is attempted again.',
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
