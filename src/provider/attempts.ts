import type { Batch, Delivery } from '../webhook.ts'
import { type ReportedDelivery, toReportedDelivery } from './answers.ts'

/** An attempt in a provider's log. */
export interface Attempt
  extends
    Pick<ReportedDelivery, 'upstreamId' | 'eventType' | 'state' | 'responseStatus' | 'responseBody' | 'error' | 'durationMs'>,
    Pick<ReportedDelivery, 'nextRetryAt'> {
  /** The same for all attempts to deliver one event. */
  readonly eventId: string
  readonly at: Date | null
  /** Counts the attempts for an event, from 1. If a provider does not number them, their IDs are digits that grow. */
  readonly number?: number | null
}

/** The deliveries of a provider that logs attempts: those for the same event form one. */
export function groupAttempts<Wire>({ items, unreadable }: Batch<Wire>, toAttempt: (wire: Wire) => Attempt): Batch<Delivery> {
  const groups = Map.groupBy(items.map(toAttempt), ({ eventId }) => eventId)
  return { items: [...groups.values()].map(sort).flatMap(toDelivery), unreadable }
}

/** By time, unless one is unreadable. */
function sort(attempts: readonly Attempt[]): readonly Attempt[] {
  const isTimed = attempts.every(({ at }) => at !== null)
  const toTime = ({ at }: Attempt) => (isTimed ? (at?.getTime() ?? 0) : 0)
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
