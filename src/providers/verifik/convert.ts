import * as z from 'zod'
import type { DetailStatements, DetailsOf, OptionStatements, OptionsOf } from '../../provider/fields.ts'
import type { CreateInput, Known, UpdateInput } from '../../provider/operations.ts'
import { toUnreadableWarnings } from '../../provider/answers.ts'
import { ownSecret } from '../../provider/own-secret.ts'
import { unsupported } from '../../provider/unsupported.ts'
import { type Secret, shownSecret } from '../../secret.ts'
import type { Warning, Webhook } from '../../webhook.ts'
import type { WireChanges, WireSalvaged } from './api.ts'
import type { KnownWebhook } from './variants.ts'

// An ID that no response could contain would make its webhook unreadable.
const projectFlowId = z
  .string()
  .min(1)
  .max(256)
  .refine((id) => !/^\.{1,2}$/.test(id), 'This is not a project flow ID. Copy the ID from Verifik.')

export const options = {
  description: {
    onCreate: 'OPTIONAL',
    onUpdate: 'OPTIONAL',
    type: 'String',
    description: 'Description of the webhook, up to 1,000 characters.',
    shape: z.string().max(1_000),
  },
  linkProjectFlowIds: {
    onCreate: 'OPTIONAL',
    onUpdate: 'OPTIONAL',
    type: 'String',
    list: true,
    description:
      'IDs of project flows to link to the webhook, up to 100, each 1 to 256 characters. An update adds to those already linked.',
    shape: projectFlowId,
  },
  unlinkProjectFlowIds: {
    onCreate: unsupported('A new webhook has no project flows.'),
    onUpdate: 'OPTIONAL',
    type: 'String',
    list: true,
    description: 'IDs of project flows to unlink from the webhook, up to 100, each 1 to 256 characters.',
    shape: projectFlowId,
  },
  secret: ownSecret,
} as const satisfies OptionStatements

export const details = {
  description: { type: 'String', description: 'Description of the webhook. Null if there is none or it is not reported.' },
  clientId: { type: 'String', description: 'ID of the Verifik client that owns the webhook, if reported.' },
  projectFlowIds: {
    type: 'String',
    list: true,
    required: true,
    description: 'IDs of the linked project flows. Empty if there are none or they are not reported.',
  },
  retryPolicy: {
    type: {
      name: 'VerifikRetryPolicy',
      description: 'How Verifik retries failed deliveries. Read-only.',
      fields: {
        maxRetries: { type: 'Int', required: true, description: 'Maximum number of retries.' },
        retryDelayMs: { type: 'Int', required: true, description: 'Milliseconds between attempts.' },
        timeoutMs: { type: 'Int', required: true, description: 'Timeout of an attempt, in milliseconds.' },
      },
    },
    description:
      'Retry policy for failed deliveries. Verifik reports it on create and when a webhook is read on its own. Null in lists, ' +
      'after an update, and if not reported.',
  },
  statistics: {
    type: {
      name: 'VerifikStatistics',
      description: 'Delivery statistics from Verifik.',
      fields: {
        totalRequests: { type: 'Int', description: 'Number of deliveries.' },
        successfulRequests: { type: 'Int', description: 'Number of successful deliveries.' },
        failedRequests: { type: 'Int', description: 'Number of failed deliveries.' },
        lastTriggeredAt: { type: 'DateTime', description: 'Time of the last delivery.' },
      },
    },
    description: 'Delivery statistics. Null before the first delivery or if not reported.',
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

/** Body of a create or update, without undefined fields. */
export function toBody({
  url,
  name,
  eventTypes,
  enabled,
  options,
}: Omit<VerifikCreate, 'proof' | 'key'> | VerifikUpdate): WireChanges {
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

/** Warning if event types were requested but the response, as in variant A, does not contain them. */
export function toEventWarnings(
  { eventTypes }: VerifikCreate | VerifikUpdate,
  { events }: Pick<KnownWebhook, 'events'>,
): readonly Warning[] {
  if (eventTypes === undefined || events !== null) return []
  const message = 'Verifik did not confirm the event types: the response contains none. The webhook may receive other events too.'
  return [{ code: 'EVENT_TYPES_UNCONFIRMED', message }]
}

/** Warning if the response contains a different secret than the one sent. */
export function toSecretWarnings(
  { options: { secret } }: VerifikCreate | VerifikUpdate,
  echo: Secret | null,
): readonly Warning[] {
  // The HTTP client masks a request's secret in its response: an unmasked one is different.
  const confirmed = echo === null || [secret, shownSecret].includes(echo.reveal())
  if (secret === undefined || confirmed) return []
  const message =
    'The response from Verifik contains a different signing secret than the one sent. Check that a delivery verifies with your ' +
    'secret. If not, rotate the secret again.'
  return [{ code: 'SECRET_UNCONFIRMED', message }]
}

/** The result of a write that must not be lost; unreadable parts of the response keep their known values. */
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
