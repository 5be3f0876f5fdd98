import { createHmac } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SignatureScheme } from '../../src/provider/signature.ts'
import { type SchemeName, schemes } from '../../src/verify/schemes.ts'
import { type DeliveryHeaders, type Reason, type VerifyOptions, verifyDelivery } from '../../src/verify/verify.ts'
import { codePoint } from '../helpers/code-point.ts'

type Pairs = readonly (readonly [name: string, value: string])[]

interface Vector {
  readonly name: string
  readonly published?: string
  readonly headers: Pairs
  readonly body: { readonly text: string; readonly times?: number } | { readonly base64: string }
  readonly secrets: readonly string[]
  readonly now: number
  readonly url?: string
  readonly toleranceSeconds?: number
  readonly expected:
    | { readonly ok: true; readonly secretIndex: number; readonly timestamp?: number }
    | { readonly ok: false; readonly reason: Reason }
}

interface VectorFile {
  readonly scheme: Omit<SignatureScheme, 'note'> & { readonly name: SchemeName }
  readonly cases: readonly Vector[]
}

const folder = new URL('../../vectors/', import.meta.url)
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as VectorFile)
const vectors = files.flatMap(({ scheme, cases }) => cases.map((vector) => ({ provider: scheme.name, vector })))
const names = Object.keys(schemes) as readonly SchemeName[]

/** Every reason: the compiler says when one is missing. */
const reasons: Readonly<Record<Reason, true>> = {
  INPUT_INVALID: true,
  URL_MISSING: true,
  NO_SECRET: true,
  HEADER_DUPLICATED: true,
  SIGNATURE_MISSING: true,
  SIGNATURE_MALFORMED: true,
  SIGNATURE_MISMATCH: true,
  TIMESTAMP_MISSING: true,
  TIMESTAMP_MALFORMED: true,
  TIMESTAMP_TOO_OLD: true,
  TIMESTAMP_TOO_NEW: true,
  ID_MISSING: true,
  ID_MALFORMED: true,
}

/** The ways in which the same headers reach a receiver. */
const forms: Readonly<Record<string, (pairs: Pairs) => DeliveryHeaders>> = {
  'the Headers of Fetch': (pairs) => new Headers(pairs.map(([name, value]): [string, string] => [name, value])),
  'a record as it was sent': (pairs) => group(pairs, (name) => name, toValue),
  'a record in lower case': (pairs) => group(pairs, (name) => name.toLowerCase(), toValue),
  'a record in upper case': (pairs) => group(pairs, (name) => name.toUpperCase(), toValue),
  'a record that joins what is repeated, as Node does': (pairs) => group(pairs, (name) => name.toLowerCase(), join),
  'a record of arrays, as of headersDistinct': (pairs) => group(pairs, (name) => name.toLowerCase(), toArray),
  'a record with a letter case of its own for each': (pairs) => {
    return Object.fromEntries(pairs.map(([name, value], index) => [capitalize(name, index), value]))
  },
}

function group<T>(pairs: Pairs, toName: (name: string) => string, toValue: (values: readonly string[]) => T) {
  const groups = Object.entries(Object.groupBy(pairs, ([name]) => toName(name)))
  return Object.fromEntries(groups.map(([name, pairs = []]) => [name, toValue(pairs.map(([, value]) => value))]))
}

function toValue(values: readonly string[]): string | readonly string[] {
  const [value, ...others] = values
  return value === undefined || others.length > 0 ? values : value
}

function toArray(values: readonly string[]): readonly string[] {
  return values
}

function join(values: readonly string[]): string {
  return values.join(', ')
}

/** Another spelling for every index. */
function capitalize(name: string, index: number): string {
  return name.slice(0, index).toLowerCase() + name.slice(index, index + 1).toUpperCase() + name.slice(index + 1).toLowerCase()
}

