import { readBack } from '../../provider/answers.ts'
import { bearer } from '../../provider/authentication.ts'
import { createsEnabled, sendsBeforeDisabled } from '../../provider/disable.ts'
import { optional, required } from '../../provider/fields.ts'
import { type CreateInput, emulated, native, readBefore } from '../../provider/operations.ts'
import { deletes, gets, lists, listsDeliveries, replaces } from '../../provider/plain.ts'
import { defineProvider, type Foreseen } from '../../provider/provider.ts'
import { secretLost, sendsAtOnce, unsupported } from '../../provider/unsupported.ts'
import { schemes } from '../../verify/schemes.ts'
import type { Warning } from '../../webhook.ts'
import { createEncrataApi, type EncrataApi, readFailure } from './api.ts'
import * as convert from './convert.ts'
import {
  details,
  type EncrataUpdate,
  type EncrataWebhook,
  losesDeliveries,
  notReadBack,
  options,
  shows,
  toBody,
  toReplaced,
  toReplacement,
  toTestResult,
  toWebhook,
} from './convert.ts'
import { sandbox } from './sandbox.ts'

export const encrata = defineProvider({
  name: 'encrata',
  displayName: 'Encrata',
  docsUrl: 'https://encrata.com/docs/webhooks',
  authentication: bearer,
  baseUrl: 'https://encrata.com/api',
  environment: { token: 'ENCRATA_API_KEY', baseUrl: 'ENCRATA_BASE_URL' },
  rates: [{ calls: 30, perMs: 60_000, per: 'endpoint' }],
  rateLimitDelayMs: 60_000,
  limits: {
    maxWebhooks: null,
    receiverTimeoutMs: 5_000,
    deliveryRetries: null,
    note: 'The rate limit applies to each endpoint separately and is ten times higher on Enterprise plans. Failed deliveries are retried, but the number of retries is not documented.',
  },
  signature: schemes.encrata,
  connect: createEncrataApi,
  readFailure,
  options,
  details,
  operations: {
    LIST: lists(convert),
    GET: gets(convert),
    CREATE: createsEnabled('Encrata', convert, disable),
    UPDATE: emulated(
      3,
      'Encrata replaces the whole webhook, so the gateway reads it, writes it with your changes and reads it back. ' +
        'Changes made outside this gateway in between are lost.',
      update,
    ),
    DELETE: deletes('Also deletes the delivery log of the webhook.'),
    VERIFY: sendsAtOnce,
    ROTATE_SECRET: replaces(
      convert,
      { changesId: true, duplicateDeliveries: true, losesDeliveryHistory: true, needsVerification: false },
      'Encrata shows the secret only on create, so a new webhook with the same settings replaces the old one.',
    ),
    TEST: native(
      async (api: EncrataApi, upstreamId: string) => toTestResult(await api.test(upstreamId)),
      "Encrata's documentation is contradictory on whether the response includes the endpoint's result.",
    ),
    LIST_DELIVERIES: listsDeliveries(
      convert,
      'Encrata shows the newest 50 deliveries of a webhook, without event IDs or the time of the next attempt.',
    ),
    REDELIVER: unsupported('Encrata retries failed deliveries automatically and has no API to resend one.'),
  },
  foresee,
  recovery: secretLost,
  fields: {
    name: required("Stored as Encrata's description."),
    url: required(),
    eventTypes: required('At least one. An update replaces the whole list.'),
    enabled: optional('Creating a disabled webhook takes a second request.'),
  },
  eventTypes: {
    closed: true,
    known: [
      { name: 'lookup.completed', description: 'A lookup completed.' },
      { name: 'apikey.created', description: 'An API key was created.' },
      { name: 'apikey.revoked', description: 'An API key was revoked.' },
      { name: 'credits.low', description: 'The workspace is running low on credits.' },
      { name: 'credits.exhausted', description: 'The workspace has used up its credits.' },
      { name: 'monitor.run.completed', description: 'A monitor run finished and found changes.' },
    ],
  },
  sandbox,
})

async function disable(api: EncrataApi, webhook: EncrataWebhook, input: CreateInput<object>): Promise<EncrataWebhook> {
  const { url, eventTypes = [] } = input
  await api.replace({ ...toBody(input), id: webhook.upstreamId, is_active: false })
  return { ...webhook, url, eventTypes, enabled: false, status: 'DISABLED', updatedAt: null, raw: null }
}

async function update(api: EncrataApi, input: EncrataUpdate) {
  const before = await readBefore(input, () => api.get(input.upstreamId), toWebhook)
  const replacement = toReplacement(before, input)
  await api.replace(replacement)
  const after = await readBack(() => api.get(input.upstreamId))
  return after === null || !shows(after, replacement)
    ? { webhook: toWebhook(toReplaced(before, replacement)), warnings: [notReadBack] }
    : { webhook: toWebhook(after), warnings: [] }
}

function foresee(write: Foreseen<object>): readonly Warning[] {
  if (write.operation === 'DELETE') return [losesDeliveries]
  return write.operation === 'CREATE' && !write.input.enabled ? [sendsBeforeDisabled('Encrata')] : []
}
