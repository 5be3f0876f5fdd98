import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod'
import type { DetailStatements, DetailsOf, EnumType, OptionStatements, OptionsOf } from '../../provider/fields.ts'
import type { CreateInput, UpdateInput } from '../../provider/operations.ts'
import type { Foreseen } from '../../provider/provider.ts'
import { areShown, type Shown } from '../../provider/recovery.ts'
import type { Warning, Webhook } from '../../webhook.ts'
import type { KnownWebhook, WireCreated, WireInput, WireWebhook } from './api.ts'

const format = {
  name: 'ShopifyWebhookFormat',
  description: 'Format of the events that Shopify sends.',
  values: { JSON: 'Events are sent as JSON.', XML: 'Events are sent as XML. Some topics do not support it.' },
} as const satisfies EnumType

export const nameShape = z.string().regex(/^[A-Za-z0-9_-]+$/, 'Use only letters, digits, hyphens and underscores.')
const text = z.string().min(1).max(255)
const optional = { onCreate: 'OPTIONAL', onUpdate: 'OPTIONAL' } as const
const texts = { ...optional, type: 'String', list: true, nullable: true, shape: text } as const

export const options = {
  format: { ...optional, type: format, description: 'Format of the events. Defaults to JSON.' },
  filter: {
    ...optional,
    type: 'String',
    nullable: true,
    shape: z.string().min(1).max(65_535),
    description:
      "Condition in Shopify's search syntax that events must meet, such as total_price:>=100.00. Null sends all events.",
  },
  includeFields: { ...texts, description: 'Fields to send. Null sends all fields.' },
  metafieldNamespaces: { ...texts, description: 'Namespaces whose metafields are sent. Null sends none.' },
  metafields: {
    ...texts,
    type: 'JSON',
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

export type ShopifyWebhook = Webhook<DetailsOf<typeof details>>
type ShopifyOptions = OptionsOf<typeof options>
export type ShopifyCreate = CreateInput<ShopifyOptions>
export type ShopifyUpdate = UpdateInput<ShopifyOptions>

export function toWebhook(wire: KnownWebhook): ShopifyWebhook {
  return {
    upstreamId: wire.id,
    name: wire.name,
    url: wire.uri,
    enabled: true,
    status: 'ACTIVE',
    eventTypes: [wire.topic],
    createdAt: wire.createdAt,
    updatedAt: wire.updatedAt,
    secretHint: null,
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
  }
}

/** The result of a create; unreadable parts of the response take the requested values. */
export function toCreated(wire: WireCreated, { url, eventTypes }: ShopifyCreate): KnownWebhook {
  return { ...wire, uri: wire.uri ?? url, topic: wire.topic ?? toTopic(eventTypes) }
}

/** The gateway lets through exactly one. */
export function toTopic(eventTypes: readonly string[] | undefined): string {
  return eventTypes?.[0] ?? ''
}

export function toInput({ url, name, options }: Pick<ShopifyCreate, 'url' | 'name' | 'options'>): WireInput {
  return { uri: url, ...toOwnInput(options), ...(name !== '' && { name }) }
}

/** The full webhook with its changes, because what an update leaves out may be cleared. */
export function toReplacement(wire: WireWebhook, { url, name, options }: ShopifyUpdate): WireInput {
  const { uri, format, filter, includeFields, metafieldNamespaces, metafields } = wire
  const before = { uri, format, ...(filter !== null && { filter }), includeFields, metafieldNamespaces, metafields }
  const own = name ?? wire.name
  return { ...before, ...(url !== undefined && { uri: url }), ...toOwnInput(options), ...(own !== null && { name: own }) }
}

/** Without undefined members, which must not replace others. */
function toOwnInput({ format, filter, includeFields, metafieldNamespaces, metafields }: ShopifyOptions): Partial<WireInput> {
  return {
    ...(format !== undefined && { format }),
    ...(filter !== undefined && { filter }),
    ...(includeFields !== undefined && { includeFields: includeFields ?? [] }),
    ...(metafieldNamespaces !== undefined && { metafieldNamespaces: metafieldNamespaces ?? [] }),
    ...(metafields !== undefined && { metafields: metafields ?? [] }),
  }
}

/** Whether a webhook has these options. Lists can come back in another form: reordered, or with the namespace of the app. */
export function showsOptions({ details }: ShopifyWebhook, options: ShopifyOptions): Shown {
  const shown: Partial<Record<string, unknown>> = details
  const each = Object.entries(toOwnInput(options)).map(([name, asked]): Shown => {
    if (isDeepStrictEqual(shown[name], asked)) return true
    return Array.isArray(asked) ? 'UNTOLD' : false
  })
  return areShown(each)
}

const noSecret: Warning = {
  code: 'NO_SIGNING_SECRET',
  message:
    "Shopify has no signing secret for each webhook. It signs all of them with the client secret of the app; see the app's settings at Shopify.",
}

export function foresee({ operation }: Foreseen<object>): readonly Warning[] {
  return operation === 'CREATE' ? [noSecret] : []
}