function toOptions(provider: SchemeName, vector: Vector, headers: DeliveryHeaders): VerifyOptions {
  const { body, secrets, now, toleranceSeconds, url } = vector
  const rawBody = 'base64' in body ? Buffer.from(body.base64, 'base64') : Buffer.from(body.text.repeat(body.times ?? 1))
  return {
    provider,
    headers,
    rawBody,
    secrets,
    now: new Date(now * 1000),
    ...(toleranceSeconds !== undefined && { toleranceSeconds }),
    ...(url !== undefined && { url }),
  }
}

/** What a vector expects, as the helper says it. */
function toVerdict(provider: SchemeName, { expected }: Vector): object {
  if (!expected.ok) return expected
  const { timestamp, ...verdict } = expected
  const { documented, note } = schemes[provider]
  return {
    ...verdict,
    ...(timestamp !== undefined && { timestamp: new Date(timestamp * 1000) }),
    ...(!documented && { assumption: note }),
  }
}

const url = 'https://hooks.acme.test/signed'

/** Signs as the documentation says, apart from the code under test. */
function sign(provider: SchemeName, secret: string, body: Uint8Array, seconds: number): Readonly<Record<string, string>> {
  const hash = (key: string | Buffer, before: string) => createHmac('sha256', key).update(before).update(body)
  switch (provider) {
    case 'baanx':
      return { 'X-Timestamp': `${seconds}`, 'X-Signature': hash(secret, `${seconds}.`).digest('hex') }
    case 'encrata':
      return { 'X-Encrata-Signature': hash(secret, '').digest('hex') }
    case 'fingerprint':
      return { 'FPJS-Event-Signature': `v1=${hash(secret, '').digest('hex')}` }
    case 'verifik':
      return { 'X-Verifik-Signature': `sha256=${hash(secret, '').digest('hex')}` }
    case 'github':
      return { 'X-Hub-Signature-256': `sha256=${hash(secret, '').digest('hex')}` }
    case 'linear':
      return { 'Linear-Signature': hash(secret, '').digest('hex') }
    case 'paddle':
      return { 'Paddle-Signature': `ts=${seconds};h1=${hash(secret, `${seconds}:`).digest('hex')}` }
    case 'pagerduty':
      return { 'X-PagerDuty-Signature': `v1=${hash(secret, '').digest('hex')}` }
    case 'shopify':
      return { 'X-Shopify-Hmac-Sha256': hash(secret, '').digest('base64') }
    case 'square':
      return { 'x-square-hmacsha256-signature': hash(secret, url).digest('base64') }
    case 'stripe':
      return { 'Stripe-Signature': `t=${seconds},v1=${hash(secret, `${seconds}.`).digest('hex')}` }
    case 'standard-webhooks':
    case 'svix': {
      const prefix = provider === 'svix' ? 'svix' : 'webhook'
      const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
      const signature = hash(key, `msg_1.${seconds}.`).digest('base64')
      return { [`${prefix}-id`]: 'msg_1', [`${prefix}-timestamp`]: `${seconds}`, [`${prefix}-signature`]: `v1,${signature}` }
    }
  }
}

const delivery = fc.constantFrom(...names).chain((provider) => {
  const secret =
    schemes[provider].key === 'base64'
      ? fc
          .uint8Array({ minLength: 1, maxLength: 64 })
          .filter(isKey)
          .map((bytes) => `whsec_${Buffer.from(bytes).toString('base64')}`)
      : fc.string({ unit: codePoint, minLength: 1 }).filter((text) => isKey(Buffer.from(text)))
  const seconds = fc.integer({ min: 1_000_000_000, max: 4_000_000_000 })
  return seconds.chain((seconds) => {
    const { timestampMember } = schemes[provider]
    const rawBody =
      timestampMember === null
        ? fc.uint8Array({ maxLength: 300 })
        : fc
            .string({ unit: codePoint, maxLength: 100 })
            .map((text) => new Uint8Array(Buffer.from(JSON.stringify({ text, [timestampMember]: seconds * 1000 }))))
    return fc.record({ provider: fc.constant(provider), secret, rawBody, seconds: fc.constant(seconds) })
  })
})

function isKey(bytes: Uint8Array): boolean {
  return bytes.some((byte) => byte !== 0)
}

