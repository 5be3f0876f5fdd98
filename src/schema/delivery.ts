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
      cursor: t.exposeString('cursor', { description: 'For `after`, on the same webhook.' }),
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
        description: 'How far back the log goes; null where it is complete.',
      }),
      unreadableCount: t.exposeInt('unreadableCount', {
        description: 'Deliveries that could not be read and are left out; more than 1,000 are an error.',
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
      description: 'Its deliveries, newest first. Needs scope deliveries:read.',
      args: {
        first: t.arg.int({ description: 'Page size, 0 to 200; 50 by default.' }),
        after: t.arg.string({ description: 'Only deliveries after this cursor.' }),
      },
      resolve: readDeliveries,
    }),
  )
}

function addDelivery(builder: Builder): void {
  const state = builder.enumType('DeliveryState', {
    description: 'Whether a delivery has arrived.',
    values: {
      PENDING: { description: 'Its first attempt has not begun, or an attempt is under way.' },
      SUCCEEDED: { description: 'The endpoint accepted it.' },
      FAILED: { description: 'Its last attempt failed; `nextRetryAt` is set if another one is due.' },
      UNKNOWN: { description: 'The provider sent a state that it does not document.' },
    },
  })
  builder.objectType('Delivery', {
    description: 'One event sent to one webhook, with all attempts. What the provider does not say is null.',
    interfaces: [builder.nodeInterfaceRef()],
    fields: (t) => ({
      id: t.exposeID('id', {
        description: 'Global and opaque; it stays the same after another attempt.',
      }),
      webhook: t.field({
        type: 'Webhook',
        description: 'The webhook that it goes to; below node, it costs another upstream call.',
        resolve: ({ webhookId }, _, context) =>
          context.get(webhookId).catch((cause: unknown) => {
            throw toReadError(cause)
          }),
      }),
      upstreamId: t.exposeString('upstreamId', {
        description: "The provider's own id of it, or of its last attempt where only attempts have ids.",
      }),
      eventId: t.exposeString('eventId', {
        nullable: true,
        description: "The provider's own id of the event.",
      }),
      eventType: t.exposeString('eventType', {
        nullable: true,
        description: 'The type of the event.',
      }),
      state: t.field({ type: state, description: 'Whether it has arrived.', resolve: (delivery) => delivery.state }),
      attempts: t.exposeInt('attempts', {
        nullable: true,
        description: 'Attempts so far.',
      }),
      responseStatus: t.exposeInt('responseStatus', {
        nullable: true,
        description: "HTTP status of the endpoint's last response.",
      }),
      responseBody: t.exposeString('responseBody', {
        nullable: true,
        description: "The endpoint's last response, truncated and without secrets.",
      }),
      error: t.exposeString('error', {
        nullable: true,
        description: "What went wrong, in the provider's words, truncated and without secrets.",
      }),
      durationMs: t.exposeInt('durationMs', {
        nullable: true,
        description: 'Milliseconds that the last attempt took.',
      }),
      createdAt: t.expose('createdAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it was created, or first attempted as far as the log goes.',
      }),
      lastAttemptAt: t.expose('lastAttemptAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it was last attempted.',
      }),
      nextRetryAt: t.expose('nextRetryAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it will be attempted again.',
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
