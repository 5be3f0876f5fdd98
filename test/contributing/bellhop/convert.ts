import { toMade, toReported } from '../../../src/provider/answers.ts'
import type { DetailStatements, OptionStatements } from '../../../src/provider/fields.ts'
import type { CreateInput, WriteInput } from '../../../src/provider/operations.ts'
import type { WireChanges, WireCreated, WireHook } from './api.ts'

export const options = {} as const satisfies OptionStatements
export const details = {} as const satisfies DetailStatements

export function toWebhook(wire: WireHook) {
  return toReported({
    upstreamId: wire.id,
    name: wire.label,
    url: wire.url,
    enabled: wire.active,
    eventTypes: wire.topics,
    createdAt: wire.created_at,
    raw: wire.raw,
    details: {},
  })
}

/** What a create returned; unreadable parts take the requested values. */
export function toCreated(wire: WireCreated, { url, enabled }: CreateInput<object>) {
  return toMade(toWebhook({ ...wire, url: wire.url ?? url, active: wire.active ?? enabled }), wire.secret, wire)
}

/** Undefined members are not sent. */
export function toChanges({ name, url, eventTypes, enabled }: WriteInput<object>): WireChanges {
  return { label: name, url, topics: eventTypes, active: enabled }
}

export const toBody = (input: CreateInput<object>) => toChanges(input)
