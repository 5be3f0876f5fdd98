import { describe, expect, it } from 'vitest'
import { createMask } from '../../src/http/mask.ts'

const secret = 'canary/token+with="every"&kind~of*sign_1'
const unit = (text: string) => `\\u${text.charCodeAt(0).toString(16).padStart(4, '0')}`
const escapeAll = (text: string) => text.split('').map(unit).join('')
const percentAll = (text: string) =>
  text
    .split('')
    .map((each) => `%${each.charCodeAt(0).toString(16)}`)
    .join('')
const base64 = (text: string) => Buffer.from(text).toString('base64')

/** What the mask makes of a value that was sent as this text. */
function hide(text: string, secrets: readonly string[] = [secret]): unknown {
  return createMask(secrets).hide(JSON.parse(text), text)
}
const hideIn = (value: unknown, secrets?: readonly string[]) => hide(JSON.stringify(value), secrets)

describe('an answer', () => {
  it.each([
    ['plain', secret],
    ['hexadecimal', Buffer.from(secret).toString('hex')],
    ['hexadecimal in capitals', Buffer.from(secret).toString('hex').toUpperCase()],
    ['percent-encoded', encodeURIComponent(secret)],
    ['percent-encoded in small letters', encodeURIComponent(secret).replaceAll(/%../g, (each) => each.toLowerCase())],
    ['percent-encoded as a form', new URLSearchParams({ key: secret }).toString().slice(4)],
    ['percent-encoded as a whole URL', encodeURI(secret)],
    ['percent-encoded in every byte', percentAll(secret)],
    ['percent-encoded in every byte, in capitals', percentAll(secret).toUpperCase()],
    ['percent-encoded in all but letters and digits', secret.replaceAll(/[^A-Za-z0-9]/g, percentAll)],
    ['JSON within a string', JSON.stringify(secret).slice(1, -1)],
    ['JSON with escaped slashes within a string', JSON.stringify(secret).slice(1, -1).replaceAll('/', '\\/')],
    ['JSON with every character escaped, within a string', escapeAll(secret)],
    ['JSON with every sign escaped, within a string', secret.replaceAll(/[^A-Za-z0-9]/g, unit)],
  ])('loses a secret that is %s', (_, text) => {
    expect(hideIn({ name: `a ${text} b`, list: [[text]], [text]: text })).toEqual({
      name: 'a [secret] b',
      list: [['[secret]']],
      '[secret]': '[secret]',
    })
  })

  it.each([0, 1, 2, 3, 4, 5])('loses a secret in base64 and base64url, %i characters into what is encoded', (count) => {
    for (const behind of ['', '!', '!!']) {
      const encoded = base64(`${'user:'.slice(0, count)}${secret}${behind}`)
      for (const text of [encoded, encoded.replace(/=+$/, ''), encoded.replaceAll('+', '-').replaceAll('/', '_')]) {
        const shown = JSON.stringify(hideIn([text]))
        expect(shown).toMatch(/^\["[A-Za-z0-9]{0,8}\[secret\][A-Za-z0-9+/_-]{0,5}={0,2}"\]$/)
      }
    }
  })

  it('loses a secret however the answer itself escapes it', () => {
    const mixed = secret.split('').map((each, index) => (index % 2 === 0 || each === '"' ? unit(each) : each))
    expect(hide(`{"name": "${escapeAll(secret)}", "url": "x${mixed.join('')}y"}`)).toEqual({
      name: '[secret]',
      url: 'x[secret]y',
    })
  })

  it('loses every one of several secrets, and no part of a longer one stays', () => {
    const texts = hideIn(['first-secret', 'first-secret-and-more', 'third'], ['first-secret', 'first-secret-and-more', 'third'])
    expect(texts).toEqual(['[secret]', '[secret]', 'third'])
  })

  it('is the very same where no secret is in it', () => {
    const body = { name: 'A name', note: 'with "quotes" and 100 %', nothing: null, number: 1 }
    expect(createMask([secret]).hide(body, JSON.stringify(body))).toBe(body)
    expect(body.note).toBe('with "quotes" and 100 %')
  })

  it('may be as deep as JSON can be', () => {
    const depth = 200_000
    let inner = hide(
      `${'['.repeat(depth)}"\\u002f${secret.slice(1).replaceAll('"', '\\"')}${secret.replaceAll('"', '\\"')}"${']'.repeat(depth)}`,
    )
    while (Array.isArray(inner)) inner = inner[0]
    expect(inner).toBe(`/${secret.slice(1)}[secret]`)
  })

  it('costs no more for a thousand times as many secrets in it than for the same length without', () => {
    const measure = (text: string) => {
      const runs = [1, 2, 3].map(() => {
        const startedMs = performance.now()
        hide(text)
        return performance.now() - startedMs
      })
      return Math.min(...runs)
    }
    const written = JSON.stringify(secret).slice(1, -1)
    const toText = (strings: number, count: number) =>
      JSON.stringify(Array.from({ length: strings }, () => written.repeat(count)))
    // One string of a million characters, many of few, and one that only begins like a secret.
    const [one, many] = [toText(1, 25_000), toText(25_000, 1)]
    const almost = JSON.stringify(written.slice(0, -1).repeat(25_000))
    const harmless = JSON.stringify(['x'.repeat(one.length)])
    for (const text of [one, many, almost]) expect(measure(text)).toBeLessThan(200 * Math.max(0.5, measure(harmless)))
  })
})
