import type { Delivery } from '../webhook.ts'

/** How attempts in a provider's log become deliveries. */
export interface AttemptLog<Attempt> {
  /** The same for all attempts to deliver one event. */
  readonly toKey: (attempt: Attempt) => string
  /** Oldest first. */
  readonly toSorted: (attempts: readonly Attempt[]) => readonly Attempt[]
  readonly toDelivery: (attempts: readonly Attempt[], last: Attempt) => Delivery
}

/** The deliveries of a provider that logs attempts: those for the same event form one. */
export function groupAttempts<Attempt>(attempts: readonly Attempt[], log: AttemptLog<Attempt>): readonly Delivery[] {
  return [...Map.groupBy(attempts, log.toKey).values()].map(log.toSorted).flatMap((ofEvent) => {
    const last = ofEvent.at(-1)
    return last === undefined ? [] : [log.toDelivery(ofEvent, last)]
  })
}
