import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { readClock } from './clock.ts'
import type { Database } from './database.ts'
import { type Owner, createOwners, type Owners } from './owners.ts'

/** How long a process counts as alive after it renewed its lease. */
const leaseMs = 15_000
/** How often it does: a few renewals may fail or be late. */
const heartbeatMs = 3_000

export interface LeaseOptions {
  readonly leaseMs?: number | undefined
  readonly heartbeatMs?: number | undefined
}

/** The lease of this process on a store. */
export interface Lease {
  readonly owners: Owners
  /** Resolves once it is renewed. */
  renew(): Promise<void>
  /**
   * Number of the time without a gap in which nobody could take this process for gone; null if that may be over, as after a pause, until
   * it is renewed.
   */
  getTerm(): number | null
  /** Resolves once the others have counted this process, or do not renew their leases in time. Never rejects. */
  meetOthers(): Promise<void>
  /** The time of the database, as the last renewal told it. */
  readClock(): number
  /** How many processes were alive at the last renewal, this one included; Infinity once that may be over: nobody knows how many there are. */
  count(): number
  /** Tells after each renewal why it failed; null if it succeeded. */
  watch(onBeat: (error: unknown) => void): void
  /** Gives it back. Never rejects: it also runs out by itself. */
  end(): Promise<void>
}

/** The rest is for a request to be sent, and for clocks that run differently. */
const sureShare = 0.8

interface Moment {
  readonly steadyMs: number
  readonly timeMs: number
}

const readMoment = (): Moment => ({ steadyMs: performance.now(), timeMs: readClock() })

/** By both clocks: one may be set, and the other may stop with the machine. */
function readAgeMs({ steadyMs, timeMs }: Moment): number {
  return Math.max(performance.now() - steadyMs, readClock() - timeMs)
}

/** Takes a lease, and renews it where others could take over. The database is closed with it. */
export async function takeLease(database: Database, keyIds: Owner['keyIds'], options: LeaseOptions = {}): Promise<Lease> {
  const lastsMs = options.leaseMs ?? leaseMs
  const everyMs = options.heartbeatMs ?? heartbeatMs
  const owners = createOwners(database, { id: randomUUID(), keyIds, leaseMs: lastsMs })
  /** What the database said of the others and of its clock; null if nobody shares it. */
  let told: { readonly living: number; readonly nowMs: number; readonly steadyMs: number } | null = null
  let term = 0
  /** When the last renewal that succeeded was sent: so long at least it lasts from then. */
  let renewed: Moment | undefined
  let onBeat: ((error: unknown) => void) | undefined
  let timer: NodeJS.Timeout | undefined
  let isEnded = false

  async function renew(): Promise<void> {
    const sent = readMoment()
    try {
      // Nobody else has a store open that is not shared.
      await database.write(database.isShared ? [owners.renew()] : [owners.forgetAll(), owners.renew()])
      // Those that came during a gap are counted before it is over.
      if (database.isShared) told = { ...(await owners.count()), steadyMs: performance.now() }
      if (!isSure()) term += 1
      renewed = sent
      onBeat?.(null)
    } catch (error) {
      onBeat?.(error)
      throw error
    }
  }

  function isSure(): boolean {
    return renewed !== undefined && readAgeMs(renewed) < lastsMs * sureShare
  }

  function renewLater(): void {
    if (!database.isShared || isEnded) return
    const again = () => void renew().then(renewLater, renewLater)
    timer = setTimeout(again, everyMs).unref()
  }

  async function meetOthers(): Promise<void> {
    const untilMs = performance.now() + 2 * everyMs
    while (performance.now() < untilMs && (await owners.isUnknown())) await sleep(everyMs / 20)
    await renew()
  }

  await renew()
  renewLater()
  return {
    owners,
    renew,
    getTerm: () => (isSure() ? term : null),
    meetOthers: () => (database.isShared ? meetOthers().catch(() => {}) : Promise.resolve()),
    readClock: () => (told === null ? readClock() : Math.round(told.nowMs + performance.now() - told.steadyMs)),
    count() {
      if (told === null) return 1
      return isSure() ? told.living : Number.POSITIVE_INFINITY
    },
    watch: (listener) => void (onBeat = listener),
    async end() {
      isEnded = true
      clearTimeout(timer)
      if (database.isShared) await database.write([owners.leave()]).catch(() => {})
      await database.close()
    },
  }
}
