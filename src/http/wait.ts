/** Maximum wait from headers: a wrong unit or a malicious value could otherwise block an account for years. */
export const longestWaitMs = 3_600_000

type Headers = Readonly<Record<string, string | string[] | undefined>>

/** Milliseconds to wait by Retry-After; null if not specified. */
export function readRetryAfterMs(headers: Headers, nowMs = readNowMs(headers)): number | null {
  const after = headers['retry-after']
  if (typeof after !== 'string') return null
  return readNumberMs(after, nowMs) ?? readDateMs(after, nowMs)
}

/** Milliseconds that a response asks to wait before the next request; null if not specified. */
export function readAskedWaitMs(status: number, headers: Headers): number | null {
  if (status === 429) return readRetryAfterMs(headers) ?? readResetMs(headers)
  return status >= 500 ? readRetryAfterMs(headers) : null
}

/** Milliseconds until X-RateLimit-Reset; null if not specified. */
export function readResetMs(headers: Headers, nowMs = readNowMs(headers)): number | null {
  const reset = headers['x-ratelimit-reset']
  return typeof reset === 'string' ? readNumberMs(reset, nowMs) : null
}

/** The time on the sender's clock, which may differ from ours. */
function readNowMs({ date }: Headers): number {
  const sentMs = typeof date === 'string' ? Date.parse(date) : Number.NaN
  return Number.isNaN(sentMs) ? Date.now() : sentMs
}

/** The size of a number determines its unit: no wait is 30 years long, and no reset was before 2001. */
function readNumberMs(text: string, nowMs: number): number | null {
  if (!/^\d+(?:\.\d+)?$/.test(text)) return null
  const number = Number(text)
  if (number < 1e9) return toWaitMs(number * 1_000)
  return toWaitMs(toEpochMs(number) - nowMs)
}

/** Accepts seconds, milliseconds, microseconds or nanoseconds since the epoch. */
function toEpochMs(number: number): number {
  if (number < 1e11) return number * 1_000
  if (number < 1e14) return number
  return number < 1e17 ? number / 1_000 : number / 1_000_000
}

function readDateMs(text: string, nowMs: number): number | null {
  // An HTTP date has a time of day, and Date.parse reads a year from any number.
  const waitMs = text.includes(':') ? Date.parse(text) - nowMs : Number.NaN
  return Number.isNaN(waitMs) ? null : toWaitMs(waitMs)
}

function toWaitMs(waitMs: number): number {
  return Math.min(Math.max(0, waitMs), longestWaitMs)
}
