import { describe, expect, it } from 'vitest'
import { redact, toShownText } from '../../src/http/redact.ts'

describe('upstream text', () => {
  it.each([
    ['the token of the account', 'key canary-token is bad', 'key [secret] is bad'],
    ['a signing secret', 'secret whsec_0123456789abcdef leaked', 'secret [secret] leaked'],
    ['a Baanx key', 'apiKey: whk_a1b2c3d4e5', 'apiKey: [secret]'],
    ['a JWT', 'token eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl expired', 'token [secret] expired'],
    ['a bearer header', 'Authorization: Bearer abc.def-123', 'Authorization: [secret]'],
    ['basic auth in a URL', 'POST https://user:pass@hooks.acme.test failed', 'POST https://[secret]hooks.acme.test failed'],
  ])('loses %s', (_, text, expected) => {
    expect(redact(text, ['canary-token', ''])).toBe(expected)
  })

  it('keeps a mask, which is no secret', () => {
    expect(redact('whk_****...****7f2a', [])).toBe('whk_****...****7f2a')
  })

  it('is cut to 500 characters', () => {
    expect(toShownText('x'.repeat(500), [])).toHaveLength(500)
    expect(toShownText('x'.repeat(501), [])).toBe(`${'x'.repeat(499)}…`)
  })

  it('is redacted before it is cut, so that no half of a secret stays', () => {
    expect(toShownText(`${'x'.repeat(495)}canary-token`, ['canary-token'])).not.toContain('can')
  })
})
