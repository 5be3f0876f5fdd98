import type { DetailStatements, OptionStatements } from '../../../src/provider/fields.ts'
import type { CreateInput, UpdateInput } from '../../../src/provider/operations.ts'
import type { Webhook } from '../../../src/webhook.ts'
import type { WireChanges, WireCreated, WireHook } from './api.ts'

export const options = {} as const satisfies OptionStatements
export const details = {} as const satisfies DetailStatements

export type BellhopCreate = CreateInput<object>
export type BellhopUpdate = UpdateInput<object>

export function toWebhook(wire: WireHook): Webhook<object> {
  return {
    upstreamId: wire.id,
    name: wire.label,
    url: wire.url,
    enabled: wire.active,
    status: wire.active ? 'ACTIVE' : 'DISABLED',
    eventTypes: wire.topics,
    createdAt: wire.created_at,
    updatedAt: null,
    secretHint: null,
    raw: wire.raw,
    details: {},
  }
}

/** What a create returned; unreadable parts take the requested values. */
export function toCreated(wire: WireCreated, { url, enabled }: BellhopCreate): WireHook {
  return { ...wire, url: wire.url ?? url, active: wire.active ?? enabled }
}

/** Undefined members are not sent. */
export function toBody({ name, url, eventTypes, enabled }: BellhopCreate | BellhopUpdate): WireChanges {
  return { label: name, url, topics: eventTypes, active: enabled }
}
