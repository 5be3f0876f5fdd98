import type { Gateway } from '../gateway/gateway.ts'
import { createSizes, sumFields } from './field-bound.ts'
import { listBelow, type RootField, type SelectedField, type SelectedSet } from './sets.ts'

/** Maximum number of webhooks and delivery logs that are read for the journal entries below a field. */
export function boundEntries(root: RootField, gateway: Gateway): { readonly webhooks: number; readonly logs: number } {
  const entries = listBelow(root).filter(({ parent }) => parent.name === 'JournalEntry')
  if (entries.length === 0) return { webhooks: 0, logs: 0 }
  const ofEntries = listBelow({ ...root, below: entries.flatMap(({ below }) => below ?? []) })
  const logs = new Set(ofEntries.filter(({ definition }) => definition.name === 'deliveries'))
  const whole: SelectedSet = { fields: [{ ...root, below: { fields: [], spreads: root.below } }], spreads: [] }
  const sizeOf = createSizes(gateway)
  return {
    webhooks: sumFields(whole, sizeOf, (field) => (isWebhook(field) ? 1 : 0)),
    logs: sumFields(whole, sizeOf, (field) => (logs.has(field) ? 1 : 0)),
  }
}

function isWebhook({ parent, definition }: SelectedField): boolean {
  return parent.name === 'JournalEntry' && definition.name === 'webhook'
}
