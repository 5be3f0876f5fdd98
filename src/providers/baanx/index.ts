import { NotFoundError } from '../../errors.ts'
import { listsAttempts } from '../../provider/attempts.ts'
import { bearer } from '../../provider/authentication.ts'
import { optional, required } from '../../provider/fields.ts'
import { native, type RedeliverInput, type RotateInput } from '../../provider/operations.ts'
import { creates, deletes, gets, lists, rotates, updates } from '../../provider/plain.ts'
import { defineProvider } from '../../provider/provider.ts'
import { sendsAtOnce, unsupported } from '../../provider/unsupported.ts'
import { schemes } from '../../verify/schemes.ts'
import { type BaanxApi, createBaanxApi, readFailure } from './api.ts'
import * as convert from './convert.ts'
import { details, options, readMark, toCreated } from './convert.ts'
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
    LIST: lists(convert),
    GET: gets(convert),
    CREATE: creates(convert, 'At most 5 webhooks per tenant.'),
    UPDATE: updates(convert),
    DELETE: deletes(),
    VERIFY: sendsAtOnce,
    ROTATE_SECRET: rotates(
      0,
      native(
        async (api: BaanxApi, before: RotateInput) => toCreated(await api.rotate(before.upstreamId), before, before.upstreamId),
        'Baanx generates the new key, and the old one stops working at once. Deliveries fail verification until the receiver has the new key.',
      ),
    ),
    TEST: unsupported('Baanx documents no test event. Use redeliverEvent to resend a real one.'),
    LIST_DELIVERIES: listsAttempts(
      convert,
      'Baanx keeps logs for 7 days and shows the newest 100 attempts of a webhook. Attempts for the same event form one delivery.',
    ),
    REDELIVER: native(
      redeliver,
      'Resends to one webhook or to all active ones. If Baanx does not accept the eventId, the other ID of the event is looked up and tried.',
      3,
    ),
  },
  recovery: {
    note: 'Each create stores a random mark in the metadata, which is hidden from reads. The gateway then rotates the key of the webhook with that mark. This is safe because the first key was never shown.',
    rotates: true,
    readProof: async (api, upstreamId) => readMark(await api.get(upstreamId)),
    recover: async (api, { upstreamId }, input) => toCreated(await api.rotate(upstreamId), input, upstreamId),
  },
  fields: {
    name: required(),
    url: required(),
    eventTypes: required(
      'At least one. Also accepts patterns: card.* for a category, * for all. An update replaces the whole list.',
    ),
    enabled: optional('Baanx creates webhooks inactive by default. The gateway always sends an explicit value.'),
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
