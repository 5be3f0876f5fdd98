import { createHmac } from 'node:crypto'
import { LinearWebhookClient } from '@linear/sdk/webhooks'
import * as octokit from '@octokit/webhooks-methods'
import { Stripe } from 'stripe'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { sign } from '../../src/provider/stand-in.ts'
import { type SchemeName, schemes } from '../../src/verify/schemes.ts'
import { type Verdict, verifyDelivery } from '../../src/verify/verify.ts'

// The vendors' own verifiers say whether ours is right, in both directions.

const nowMs = 1_767_225_600_000
const seconds = nowMs / 1000
const secret = 'a-signing-secret'
const others = 'another-secret'
const webhooks = new Stripe('sk_test_none').webhooks

beforeEach(() => void vi.useFakeTimers({ now: nowMs, toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

interface Sent {
  readonly body: string
  readonly signature: string
}

interface Vendor {
  /** What the vendor's code signs. */
  sign(sent: { readonly body: string; readonly secret: string; readonly atMs: number }): Promise<string> | string
  /** Whether the vendor's code accepts a delivery. */
  accepts(sent: Sent): Promise<boolean> | boolean
  /** What a stand-in of ours signs. */
  play(sent: { readonly body: string; readonly secret: string; readonly atMs: number }): string
}

function passes(run: () => unknown): boolean {
  try {
    return run() !== false
  } catch {
    return false
  }
}

const vendors = {
  github: {
    sign: ({ body, secret }) => octokit.sign(secret, body),
    accepts: ({ body, signature }) => octokit.verify(secret, body, signature).catch(() => false),
    play: ({ body, secret }) => `sha256=${sign(secret, body)}`,
  },
  stripe: {
    sign: ({ body, secret, atMs }) =>
      webhooks.generateTestHeaderString({ payload: body, secret, timestamp: Math.floor(atMs / 1000) }),
    accepts: ({ body, signature }) => passes(() => webhooks.constructEvent(body, signature, secret)),
    play: ({ body, secret, atMs }) => `t=${atMs / 1000},v1=${sign(secret, `${atMs / 1000}.${body}`)}`,
  },
  linear: {
    // The vendor's package only verifies.
    sign: ({ body, secret }) => createHmac('sha256', secret).update(body).digest('hex'),
    accepts: ({ body, signature }) => passes(() => new LinearWebhookClient(secret).verify(Buffer.from(body), signature)),
    play: ({ body, secret }) => sign(secret, body),
  },
} as const satisfies Partial<Record<SchemeName, Vendor>>
const names = Object.keys(vendors) as (keyof typeof vendors)[]

function verify(provider: SchemeName, { body, signature }: Sent, secrets = [secret]): Verdict {
  return verifyDelivery({
    provider,
    headers: { [schemes[provider].header]: signature },
    rawBody: Buffer.from(body),
    secrets,
  })
}

/** A body that every one of them takes, sent at a time. */
function toBody(atMs: number): string {
  return JSON.stringify({ id: 'evt_1', object: 'event', note: 'ключ 鍵 🔑', webhookTimestamp: atMs })
}

describe.each(names)('a delivery of %s', (provider) => {
  const vendor: Vendor = vendors[provider]
  const timed = schemes[provider].toleranceSeconds !== null

  /** What both say of a delivery. */
  async function judge(sent: Sent): Promise<readonly [ours: boolean, theirs: boolean]> {
    return [verify(provider, sent).ok, await vendor.accepts(sent)]
  }

  it('is accepted by both, whoever signed it', async () => {
    const body = toBody(nowMs)
    const theirs = await vendor.sign({ body, secret, atMs: nowMs })
    expect(vendor.play({ body, secret, atMs: nowMs })).toBe(theirs)
    expect(await judge({ body, signature: theirs })).toEqual([true, true])
    expect(verify(provider, { body, signature: theirs }, [others, secret])).toEqual({
      ok: true,
      secretIndex: 1,
      ...(timed && { timestamp: new Date(nowMs) }),
    })
  })

  it('is refused by both with another body or another secret', async () => {
    const body = toBody(nowMs)
    const signature = await vendor.sign({ body, secret, atMs: nowMs })
    expect(await judge({ body: `${body} `, signature })).toEqual([false, false])
    expect(await judge({ body, signature: await vendor.sign({ body, secret: others, atMs: nowMs }) })).toEqual([false, false])
    expect(await judge({ body, signature: '' })).toEqual([false, false])
    expect(await judge({ body, signature: signature.slice(0, -1) })).toEqual([false, false])
  })

  it('is judged alike by both, however old or early it is', async () => {
    const tolerance = (schemes[provider].toleranceSeconds ?? 300) * 1000
    const verdicts: unknown[] = []
    for (const shift of [-tolerance, -tolerance - 1000, tolerance, tolerance + 1000, 86_400_000]) {
      const body = toBody(nowMs + shift)
      const [ours, theirs] = await judge({ body, signature: await vendor.sign({ body, secret, atMs: nowMs + shift }) })
      expect({ shift, ours }).toEqual({ shift, ours: theirs })
      verdicts.push(ours)
    }
    const expected = {
      github: [true, true, true, true, true],
      stripe: [true, false, true, true, true],
      linear: [true, false, true, false, false],
    }
    expect(verdicts).toEqual(expected[provider])
  })
})

describe('a delivery with two signatures in one header', () => {
  const body = toBody(nowMs)
  const [right, wrong] = [secret, others].map((key) => sign(key, `${seconds}.${body}`))

  it.each([
    ['the second of which is right', `t=${seconds},v1=${wrong},v1=${right}`, true],
    ['the first of which is right', `t=${seconds},v1=${right},v1=${wrong},v0=${wrong}`, true],
    ['none of which is right', `t=${seconds},v1=${wrong},v1=${wrong}`, false],
    ['the right one of which has another name', `t=${seconds},v1=${wrong},v0=${right}`, false],
  ])('is judged alike by both: %s', (_, signature, expected) => {
    const { accepts } = vendors.stripe
    expect([verify('stripe', { body, signature }).ok, accepts({ body, signature })]).toEqual([expected, expected])
  })
})

describe('a body that was not signed', () => {
  it('is not parsed', () => {
    const parse = vi.spyOn(JSON, 'parse')
    const body = toBody(nowMs)
    expect(verify('linear', { body, signature: sign(others, body) })).toEqual({ ok: false, reason: 'SIGNATURE_MISMATCH' })
    expect(parse).not.toHaveBeenCalled()
    expect(verify('linear', { body, signature: sign(secret, body) })).toMatchObject({ ok: true })
    expect(parse).toHaveBeenCalledTimes(1)
    parse.mockRestore()
  })
})
