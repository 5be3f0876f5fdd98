import { type Pacer, readSteadyMs, type Turn, type Waiting, waitUntil } from './pace.ts'
import type { Rate } from './rate.ts'
import { longestWaitMs } from './wait.ts'

/** A request that waits for its turn. */
interface Place extends Waiting {
  readonly amount: number
}

interface Bucket {
  size: number
  /** Time that an empty one takes to be full again. */
  fullMs: number
  /** What was left at `atMs`, without those that wait. */
  left: number
  atMs: number
  /** First in line first. */
  line: Place[]
  /** Time until which the provider asked to wait. */
  heldUntil: number
  /** Time until which the provider's size and speed are valid. */
  learnedUntil: number
}

/**
 * Paces requests to a limit that refills steadily: a request waits until what it takes has come in. What the provider tells
 * takes precedence. Each key has its own bucket. Of several processes, each has its share of the bucket, but at least one of it.
 */
export function createBucket(rate: Rate, now: () => number = readSteadyMs, countProcesses: () => number = () => 1): Pacer {
  const buckets = new Map<string, Bucket>()

  function open(key: string): Bucket {
    const time = now()
    const bucket = buckets.get(key) ?? createFull(time)
    buckets.set(key, bucket)
    if (bucket.learnedUntil <= time) forgetSize(bucket)
    for (let [first] = bucket.line; first !== undefined; [first] = bucket.line) {
      const turnMs = getTurnMs(bucket, 1)
      if (turnMs > time) break
      refill(bucket, turnMs)
      bucket.left -= toPart(bucket, first.amount)
      bucket.line.shift()
    }
    refill(bucket, time)
    return bucket
  }

  function createFull(atMs: number): Bucket {
    const { calls: size, perMs: fullMs } = rate
    return { size, fullMs, left: toShare(size), atMs, line: [], heldUntil: 0, learnedUntil: Number.POSITIVE_INFINITY }
  }

  function forgetSize(bucket: Bucket): void {
    bucket.size = rate.calls
    bucket.fullMs = rate.perMs
    bucket.learnedUntil = Number.POSITIVE_INFINITY
  }

  const toShare = (size: number) => Math.max(1, size / countProcesses())

  const getSize = ({ size }: Bucket) => toShare(size)

  /** More than it holds would never fit. */
  const toPart = (bucket: Bucket, amount: number) => Math.min(amount, getSize(bucket))

  function refill(bucket: Bucket, timeMs: number): void {
    const size = getSize(bucket)
    bucket.left = Math.min(size, bucket.left + ((timeMs - bucket.atMs) / bucket.fullMs) * size)
    bucket.atMs = timeMs
  }

  /** Time at which there is enough for so many of the line, and for an amount behind them. */
  function getTurnMs(bucket: Bucket, count: number, amount = 0): number {
    const all = [...bucket.line.slice(0, count), { amount }]
    const taken = all.reduce((sum, each) => sum + toPart(bucket, each.amount), 0)
    return bucket.atMs + (Math.max(0, taken - bucket.left) / getSize(bucket)) * bucket.fullMs
  }

  function getWaitMs(key: string, amount: number): number {
    const bucket = open(key)
    return Math.max(bucket.heldUntil, getTurnMs(bucket, bucket.line.length, amount)) - now()
  }

  function toTurn(key: string, place: Place): Turn {
    const getOwnWaitMs = () => {
      const bucket = open(key)
      // 0 once it has taken its part.
      return Math.max(bucket.heldUntil, getTurnMs(bucket, bucket.line.indexOf(place) + 1)) - now()
    }
    return {
      getWaitMs: getOwnWaitMs,
      wait: (signal) => waitUntil(place, getOwnWaitMs, signal),
      giveBack() {
        const bucket = open(key)
        const index = bucket.line.indexOf(place)
        if (index === -1) bucket.left = Math.min(getSize(bucket), bucket.left + toPart(bucket, place.amount))
        else bucket.line.splice(index, 1)
        wakeAll(bucket)
      },
    }
  }

  return {
    getWaitMs: (key, amount) => Math.max(0, getWaitMs(key, amount)),

    reserve(key, mostMs, amount = 1) {
      const waitMs = Math.max(0, getWaitMs(key, amount))
      if (waitMs >= mostMs) return { waitMs, turn: null }
      const place: Place = { amount }
      open(key).line.push(place)
      return { waitMs, turn: toTurn(key, place) }
    },

    hold(key, waitMs) {
      const bucket = open(key)
      bucket.heldUntil = Math.max(bucket.heldUntil, now() + waitMs)
    },
    isHeld: (key) => (buckets.get(key)?.heldUntil ?? 0) > now(),

    /** What was estimated too much for earlier requests is given back with it. */
    learn(key, { limit, remaining, fullMs }) {
      const bucket = open(key)
      if (limit !== undefined && limit > 0) {
        bucket.size = limit
        bucket.fullMs = Math.min(Math.max(1, fullMs ?? bucket.fullMs), longestWaitMs)
        bucket.learnedUntil = now() + longestWaitMs
      }
      if (remaining !== undefined) bucket.left = Math.min(Math.max(0, remaining), bucket.size) / countProcesses()
      wakeAll(bucket)
    },

    forget() {
      for (const bucket of buckets.values()) {
        forgetSize(bucket)
        bucket.heldUntil = 0
        wakeAll(bucket)
      }
    },
  }
}

function wakeAll({ line }: Bucket): void {
  for (const { wake } of line) wake?.()
}
