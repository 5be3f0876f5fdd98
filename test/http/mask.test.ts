import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codePoint } from '../helpers/code-point.ts'
import { clockAtOnce } from '../helpers/cost.ts'
import { createMask } from '../../src/http/mask.ts'

const secret = 'canary/token+with="every"&kind~of*sign_1'
const unit = (text: string) => `\\u${text.charCodeAt(0).toString(16).padStart(4, '0')}`
const escapeAll = (text: string) => text.split('').map(unit).join('')
const toSlashed = (text: string) => Array.from(text, (character) => `\\${character}`).join('')
const percentAll = (text: string) =>
  text
    .split('')
    .map((each) => `%${each.charCodeAt(0).toString(16)}`)
    .join('')
const toPercent = (text: string) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
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
    ['hexadecimal in mixed case', Buffer.from(secret).toString('hex').replaceAll('a', 'A').replaceAll('f', 'F')],
    ['percent-encoded', encodeURIComponent(secret)],
    ['percent-encoded in small letters', encodeURIComponent(secret).replaceAll(/%../g, (each) => each.toLowerCase())],
    ['percent-encoded as a form', new URLSearchParams({ key: secret }).toString().slice(4)],
    ['percent-encoded as a whole URL', encodeURI(secret)],
    ['percent-encoded in every byte', percentAll(secret)],
    ['percent-encoded in every byte, in capitals', percentAll(secret).toUpperCase()],
    ['percent-encoded in all but letters and digits', secret.replaceAll(/[^A-Za-z0-9]/g, percentAll)],
    ['percent-encoded but for its slashes', encodeURIComponent(secret).replaceAll('%2F', '/')],
    ['percent-encoded in its pluses only', secret.replaceAll('+', '%2B')],
    ['percent-encoded in its equals signs only', secret.replaceAll('=', '%3D')],
    ['the search of a URL', new URL(`https://a.example/?${secret}`).search.slice(1)],
    ['the fragment of a URL', new URL(`https://a.example/#${secret}`).hash.slice(1)],
    ['JSON with its equals signs escaped', secret.replaceAll('=', String.raw`\u003d`)],
    ['JSON with its pluses escaped', secret.replaceAll('+', String.raw`\u002B`)],
    ['JSON within a string', JSON.stringify(secret).slice(1, -1)],
    ['JSON with escaped slashes within a string', JSON.stringify(secret).slice(1, -1).replaceAll('/', '\\/')],
    ['JSON with every character escaped, within a string', escapeAll(secret)],
    ['text with a backslash before every character', toSlashed(secret)],
    ['text with a backslash before every letter', secret.replaceAll(/[A-Za-z]/g, (letter) => `\\${letter}`)],
    ['hexadecimal with a backslash before every character', toSlashed(Buffer.from(secret).toString('hex'))],
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

  it.each([['%3D'], ['%3d'], [String.raw`\u003d`], ['=']])('loses a secret with padding, written %s or left out', (sign) => {
    const padded = 'q7+Rt/Yw9~Kd2xLm=='
    const texts = [padded, padded.replaceAll('=', sign), padded.slice(0, -1), padded.slice(0, -2)]
    expect(hideIn(texts, [padded])).toEqual(texts.map(() => '[secret]'))
  })

  it('loses the percent-encoded base64 of a text around a secret', () => {
    const padded = 'q7+Rt/Yw9~Kd2xLm??>>=='
    for (const before of ['', 'u', 'us', 'user:', 'user::']) {
      for (const text of [`${before}${padded}`, `${before}${padded}!`, `${before}${padded.slice(0, -2)}`]) {
        const [shown] = [hideIn([encodeURIComponent(base64(text))], [padded])].flat()
        expect(shown).toMatch(/^[A-Za-z0-9]{0,9}\[secret\](?:[A-Za-z0-9]|%..){0,10}$/)
      }
    }
  })

  it('loses a secret each character of which is encoded in a way of its own', () => {
    const secrets = fc
      .string({
        unit: fc.oneof(fc.constantFrom(...'\\%"/+= 25u0b'.split('')), fc.string({ unit: codePoint, minLength: 1, maxLength: 1 })),
      })
      .filter((each) => each.length >= 8 && each.isWellFormed() && !each.includes('<'))
    const choices = fc.array(fc.nat(), { minLength: 50, maxLength: 50 })
    const assertFound = (listWays: (character: string) => readonly string[]) => {
      const property = fc.property(secrets, choices, (text, chosen) => {
        // Of padding, the hexadecimal form may stay.
        for (const form of text.endsWith('=') ? [text] : [text, Buffer.from(text).toString('hex')]) {
          const mixed = Array.from(form, (character, index) => {
            const ways = listWays(character)
            return ways[(chosen[index % chosen.length] ?? 0) % ways.length]
          }).join('')
          expect(hideIn([`<${mixed}<`], [text])).toEqual(['<[secret]<'])
        }
      })
      fc.assert(property, { numRuns: 60 })
    }
    assertFound((character) => [character, toPercent(character), toPercent(character).toUpperCase()])
    assertFound((character) => [
      JSON.stringify(character).slice(1, -1),
      toPercent(character),
      toPercent(character).toUpperCase(),
      escapeAll(character),
      escapeAll(character).replaceAll(/[a-f]/g, (digit) => digit.toUpperCase()),
      // Before four hexadecimal digits, it is another escape.
      ...(character === 'u' ? [] : [`\\${character}`]),
    ])
  })

  it('has nothing left behind the beginning of a secret that is too long for a pattern', () => {
    const long = Array.from({ length: 5_000 }, (_, index) => `${index}/`).join('')
    expect(hideIn(['harmless %', `a ${encodeURIComponent(long)} b`, `a ${long} b`], [long])).toEqual([
      'harmless %',
      'a [secret]',
      'a [secret]',
    ])
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

  it('costs a time that grows with the length of the answer only, whatever is in it', () => {
    const length = 1_000_000
    const repeat = (text: string) => JSON.stringify([text.repeat(length / text.length)])
    const hard = 'q7+Rt/Yw9~Kd2x"Lm-a\\b_%25canary%25/0123456789=='
    const near = hard.slice(0, -6)
    const hex = Buffer.from(hard).toString('hex')
    const measure = (text: string) => {
      const { hide: hideOne } = createMask([hard])
      const runs = [1, 2, 3].map(() => {
        const body: unknown = JSON.parse(text)
        return clockAtOnce(() => hideOne(body, text))
      })
      return Math.min(...runs)
    }
    const hits = [hard, encodeURIComponent(hard), escapeAll(hard), toSlashed(hard)]
    const nearMisses = [near, encodeURIComponent(near), toPercent(near), escapeAll(near), toSlashed(near), `${hex.slice(0, -4)}%`]
    const signs = ['%', '%25', '\\', '%\\', '\\"', '\\u0071', `${base64(hard).slice(0, -8)}%`]
    const limitMs = 300 * Math.max(1, measure(repeat('words of a person ')))
    const slow = [...hits, ...nearMisses, ...signs].filter((text) => measure(repeat(text)) >= limitMs)
    const many = JSON.stringify(Array.from({ length: length / 50 }, () => encodeURIComponent(hard)))
    expect([...slow, ...(measure(many) >= limitMs ? ['many'] : [])]).toEqual([])
  })

  it.each([
    ['\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\', '\\'],
    ['\\"\\"\\"\\"\\"\\"\\"\\"\\"\\"\\"\\"', '\\"'],
    ['%25%25%25%25%25%25%25%25%25%25%25%25', '%25'],
    ['%25252525252525252525252525252525', '%25'],
    ['u0075u0075u0075u0075u0075u0075u0075', '\\u0075'],
  ])('is not read in ever more ways for the secret %s', (signs, piece) => {
    const text = JSON.stringify([piece.repeat(30_000)])
    const harmless = JSON.stringify(['%words of a person '.repeat(30_000)])
    const measure = (body: string, head: string) => clockAtOnce(() => hide(body, [`${head}x`]))
    expect(measure(text, signs.repeat(4))).toBeLessThan(300 * Math.max(1, measure(harmless, signs)))
  })
})
