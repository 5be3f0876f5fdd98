import { UnsupportedError, WebhookError } from '../../errors.ts'
import { readBack } from '../../provider/answers.ts'
import { bearer } from '../../provider/authentication.ts'
import { absent, optional, required } from '../../provider/fields.ts'
import { emulated } from '../../provider/operations.ts'
import { creates, deletes, gets, lists, replaces, updates } from '../../provider/plain.ts'
import { defineProvider } from '../../provider/provider.ts'
import { secretLost, unsupported } from '../../provider/unsupported.ts'
import { schemes } from '../../verify/schemes.ts'
import type { TestResult } from '../../webhook.ts'
import { createFingerprintApi, type FingerprintApi, readFailure } from './api.ts'
import * as convert from './convert.ts'
import { details, foresee, options, showsEnvironment, toTestResult } from './convert.ts'
import { sandbox } from './sandbox.ts'

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
    LIST: lists(convert),
    GET: gets(convert),
    CREATE: creates(
      convert,
      'At most 5 webhooks per workspace on most plans. A new webhook sends no events until it is verified.',
    ),
    UPDATE: updates(convert, 'A changed URL must be verified again. Changes take effect within a few minutes.'),
    DELETE: deletes(),
    VERIFY: emulated(
      // The gateway sends the last read.
      2,
      'Fingerprint sends a test event, and the endpoint must respond with HTTP 200. The gateway reads the webhook before ' +
        'and after. A verified webhook is left unchanged, because Fingerprint refuses to verify it again.',
      startVerification,
    ),
    ROTATE_SECRET: replaces(
      convert,
      { changesId: true, duplicateDeliveries: true, losesDeliveryHistory: false, needsVerification: true },
      'Fingerprint shows the signing key only on create, so a new webhook with the same settings replaces the old one. ' +
        'The new webhook sends no events until its URL is verified again. Until then, the old one is kept.',
    ),
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
  showsOptions: (webhook, { environmentId }) => showsEnvironment(webhook, environmentId),
  recovery: secretLost,
  fields: {
    name: required("Stored as Fingerprint's description."),
    url: required('Fingerprint rejects a URL whose host is an IP address.'),
    eventTypes: absent('Fingerprint has no event filter and sends every identification event. Omit eventTypes.'),
    enabled: optional('A webhook must also be verified to send events.'),
  },
  eventTypes: { known: [], closed: true },
  sandbox,
})

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
