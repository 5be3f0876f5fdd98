import * as z from 'zod'
import type { CreateInput, DetailStatements, DetailsOf, OptionStatements, OptionsOf, UpdateInput } from '../../provider.ts'
import type { Webhook } from '../../webhook.ts'
import type { WireChanges, WireWebhook } from './api.ts'

export const options = {
  metadata: {
    onCreate: 'OPTIONAL',
    onUpdate: 'OPTIONAL',
    type: 'JSON',
    description: 'A JSON object of your own that is kept with the webhook. An update replaces it whole.',
    shape: z.record(z.string(), z.json(), 'Give a JSON object, e.g. {"team": "payments"}.'),
  },
} as const satisfies OptionStatements

export const details = {
  tenant: { type: 'String', description: 'The Baanx tenant that the webhook belongs to.' },
  metadata: { type: 'JSON', description: 'The JSON object that was stored with the webhook; {} where there is none.' },
  maskedApiKey: {
    type: 'String',
    description: 'The signing key as Baanx masks it, e.g. whk_****...****7f2a. The whole key is shown once, on create.',
  },
} as const satisfies DetailStatements

export type BaanxWebhook = Webhook<DetailsOf<typeof details>>
export type BaanxCreate = CreateInput<OptionsOf<typeof options>>
export type BaanxUpdate = UpdateInput<OptionsOf<typeof options>>

export function toWebhook(wire: WireWebhook): BaanxWebhook {
  return {
    upstreamId: wire.id,
    name: wire.name,
    url: wire.url,
    enabled: wire.isActive,
    status: wire.isActive ? 'ACTIVE' : 'DISABLED',
    eventTypes: wire.eventTypes,
    createdAt: wire.createdAt,
    updatedAt: wire.updatedAt,
    details: { tenant: wire.tenant, metadata: wire.metadata, maskedApiKey: toMask(wire.apiKey) },
  }
}

/** Baanx' own mask, also for a key that arrives whole. */
function toMask(apiKey: string): string {
  return `whk_****...****${apiKey.slice(-4)}`
}

/** The body of a create or update; what is undefined is left out. */
export function toBody({ name, url, eventTypes, enabled, options }: BaanxCreate | BaanxUpdate): WireChanges {
  return { name, url, event_types: eventTypes, is_active: enabled, metadata: options.metadata }
}
