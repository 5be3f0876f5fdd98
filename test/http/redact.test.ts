import { describe, expect, it } from 'vitest'
import { createRedaction } from '../../src/http/redact.ts'

describe('upstream text', () => {
  it.each([
    ['the token of the account', 'key canary-token is bad', 'key [secret] is bad'],
    ['a signing secret', 'secret whsec_0123456789abcdef leaked', 'secret [secret] leaked'],
    ['a Baanx key', 'apiKey: whk_a1b2c3d4e5', 'apiKey: [secret]'],
    ['a JWT', 'token eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl expired', 'token [secret] expired'],
    ['the first part of a JWT', 'token eyJhbGciOi, cut', 'token [secret], cut'],
    ['a bearer header', 'Authorization: Bearer abc.def-123', 'Authorization: [secret]'],
    ['basic auth in a URL', 'POST https://user:pass@hooks.acme.test failed', 'POST https://[secret]hooks.acme.test failed'],
  ])('loses %s', (_, text, expected) => {
    expect(createRedaction(['canary-token', '']).redact(text)).toBe(expected)
  })

  it.each([
    ['percent-encoded', 'canary%2btoken/1'],
    ['in JSON', String.raw`canary\u002Btoken\/1`],
    ['in base64', Buffer.from('canary+token/1==').toString('base64url')],
    ['in hexadecimal', Buffer.from('canary+token/1').toString('hex')],
  ])('loses a secret %s', (_, text) => {
    const { redact, toShownText } = createRedaction(['canary+token/1=='])
    for (const clean of [redact, toShownText]) expect(clean(`key ${text} bad`)).toMatch(/^key \[secret\]\w{0,4} bad$/)
  })

  it('loses a secret that is as short as a word', () => {
    expect(createRedaction(['tok-5']).redact('key tok-5 is bad')).toBe('key [secret] is bad')
  })

  it('keeps a mask, which is no secret', () => {
    expect(createRedaction([]).redact('whk_****...****7f2a')).toBe('whk_****...****7f2a')
  })

  it('is cut to 500 characters', () => {
    expect(createRedaction([]).toShownText('x'.repeat(500))).toHaveLength(500)
    expect(createRedaction([]).toShownText('x'.repeat(501))).toBe(`${'x'.repeat(499)}…`)
  })

  it.each([
    ['a secret of the account', 'canary-token'],
    ['a signing secret', 'whsec_canary0123456789abcdef'],
    ['a Baanx key', 'whk_canary0123'],
    ['a JWT', 'eyJcanary.eyJzdWIiOi.c2lnbmF0dXJl'],
    ['a bearer token', 'Bearer canary0123'],
    ['basic auth in a URL', 'https://user:canary@hooks.acme.test'],
  ])('shows no part of %s, wherever it is cut', (_, secret) => {
    // What is hidden in front is shorter then: what was far behind the cut comes within it.
    const hidden = `eyJ${'a'.repeat(3_900)} `
    for (let before = 0; before < 200; before += 1) {
      const text = `${hidden}${'x'.repeat(before)} ${secret} and so on ${'y'.repeat(500)}`
      const shown = createRedaction(['canary-token']).toShownText(text)
      expect(shown).not.toMatch(/canar|whsec_c|whk_c|eyJc|user/)
      expect(shown).toMatch(/^\[secret\] x*/)
    }
  })

  it('is cut to 500 characters however much of it was hidden', () => {
    expect(createRedaction([]).toShownText(`Bearer ${'a'.repeat(100_000)} then`)).toBe('[secret]…')
    expect(createRedaction([]).toShownText('x'.repeat(100_000))).toBe(`${'x'.repeat(499)}…`)
  })

  it('is redacted before it is cut, so that no half of a secret stays', () => {
    expect(createRedaction(['canary-token']).toShownText(`${'x'.repeat(495)}canary-token`)).not.toContain('can')
  })
})
