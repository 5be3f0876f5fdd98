import { randomBytes } from 'node:crypto'
import { mapBatch } from '../../provider/answers.ts'
import { native } from '../../provider/operations.ts'
import { defineProvider } from '../../provider/provider.ts'
import { areShown, type Shown } from '../../provider/recovery.ts'
import { unsupported } from '../../provider/unsupported.ts'
import { Secret } from '../../secret.ts'
import { schemes } from '../../verify/schemes.ts'
import type { Batch } from '../../webhook.ts'
import { createVerifikApi, readFailure, type VerifikApi } from './api.ts'
import {
  details,
  options,
  toBody,
  toEventWarnings,
  toSecretWarnings,
  toWebhook,
  toWritten,
  type VerifikCreate,
  type VerifikUpdate,
  type VerifikWebhook,
} from './convert.ts'
import { sandbox } from './sandbox.ts'

export const verifik = defineProvider({
  name: 'verifik',
  displayName: 'Verifik',
  docsUrl: 'https://docs.verifik.co',
  baseUrl: 'https://api.verifik.co/v2',
  environment: { token: 'VERIFIK_TOKEN', baseUrl: 'VERIFIK_BASE_URL' },
  // Asked for with every call, also with those that have no body.
  headers: { 'content-type': 'application/json' },
  rateLimitDelayMs: 1_000,
  limits: {
    maxWebhooks: null,
    receiverTimeoutMs: 30_000,
    deliveryRetries: 3,
    note: 'What a webhook shows as its retryPolicy is true of it; these are the documented defaults.',
  },
  signature: schemes.verifik,
  connect: createVerifikApi,
  readFailure,
  options,
  details,
  operations: {
    LIST: native(list),
    GET: native(get),
    CREATE: native(create, 'Choose the signing secret in options.verifik.secret; left out, the gateway makes a strong one.'),
    UPDATE: native(update),
    DELETE: native(remove),
    VERIFY: unsupported('Verifik asks for no verification: a webhook sends as soon as it is enabled.'),
    ROTATE_SECRET: {
      strategy: 'CALLER_CHOSEN',
      graceSeconds: null,
      support: 'NATIVE',
      note: 'An update with a new secret. Choose it in newSecret and have the receiver take both before; left out, the gateway makes one.',
      shape: options.secret.shape,
      createSecret,
      toOptions: (secret) => ({ secret }),
    },
    TEST: unsupported('Verifik documents no call for a test event.'),
    LIST_DELIVERIES: unsupported('Verifik documents no log of deliveries; the statistics of a webhook count them.'),
    REDELIVER: unsupported('Verifik repeats failed deliveries by itself and documents no call for it.'),
  },
  showsOptions,
  recovery: {
    note: 'The secret that the gateway made for a create is the proof of it, where Verifik shows it back. One that you chose proves nothing.',
    readProof,
    recover: (_, webhook, input) => Promise.resolve({ webhook, signingSecret: toSecret(input), warnings: [] }),
  },
  fields: {
    name: {
      onCreate: 'REQUIRED',
      onUpdate: 'OPTIONAL',
      note: 'A name may be refused because another webhook has it. Null where Verifik does not tell it.',
    },
    url: { onCreate: 'REQUIRED', onUpdate: 'OPTIONAL' },
    eventTypes: {
      onCreate: 'OPTIONAL',
      onUpdate: 'OPTIONAL',
      note:
        "Verifik's own lists of event types contradict each other, so names outside the known ones pass too. What is sent when " +
        'none are named is not documented. An update replaces the whole list. Null where Verifik does not tell them: it may still ' +
        'have some.',
    },
    enabled: { onCreate: 'OPTIONAL', onUpdate: 'OPTIONAL' },
  },
  eventTypes: {
    closed: false,
    known: [
      { name: 'validation.completed', description: 'A validation was completed.' },
      { name: 'validation.failed', description: 'A validation failed.' },
      { name: 'registration.completed', description: 'A person completed the registration.' },
      { name: 'login.completed', description: 'A person logged in.' },
      { name: 'webhook.test', description: 'A test of the webhook itself.' },
      { name: 'verification.started', description: 'A verification started.' },
      { name: 'verification.completed', description: 'A verification was completed.' },
      { name: 'verification.failed', description: 'A verification failed.' },
      { name: 'verification.expired', description: 'A verification expired before it was completed.' },
      { name: 'document.uploaded', description: 'A document was uploaded.' },
      { name: 'biometric.captured', description: 'A biometric sample was captured.' },
    ],
  },
  sandbox,
})

async function* list(api: VerifikApi, signal: AbortSignal): AsyncIterable<Batch<VerifikWebhook>> {
  for await (const batch of api.list(signal)) yield mapBatch(batch, toWebhook)
}

async function get(api: VerifikApi, upstreamId: string, signal: AbortSignal) {
  return toWebhook(await api.get(upstreamId, signal))
}

async function create(api: VerifikApi, input: VerifikCreate, signal: AbortSignal) {
  const secret = toSecret(input)
  const known = { ...input, options: { ...input.options, secret: secret.reveal() } }
  return { ...toWritten(await api.create(toBody(known), signal), known, known), signingSecret: secret }
}

const prefix = 'whsec_'

/** The secret is ours to choose: known before the call, whatever becomes of the call. */
function toSecret({ options, proof }: VerifikCreate): Secret {
  return new Secret(options.secret ?? `${prefix}${proof}`)
}

async function showsOptions(
  api: VerifikApi,
  { upstreamId }: VerifikWebhook,
  { description, linkProjectFlowIds: link = [], unlinkProjectFlowIds: unlink = [], secret }: VerifikUpdate['options'],
  signal: AbortSignal,
): Promise<Shown> {
  const shown = await api.getOptions(upstreamId, signal)
  return areShown([
    description === undefined || isShown(shown.description, (it) => it === description),
    [...link, ...unlink].length === 0 ||
      isShown(shown.projectFlow, (it) => link.every((id) => it.includes(id)) && !unlink.some((id) => it.includes(id))),
    secret === undefined || isShown(shown.secret, (it) => it.reveal() === secret),
  ])
}

function isShown<Value>(value: Value | undefined, isAsAsked: (value: Value) => boolean): Shown {
  return value === undefined ? 'UNTOLD' : isAsAsked(value)
}

async function readProof(api: VerifikApi, upstreamId: string, signal: AbortSignal): Promise<string | null> {
  const secret = (await api.getOptions(upstreamId, signal)).secret?.reveal()
  return secret?.startsWith(prefix) === true ? secret.slice(prefix.length) : null
}

function createSecret(): string {
  return `${prefix}${randomBytes(32).toString('base64url')}`
}

async function update(api: VerifikApi, input: VerifikUpdate, signal: AbortSignal) {
  const { upstreamId, before } = input
  if (before !== undefined) return toWritten(await api.updateSecret(upstreamId, toBody(input), signal), input, before)
  const { webhook, echo } = await api.update(upstreamId, toBody(input), signal)
  return { webhook: toWebhook(webhook), warnings: [...toEventWarnings(input, webhook), ...toSecretWarnings(input, echo)] }
}

async function remove(api: VerifikApi, upstreamId: string, signal: AbortSignal) {
  await api.delete(upstreamId, signal)
}
