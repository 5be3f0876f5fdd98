import * as z from 'zod'
import type { DetailStatements, DetailsOf, OptionStatements, OptionsOf } from '../../provider/fields.ts'
import type { CreateInput, Known, UpdateInput } from '../../provider/operations.ts'
import { toUnreadableWarnings } from '../../provider/answers.ts'
import { unsupported } from '../../provider/unsupported.ts'
import { type Secret, shownSecret } from '../../secret.ts'
import type { Warning, Webhook } from '../../webhook.ts'
import type { KnownWebhook, WireChanges, WireSalvaged } from './api.ts'

// One that no answer could show would make its webhook unreadable.
const projectFlowId = z
  .string()
  .min(1)
  .max(256)
  .refine((id) => !/^\.{1,2}$/.test(id), 'This is no id of a project flow; take it from Verifik.')

export const options = {
  description: {
    onCreate: 'OPTIONAL',
    onUpdate: 'OPTIONAL',
    type: 'String',
    description: 'What the webhook is for, in your own words, up to 1,000 characters.',
    shape: z.string().max(1_000),
  },
  linkProjectFlowIds: {
    onCreate: 'OPTIONAL',
    onUpdate: 'OPTIONAL',
    type: 'String',
    list: true,
    description:
      'Up to 100 ids, of 1 to 256 characters, of project flows to link to the webhook. On an update they are added to those already linked.',
    shape: projectFlowId,
  },
  unlinkProjectFlowIds: {
    onCreate: unsupported('A new webhook has no project flows yet. Leave it out.'),
    onUpdate: 'OPTIONAL',
    type: 'String',
    list: true,
    description: 'Up to 100 ids, of 1 to 256 characters, of project flows to unlink from the webhook.',
    shape: projectFlowId,
  },
  secret: {
    onCreate: 'OPTIONAL',
    onUpdate: 'OPTIONAL',
    type: 'String',
    secret: true,
    description:
      'The signing secret, 8 to 256 characters, chosen by you. Left out on create, the gateway makes a strong one; ' +
      'left out on update, it stays as it is. No query shows it.',
    shape: z.string().min(8).max(256),
  },
} as const satisfies OptionStatements

export const details = {
  description: { type: 'String', description: 'What the webhook is for. Null where there is none or Verifik does not tell.' },
  clientId: { type: 'String', description: 'Id of the Verifik client that owns the webhook. Null where Verifik does not tell.' },
  projectFlowIds: {
    type: 'String',
    list: true,
    required: true,
    description: 'Ids of the project flows that are linked. Empty where there are none or Verifik does not tell.',
  },
  retryPolicy: {
    type: {
      name: 'VerifikRetryPolicy',
      description: 'How Verifik repeats a delivery that failed. It cannot be changed.',
      fields: {
        maxRetries: { type: 'Int', required: true, description: 'How often a failed delivery is repeated.' },
        retryDelayMs: { type: 'Int', required: true, description: 'Milliseconds between two attempts.' },
        timeoutMs: { type: 'Int', required: true, description: 'Milliseconds that an attempt may take.' },
      },
    },
    description:
      'How failed deliveries are repeated. Verifik tells it when a webhook is created or read alone; null in lists, ' +
      'after an update and where Verifik does not tell.',
  },
  statistics: {
    type: {
      name: 'VerifikStatistics',
      description: 'Deliveries counted by Verifik.',
      fields: {
        totalRequests: { type: 'Int', description: 'All deliveries.' },
        successfulRequests: { type: 'Int', description: 'Deliveries that succeeded.' },
        failedRequests: { type: 'Int', description: 'Deliveries that failed.' },
        lastTriggeredAt: { type: 'DateTime', description: 'When the last delivery was sent.' },
      },
    },
    description: 'Deliveries so far. Null before the first one or where Verifik does not tell.',
  },
} as const satisfies DetailStatements

type VerifikDetails = DetailsOf<typeof details>
export type VerifikWebhook = Webhook<VerifikDetails>
export type VerifikCreate = CreateInput<OptionsOf<typeof options>>
export type VerifikUpdate = UpdateInput<OptionsOf<typeof options>>

export function toWebhook(wire: KnownWebhook): VerifikWebhook {
  return {
    upstreamId: wire.id,
    name: wire.name,
    url: wire.url,
    enabled: wire.isActive,
    status: wire.isActive ? 'ACTIVE' : 'DISABLED',
    eventTypes: wire.events,
    createdAt: wire.createdAt,
    updatedAt: wire.updatedAt,
    secretHint: null,
    raw: wire.raw,
    details: {
      description: wire.description,
      clientId: wire.client,
      projectFlowIds: wire.projectFlow ?? [],
      retryPolicy: toRetryPolicy(wire),
      statistics: toStatistics(wire),
    },
  }
}

function toRetryPolicy({ retryPolicy }: KnownWebhook): VerifikDetails['retryPolicy'] {
  if (retryPolicy === null) return null
  const { maxRetries, retryDelay, timeout } = retryPolicy
  return { maxRetries, retryDelayMs: retryDelay, timeoutMs: timeout }
}

function toStatistics({ statistics }: KnownWebhook): VerifikDetails['statistics'] {
  const counted = {
    totalRequests: statistics?.totalRequests ?? null,
    successfulRequests: statistics?.successfulRequests ?? null,
    failedRequests: statistics?.failedRequests ?? null,
    lastTriggeredAt: statistics?.lastTriggered ?? null,
  }
  return Object.values(counted).every((value) => value === null) ? null : counted
}

/** The body of a create or update; what is undefined is left out. */
export function toBody({ url, name, eventTypes, enabled, options }: Omit<VerifikCreate, 'proof'> | VerifikUpdate): WireChanges {
  return {
    url,
    name,
    isActive: enabled,
    description: options.description,
    link: options.linkProjectFlowIds,
    unlink: options.unlinkProjectFlowIds,
    events: eventTypes,
    secret: options.secret,
  }
}

/** What to know when event types were asked for and the answer, as that of variant A, does not have them. */
export function toEventWarnings(
  { eventTypes }: VerifikCreate | VerifikUpdate,
  { events }: Pick<KnownWebhook, 'events'>,
): readonly Warning[] {
  if (eventTypes === undefined || events !== null) return []
  const message = 'Verifik did not confirm the event types: its answer has none. The webhook may receive other events too.'
  return [{ code: 'EVENT_TYPES_UNCONFIRMED', message }]
}

/** What to know of the secret that was sent, where the answer shows another one. */
export function toSecretWarnings(
  { options: { secret } }: VerifikCreate | VerifikUpdate,
  echo: Secret | null,
): readonly Warning[] {
  // The door masks the secret of a call in its answer: what still shows is another one.
  const confirmed = echo === null || [secret, shownSecret].includes(echo.reveal())
  if (secret === undefined || confirmed) return []
  const message =
    'Verifik answered with another signing secret than it was sent. Check that a delivery verifies with yours; where none does, ' +
    'rotate the secret again.'
  return [{ code: 'SECRET_UNCONFIRMED', message }]
}

/** What a write that must not be lost has made; what could not be read of its answer is as it was known. */
export function toWritten({ webhook: wire, echo }: WireSalvaged, input: VerifikCreate | VerifikUpdate, known: Known) {
  return {
    webhook: toWebhook({ ...wire, url: wire.url ?? known.url, isActive: wire.isActive ?? known.enabled }),
    warnings: [
      ...toEventWarnings(input, wire),
      ...toSecretWarnings(input, echo),
      ...toUnreadableWarnings('Verifik', wire.unreadable),
    ],
  }
}
