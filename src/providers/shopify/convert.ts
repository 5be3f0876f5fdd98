import * as z from 'zod'
import { toMade, toReported } from '../../provider/answers.ts'
import type { DetailStatements, DetailsOf, EnumType, OptionStatements, OptionsOf } from '../../provider/fields.ts'
import type { CreateInput, UpdateInput } from '../../provider/operations.ts'
import type { Warning, Webhook } from '../../webhook.ts'
import type { KnownWebhook, WireCreated, WireInput, WireWebhook } from './api.ts'

const format = {
  name: 'ShopifyWebhookFormat',
  description: 'Format of the events that Shopify sends.',
  values: { JSON: 'Events are sent as JSON.', XML: 'Events are sent as XML. Some topics do not support it.' },
} as const satisfies EnumType

export const nameShape = z.string().regex(/^[A-Za-z0-9_-]+$/, 'Use only letters, digits, hyphens and underscores.')
const text = z.string().min(1).max(255)
const texts = { type: 'String', list: true, nullable: true, default: null, shape: text } as const

export const options = {
  format: { type: format, default: 'JSON', description: 'Format of the events. Defaults to JSON.' },
  filter: {
    type: 'String',
    nullable: true,
    default: null,
    shape: z.string().min(1).max(65_535),
    description:
      "Condition in Shopify's search syntax that events must meet, such as total_price:>=100.00. Null sends all events.",
  },
  includeFields: { ...texts, description: 'Fields to send. Null sends all fields.' },
  metafieldNamespaces: { ...texts, isReworded: true, description: 'Namespaces whose metafields are sent. Null sends none.' },
  metafields: {
    ...texts,
    type: 'JSON',
    isReworded: true,
    shape: z.strictObject({ key: text, namespace: text.optional() }),
    description:
      'Metafields to send, as objects with `key` and `namespace`. Without `namespace`, it is that of the app. Null sends none.',
  },
} as const satisfies OptionStatements

export const details = {
  format: { type: format, description: 'Format of the events, if readable.' },
  filter: { type: 'String', description: "Condition in Shopify's search syntax. Null if all events are sent." },
  includeFields: { type: 'String', list: true, description: 'Fields that are sent. Empty if all fields are sent.' },
  metafieldNamespaces: { type: 'String', list: true, description: 'Namespaces whose metafields are sent.' },
  metafields: { type: 'JSON', description: 'Metafields that are sent, as objects with `namespace` and `key`.' },
  apiVersion: { type: 'String', description: 'API version of the events, which is a setting of the app.' },
  legacyResourceId: { type: 'String', description: "ID of the webhook in Shopify's REST API." },
} as const satisfies DetailStatements

type ShopifyOptions = OptionsOf<typeof options>
type ShopifyCreate = CreateInput<ShopifyOptions>

export function toWebhook(wire: KnownWebhook): Webhook<DetailsOf<typeof details>> {
  return toReported({
    upstreamId: wire.id,
    name: wire.name,
    url: wire.uri,
    enabled: true,
    eventTypes: [wire.topic],
    createdAt: wire.createdAt,
    updatedAt: wire.updatedAt,
    raw: wire.raw,
    details: {
      format: wire.format,
      filter: wire.filter,
      includeFields: wire.includeFields,
      metafieldNamespaces: wire.metafieldNamespaces,
      metafields: wire.metafields,
      apiVersion: wire.apiVersion?.handle ?? null,
      legacyResourceId: wire.legacyResourceId,
    },
  })
}

/** The result of a create; unreadable parts of the response take the requested values. */
export function toCreated(wire: WireCreated, { url, eventTypes }: ShopifyCreate) {
  const known = { uri: wire.uri ?? url, topic: wire.topic ?? eventTypes?.[0] ?? '' }
  return toMade(toWebhook({ ...wire, ...known }), null, wire)
}

/** The gateway lets through exactly one event type. */
export function toBody({ url, name, eventTypes, options }: ShopifyCreate) {
  const webhookSubscription: WireInput = { uri: url, ...toOwnInput(options), name: name === '' ? undefined : name }
  return { topic: eventTypes?.[0] ?? '', webhookSubscription }
}

/** The full webhook with its changes, because what an update leaves out may be cleared. */
export function toReplacement(wire: WireWebhook, { url, name, options }: UpdateInput<ShopifyOptions>): WireInput {
  const { uri, format, filter, includeFields, metafieldNamespaces, metafields } = wire
  const before = { format, ...(filter !== null && { filter }), includeFields, metafieldNamespaces, metafields }
  return { uri: url ?? uri, ...toOwnInput({ ...before, ...options }), name: name ?? wire.name ?? undefined }
}

/** Null clears a list. */
const clear = <T>(list: readonly T[] | null | undefined) => (list === null ? [] : list)

function toOwnInput({ includeFields, metafieldNamespaces: namespaces, metafields, ...own }: ShopifyOptions) {
  const lists = { includeFields: clear(includeFields), metafieldNamespaces: clear(namespaces), metafields: clear(metafields) }
  return { ...own, ...lists }
}

export const noSecret: Warning = {
  code: 'NO_SIGNING_SECRET',
  message:
    "Shopify has no signing secret for each webhook. It signs all of them with the client secret of the app; see the app's settings at Shopify.",
}
