import * as z from 'zod'
import type { DetailStatements, DetailsOf, OptionStatements, OptionsOf } from '../../provider/fields.ts'
import type { CreateInput, Twin, UpdateInput } from '../../provider/operations.ts'
import { areShown, type Shown } from '../../provider/recovery.ts'
import { type Unsupported, unsupported } from '../../provider/unsupported.ts'
import type { Webhook } from '../../webhook.ts'
import type { KnownWebhook, WireChanges, WireCreate, WireCreated } from './api.ts'

/** Such as 2026-10-28.endive; older ones have no name. */
export const versionShape = /^\d{4}-\d{2}-\d{2}(\.[a-z]+)?$/

const fixed = unsupported('Stripe fixes it when the webhook is created. Create a new webhook, and delete this one.')
const mostPairs = 50

export const options = {
  apiVersion: {
    onCreate: 'OPTIONAL',
    onUpdate: fixed,
    type: 'String',
    shape: z.string().regex(versionShape, 'Must be a Stripe API version, e.g. 2026-10-28.endive.'),
    description: "Stripe API version of the events, e.g. 2026-10-28.endive. Defaults to the account's version.",
  },
  connect: {
    onCreate: 'OPTIONAL',
    onUpdate: fixed,
    type: 'Boolean',
    description:
      'Whether events of connected accounts are sent instead of those of your own account. Defaults to false. No read shows it.',
  },
  metadata: {
    onCreate: 'OPTIONAL',
    onUpdate: 'OPTIONAL',
    type: 'JSON',
    description:
      'Your own JSON object to store with the webhook: up to 50 strings of up to 500 characters, with names of 1 to 40 characters without ' +
      'brackets. An update changes only the names that you send, and an empty string removes its name.',
    shape: z
      .record(
        z.string().regex(/^[^[\]]{1,40}$/, 'Names must be 1 to 40 characters long, without brackets.'),
        z.string().max(500, 'Must be at most 500 characters long.'),
        'Must be a JSON object of strings, e.g. {"team": "payments"}.',
      )
      .refine((pairs) => Object.keys(pairs).length <= mostPairs, `Must have at most ${mostPairs} names.`),
  },
} as const satisfies OptionStatements

export const details = {
  apiVersion: { type: 'String', description: "Stripe API version of the events. Null for the account's version." },
  application: { type: 'String', description: 'ID of the Connect application that the webhook belongs to, if any.' },
  livemode: { type: 'Boolean', description: 'Whether it is in live mode. Null if the response to a create could not be read.' },
  metadata: { type: 'JSON', required: true, description: 'Strings stored with the webhook, or {} if there are none.' },
} as const satisfies DetailStatements

export type StripeWebhook = Webhook<DetailsOf<typeof details>>
export type StripeOptions = OptionsOf<typeof options>
export type StripeCreate = CreateInput<StripeOptions>
export type StripeUpdate = UpdateInput<StripeOptions>

export function toWebhook(wire: KnownWebhook): StripeWebhook {
  const { api_version: apiVersion = null, application = null, livemode, metadata } = wire
  return {
    upstreamId: wire.id,
    name: wire.description ?? null,
    url: wire.url,
    enabled: wire.status === 'enabled',
    status: wire.status === 'enabled' ? 'ACTIVE' : 'DISABLED',
    eventTypes: wire.enabled_events,
    createdAt: wire.created,
    updatedAt: null,
    secretHint: null,
    raw: wire.raw,
    details: { apiVersion, application, livemode, metadata },
  }
}

/** The result of a create; unreadable parts of the response take the requested values. */
export function toCreated(wire: WireCreated, { url, options: { metadata = {} } }: StripeCreate): KnownWebhook {
  return { ...wire, url: wire.url ?? url, status: wire.status ?? 'enabled', metadata: wire.metadata ?? metadata }
}

export function toBody({ url, name, eventTypes, options: { apiVersion, connect, metadata } }: Twin<StripeOptions>): WireCreate {
  const description = name === '' ? undefined : name
  return { url, enabled_events: eventTypes, description, api_version: apiVersion, connect, metadata: toMetadata(metadata) }
}

export function toChanges({ url, name, eventTypes, enabled, options }: StripeUpdate): WireChanges {
  const disabled = enabled === undefined ? undefined : !enabled
  return { url, enabled_events: eventTypes, description: name, disabled, metadata: toMetadata(options.metadata) }
}

/** An empty object changes nothing, but would remove all names at Stripe. */
function toMetadata(metadata: StripeOptions['metadata'] = {}): StripeOptions['metadata'] {
  return Object.keys(metadata).length === 0 ? undefined : metadata
}

const pairs = z.record(z.string(), z.string())
const toPairs = (metadata: unknown) => pairs.parse(metadata)

/** Input that creates a webhook with the same settings. */
export function toTwin({ url, name, eventTypes, enabled, details }: StripeWebhook): Twin<StripeOptions> | Unsupported {
  const { apiVersion, application, metadata } = details
  if (application !== null) {
    return unsupported(
      'this webhook belongs to a Connect application, and Stripe does not tell whether it receives the events of connected accounts.',
    )
  }
  const options = { ...(apiVersion !== null && { apiVersion }), metadata: toPairs(metadata) }
  return { url, name: name ?? '', eventTypes: eventTypes ?? undefined, enabled, options }
}

export function showsOptions({ details }: StripeWebhook, { apiVersion, connect, metadata = {} }: StripeOptions): Shown {
  const shown = new Map(Object.entries(toPairs(details.metadata)))
  return areShown([
    apiVersion === undefined || details.apiVersion === apiVersion,
    connect === undefined || 'UNTOLD',
    Object.entries(metadata).every(([name, value]) => (shown.get(name) ?? '') === value),
  ])
}
