import type { RateHeaders } from '../../http/rate.ts'
import { bearer } from '../../provider/authentication.ts'
import { listEventTypes } from '../../provider/events.ts'
import { optional, required } from '../../provider/fields.ts'
import { emulated, type RotateInput } from '../../provider/operations.ts'
import { creates, deletesNamed, gets, lists, repeats, rotates, updates } from '../../provider/plain.ts'
import { defineProvider } from '../../provider/provider.ts'
import { sendsAtOnce, unsupported } from '../../provider/unsupported.ts'
import { schemes } from '../../verify/schemes.ts'
import { createLinearApi, type LinearApi, readFailure } from './api.ts'
import * as convert from './convert.ts'
import { details, options, toSecret, toWebhook } from './convert.ts'
import { resourceTypes } from './events.ts'
import { sandbox } from './sandbox.ts'

const hourMs = 3_600_000

function toHeaders(name: string): RateHeaders {
  const told = `x-ratelimit-${name}`
  return { limit: `${told}-limit`, remaining: `${told}-remaining`, reset: `${told}-reset`, unit: 'UNIX_MILLISECONDS' }
}

export const linear = defineProvider({
  name: 'linear',
  displayName: 'Linear',
  docsUrl: 'https://linear.app/developers/webhooks',
  // A personal API key is sent as it is; Linear refuses it as a bearer token.
  authentication: { ...bearer, bare: /^lin_api_/ },
  baseUrl: 'https://api.linear.app',
  environment: { token: 'HOOKQL_LINEAR_API_KEY', baseUrl: 'HOOKQL_LINEAR_BASE_URL' },
  rates: [
    { calls: 1_500, perMs: hourMs, per: 'account', headers: toHeaders('requests') },
    {
      calls: 250_000,
      perMs: hourMs,
      per: 'account',
      counts: 'POINTS',
      headers: { ...toHeaders('complexity'), cost: 'x-complexity' },
    },
    { calls: 5_000, perMs: hourMs, per: 'endpoint', headers: toHeaders('endpoint-requests') },
  ],
  rateLimitDelayMs: 60_000,
  limits: {
    maxWebhooks: null,
    receiverTimeoutMs: 5_000,
    deliveryRetries: 3,
    note:
      'Sources differ on the rate limits, so these are only where the gateway starts: the headers of responses replace them. Linear retries after 1 minute, 1 hour and 6 hours unless the endpoint responds with HTTP 200, and may then disable the ' +
      'webhook. Update it with enabled: true to enable it again.',
  },
  signature: schemes.linear,
  connect: createLinearApi,
  readFailure,
  options,
  details,
  operations: {
    LIST: lists(
      convert,
      'Leaves out archived webhooks and those of OAuth applications, which have no URL of their own. Only workspace admins, and ' +
        'OAuth tokens with the scope admin, can read webhooks.',
    ),
    GET: gets(convert),
    CREATE: repeats(
      { comesTo: 'REFUSED', holdsMs: 3_600_000 },
      creates(convert, 'The gateway chooses the ID and, unless you set one, the signing secret.'),
    ),
    UPDATE: updates(convert),
    DELETE: deletesNamed(),
    VERIFY: sendsAtOnce,
    ROTATE_SECRET: rotates(
      0,
      emulated(
        2,
        'Linear generates the new secret, and the old one stops working at once. Deliveries fail verification until the receiver ' +
          'has the new secret. Linear returns the secret alone, so the gateway reads the webhook first.',
        rotate,
      ),
    ),
    TEST: unsupported('Linear documents no API for test events.'),
    LIST_DELIVERIES: unsupported(
      'Linear documents no delivery log. The list of failed deliveries in its API is marked as internal.',
    ),
    REDELIVER: unsupported('Linear retries failed deliveries automatically and documents no API to resend one.'),
  },
  recovery: {
    note: 'The gateway chooses the ID and the signing secret, so both are known even if the response is lost.',
    rotates: false,
    recover: (_, webhook, input) => Promise.resolve({ webhook, signingSecret: toSecret(input), warnings: [] }),
  },
  fields: {
    name: optional("Stored as Linear's label."),
    url: required('HTTPS, and only once for each team or for all public teams.'),
    eventTypes: required(
      'At least one resource type, e.g. Issue. Linear documents the list for OAuth applications only, so other names are ' +
        'accepted too. An update replaces the whole list.',
    ),
    enabled: optional(),
  },
  eventTypes: { closed: false, known: listEventTypes(resourceTypes) },
  sandbox,
})

async function rotate(api: LinearApi, { upstreamId }: RotateInput) {
  // Before the rotation, so that nothing can come between the new secret and the caller.
  const before = toWebhook(await api.get(upstreamId))
  const signingSecret = await api.rotate(upstreamId)
  return { webhook: { ...before, updatedAt: null, raw: null }, signingSecret, warnings: [] }
}
