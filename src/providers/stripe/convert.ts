import * as z from 'zod'
import { toMade, toReported } from '../../provider/answers.ts'
import type { DetailStatements, DetailsOf, OptionStatements, OptionsOf } from '../../provider/fields.ts'
import type { CreateInput, Twin, UpdateInput } from '../../provider/operations.ts'
import { toTwinWith } from '../../provider/plain.ts'
import { areShown, type Shown, showsDetails } from '../../provider/recovery.ts'
import { type Unsupported, unsupported } from '../../provider/unsupported.ts'
import type { Webhook } from '../../webhook.ts'
import type { KnownWebhook, WireChanges, WireCreate, WireCreated } from './api.ts'

/** Such as 2026-10-28.endive; older ones have no name. */
export const versionShape = /^\d{4}-\d{2}-\d{2}(\.[a-z]+)?$/

const fixed = unsupported('Stripe fixes it when the webhook is created. Create a new webhook, and delete this one.')
const mostPairs = 50

export const options = {
  apiVersion: {
    onUpdate: fixed,
    type: 'String',
    shape: z.string().regex(versionShape, 'Must be a Stripe API version, e.g. 2026-10-28.endive.'),
    description: "Stripe API version of the events, e.g. 2026-10-28.endive. Defaults to the account's version.",
  },
  connect: {
    onUpdate: fixed,
    type: 'Boolean',
    description:
      'Whether events of connected accounts are sent instead of those of your own account. Defaults to false. No read shows it.',
  },
  metadata: {
    type: 'JSON',
    isMerged: true,
    description:
      'Your own JSON object to store with the webhook: up to 50 strings of up to 500 characters, with names of 1 to 40 characters without ' +
      'brackets. An update changes only the names that you send, and an empty string removes its name.',
    shape: z
      .record(z.string().regex(/^[^[\]]{1,40}$/u), z.string().max(500, 'Must be at most 500 characters long.'), {
        error: ({ code }) =>
          code === 'invalid_key'
            ? 'Names must be 1 to 40 characters long, without brackets.'
            : 'Must be a JSON object of strings, e.g. {"team": "payments"}.',
      })
      .refine((pairs) => Object.keys(pairs).length <= mostPairs, `Must have at most ${mostPairs} names.`),
  },
} as const satisfies OptionStatements

export const details = {
  apiVersion: { type: 'String', description: "Stripe API version of the events. Null for the account's version." },
  application: { type: 'String', description: 'ID of the Connect application that the webhook belongs to, if any.' },
  livemode: { type: 'Boolean', description: 'Whether it is in live mode. Null if the response to a create could not be read.' },
  metadata: { type: 'JSON', required: true, description: 'Strings stored with the webhook, or {} if there are none.' },
} as const satisfies DetailStatements

type StripeOptions = OptionsOf<typeof options>
export type StripeWebhook = Webhook<DetailsOf<typeof details>>

export function toWebhook(wire: KnownWebhook): StripeWebhook {
  const { api_version: apiVersion = null, application = null, livemode, metadata } = wire
  return toReported({
    upstreamId: wire.id,
    name: wire.description,
    url: wire.url,
    enabled: wire.status === 'enabled',
    eventTypes: wire.enabled_events,
    createdAt: wire.created,
    raw: wire.raw,
    details: { apiVersion, application, livemode, metadata },
  })
}

/** The result of a create; unreadable parts of the response take the requested values. */
export function toCreated(wire: WireCreated, { url, options: { metadata = {} } }: CreateInput<StripeOptions>) {
  const known = { url: wire.url ?? url, status: wire.status ?? ('enabled' as const), metadata: wire.metadata ?? metadata }
  return toMade(toWebhook({ ...wire, ...known }), wire.secret, wire)
}

export function toBody({ url, name, eventTypes, options: { apiVersion, connect, metadata } }: Twin<StripeOptions>): WireCreate {
  const description = name === '' ? undefined : name
  return { url, enabled_events: eventTypes, description, api_version: apiVersion, connect, metadata: toMetadata(metadata) }
}

export function toChanges({ url, name, eventTypes, enabled, options }: UpdateInput<StripeOptions>): WireChanges {
  const disabled = enabled === undefined ? undefined : !enabled
  return { url, enabled_events: eventTypes, description: name, disabled, metadata: toMetadata(options.metadata) }
}

/** An empty object changes nothing, but would remove all names at Stripe. */
function toMetadata(metadata: StripeOptions['metadata'] = {}): StripeOptions['metadata'] {
  return Object.keys(metadata).length === 0 ? undefined : metadata
}

/** A record of the library would lose a name such as __proto__. */
const pairs = z.custom<Readonly<Record<string, string>>>((given) => {
  return typeof given === 'object' && given !== null && Object.values(given).every((value) => typeof value === 'string')
})
const toPairs = (metadata: unknown) => pairs.parse(metadata)

/** Input that creates a webhook with the same settings. */
export function toTwin(webhook: StripeWebhook): Twin<StripeOptions> | Unsupported {
  const { apiVersion, application, metadata } = webhook.details
  if (application !== null) {
    return unsupported(
      'This webhook belongs to a Connect application, and Stripe does not tell whether it receives the events of connected accounts.',
    )
  }
  return toTwinWith({ ...(apiVersion !== null && { apiVersion }), metadata: toPairs(metadata) }, webhook)
}

export function showsOptions(webhook: StripeWebhook, { metadata = {}, ...others }: StripeOptions): Shown {
  const shown = new Map(Object.entries(toPairs(webhook.details.metadata)))
  const showsMetadata = Object.entries(metadata).every(([name, value]) => (shown.get(name) ?? '') === value)
  return areShown([showsDetails(webhook.details, others), showsMetadata])
}
