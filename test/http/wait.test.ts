import { describe, expect, it } from 'vitest'
import { commonHeaders } from '../../src/http/rate.ts'
import { readRetryAfterMs, readState } from '../../src/http/wait.ts'

const now = Date.UTC(2026, 10, 21, 12)

function readResetMs(headers: Readonly<Record<string, string>>, nowMs?: number): number | null {
  return readState(headers, commonHeaders, nowMs).resetMs ?? null
}

describe('what headers say about time', () => {
  it.each([
    ['seconds', '7', 7_000],
    ['parts of a second', '0.5', 500],
    ['Unix seconds', String(now / 1_000 + 60), 60_000],
    ['Unix milliseconds', String(now + 60_000), 60_000],
    ['Unix microseconds', String((now + 60_000) * 1_000), 60_000],
    ['Unix nanoseconds', `${now + 60_000}000000`, 60_000],
    ['what is past', String(now / 1_000 - 60), 0],
    ['what is past in Unix microseconds', String((now - 60_000) * 1_000), 0],
    ['what is past in Unix nanoseconds', `${now - 60_000}000000`, 0],
    ['nothing', '0', 0],
    ['more than an hour in seconds', '86400', 3_600_000],
    ['a far year in Unix seconds', '9999999999', 3_600_000],
    ['a far year in Unix milliseconds', '9999999999999', 3_600_000],
    ['a far year in Unix microseconds', '9999999999999999', 3_600_000],
    ['more digits than a number has', '9'.repeat(400), 3_600_000],
    ['a negative number', '-60', null],
    ['what is no number', 'NaN', null],
    ['an exponent', '1e9', null],
    ['infinity', 'Infinity', null],
    ['a bare year', '-2027', null],
    ['nothing at all', '', null],
  ])('is read as %s: %s', (_, text, expected) => {
    expect(readResetMs({ 'x-ratelimit-reset': text }, now)).toBe(expected)
    expect(readRetryAfterMs({ 'retry-after': text }, now)).toBe(expected)
  })

  it.each([
    [new Date(now + 5_000).toUTCString(), 5_000],
    [new Date(now - 5_000).toUTCString(), 0],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 3_600_000],
    ['soon: tomorrow', null],
  ])('is read as a date by Retry-After: %s', (text, expected) => {
    expect(readRetryAfterMs({ 'retry-after': text }, now)).toBe(expected)
  })

  it.each([3_600_000, -3_600_000])('is read by the clock of the provider, however wrong ours is: %i ms', (offMs) => {
    const date = new Date(Date.now() + offMs).toUTCString()
    const theirMs = Date.parse(date)
    expect(readResetMs({ date, 'x-ratelimit-reset': String(theirMs / 1_000 + 60) })).toBe(60_000)
    expect(readRetryAfterMs({ date, 'retry-after': new Date(theirMs + 5_000).toUTCString() })).toBe(5_000)
  })

  it('is not read where a header is missing or comes twice', () => {
    expect(readResetMs({})).toBeNull()
    expect(readRetryAfterMs({ 'retry-after': ['1', '2'] })).toBeNull()
  })
})
