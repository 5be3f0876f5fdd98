import { mapBatches, toUnreadableWarnings } from '../../provider/answers.ts'
import { bearer } from '../../provider/authentication.ts'
import { disableUnless, sendsBeforeDisabled } from '../../provider/disable.ts'
import { listEventTypes } from '../../provider/events.ts'
import { type Created, emulated, native, type Updated } from '../../provider/operations.ts'
import { defineProvider } from '../../provider/provider.ts'
import { secretLost, sendsAtOnce, unsupported } from '../../provider/unsupported.ts'
import { Secret } from '../../secret.ts'
import { schemes } from '../../verify/schemes.ts'
import { createStripeApi, readFailure, type StripeApi } from './api.ts'
import { details, options, showsOptions, toBody, toChanges, toCreated, toTwin, toWebhook, versionShape } from './convert.ts'
import type { StripeCreate, StripeUpdate, StripeWebhook } from './convert.ts'
import { names } from './events.ts'
import { sandbox } from './sandbox.ts'

type StripeDetails = StripeWebhook['details']

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
    LIST: native((api: StripeApi) => mapBatches(() => api.list(), toWebhook)),
    GET: native(async (api: StripeApi, upstreamId: string) => toWebhook(await api.get(upstreamId))),
    CREATE: {
      ...emulated(
        // If the response to the second request is lost, the webhook is read back.
        3,
        'Stripe creates every webhook enabled. To create a disabled one, a second request disables it, and it may send events in between.',
        create,
      ),
      repeat: { comesTo: 'REPLAYED', holdsMs: 24 * 3_600_000 },
    },
    UPDATE: native(update),
    DELETE: native((api: StripeApi, upstreamId: string) => api.delete(upstreamId)),
    VERIFY: sendsAtOnce,
    ROTATE_SECRET: {
      strategy: 'REPLACEMENT',
      support: 'EMULATED',
      note:
        'Stripe rolls secrets only in its Dashboard, so a new webhook with the same settings replaces the old one. It receives the events of your own ' +
        'account: Stripe does not tell which webhooks receive those of connected accounts, so one with an application is not replaced.',
      price: { changesId: true, duplicateDeliveries: true, losesDeliveryHistory: true, needsVerification: false },
      toTwin,
    },
    TEST: unsupported('Stripe has no API to send a test event to a webhook. Run `stripe trigger` in a sandbox.'),
    LIST_DELIVERIES: unsupported('Stripe has no API for the deliveries of a webhook. See Workbench.'),
    REDELIVER: unsupported('Stripe retries failed deliveries and has no API to resend one. Use Workbench.'),
  },
  foresee: (write) => (write.operation === 'CREATE' && !write.input.enabled ? [sendsBeforeDisabled('Stripe')] : []),
  showsOptions: (_, webhook, asked) => Promise.resolve(showsOptions(webhook, asked)),
  recovery: secretLost,
  fields: {
    name: { onCreate: 'OPTIONAL', onUpdate: 'OPTIONAL', note: "Stored as Stripe's description." },
    url: { onCreate: 'REQUIRED', onUpdate: 'OPTIONAL' },
    eventTypes: {
      onCreate: 'REQUIRED',
      onUpdate: 'OPTIONAL',
      note: 'At least one, or * alone for all, except those that Stripe sends only when asked for by name. An update replaces the whole list.',
    },
    enabled: { onCreate: 'OPTIONAL', onUpdate: 'OPTIONAL', note: 'Creating a disabled webhook takes a second request.' },
  },
  eventTypes: { closed: false, all: true, known: listEventTypes(names) },
  sandbox,
})

async function create(api: StripeApi, input: StripeCreate): Promise<Created<StripeDetails>> {
  const answer = await api.create(toBody(input), input.key)
  const created = toCreated(answer, input)
  const { state, warnings, isInDoubt } = await disableUnless(input.enabled, {
    created,
    disable: () => api.update(created.id, { disabled: true }),
    read: () => api.get(created.id),
    isEnabled: ({ status }) => status === 'enabled',
  })
  return {
    webhook: toWebhook(state),
    signingSecret: new Secret(answer.secret),
    warnings: [...warnings, ...toUnreadableWarnings('Stripe', answer.unreadable)],
    isInDoubt,
  }
}

async function update(api: StripeApi, input: StripeUpdate): Promise<Updated<StripeDetails>> {
  const wire = await api.update(input.upstreamId, toChanges(input))
  return { webhook: toWebhook(wire), warnings: [] }
}
