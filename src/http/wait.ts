import { commonHeaders, type RateHeaders, type RateWindow, type WindowState } from './rate.ts'

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
export function readAskedWaitMs(status: number, headers: Headers, windows?: readonly RateWindow[]): number | null {
  if (status === 429) return readLimitedMs(headers, windows)
  return status >= 500 ? readRetryAfterMs(headers) : null
}

/** Milliseconds to wait after a request that was over a rate limit: until the last reset of the windows that have nothing left. */
export function readLimitedMs(headers: Headers, windows: readonly RateWindow[] = []): number | null {
  const told = windows.flatMap((window) => window.headers ?? [])
  const states = (told.length > 0 ? told : [commonHeaders]).map((names) => readState(headers, names))
  const resets = states.flatMap(({ remaining = 0, resetMs }) => (remaining > 0 || resetMs === undefined ? [] : [resetMs]))
  return readRetryAfterMs(headers) ?? (resets.length === 0 ? null : Math.max(...resets))
}

/** What the headers of a response say of a window. */
export function readState(headers: Headers, { limit, remaining, reset, cost, unit }: RateHeaders, nowMs?: number): WindowState {
  const text = (name: string | undefined) => (name === undefined ? undefined : headers[name])
  const told = text(reset)
  const resetMs = typeof told === 'string' ? readResetMs(told, unit, nowMs ?? readNowMs(headers)) : null
  return {
    limit: readCount(text(limit)),
    remaining: readCount(text(remaining)),
    resetMs: resetMs ?? undefined,
    cost: readCount(text(cost)),
  }
}

function readCount(value: string | string[] | undefined): number | undefined {
  return typeof value === 'string' && /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : undefined
}

function readResetMs(value: string, unit: RateHeaders['unit'], nowMs: number): number | null {
  if (unit === undefined) return readNumberMs(value, nowMs)
  const number = /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : Number.NaN
  if (Number.isNaN(number)) return null
  switch (unit) {
    case 'SECONDS':
      return toWaitMs(number * 1_000)
    case 'UNIX_SECONDS':
      return toWaitMs(number * 1_000 - nowMs)
    case 'UNIX_MILLISECONDS':
      return toWaitMs(number - nowMs)
  }
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
