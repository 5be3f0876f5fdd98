import { WebhookError } from '../errors.ts'
import { createOrdering, type Edge, type Page } from './ordering.ts'
import type { AccountWebhook, WebhookDelivery } from '../webhook.ts'
import { needs } from './authorization.ts'
import type { Builder } from './builder.ts'
import type { Context } from './context.ts'
import { toErrorValue } from './errors.ts'
import { throwReadError } from './read-error.ts'
import { type PageArguments, toCut } from './page.ts'

interface DeliveryPage extends Page<WebhookDelivery> {
  readonly windowNote: string | null
  readonly unreadableCount: number
  readonly error: WebhookError | null
}

/** The `deliveries` field of webhooks and its types. */
export function addDeliveries(builder: Builder): void {
  addDelivery(builder)
  const edge = builder.objectRef<Edge<WebhookDelivery>>('DeliveryEdge').implement({
    description: 'A delivery with its cursor.',
    fields: (t) => ({
      cursor: t.exposeString('cursor', { description: 'Cursor for `after` on the same webhook.' }),
      node: t.expose('node', { type: 'Delivery', description: 'The delivery.' }),
    }),
  })
  const connection = builder.objectRef<DeliveryPage>('DeliveryConnection').implement({
    description: 'A page of deliveries, newest first. Empty if `error` is set.',
    fields: (t) => ({
      edges: t.expose('edges', { type: [edge], description: 'Deliveries on this page, with cursors.' }),
      nodes: t.field({
        type: ['Delivery'],
        description: 'Deliveries on this page.',
        resolve: ({ edges }) => edges.map(({ node }) => node),
      }),
      pageInfo: t.expose('pageInfo', { type: 'PageInfo', description: 'Position of this page in the list.' }),
      windowNote: t.exposeString('windowNote', {
        nullable: true,
        description: 'How far back the delivery log goes. Null if it is complete.',
      }),
      unreadableCount: t.exposeInt('unreadableCount', {
        description: 'Number of deliveries omitted because they could not be read. More than 1,000 is an error.',
      }),
      error: t.field({
        type: 'WebhookError',
        nullable: true,
        description: 'Why the deliveries could not be read. UnsupportedError if the provider has no delivery log.',
        resolve: ({ error }) => toErrorValue(error),
      }),
    }),
  })
  builder.interfaceField('Webhook', 'deliveries', (t) =>
    t.field({
      type: connection,
      extensions: needs(['deliveries:read']),
      description: 'Deliveries, newest first. Requires scope deliveries:read.',
      args: {
        first: t.arg.int({ description: 'Page size, 0 to 200. Defaults to 50.' }),
        after: t.arg.string({ description: 'Returns deliveries after this cursor.' }),
      },
      resolve: readDeliveries,
    }),
  )
}

function addDelivery(builder: Builder): void {
  const state = builder.enumType('DeliveryState', {
    description: 'State of a delivery.',
    values: {
      PENDING: { description: 'No attempt has started yet, or one is in progress.' },
      SUCCEEDED: { description: 'The endpoint accepted the delivery.' },
      FAILED: { description: 'The last attempt failed. `nextRetryAt` is set if another is scheduled.' },
      UNKNOWN: { description: 'The provider returned an undocumented state.' },
    },
  })
  builder.objectType('Delivery', {
    description: 'One event sent to one webhook, including all attempts. Fields that the provider does not report are null.',
    interfaces: ['Node'],
    fields: (t) => ({
      id: t.exposeID('id', { description: 'Opaque global ID. A new attempt does not change it.' }),
      webhook: t.field({
        type: 'Webhook',
        description: 'The receiving webhook. Costs one more upstream request when read through `node`.',
        resolve: ({ webhookId }, _, context) => context.get(webhookId).catch(throwReadError),
      }),
      upstreamId: t.exposeString('upstreamId', {
        description: "The provider's ID for the delivery, or for its last attempt if only attempts have IDs.",
      }),
      eventId: t.exposeString('eventId', { nullable: true, description: "The provider's ID for the event." }),
      eventType: t.exposeString('eventType', { nullable: true, description: 'Event type.' }),
      state: t.field({ type: state, description: 'Current state.', resolve: (delivery) => delivery.state }),
      attempts: t.exposeInt('attempts', { nullable: true, description: 'Number of attempts so far.' }),
      responseStatus: t.exposeInt('responseStatus', {
        nullable: true,
        description: "HTTP status of the endpoint's last response.",
      }),
      responseBody: t.exposeString('responseBody', {
        nullable: true,
        description: "Body of the endpoint's last response, truncated, with secrets removed.",
      }),
      error: t.exposeString('error', {
        nullable: true,
        description: "The provider's error text, truncated, with secrets removed.",
      }),
      durationMs: t.exposeInt('durationMs', { nullable: true, description: 'Duration of the last attempt, in milliseconds.' }),
      createdAt: t.expose('createdAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When the delivery was created, or its first logged attempt was made.',
      }),
      lastAttemptAt: t.expose('lastAttemptAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When the last attempt was made.',
      }),
      nextRetryAt: t.expose('nextRetryAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When the next attempt is scheduled.',
      }),
    }),
  })
}

/** Never rejects for upstream failures or invalid arguments: below a write, that would discard the result of the write. */
async function readDeliveries(webhook: AccountWebhook, args: PageArguments, context: Context): Promise<DeliveryPage> {
  const ordering = createOrdering<WebhookDelivery>({
    getBinding: () => `deliveries ${webhook.id}`,
    toPlace: ({ key, createdAt }) => ({ id: key, key: createdAt }),
    compareKeys: (a, b) => (a < b ? 1 : -1),
  })
  try {
    const cut = toCut(args, ordering)
    const { deliveries, windowNote, unreadableCount } = await context.listDeliveries(webhook)
    return { ...ordering.cut(deliveries, cut), windowNote, unreadableCount, error: null }
  } catch (error) {
    if (!(error instanceof WebhookError)) throw error
    const none = ordering.cut([], { size: 0, backwards: false, after: null, before: null })
    return { ...none, windowNote: null, unreadableCount: 0, error }
  }
}
