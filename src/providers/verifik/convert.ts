import * as z from 'zod'
import { eventTypesUnconfirmed, toReported } from '../../provider/answers.ts'
import type { DetailStatements, DetailsOf, OptionStatements, OptionsOf } from '../../provider/fields.ts'
import type { Created, CreateInput, Known, Updated, UpdateInput, WriteInput } from '../../provider/operations.ts'
import { ownSecret, secretUnconfirmed, toChosenSecret, toOwnSecret } from '../../provider/own-secret.ts'
import { areShown, type Shown, showsDetails } from '../../provider/recovery.ts'
import { unsupported } from '../../provider/unsupported.ts'
import type { Webhook } from '../../webhook.ts'
import type { WireChanges, WireOptions, WireWritten } from './api.ts'
import type { KnownWebhook } from './variants.ts'

/** Of the secrets that the gateway generates. */
export const prefix = 'whsec_'

// An ID that no response could contain would make its webhook unreadable.
const projectFlowId = z
  .string()
  .min(1)
  .max(256)
  .refine((id) => !/^\.{1,2}$/.test(id), 'This is not a project flow ID. Copy the ID from Verifik.')
const flowIds = { type: 'String', list: true, shape: projectFlowId } as const

export const options = {
  description: {
    type: 'String',
    shape: z.string().max(1_000),
    description: 'Description of the webhook, up to 1,000 characters.',
  },
  linkProjectFlowIds: {
    ...flowIds,
    description:
      'IDs of project flows to link to the webhook, up to 100, each 1 to 256 characters. An update adds to those already linked.',
  },
  unlinkProjectFlowIds: {
    onCreate: unsupported('A new webhook has no project flows.'),
    ...flowIds,
    description: 'IDs of project flows to unlink from the webhook, up to 100, each 1 to 256 characters.',
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
type VerifikOptions = OptionsOf<typeof options>
export type VerifikCreate = CreateInput<VerifikOptions>
export type VerifikUpdate = UpdateInput<VerifikOptions>

export function toWebhook(wire: KnownWebhook): Webhook<VerifikDetails> {
  return toReported({
    upstreamId: wire.id,
    name: wire.name,
    url: wire.url,
    enabled: wire.isActive,
    eventTypes: wire.events,
    createdAt: wire.createdAt,
    updatedAt: wire.updatedAt,
    raw: wire.raw,
    details: {
      description: wire.description,
      clientId: wire.client,
      projectFlowIds: wire.projectFlow ?? [],
      retryPolicy: wire.retryPolicy && toRetryPolicy(wire.retryPolicy),
      statistics: toStatistics(wire),
    },
  })
}

function toRetryPolicy({ maxRetries, retryDelay, timeout }: NonNullable<KnownWebhook['retryPolicy']>) {
  return { maxRetries, retryDelayMs: retryDelay, timeoutMs: timeout }
}

function toStatistics({ statistics }: KnownWebhook): VerifikDetails['statistics'] {
  const { totalRequests = null, successfulRequests = null, failedRequests = null, lastTriggered = null } = statistics ?? {}
  const counted = { totalRequests, successfulRequests, failedRequests, lastTriggeredAt: lastTriggered }
  return Object.values(counted).every((value) => value === null) ? null : counted
}

export const toSecret = (input: VerifikCreate) => toOwnSecret(input, prefix)

export function toBody(input: VerifikCreate): WireChanges {
  return { ...toChanges(input), secret: toSecret(input) }
}

/** Without undefined fields. */
export function toChanges({ url, name, eventTypes, enabled, options }: WriteInput<VerifikOptions>): WireChanges {
  const { description, linkProjectFlowIds: link, unlinkProjectFlowIds: unlink } = options
  return { url, name, isActive: enabled, description, link, unlink, events: eventTypes, secret: toChosenSecret(options) }
}

export function toCreated(wire: WireWritten, input: VerifikCreate): Created<VerifikDetails> {
  const signingSecret = toSecret(input)
  return { ...toWritten(wire, { ...input, options: { secret: signingSecret.reveal() } }, input), signingSecret }
}

/** The result of a write that must not be lost; unreadable parts of the response keep their known values. */
export function toWritten(
  { webhook: wire, isOther }: WireWritten,
  { eventTypes, options }: WriteInput<VerifikOptions>,
  // Without, the response is read as a whole.
  { url, enabled }: Known = { url: '', enabled: false },
): Updated<VerifikDetails> {
  const warnings = [
    ...(eventTypes !== undefined && wire.events === null ? [eventTypesUnconfirmed('Verifik')] : []),
    ...(options.secret !== undefined && isOther ? [secretUnconfirmed('Verifik')] : []),
  ]
  const webhook = toWebhook({ ...wire, url: wire.url ?? url, isActive: wire.isActive ?? enabled })
  return { webhook, warnings, unreadable: wire.unreadable }
}

export function showsOptions({ description, projectFlow, secret }: WireOptions, asked: VerifikOptions): Shown {
  const { linkProjectFlowIds: link = [], unlinkProjectFlowIds: unlink = [], ...others } = asked
  const isLinked = (ids: readonly string[]) => link.every((id) => ids.includes(id)) && !unlink.some((id) => ids.includes(id))
  return areShown([
    showsDetails({ description: description === null ? '' : description, secret: secret?.reveal() }, others),
    [...link, ...unlink].length === 0 || (projectFlow === undefined ? 'UNTOLD' : isLinked(projectFlow)),
  ])
}
