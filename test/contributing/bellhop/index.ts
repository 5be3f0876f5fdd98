import { mapBatches, toUnreadableWarnings } from '../../../src/provider/answers.ts'
import { bearer } from '../../../src/provider/authentication.ts'
import { native } from '../../../src/provider/operations.ts'
import { defineProvider } from '../../../src/provider/provider.ts'
import { secretLost, sendsAtOnce, unsupported } from '../../../src/provider/unsupported.ts'
import { Secret } from '../../../src/secret.ts'
import { type BellhopApi, createBellhopApi, readFailure } from './api.ts'
import { type BellhopCreate, type BellhopUpdate, details, options, toBody, toCreated, toWebhook } from './convert.ts'
import { sandbox } from './sandbox.ts'

export const bellhop = defineProvider({
  name: 'bellhop',
  displayName: 'Bellhop',
  docsUrl: 'https://docs.bellhop.example/hooks',
  authentication: bearer,
  baseUrl: 'https://api.bellhop.example/v1',
  environment: { token: 'HOOKQL_BELLHOP_TOKEN', baseUrl: 'HOOKQL_BELLHOP_BASE_URL' },
  rates: [{ calls: 10, perMs: 1_000, per: 'account' }],
  rateLimitDelayMs: 1_000,
  limits: { maxWebhooks: 50, receiverTimeoutMs: 10_000, deliveryRetries: null, note: null },
  signature: null,
  connect: createBellhopApi,
  readFailure,
  options,
  details,
  operations: {
    LIST: native((api: BellhopApi) => mapBatches(() => api.list(), toWebhook)),
    GET: native(async (api: BellhopApi, upstreamId: string) => toWebhook(await api.get(upstreamId))),
    CREATE: native(create, 'At most 50 webhooks per account.'),
    UPDATE: native(async (api: BellhopApi, input: BellhopUpdate) => {
      return { webhook: toWebhook(await api.update(input.upstreamId, toBody(input))), warnings: [] }
    }),
    DELETE: native((api: BellhopApi, upstreamId: string) => api.delete(upstreamId)),
    VERIFY: sendsAtOnce,
    ROTATE_SECRET: unsupported('Bellhop has no rotation. Create a new webhook, and delete this one.'),
    TEST: unsupported('Bellhop documents no test event.'),
    LIST_DELIVERIES: unsupported('Bellhop documents no delivery log.'),
    REDELIVER: unsupported('Bellhop documents no way to resend an event.'),
  },
  recovery: secretLost,
  fields: {
    name: { onCreate: 'REQUIRED', onUpdate: 'OPTIONAL', note: "Stored as Bellhop's label." },
    url: { onCreate: 'REQUIRED', onUpdate: 'OPTIONAL' },
    eventTypes: { onCreate: 'REQUIRED', onUpdate: 'OPTIONAL', note: 'An update replaces the whole list.' },
    enabled: { onCreate: 'OPTIONAL', onUpdate: 'OPTIONAL' },
  },
  eventTypes: {
    known: [
      { name: 'bag.checked', description: 'A bag was checked in.' },
      { name: 'bag.collected', description: 'A bag was collected.' },
    ],
    closed: true,
  },
  sandbox,
})

async function create(api: BellhopApi, input: BellhopCreate) {
  const wire = await api.create(toBody(input))
  return {
    webhook: toWebhook(toCreated(wire, input)),
    signingSecret: new Secret(wire.secret),
    warnings: toUnreadableWarnings('Bellhop', wire.unreadable),
  }
}
