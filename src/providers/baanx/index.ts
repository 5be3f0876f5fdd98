import { defineProvider, native } from '../../provider.ts'
import { type BaanxApi, createBaanxApi, readFailure } from './api.ts'
import { type BaanxCreate, type BaanxUpdate, type BaanxWebhook, details, options, toBody, toWebhook } from './convert.ts'
import { sandbox } from './sandbox.ts'

export const baanx = defineProvider({
  name: 'baanx',
  displayName: 'Baanx',
  docsUrl: 'https://docs.baanx.com',
  baseUrl: 'https://api.baanx.com/v1',
  environment: { token: 'BAANX_ACCESS_TOKEN', baseUrl: 'BAANX_BASE_URL' },
  rateLimitDelayMs: 1_000,
  connect: createBaanxApi,
  readFailure,
  options,
  details,
  operations: {
    LIST: native(list),
    GET: native(get),
    CREATE: native(create, 'At most 5 webhooks per tenant.'),
    UPDATE: native(update),
    DELETE: native(remove),
  },
  recoverSecret: native(recoverSecret, 'The key is rotated, which nobody can miss: nobody has seen the first one.'),
  fields: {
    name: { onCreate: 'REQUIRED', onUpdate: 'OPTIONAL' },
    url: { onCreate: 'REQUIRED', onUpdate: 'OPTIONAL' },
    eventTypes: {
      onCreate: 'REQUIRED',
      onUpdate: 'OPTIONAL',
      note: 'At least one. Patterns are accepted too: card.* for a category, * for all. An update replaces the whole list.',
      answer: 'May hold patterns: card.* for a category, * for all.',
    },
    enabled: {
      onCreate: 'OPTIONAL',
      onUpdate: 'OPTIONAL',
      note: 'Baanx itself creates webhooks inactive; the gateway always says which.',
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

async function* list(api: BaanxApi, signal: AbortSignal): AsyncIterable<readonly BaanxWebhook[]> {
  yield (await api.list(signal)).map(toWebhook)
}

async function get(api: BaanxApi, upstreamId: string, signal: AbortSignal) {
  return toWebhook(await api.get(upstreamId, signal))
}

async function create(api: BaanxApi, input: BaanxCreate, signal: AbortSignal) {
  const wire = await api.create(toBody(input), signal)
  return { webhook: toWebhook(wire), signingSecret: wire.apiKey, warnings: [] }
}

async function update(api: BaanxApi, input: BaanxUpdate, signal: AbortSignal) {
  const wire = await api.update(input.upstreamId, toBody(input), signal)
  return { webhook: toWebhook(wire), warnings: [] }
}

async function remove(api: BaanxApi, upstreamId: string, signal: AbortSignal) {
  await api.delete(upstreamId, signal)
}

async function recoverSecret(api: BaanxApi, upstreamId: string, _: BaanxCreate, signal: AbortSignal) {
  return (await api.rotate(upstreamId, signal)).apiKey
}