const honest: VerifyOptions = {
  provider: 'baanx',
  headers: sign('baanx', 'whk_sample', Buffer.from('{}'), 1_767_225_600),
  rawBody: Buffer.from('{}'),
  secrets: ['whk_sample'],
  now: new Date(1_767_225_600_000),
}

/** What untyped code may pass. */
function verifyAnything(options: unknown) {
  return verifyDelivery(options as VerifyOptions)
}

function fail(): never {
  throw new Error('Nobody catches this.')
}

/** Fails whatever is done with it, even when it is looked at in a catch block. */
const trap = new Proxy(new Error('Nobody may look at this.'), {
  get: fail,
  has: fail,
  ownKeys: fail,
  getPrototypeOf: fail,
  getOwnPropertyDescriptor: fail,
})

const hostile: readonly (readonly [name: string, value: unknown])[] = [
  ['null', null],
  ['a number', 7],
  ['NaN', NaN],
  ['minus one', -1],
  ['a symbol', Symbol('hostile')],
  ['a function', fail],
  ['a huge string', 'a'.repeat(1_000_000)],
  ['a lone surrogate', '\uD800'],
  ['a name that every object has', 'toString'],
  ['an invalid date', new Date(NaN)],
  ['an array with a hole', Array(1)],
  ['an array of null', [null]],
  ['an array of traps', [trap]],
  ['an object without a prototype', Object.create(null)],
  ['what only claims to be bytes', Object.create(Uint8Array.prototype)],
  ['what only claims to be a date', Object.create(Date.prototype)],
  ['a proxy of bytes', new Proxy(Buffer.from('{}'), {})],
  ['a proxy of a date', new Proxy(new Date(), {})],
  ['a trap', trap],
  [
    'a getter that throws',
    {
      get secrets() {
        return fail()
      },
      get 'X-Signature'() {
        return fail()
      },
    },
  ],
  [
    'a getter that throws a trap',
    {
      get 'X-Signature'() {
        throw trap
      },
    },
  ],
  ['a reader that throws', { get: fail }],
  ['a reader of numbers', { get: () => 7 }],
  ['a reader of traps', { get: () => trap }],
  ['a parsed body', { event: 'test' }],
]

