import { isDeepStrictEqual } from 'node:util'
import { NotFoundError } from '../../errors.ts'
import { mapBatches } from '../../provider/answers.ts'
import { type Known, native, type RedeliverInput } from '../../provider/operations.ts'
import { bearer } from '../../provider/authentication.ts'
import { defineProvider } from '../../provider/provider.ts'
import { sendsAtOnce, unsupported } from '../../provider/unsupported.ts'
import { schemes } from '../../verify/schemes.ts'
import { type BaanxApi, createBaanxApi, readFailure } from './api.ts'
import {
  type BaanxCreate,
  type BaanxUpdate,
  type BaanxWebhook,
  details,
  options,
  readMark,
  toBody,
  toDeliveries,
  toKeyed,
  toMarkedBody,
  toWebhook,
} from './convert.ts'
import { sandbox } from './sandbox.ts'

export const baanx = defineProvider({
  name: 'baanx',
  displayName: 'Baanx',
  docsUrl: 'https://docs.baanx.com',
  authentication: bearer,
  baseUrl: 'https://api.baanx.com/v1',
  environment: { token: 'BAANX_ACCESS_TOKEN', baseUrl: 'BAANX_BASE_URL' },
  rateLimitDelayMs: 1_000,
  limits: {
    maxWebhooks: 5,
    receiverTimeoutMs: 30_000,
    deliveryRetries: 5,
    note: 'Deliveries are retried after a 5xx response or a failed connection, first after one second. A 4xx response is final.',
  },
  signature: schemes.baanx,
  connect: createBaanxApi,
  readFailure,
  options,
  details,
  operations: {
    LIST: native((api: BaanxApi) => mapBatches(() => [api.list()], toWebhook)),
    GET: native(async (api: BaanxApi, upstreamId: string) => toWebhook(await api.get(upstreamId))),
    CREATE: native(create, 'At most 5 webhooks per tenant.'),
    UPDATE: native(update),
    DELETE: native((api: BaanxApi, upstreamId: string) => api.delete(upstreamId)),
    VERIFY: sendsAtOnce,
    ROTATE_SECRET: {
      strategy: 'PROVIDER',
      graceSeconds: 0,
      ...native(
        rotate,
        'Baanx generates the new key, and the old one stops working at once. Deliveries fail verification until the receiver has the new key.',
      ),
    },
    TEST: unsupported('Baanx documents no test event. Use redeliverEvent to resend a real one.'),
    LIST_DELIVERIES: native(
      listDeliveries,
      'Baanx keeps logs for 7 days and shows the newest 100 attempts of a webhook. Attempts for the same event form one delivery.',
    ),
    REDELIVER: native(
      redeliver,
      'Resends to one webhook or to all active ones. If Baanx does not accept the eventId, the other ID of the event is looked up and tried.',
      3,
    ),
  },
  showsOptions: (_, { details }, { metadata }) => Promise.resolve(isDeepStrictEqual(details.metadata, metadata)),
  recovery: {
    note: 'Each create stores a random mark in the metadata, which is hidden from reads. The gateway then rotates the key of the webhook with that mark. This is safe because the first key was never shown.',
    rotates: true,
    readProof: async (api, upstreamId) => readMark(await api.get(upstreamId)),
    recover,
  },
  fields: {
    name: { onCreate: 'REQUIRED', onUpdate: 'OPTIONAL' },
    url: { onCreate: 'REQUIRED', onUpdate: 'OPTIONAL' },
    eventTypes: {
      onCreate: 'REQUIRED',
      onUpdate: 'OPTIONAL',
      note: 'At least one. Also accepts patterns: card.* for a category, * for all. An update replaces the whole list.',
    },
    enabled: {
      onCreate: 'OPTIONAL',
      onUpdate: 'OPTIONAL',
      note: 'Baanx creates webhooks inactive by default. The gateway always sends an explicit value.',
    },
  },
  eventTypes: {
    closed: true,
    wildcards: true,
    known: [
      { name: 'kyc.status.changed', description: 'The outcome of an identity check changed.' },
      { name: 'card.activated', description: 'A card was activated.' },
      { name: 'transaction.cleared', description: 'A card transaction cleared.' },
    ],
  },
  sandbox,
})

async function create(api: BaanxApi, input: BaanxCreate) {
  const wire = await api.create(toMarkedBody(input))
  return toKeyed(wire, wire.id, input)
}

async function update(api: BaanxApi, input: BaanxUpdate) {
  const wire = await api.update(input.upstreamId, toBody(input))
  return { webhook: toWebhook(wire), warnings: [] }
}

async function rotate(api: BaanxApi, before: Known & Pick<BaanxWebhook, 'upstreamId'>) {
  return toKeyed(await api.rotate(before.upstreamId), before.upstreamId, before)
}

async function listDeliveries(api: BaanxApi, upstreamId: string) {
  const { items, unreadable } = await api.logs(upstreamId)
  return { items: toDeliveries(items), unreadable }
}

/**
 * Documented samples use an event's record ID in the path, but logs show the event ID. If one is not found, the other is looked
 * up and tried. Not found means not sent.
 */
async function redeliver(api: BaanxApi, { key: eventId, allWebhooks, ...asked }: RedeliverInput) {
  const webhookId = allWebhooks ? undefined : asked.webhookId
  try {
    return await api.retry(eventId, webhookId)
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error
    const event = (await api.events()).items.find((each) => each.eventId === eventId && each.id !== eventId)
    if (event === undefined) throw error
    return api.retry(event.id, webhookId)
  }
}

async function recover(api: BaanxApi, { upstreamId }: BaanxWebhook, input: BaanxCreate) {
  return toKeyed(await api.rotate(upstreamId), upstreamId, input)
}
