import { NotFoundError } from '../errors.ts'
import type { Batch, Delivery, Instant } from '../webhook.ts'
import { type ReportedDelivery, toReportedDelivery } from './answers.ts'
import { emulated, type RedeliverInput, type Redelivery } from './operations.ts'
import { listsDeliveries } from './plain.ts'
import { unsupported } from './unsupported.ts'

// For providers that log attempts.

/** An attempt in a provider's log. */
export interface Attempt
  extends
    Pick<ReportedDelivery, 'upstreamId' | 'eventType' | 'state' | 'responseStatus' | 'responseBody' | 'error' | 'durationMs'>,
    Pick<ReportedDelivery, 'nextRetryAt'> {
  /** The same for all attempts to deliver one event. */
  readonly eventId: string
  readonly at: Instant | null
  /** Counts the attempts for an event, from 1. If a provider does not number them, their IDs are digits that grow. */
  readonly number?: number | null
}

interface ToAttempt<Wire> {
  toAttempt(wire: Wire): Attempt
}

interface Repeating<Wire> {
  deliveries(id: string): Promise<Batch<Wire>>
  redeliver(id: string, attempt: string): Promise<unknown>
}

/** The log of a webhook. */
export function listsAttempts<Wire>({ toAttempt }: ToAttempt<Wire>, note: string) {
  return listsDeliveries({ toDeliveries: (log: Batch<Wire>) => groupAttempts(log, toAttempt) }, note)
}

/** Repeats the last attempt for an event, to its own webhook only. `missing` says that the log has none, `toAll` why not to all. */
export function repeatsAttempts<Wire>(
  { toAttempt }: ToAttempt<Wire>,
  { note, missing, toAll }: { readonly note: string; readonly missing: string; readonly toAll: string },
): Redelivery<Repeating<Wire>> {
  const redelivery = emulated(2, note, async (api: Repeating<Wire>, { key, webhookId }: RedeliverInput) => {
    const log = groupAttempts(await api.deliveries(webhookId), toAttempt)
    const delivery = log.items.find((each) => each.key === key)
    if (delivery === undefined) throw new NotFoundError(missing)
    await api.redeliver(webhookId, delivery.upstreamId)
    return 1
  })
  return { ...redelivery, toAll: unsupported(toAll) }
}

/** The deliveries: attempts for the same event form one. */
function groupAttempts<Wire>({ items, unreadable }: Batch<Wire>, toAttempt: (wire: Wire) => Attempt): Batch<Delivery> {
  const groups = Map.groupBy(items.map(toAttempt), ({ eventId }) => eventId)
  return { items: [...groups.values()].map(sort).flatMap(toDelivery), unreadable }
}

/** By time, unless one is unreadable. */
function sort(attempts: readonly Attempt[]): readonly Attempt[] {
  const isTimed = attempts.every(({ at }) => at !== null)
  const toTime = ({ at }: Attempt) => (isTimed && at !== null ? Date.parse(at) : 0)
  return attempts.toSorted((a, b) => toTime(a) - toTime(b) || compareNumbers(a, b))
}

function compareNumbers(a: Attempt, b: Attempt): number {
  if (a.number !== undefined) return (a.number ?? 0) - (b.number ?? 0)
  // They can have too many digits for a number.
  return a.upstreamId.length - b.upstreamId.length || (a.upstreamId < b.upstreamId ? -1 : 1)
}

function toDelivery(attempts: readonly Attempt[]): readonly Delivery[] {
  const last = attempts.at(-1)
  if (last === undefined) return []
  const { at, number: _, ...reported } = last
  return [
    toReportedDelivery({
      ...reported,
      key: last.eventId,
      // Numbering may restart when an event is resent, and the log drops the oldest attempts.
      attempts: attempts.reduce((most, { number }) => Math.max(most, number ?? 0), attempts.length),
      createdAt: attempts[0]?.at ?? null,
      lastAttemptAt: at,
    }),
  ]
}
