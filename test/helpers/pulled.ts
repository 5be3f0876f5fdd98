import type { PulledWebhook } from '../../src/cli/pull/actual.ts'
import type { PulledFields } from '../../src/cli/pull/allowed.ts'

/** A webhook of which a file can say these fields. */
export function toPulledWebhook(id: string, fields: PulledFields): PulledWebhook {
  return { id, name: fields.name ?? null, url: fields.url, fields, leftOut: new Map(), listUnsaid: () => [] }
}