describe('the vectors', () => {
  it('are there for every scheme, and describe it', () => {
    const described = files.map(({ scheme: { name, ...scheme } }) => [name, { ...scheme, note: schemes[name].note }])
    expect(Object.fromEntries(described)).toEqual(schemes)
  })

  it.each(files)('of $scheme.name are twenty at least, with names of their own', ({ cases }) => {
    expect(cases.length).toBeGreaterThanOrEqual(20)
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length)
  })

  it('have what GitHub, Fingerprint and Standard Webhooks published', () => {
    const published = vectors.filter(({ vector }) => vector.published !== undefined && vector.expected.ok)
    const values = published.flatMap(({ vector }) => vector.headers.map(([, value]) => value))
    expect(values).toContain('sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17')
    expect(values).toContain('v1=1b2c16b75bd2a870c114153ccda5bcfca63314bc722fa160d690de133ccbb9db')
    expect(values).toContain('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  })

  it('end in every reason but a wrong call', () => {
    const seen = vectors.flatMap(({ vector: { expected } }) => (expected.ok ? [] : expected.reason))
    expect(new Set(['INPUT_INVALID', ...seen])).toEqual(new Set(Object.keys(reasons)))
  })

  it.each(vectors)(
    'of $provider come out as expected, in whatever form the headers are: $vector.name',
    ({ provider, vector }) => {
      const verdicts = Object.entries(forms).map(([form, toHeaders]) => {
        return [form, verifyDelivery(toOptions(provider, vector, toHeaders(vector.headers)))]
      })
      const expected = Object.keys(forms).map((form) => [form, toVerdict(provider, vector)])
      expect(Object.fromEntries(verdicts)).toEqual(Object.fromEntries(expected))
    },
  )
})

describe('a verdict', () => {
  it('takes the clock of the call where none is given', () => {
    const rawBody = Buffer.from('{}')
    const verify = (seconds: number) => {
      return verifyDelivery({ provider: 'baanx', headers: sign('baanx', 'whk', rawBody, seconds), rawBody, secrets: ['whk'] })
    }
    const seconds = Math.floor(Date.now() / 1000)
    expect(verify(seconds)).toEqual({ ok: true, secretIndex: 0, timestamp: new Date(seconds * 1000) })
    expect(verify(seconds - 3600)).toEqual({ ok: false, reason: 'TIMESTAMP_TOO_OLD' })
    expect(verify(seconds + 3600)).toEqual({ ok: false, reason: 'TIMESTAMP_TOO_NEW' })
  })

  it.each(names)('for %s assumes nothing but what Verifik does not document', (provider) => {
    const secret = `whsec_${Buffer.from('sample').toString('base64')}`
    const rawBody = Buffer.from('{"webhookTimestamp":1767225600000}')
    const headers = sign(provider, secret, rawBody, 1_767_225_600)
    const verdict = verifyDelivery({ ...honest, provider, url, headers, rawBody, secrets: [secret] })
    expect(verdict).toMatchObject({ ok: true })
    expect('assumption' in verdict && verdict.assumption).toEqual(provider === 'verifik' && expect.stringContaining('raw body'))
  })

  it('takes bytes only', () => {
    const { rawBody: _, ...options } = honest
    const parsed = { event: 'test' }
    // @ts-expect-error -- a parsed body is not what was signed
    expect(verifyDelivery({ ...options, rawBody: parsed })).toEqual({ ok: false, reason: 'INPUT_INVALID' })
    // @ts-expect-error -- neither is text
    expect(verifyDelivery({ ...options, rawBody: '{}' })).toEqual({ ok: false, reason: 'INPUT_INVALID' })
    expect(verifyDelivery({ ...options, rawBody: new TextEncoder().encode('{}') })).toMatchObject({ ok: true })
    expect(verifyDelivery({ ...options, rawBody: Buffer.from('{}') })).toMatchObject({ ok: true })
  })

  it('takes bytes and a clock of another realm, as under some test runners', () => {
    const rawBody = runInNewContext('new Uint8Array([123, 125])')
    const now = runInNewContext('new Date(1767225600000)')
    expect([rawBody instanceof Uint8Array, now instanceof Date]).toEqual([false, false])
    expect(verifyAnything({ ...honest, rawBody, now })).toMatchObject({ ok: true })
  })

  it.each([-1, NaN, '300', {}])('refuses a tolerance of %s, even where none is needed', (toleranceSeconds) => {
    for (const provider of names) {
      expect(verifyAnything({ ...honest, provider, toleranceSeconds })).toEqual({ ok: false, reason: 'INPUT_INVALID' })
    }
  })

  it('refuses a header that is no text', () => {
    const headers = { ...honest.headers, 'X-Timestamp': 1_767_225_600 }
    expect(verifyAnything({ ...honest, headers })).toEqual({ ok: false, reason: 'INPUT_INVALID' })
  })
})

describe('random deliveries', () => {
  it('are verified, whatever the body and the secret, and by the right one of several', () => {
    fc.assert(
      fc.property(delivery, fc.array(fc.base64String({ minLength: 8 })), ({ provider, secret, rawBody, seconds }, wrong) => {
        const headers = sign(provider, secret, rawBody, seconds)
        const secrets = [...wrong.filter((text) => text !== secret), secret]
        const verdict = verifyDelivery({ provider, url, headers, rawBody, secrets, now: new Date(seconds * 1000) })
        expect(verdict).toMatchObject({ ok: true, secretIndex: secrets.length - 1 })
      }),
    )
  })

  it('fail with any bit of the body changed', () => {
    fc.assert(
      fc.property(delivery, fc.nat(), fc.nat({ max: 7 }), ({ provider, secret, rawBody, seconds }, place, bit) => {
        fc.pre(rawBody.length > 0)
        const headers = sign(provider, secret, rawBody, seconds)
        const changed = rawBody.map((byte, index) => (index === place % rawBody.length ? byte ^ (1 << bit) : byte))
        const verdict = verifyDelivery({
          provider,
          url,
          headers,
          rawBody: changed,
          secrets: [secret],
          now: new Date(seconds * 1000),
        })
        expect(verdict).toEqual({ ok: false, reason: 'SIGNATURE_MISMATCH' })
      }),
    )
  })

  it('fail with any character of a header changed', () => {
    const character = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code))
    fc.assert(
      fc.property(delivery, fc.nat(), fc.nat(), character, ({ provider, secret, rawBody, seconds }, which, place, character) => {
        const headers = Object.entries(sign(provider, secret, rawBody, seconds))
        const changed = headers.map(([name, value], index): [string, string] => {
          const at = place % value.length
          return [name, index === which % headers.length ? value.slice(0, at) + character + value.slice(at + 1) : value]
        })
        fc.pre(headers.some(([, value], index) => changed[index]?.[1] !== value))
        const now = new Date(seconds * 1000)
        const toleranceSeconds = Number.POSITIVE_INFINITY
        const verdict = verifyDelivery({
          provider,
          url,
          headers: Object.fromEntries(changed),
          rawBody,
          secrets: [secret],
          now,
          toleranceSeconds,
        })
        expect(verdict.ok).toBe(false)
      }),
      { numRuns: 1000 },
    )
  })

  it('fail with another secret', () => {
    fc.assert(
      fc.property(delivery, fc.string({ minLength: 8 }), ({ provider, secret, rawBody, seconds }, other) => {
        fc.pre(other !== secret)
        const headers = sign(provider, secret, rawBody, seconds)
        const verdict = verifyDelivery({ provider, url, headers, rawBody, secrets: [other], now: new Date(seconds * 1000) })
        expect(verdict.ok).toBe(false)
      }),
    )
  })
})

