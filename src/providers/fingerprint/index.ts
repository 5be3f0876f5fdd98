import { UnsupportedError, WebhookError } from '../../errors.ts'
import { mapBatches, readBack, toUnreadableWarnings } from '../../provider/answers.ts'
import { emulated, native } from '../../provider/operations.ts'
import { bearer } from '../../provider/authentication.ts'
import { defineProvider } from '../../provider/provider.ts'
import { secretLost, unsupported } from '../../provider/unsupported.ts'
import { Secret } from '../../secret.ts'
import { schemes } from '../../verify/schemes.ts'
import type { TestResult } from '../../webhook.ts'
import { createFingerprintApi, type FingerprintApi, readFailure } from './api.ts'
import {
  details,
  type FingerprintCreate,
  type FingerprintUpdate,
  foresee,
  options,
  showsEnvironment,
  toBody,
  toCreated,
  toKeyWarnings,
  toTestResult,
  toTwin,
  toWebhook,
} from './convert.ts'
import { sandbox } from './sandbox.ts'

const unfiltered = unsupported('Fingerprint has no event filter and sends every identification event. Omit eventTypes.')

export const fingerprint = defineProvider({
  name: 'fingerprint',
  displayName: 'Fingerprint',
  docsUrl: 'https://docs.fingerprint.com',
  authentication: bearer,
  baseUrl: 'https://management-api.fpjs.io',
  environment: { token: 'FINGERPRINT_MANAGEMENT_API_KEY', baseUrl: 'FINGERPRINT_BASE_URL' },
  apiVersion: { header: 'x-api-version', default: '2024-05-20', shape: /^\d{4}-\d{2}-\d{2}$/ },
  rates: [{ calls: 5, perMs: 1_000, per: 'account' }],
  rateLimitDelayMs: 1_000,
  limits: {
    maxWebhooks: 5,
    receiverTimeoutMs: 3_000,
    deliveryRetries: 1,
    note: 'Enterprise plans have higher limits. A failed delivery is retried after 5 minutes.',
  },
  signature: schemes.fingerprint,
  connect: createFingerprintApi,
  readFailure,
  options,
  details,
  operations: {
    LIST: native((api: FingerprintApi) => mapBatches(() => api.list(), toWebhook)),
    GET: native(async (api: FingerprintApi, upstreamId: string) => toWebhook(await api.get(upstreamId))),
    CREATE: native(create, 'At most 5 webhooks per workspace on most plans. A new webhook sends no events until it is verified.'),
    UPDATE: native(update, 'A changed URL must be verified again. Changes take effect within a few minutes.'),
    DELETE: native((api: FingerprintApi, upstreamId: string) => api.delete(upstreamId)),
    VERIFY: emulated(
      // The gateway sends the last read.
      2,
      'Fingerprint sends a test event, and the endpoint must respond with HTTP 200. The gateway reads the webhook before ' +
        'and after. A verified webhook is left unchanged, because Fingerprint refuses to verify it again.',
      startVerification,
    ),
    ROTATE_SECRET: {
      strategy: 'REPLACEMENT',
      support: 'EMULATED',
      note:
        'Fingerprint shows the signing key only on create, so a new webhook with the same settings replaces the old one. ' +
        'The new webhook sends no events until its URL is verified again. Until then, the old one is kept.',
      price: { changesId: true, duplicateDeliveries: true, losesDeliveryHistory: false, needsVerification: true },
      toTwin,
    },
    TEST: emulated(
      3,
      'Only while the URL is not verified, because verification is what sends the test event. The gateway reads the webhook ' +
        'before and after.',
      test,
    ),
    LIST_DELIVERIES: unsupported('Fingerprint has no API for deliveries. See its dashboard.'),
    REDELIVER: unsupported('Fingerprint retries a failed delivery once, after 5 minutes, and has no API to resend one.'),
  },
  foresee,
  showsOptions: (_, webhook, { environmentId }) => Promise.resolve(showsEnvironment(webhook, environmentId)),
  recovery: secretLost,
  fields: {
    name: {
      onCreate: 'REQUIRED',
      onUpdate: 'OPTIONAL',
      note: "Stored as Fingerprint's description.",
    },
    url: { onCreate: 'REQUIRED', onUpdate: 'OPTIONAL', note: 'Fingerprint rejects a URL whose host is an IP address.' },
    eventTypes: {
      onCreate: unfiltered,
      onUpdate: unfiltered,
    },
    enabled: { onCreate: 'OPTIONAL', onUpdate: 'OPTIONAL', note: 'A webhook must also be verified to send events.' },
  },
  eventTypes: { known: [], closed: true },
  sandbox,
})

async function create(api: FingerprintApi, input: FingerprintCreate) {
  const wire = await api.create(toBody(input))
  const created = toCreated(wire, input)
  const { signing_key: signingKey, unreadable } = wire
  const warnings = [...toKeyWarnings(wire), ...toUnreadableWarnings('Fingerprint', unreadable)]
  return { webhook: toWebhook(created), signingSecret: signingKey == null ? null : new Secret(signingKey), warnings }
}

async function update(api: FingerprintApi, input: FingerprintUpdate) {
  const wire = await api.update(input.upstreamId, toBody(input))
  return { webhook: toWebhook(wire), warnings: [] }
}

async function test(api: FingerprintApi, upstreamId: string): Promise<TestResult> {
  if (!(await startVerification(api, upstreamId))) {
    const message =
      'Fingerprint sends a test event only to verify a URL, and this URL is already verified. ' +
      'Wait for the next event instead.'
    throw new UnsupportedError(message, 'fingerprint', ['TEST'])
  }
  return toTestResult(await readBack(() => api.isVerified(upstreamId)))
}

/** False if there is nothing to verify: Fingerprint refuses to verify a webhook again, even one that has just been verified. */
async function startVerification(api: FingerprintApi, upstreamId: string): Promise<boolean> {
  if (await api.isVerified(upstreamId)) return false
  try {
    await api.verify(upstreamId)
    return true
  } catch (error) {
    if (error instanceof WebhookError && /already verified/i.test(error.upstream?.message ?? '')) return false
    throw error
  }
}
