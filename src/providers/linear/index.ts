import { mapBatches } from '../../provider/answers.ts'
import { bearer } from '../../provider/authentication.ts'
import { listEventTypes } from '../../provider/events.ts'
import { emulated, native, type RotateInput } from '../../provider/operations.ts'
import { defineProvider } from '../../provider/provider.ts'
import { sendsAtOnce, unsupported } from '../../provider/unsupported.ts'
import { Secret } from '../../secret.ts'
import { schemes } from '../../verify/schemes.ts'
import { createLinearApi, type LinearApi, readFailure } from './api.ts'
import {
  details,
  type LinearCreate,
  type LinearUpdate,
  options,
  toChanges,
  toCreate,
  toCreated,
  toSecret,
  toWebhook,
} from './convert.ts'
import { resourceTypes } from './events.ts'
import { sandbox } from './sandbox.ts'

export const linear = defineProvider({
  name: 'linear',
  displayName: 'Linear',
  docsUrl: 'https://linear.app/developers/webhooks',
  // A personal API key is sent as it is; Linear refuses it as a bearer token.
  authentication: { ...bearer, bare: /^lin_api_/ },
  baseUrl: 'https://api.linear.app',
  environment: { token: 'HOOKQL_LINEAR_API_KEY', baseUrl: 'HOOKQL_LINEAR_BASE_URL' },
  rateLimitDelayMs: 60_000,
  limits: {
    maxWebhooks: null,
    receiverTimeoutMs: 5_000,
    deliveryRetries: 3,
    note:
      'Linear retries after 1 minute, 1 hour and 6 hours unless the endpoint responds with HTTP 200, and may then disable the ' +
      'webhook. Update it with enabled: true to enable it again.',
  },
  signature: schemes.linear,
  connect: createLinearApi,
  readFailure,
  options,
  details,
  operations: {
    LIST: native(
      (api: LinearApi) => mapBatches(() => api.list(), toWebhook),
      'Leaves out archived webhooks and those of OAuth applications, which have no URL of their own. Only workspace admins, and ' +
        'OAuth tokens with the scope admin, can read webhooks.',
    ),
    GET: native(async (api: LinearApi, upstreamId: string) => toWebhook(await api.get(upstreamId))),
    CREATE: {
      ...native(
        async (api: LinearApi, input: LinearCreate) => toCreated(await api.create(toCreate(input)), input),
        'The gateway chooses the ID and, unless you set one, the signing secret.',
      ),
      repeat: { comesTo: 'REFUSED', holdsMs: 3_600_000 },
    },
    UPDATE: native(async (api: LinearApi, input: LinearUpdate) => {
      return { webhook: toWebhook(await api.update(input.upstreamId, toChanges(input))), warnings: [] }
    }),
    DELETE: native((api: LinearApi, upstreamId: string) => api.delete(upstreamId)),
    VERIFY: sendsAtOnce,
    ROTATE_SECRET: {
      strategy: 'PROVIDER',
      graceSeconds: 0,
      ...emulated(
        2,
        'Linear generates the new secret, and the old one stops working at once. Deliveries fail verification until the receiver ' +
          'has the new secret. Linear returns the secret alone, so the gateway reads the webhook first.',
        rotate,
      ),
    },
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
    name: { onCreate: 'OPTIONAL', onUpdate: 'OPTIONAL', note: "Stored as Linear's label." },
    url: { onCreate: 'REQUIRED', onUpdate: 'OPTIONAL', note: 'HTTPS, and only once for each team or for all public teams.' },
    eventTypes: {
      onCreate: 'REQUIRED',
      onUpdate: 'OPTIONAL',
      note:
        'At least one resource type, e.g. Issue. Linear documents the list for OAuth applications only, so other names are ' +
        'accepted too. An update replaces the whole list.',
    },
    enabled: { onCreate: 'OPTIONAL', onUpdate: 'OPTIONAL' },
  },
  eventTypes: { closed: false, known: listEventTypes(resourceTypes) },
  sandbox,
})

async function rotate(api: LinearApi, { upstreamId }: RotateInput) {
  // Before the rotation, so that nothing can come between the new secret and the caller.
  const before = toWebhook(await api.get(upstreamId))
  const signingSecret = new Secret(await api.rotate(upstreamId))
  return { webhook: { ...before, updatedAt: null, raw: null }, signingSecret, warnings: [] }
}
