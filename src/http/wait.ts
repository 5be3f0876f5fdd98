/** What headers say about time holds for an hour at most: a wrong unit, or bad will, would block an account for years. */
export const longestWaitMs = 3_600_000

type Headers = Readonly<Record<string, string | string[] | undefined>>

/** Milliseconds to wait by Retry-After; null where it does not say. */
export function readRetryAfterMs(headers: Headers, nowMs = readNowMs(headers)): number | null {
  const after = headers['retry-after']
  if (typeof after !== 'string') return null
  return readNumberMs(after, nowMs) ?? readDateMs(after, nowMs)
}

/** Milliseconds that an answer asks to wait before the next call; null where it does not ask, or does not say how long. */
export function readAskedWaitMs(status: number, headers: Headers): number | null {
  if (status === 429) return readRetryAfterMs(headers) ?? readResetMs(headers)
  return status >= 500 ? readRetryAfterMs(headers) : null
}

/** Milliseconds until X-RateLimit-Reset; null where it does not say. */
export function readResetMs(headers: Headers, nowMs = readNowMs(headers)): number | null {
  const reset = headers['x-ratelimit-reset']
  return typeof reset === 'string' ? readNumberMs(reset, nowMs) : null
}

/** The time by the clock of whoever sent the headers: ours may be another one. */
function readNowMs({ date }: Headers): number {
  const sentMs = typeof date === 'string' ? Date.parse(date) : Number.NaN
  return Number.isNaN(sentMs) ? Date.now() : sentMs
}

/** What a number counts is told by its size: no wait is 30 years long, and no reset was before 2001. */
function readNumberMs(text: string, nowMs: number): number | null {
  if (!/^\d+(?:\.\d+)?$/.test(text)) return null
  const number = Number(text)
  if (number < 1e9) return toWaitMs(number * 1_000)
  return toWaitMs(toEpochMs(number) - nowMs)
}

/** Of seconds, milliseconds, microseconds or nanoseconds since the epoch: each is a thousand times the one before. */
function toEpochMs(number: number): number {
  if (number < 1e11) return number * 1_000
  if (number < 1e14) return number
  return number < 1e17 ? number / 1_000 : number / 1_000_000
}

function readDateMs(text: string, nowMs: number): number | null {
  // Without a time of day it is no HTTP date, and Date.parse finds years in any number.
  const waitMs = text.includes(':') ? Date.parse(text) - nowMs : Number.NaN
  return Number.isNaN(waitMs) ? null : toWaitMs(waitMs)
}

function toWaitMs(waitMs: number): number {
  return Math.min(Math.max(0, waitMs), longestWaitMs)
}
