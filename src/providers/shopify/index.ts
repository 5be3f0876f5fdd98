import { host } from '../../provider/address.ts'
import { listEventTypes } from '../../provider/events.ts'
import { absent, optional, required } from '../../provider/fields.ts'
import { creates, deletesNamed, gets, lists, rewrites } from '../../provider/plain.ts'
import { defineProvider } from '../../provider/provider.ts'
import { sendsAtOnce, unsupported } from '../../provider/unsupported.ts'
import { schemes } from '../../verify/schemes.ts'
import { createShopifyApi, readFailure, readState } from './api.ts'
import * as convert from './convert.ts'
import { details, nameShape, noSecret, options } from './convert.ts'
import { topics } from './events.ts'
import { sandbox } from './sandbox.ts'

const undelivered = unsupported('Shopify retries failed deliveries automatically and has no API for deliveries.')

export const shopify = defineProvider({
  name: 'shopify',
  displayName: 'Shopify',
  docsUrl: 'https://shopify.dev/docs/api/admin-graphql/latest/objects/WebhookSubscription',
  settings: {
    shop: {
      rule: 'REQUIRED',
      description: 'Name of the shop before `.myshopify.com`.',
      shape: /^[a-z0-9][a-z0-9-]*$/,
      example: 'acme',
      variable: 'HOOKQL_SHOPIFY_SHOP',
    },
  },
  baseUrl: { from: ({ shop }) => host`https://${shop}.myshopify.com` },
  environment: { token: 'HOOKQL_SHOPIFY_ACCESS_TOKEN', baseUrl: 'HOOKQL_SHOPIFY_BASE_URL' },
  authentication: { header: 'x-shopify-access-token', prefix: '' },
  apiVersion: { path: '/admin/api/{version}', default: '2026-10', shape: /^\d{4}-\d{2}$/ },
  // The smallest plan: 100 points a second into a bucket of 2,000.
  rates: [{ calls: 2_000, perMs: 20_000, per: 'account', counts: 'POINTS', steady: true, readState }],
  rateLimitDelayMs: 1_000,
  limits: {
    maxWebhooks: null,
    receiverTimeoutMs: 5_000,
    deliveryRetries: 8,
    note: 'Larger plans have more points. Shopify deletes a webhook after 8 failed deliveries in a row.',
  },
  signature: schemes.shopify,
  connect: createShopifyApi,
  readFailure,
  options,
  details,
  operations: {
    LIST: lists(convert, 'Only webhooks that the app created through the API in this shop, not those in its configuration file.'),
    GET: gets(convert),
    CREATE: creates(
      convert,
      'Requires the access scope of the event type. Shopify signs all webhooks with the client secret of the app.',
    ),
    UPDATE: rewrites(
      convert,
      'Whether Shopify keeps what an update leaves out is not documented, so the gateway reads the webhook and writes all of it with your ' +
        'changes. Changes made outside this gateway in between are lost.',
    ),
    DELETE: deletesNamed('Shopify itself deletes a webhook after 8 failed deliveries in a row.'),
    VERIFY: sendsAtOnce,
    ROTATE_SECRET: unsupported(
      'All webhooks share the client secret of the app. Rotate it in the settings of the app at Shopify.',
    ),
    TEST: unsupported("Shopify's API cannot send a test event. Use `shopify app webhook trigger` of its command line."),
    LIST_DELIVERIES: undelivered,
    REDELIVER: undelivered,
  },
  foresee: ({ operation }) => (operation === 'CREATE' ? [noSecret] : []),
  recovery: unsupported(
    'No secret is lost with the response. Use a candidate only if its options are yours too. Otherwise, send the request again: Shopify refuses a second ' +
      'webhook with the same event type, URL, format and filter, so it never makes two.',
  ),
  fields: {
    name: {
      ...optional('Letters, digits, hyphens and underscores, unique in the shop regardless of case. It cannot be removed.'),
      shape: nameShape,
      isUnique: true,
      isCaseless: true,
    },
    url: required(
      'Webhooks that send to Google Pub/Sub or Amazon EventBridge are listed with their URI, but cannot be created here.',
    ),
    eventTypes: {
      ...required('Exactly one, as in the GraphQL API: ORDERS_CREATE arrives as orders/create in the header X-Shopify-Topic.'),
      onUpdate: unsupported('A webhook keeps its event type. Create a new webhook, and delete this one.'),
    },
    enabled: absent('Shopify cannot disable a webhook. Omit enabled, or delete the webhook to stop its events.'),
  },
  sharedUrl: { eventTypes: [], options: ['format', 'filter'] },
  // Other API versions have other topics.
  eventTypes: { closed: false, most: 1, known: listEventTypes(topics) },
  sandbox,
})
