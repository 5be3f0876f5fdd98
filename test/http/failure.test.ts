import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WebhookError } from '../../src/errors.ts'
import type { Effect } from '../../src/http/call.ts'
import { toRefusal } from '../../src/http/failure.ts'
import type { Meaning } from '../../src/http/upstream.ts'
import { providers } from '../../src/providers/index.ts'

interface Given {
  readonly status: number
  readonly meaning?: Meaning
  readonly headers?: Readonly<Record<string, string>>
  readonly effect?: Effect
  /** Somebody else's words. */
  readonly foreign?: true
}

const account = { slug: 'main', provider: 'x', sandbox: false }

function refuse({ status, meaning, headers = {}, effect = 'READ', foreign }: Given, provider = providers[0]): WebhookError {
  if (provider === undefined) throw new Error('There is no provider.')
  const upstream = { account, status, code: 'CODE', message: 'text', attempts: 1 }
  const failure = foreign === true ? null : { code: 'CODE', message: 'text', ...(meaning && { meaning }) }
  return toRefusal({ provider: { ...provider, rateLimitDelayMs: 1_234 }, upstream, status, failure, headers, effect })
}

describe('an answer outside 2xx', () => {
  it('names what it conflicts with only if the provider tells', () => {
    expect(refuse({ status: 409 })).toMatchObject({ field: null, message: expect.stringContaining('because of a conflict') })
    expect(refuse({ status: 409, meaning: { kind: 'CONFLICT', field: 'url' } })).toMatchObject({
      field: 'url',
      message: expect.stringContaining('already has a webhook with this url'),
    })
  })

  it('says what a limit counts', () => {
    const limit = { kind: 'LIMIT_REACHED', limit: 20 } as const
    expect(refuse({ status: 422, meaning: limit }).message).toContain('at most 20 webhooks on account')
    const perType = { ...limit, of: 'webhooks for one event type' }
    expect(refuse({ status: 422, meaning: perType }).message).toContain('at most 20 webhooks for one event type on account')
  })

  const table: [Given, code: string, retry: string, retryAfterMs: number | null][] = [
    [{ status: 400 }, 'UPSTREAM_REJECTED', 'AFTER_FIX', null],
    [{ status: 400, meaning: { kind: 'INVALID_INPUT', paths: [['url']] } }, 'INVALID_INPUT', 'AFTER_FIX', null],
    [{ status: 400, meaning: { kind: 'LIMIT_REACHED', limit: 5 } }, 'LIMIT_REACHED', 'AFTER_FIX', null],
    [
      { status: 400, meaning: { kind: 'RATE_LIMITED' }, headers: { 'retry-after': '7' } },
      'RATE_LIMITED',
      'SAFE_AFTER_DELAY',
      7_000,
    ],
    [{ status: 403, meaning: { kind: 'RATE_LIMITED' }, effect: 'WRITE' }, 'RATE_LIMITED', 'SAFE_AFTER_DELAY', 1_234],
    [{ status: 200, meaning: { kind: 'PERMISSION_DENIED' }, effect: 'WRITE' }, 'PERMISSION_DENIED', 'AFTER_FIX', null],
    [{ status: 200, meaning: { kind: 'REJECTED' }, effect: 'WRITE' }, 'UPSTREAM_REJECTED', 'AFTER_FIX', null],
    [{ status: 200, meaning: { kind: 'SERVER_ERROR' } }, 'UPSTREAM_UNAVAILABLE', 'SAFE', null],
    [{ status: 200, meaning: { kind: 'SERVER_ERROR' }, effect: 'WRITE' }, 'OUTCOME_UNKNOWN', 'CHECK_FIRST', null],
    [{ status: 401 }, 'CREDENTIALS_REJECTED', 'AFTER_FIX', null],
    [{ status: 402 }, 'UPSTREAM_REJECTED', 'AFTER_FIX', null],
    [{ status: 403 }, 'PERMISSION_DENIED', 'AFTER_FIX', null],
    [{ status: 404 }, 'NOT_FOUND', 'NEVER', null],
    [{ status: 405 }, 'UPSTREAM_REJECTED', 'AFTER_FIX', null],
    [{ status: 409 }, 'CONFLICT', 'AFTER_FIX', null],
    [{ status: 418 }, 'UPSTREAM_REJECTED', 'AFTER_FIX', null],
    [{ status: 422 }, 'UPSTREAM_REJECTED', 'AFTER_FIX', null],
    [{ status: 429 }, 'RATE_LIMITED', 'SAFE_AFTER_DELAY', 1_234],
    [{ status: 429, headers: { 'retry-after': '7' } }, 'RATE_LIMITED', 'SAFE_AFTER_DELAY', 7_000],
    [{ status: 429, headers: { 'x-ratelimit-reset': '1' } }, 'RATE_LIMITED', 'SAFE_AFTER_DELAY', 1_000],
    [{ status: 429, headers: { 'retry-after': '7', 'x-ratelimit-reset': '1' } }, 'RATE_LIMITED', 'SAFE_AFTER_DELAY', 7_000],
    [{ status: 429, effect: 'WRITE' }, 'RATE_LIMITED', 'SAFE_AFTER_DELAY', 1_234],
    [{ status: 499, meaning: { kind: 'CREDENTIALS_REJECTED' } }, 'CREDENTIALS_REJECTED', 'AFTER_FIX', null],
    [{ status: 500 }, 'UPSTREAM_UNAVAILABLE', 'SAFE', null],
    [{ status: 500, effect: 'WRITE' }, 'OUTCOME_UNKNOWN', 'CHECK_FIRST', null],
    [{ status: 503 }, 'UPSTREAM_UNAVAILABLE', 'SAFE', null],
    [{ status: 503, headers: { 'retry-after': '2' } }, 'UPSTREAM_UNAVAILABLE', 'SAFE_AFTER_DELAY', 2_000],
    [{ status: 503, headers: { 'x-ratelimit-reset': '9999999999' } }, 'UPSTREAM_UNAVAILABLE', 'SAFE', null],
    [{ status: 503, effect: 'WRITE' }, 'OUTCOME_UNKNOWN', 'CHECK_FIRST', null],
    [{ status: 503, effect: 'WRITE', meaning: { kind: 'NOT_CONFIGURED' } }, 'UPSTREAM_UNAVAILABLE', 'AFTER_FIX', null],
    [{ status: 599 }, 'UPSTREAM_UNAVAILABLE', 'SAFE', null],
    [{ status: 302 }, 'UPSTREAM_CONTRACT', 'NEVER', null],
    [{ status: 307, effect: 'WRITE' }, 'OUTCOME_UNKNOWN', 'CHECK_FIRST', null],
    [{ status: 408 }, 'UPSTREAM_UNAVAILABLE', 'SAFE', null],
    [{ status: 408, effect: 'WRITE' }, 'OUTCOME_UNKNOWN', 'CHECK_FIRST', null],
    [{ status: 404, effect: 'WRITE' }, 'NOT_FOUND', 'NEVER', null],
    [{ status: 404, foreign: true }, 'UPSTREAM_CONTRACT', 'NEVER', null],
    [{ status: 404, foreign: true, effect: 'WRITE' }, 'OUTCOME_UNKNOWN', 'CHECK_FIRST', null],
    [{ status: 403, foreign: true }, 'PERMISSION_DENIED', 'AFTER_FIX', null],
    [{ status: 403, foreign: true, effect: 'WRITE' }, 'OUTCOME_UNKNOWN', 'CHECK_FIRST', null],
    [{ status: 405, foreign: true, effect: 'WRITE' }, 'OUTCOME_UNKNOWN', 'CHECK_FIRST', null],
    [{ status: 401, foreign: true, effect: 'WRITE' }, 'CREDENTIALS_REJECTED', 'AFTER_FIX', null],
    [{ status: 429, foreign: true, effect: 'WRITE' }, 'RATE_LIMITED', 'SAFE_AFTER_DELAY', 1_234],
    [{ status: 200, meaning: { kind: 'NOT_FOUND' } }, 'NOT_FOUND', 'NEVER', null],
    [{ status: 200, meaning: { kind: 'CONFLICT', field: 'name' } }, 'CONFLICT', 'AFTER_FIX', null],
  ]
  it.each(table)('%j is %s: %s, %s ms', (given, code, retry, retryAfterMs) => {
    expect(refuse(given)).toMatchObject({
      code,
      retry,
      retryAfterMs,
      upstream: { status: given.status, code: 'CODE', message: 'text', attempts: 1 },
    })
  })

  it.each(providers)('has a reading at $name whatever it holds', (provider) => {
    const body = fc.oneof(
      fc.constant(undefined),
      fc.jsonValue(),
      fc.record({ message: fc.jsonValue(), error: fc.jsonValue(), code: fc.jsonValue() }),
    )
    fc.assert(
      fc.property(fc.integer({ min: 300, max: 599 }), body, fc.constantFrom<Effect>('READ', 'WRITE'), (status, value, effect) => {
        const failure = provider.readFailure(status, value, {})
        const { code, message, meaning } = failure ?? { code: null, message: null }
        expect([code, message].every((text) => text === null || typeof text === 'string')).toBe(true)
        const error = refuse(
          { status, effect, ...(meaning && { meaning }), ...(failure === null && { foreign: true }) },
          provider,
        )
        expect(error).toBeInstanceOf(WebhookError)
        expect(error.message).not.toBe('')
        expect(error.retryAfterMs === null).toBe(error.retry !== 'SAFE_AFTER_DELAY')
      }),
    )
  })
})