describe('hostile input', () => {
  const anything = fc.anything({ withNullPrototype: true, withTypedArray: true, withDate: true, withSparseArray: true })
  const forged = { ...honest, secrets: ['whk_another'] }
  const options = Object.entries({
    provider: honest,
    headers: honest,
    rawBody: honest,
    secrets: honest,
    now: forged,
    toleranceSeconds: forged,
    url: { ...honest, provider: 'square', headers: sign('square', 'whk_sample', honest.rawBody, 0) },
  })

  it.each(hostile)('never throws and never passes, as the whole call: %s', (_, value) => {
    expect(verifyAnything(value)).toMatchObject({ ok: false })
  })

  it('never throws and never passes, as the whole call, at random', () => {
    expect(fc.check(fc.property(anything, (value) => !verifyAnything(value).ok))).toMatchObject({ failed: false })
    expect(verifyAnything(undefined)).toEqual({ ok: false, reason: 'INPUT_INVALID' })
  })

  describe.each(options)('as %s', (option, others) => {
    it.each(hostile)('never throws and never passes: %s', (_, value) => {
      expect(verifyAnything({ ...others, [option]: value })).toMatchObject({ ok: false })
    })

    it('never throws and never passes, at random', () => {
      const property = fc.property(anything, (value) => !verifyAnything({ ...others, [option]: value }).ok)
      expect(fc.check(property)).toMatchObject({ failed: false })
    })
  })

  it.each(names)('never throws and never passes, as the headers of %s', (provider) => {
    const { header, timestampHeader, idHeader } = schemes[provider]
    const value = fc.oneof(fc.string({ unit: codePoint }), fc.array(fc.string()), anything)
    const headers = fc.record({ [header]: value, [timestampHeader ?? 'none']: value, [idHeader ?? 'no']: value })
    const property = fc.property(headers, (headers) => {
      const call = { ...honest, provider, secrets: ['c2FtcGxl'] }
      const reader = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
      return !verifyAnything({ ...call, headers }).ok && !verifyAnything({ ...call, headers: reader }).ok
    })
    expect(fc.check(property)).toMatchObject({ failed: false })
  })
})
