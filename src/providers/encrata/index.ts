import { mapBatch, mapBatches, readBack, toUnreadableWarnings } from '../../provider/answers.ts'
import { type Created, emulated, native, type Updated } from '../../provider/operations.ts'
import { bearer } from '../../provider/authentication.ts'
import { disableUnless, sendsBeforeDisabled } from '../../provider/disable.ts'
import { defineProvider, type Foreseen } from '../../provider/provider.ts'
import { secretLost, sendsAtOnce, unsupported } from '../../provider/unsupported.ts'
import { Secret } from '../../secret.ts'
import { schemes } from '../../verify/schemes.ts'
import type { Warning } from '../../webhook.ts'
import { createEncrataApi, type EncrataApi, readFailure } from './api.ts'
import {
  details,
  type EncrataCreate,
  type EncrataUpdate,
  type EncrataWebhook,
  losesDeliveries,
  notReadBack,
  options,
  shows,
  toBody,
  toCreated,
  toDelivery,
  toReplaced,
  toReplacement,
  toTestResult,
  toTwin,
  toWebhook,
} from './convert.ts'
import { sandbox } from './sandbox.ts'

type EncrataDetails = EncrataWebhook['details']

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
    LIST: native((api: EncrataApi) => mapBatches(() => [api.list()], toWebhook)),
    GET: native(async (api: EncrataApi, upstreamId: string) => toWebhook(await api.get(upstreamId))),
    CREATE: emulated(
      // If the response to the second request is lost, the webhook is read back.
      3,
      'Encrata creates every webhook enabled. To create a disabled one, a second request disables it, and it may send events in between.',
      create,
    ),
    UPDATE: emulated(
      3,
      'Encrata replaces the whole webhook, so the gateway reads it, writes it with your changes and reads it back. ' +
        'Changes made outside this gateway in between are lost.',
      update,
    ),
    DELETE: native(
      (api: EncrataApi, upstreamId: string) => api.delete(upstreamId),
      'Also deletes the delivery log of the webhook.',
    ),
    VERIFY: sendsAtOnce,
    ROTATE_SECRET: {
      strategy: 'REPLACEMENT',
      support: 'EMULATED',
      note: 'Encrata shows the secret only on create, so a new webhook with the same settings replaces the old one.',
      price: { changesId: true, duplicateDeliveries: true, losesDeliveryHistory: true, needsVerification: false },
      toTwin,
    },
    TEST: native(test, "Encrata's documentation is contradictory on whether the response includes the endpoint's result."),
    LIST_DELIVERIES: native(
      listDeliveries,
      'Encrata shows the newest 50 deliveries of a webhook, without event IDs or the time of the next attempt.',
    ),
    REDELIVER: unsupported('Encrata retries failed deliveries automatically and has no API to resend one.'),
  },
  foresee,
  recovery: secretLost,
  fields: {
    name: {
      onCreate: 'REQUIRED',
      onUpdate: 'OPTIONAL',
      note: "Stored as Encrata's description.",
    },
    url: { onCreate: 'REQUIRED', onUpdate: 'OPTIONAL' },
    eventTypes: { onCreate: 'REQUIRED', onUpdate: 'OPTIONAL', note: 'At least one. An update replaces the whole list.' },
    enabled: { onCreate: 'OPTIONAL', onUpdate: 'OPTIONAL', note: 'Creating a disabled webhook takes a second request.' },
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

async function create(api: EncrataApi, input: EncrataCreate): Promise<Created<EncrataDetails>> {
  const body = toBody(input)
  const answer = await api.create(body)
  const created = toCreated(answer, input)
  const replacement = { ...body, id: created.id, is_active: false }
  const { state, warnings, isInDoubt } = await disableUnless(input.enabled, {
    created,
    async disable() {
      await api.replace(replacement)
      return toReplaced(created, replacement)
    },
    read: () => api.get(created.id),
    isEnabled: ({ is_active }) => is_active,
  })
  return {
    webhook: toWebhook(state),
    signingSecret: new Secret(answer.secret),
    warnings: [...warnings, ...toUnreadableWarnings('Encrata', answer.unreadable)],
    isInDoubt,
  }
}

async function update(api: EncrataApi, input: EncrataUpdate): Promise<Updated<EncrataDetails>> {
  const read = () => api.get(input.upstreamId)
  const before = await (input.readCurrent?.(read, toWebhook) ?? read())
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

async function test(api: EncrataApi, upstreamId: string) {
  return toTestResult(await api.test(upstreamId))
}

async function listDeliveries(api: EncrataApi, upstreamId: string) {
  return mapBatch(await api.deliveries(upstreamId), toDelivery)
}
