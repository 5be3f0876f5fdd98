import { bearer } from '../../provider/authentication.ts'
import { createsEnabled, sendsBeforeDisabled } from '../../provider/disable.ts'
import { listEventTypes } from '../../provider/events.ts'
import { optional, required } from '../../provider/fields.ts'
import { deletesNamed, gets, lists, repeats, replaces, updates } from '../../provider/plain.ts'
import { defineProvider } from '../../provider/provider.ts'
import { secretLost, sendsAtOnce, unsupported } from '../../provider/unsupported.ts'
import { schemes } from '../../verify/schemes.ts'
import { createStripeApi, readFailure, type StripeApi } from './api.ts'
import * as convert from './convert.ts'
import { details, options, showsOptions, type StripeWebhook, toWebhook, versionShape } from './convert.ts'
import { names } from './events.ts'
import { sandbox } from './sandbox.ts'

export const stripe = defineProvider({
  name: 'stripe',
  displayName: 'Stripe',
  docsUrl: 'https://docs.stripe.com/api/webhook_endpoints',
  authentication: bearer,
  baseUrl: 'https://api.stripe.com/v1',
  environment: { token: 'HOOKQL_STRIPE_API_KEY', baseUrl: 'HOOKQL_STRIPE_BASE_URL' },
  encoding: 'FORM',
  apiVersion: { header: 'stripe-version', default: '2026-10-28.endive', shape: versionShape },
  rates: [{ calls: 25, perMs: 1_000, per: 'account' }],
  rateLimitDelayMs: 1_000,
  limits: {
    maxWebhooks: 100,
    receiverTimeoutMs: null,
    deliveryRetries: null,
    note:
      "Stripe's documentation allows 16 webhooks and its API speaks of 100. The gateway assumes 100, and Stripe rejects what is too many. " +
      'The rate limit is that of a sandbox and of each endpoint; in live mode, Stripe allows 100 requests per second in total. ' +
      'Failed deliveries are retried for up to 3 days in live mode.',
  },
  signature: schemes.stripe,
  connect: createStripeApi,
  readFailure,
  options,
  details,
  operations: {
    LIST: lists(convert),
    GET: gets(convert),
    CREATE: repeats({ comesTo: 'REPLAYED', holdsMs: 24 * 3_600_000 }, createsEnabled('Stripe', convert, disable)),
    UPDATE: updates(convert),
    DELETE: deletesNamed(),
    VERIFY: sendsAtOnce,
    ROTATE_SECRET: replaces(
      convert,
      { changesId: true, duplicateDeliveries: true, losesDeliveryHistory: true, needsVerification: false },
      'Stripe rolls secrets only in its Dashboard, so a new webhook with the same settings replaces the old one. It receives the events of your own ' +
        'account: Stripe does not tell which webhooks receive those of connected accounts, so one with an application is not replaced.',
      'Stripe does not show whether a webhook was created with connect: true. The new webhook receives the events of your own account only. If ' +
        'the old one receives those of connected accounts, they stop when it is deleted. Check in the Dashboard which accounts its events come ' +
        'from. For such a webhook, do not rotate: create one with options.stripe.connect: true, then delete the old one.',
    ),
    TEST: unsupported('Stripe has no API to send a test event to a webhook. Run `stripe trigger` in a sandbox.'),
    LIST_DELIVERIES: unsupported('Stripe has no API for the deliveries of a webhook. See Workbench.'),
    REDELIVER: unsupported('Stripe retries failed deliveries and has no API to resend one. Use Workbench.'),
  },
  foresee: (write) => (write.operation === 'CREATE' && !write.input.enabled ? [sendsBeforeDisabled('Stripe')] : []),
  showsOptions,
  recovery: secretLost,
  fields: {
    name: optional("Stored as Stripe's description."),
    url: required(),
    eventTypes: required(
      'At least one, or * alone for all, except those that Stripe sends only when asked for by name. An update replaces the whole list.',
    ),
    enabled: optional('Creating a disabled webhook takes a second request.'),
  },
  eventTypes: { closed: false, all: true, known: listEventTypes(names) },
  sandbox,
})

async function disable(api: StripeApi, { upstreamId }: StripeWebhook) {
  return toWebhook(await api.update(upstreamId, { disabled: true }))
}
