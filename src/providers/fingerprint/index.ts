import { defineProvider, native, unsupported } from '../../provider.ts'
import { createFingerprintApi, type FingerprintApi, readFailure } from './api.ts'
import {
  details,
  type FingerprintCreate,
  type FingerprintUpdate,
  type FingerprintWebhook,
  options,
  toBody,
  toKeyWarnings,
  toUrlWarnings,
  toWebhook,
} from './convert.ts'
import { sandbox } from './sandbox.ts'

const unfiltered = unsupported('Fingerprint has no event filter: it sends every identification event. Leave eventTypes out.')

export const fingerprint = defineProvider({
  name: 'fingerprint',
  displayName: 'Fingerprint',
  docsUrl: 'https://docs.fingerprint.com',
  baseUrl: 'https://management-api.fpjs.io',
  environment: { token: 'FINGERPRINT_MANAGEMENT_API_KEY', baseUrl: 'FINGERPRINT_BASE_URL' },
  apiVersion: { header: 'x-api-version', default: '2024-05-20' },
  rate: { calls: 5, perMs: 1_000, per: 'account' },
  rateLimitDelayMs: 1_000,
  connect: createFingerprintApi,
  readFailure,
  options,
  details,
  operations: {
    LIST: native(list),
    GET: native(get),
    CREATE: native(create, 'At most 5 webhooks per workspace on most plans. A new webhook sends nothing until it is verified.'),
    UPDATE: native(update, 'A changed URL must be verified again. Changes take effect within a few minutes.'),
    DELETE: native(remove),
  },
  recoverSecret: unsupported('The signing secret was only in the answer that was lost: delete the webhook and create it again.'),
  fields: {
    name: {
      onCreate: 'REQUIRED',
      onUpdate: 'OPTIONAL',
      note: "Kept as Fingerprint's description.",
      answer: "Fingerprint's description.",
    },
    url: { onCreate: 'REQUIRED', onUpdate: 'OPTIONAL', note: 'Fingerprint refuses a URL whose host is an IP address.' },
    eventTypes: {
      onCreate: unfiltered,
      onUpdate: unfiltered,
      answer: 'Always null: it has no event filter and sends every identification event.',
    },
    enabled: { onCreate: 'OPTIONAL', onUpdate: 'OPTIONAL', note: 'Events are sent only when it is verified too.' },
  },
  eventTypes: { known: [], closed: true },
  sandbox,
})

async function* list(api: FingerprintApi, signal: AbortSignal): AsyncIterable<readonly FingerprintWebhook[]> {
  for await (const webhooks of api.list(signal)) yield webhooks.map(toWebhook)
}

async function get(api: FingerprintApi, upstreamId: string, signal: AbortSignal) {
  return toWebhook(await api.get(upstreamId, signal))
}

async function create(api: FingerprintApi, input: FingerprintCreate, signal: AbortSignal) {
  const wire = await api.create(toBody(input), signal)
  const warnings = [...toUrlWarnings(wire), ...toKeyWarnings(wire)]
  return { webhook: toWebhook(wire), signingSecret: wire.signing_key ?? null, warnings }
}

async function update(api: FingerprintApi, input: FingerprintUpdate, signal: AbortSignal) {
  const wire = await api.update(input.upstreamId, toBody(input), signal)
  return { webhook: toWebhook(wire), warnings: input.url === undefined ? [] : toUrlWarnings(wire) }
}

async function remove(api: FingerprintApi, upstreamId: string, signal: AbortSignal) {
  await api.delete(upstreamId, signal)
}
