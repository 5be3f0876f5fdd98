import { randomUUID } from 'node:crypto'
import type { RequestListener, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { createKeySets } from '../../../src/server/auth/key-set.ts'
import { openGateway } from '../../helpers/gateway.ts'
import { createSigningKey, openIssuer, signToken } from '../../helpers/issuer.ts'

const [second, minute, day] = [1_000, 60_000, 86_400_000]

/** A gateway with tokens, whose clock stands still until it is told otherwise. */
async function open() {
  const issuer = await openIssuer()
  let nowMs = 0
  const logs: string[] = []
  const log = pino({}, { write: (line) => void logs.push(line) })
  const keySets = createKeySets(log, () => nowMs)
  const start = () => openGateway({ accounts: [], server: { auth: { apiKeys: [], jwt: issuer.settings }, keySets } })
  const gateway = start()
  const knock = async (authorization: string) => (await gateway.ask('{ accounts { slug } }', {}, { authorization })).status
  const good = signToken(issuer.privateKey)
  return {
    ...issuer,
    logs,
    good,
    knock,
    knockWithJunk: () => knock(signToken(issuer.privateKey, {}, { kid: randomUUID() })),
    restart: start,
    wait: (ms: number) => {
      nowMs += ms
    },
  }
}

const failures: readonly (readonly [string, RequestListener])[] = [
  ['an error', (_, response) => response.writeHead(503).end('{"keys":[]}')],
  ['a cut connection', (request) => request.socket.destroy()],
  ['something else than JSON', (_, response) => response.end('<html>')],
  ['no keys', (_, response) => response.end('{"keys":[]}')],
  ['a list', (_, response) => response.end('[]')],
  ['keys that are none', (_, response) => response.end('{"keys":[1]}')],
  ['a shared secret', (_, response) => response.end('{"keys":[{"kty":"oct","k":"AAAA","kid":"first","alg":"HS256"}]}')],
  ['half a key', (_, response) => response.end('{"keys":[{"kty":"RSA","e":"AQAB","kid":"first","alg":"RS256"}]}')],
  [
    'a key that signs nothing',
    (_, response) => response.end(JSON.stringify({ keys: [{ ...createSigningKey().jwk, use: 'enc' }] })),
  ],
  ['too many keys', (_, response) => response.end(JSON.stringify({ keys: Array.from({ length: 101 }, () => ({ kty: 'RSA' })) }))],
  ['too much', (_, response) => writeForever(response)],
  [
    'too much behind a good one',
    (_, response) => response.end(JSON.stringify({ keys: [createSigningKey().jwk] }).padEnd(300_000)),
  ],
  [
    'too much, packed',
    (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(' '.repeat(10_000_000))),
  ],
]

function writeForever(response: ServerResponse): void {
  if (response.destroyed) return
  response.write(' '.repeat(65_536))
  setImmediate(() => writeForever(response))
}

describe('the keys of an identity provider', () => {
  it('are asked for once by a flood of tokens with keys that nobody knows, and good tokens pass all the while', async () => {
    const { calls, good, knock, knockWithJunk } = await open()
    for (let round = 0; round < 10; round += 1) {
      expect(await Promise.all([knockWithJunk(), knockWithJunk(), knock(good), knockWithJunk()])).toEqual([401, 401, 200, 401])
    }
    expect(calls).toHaveLength(1)
  })

  it('are asked for once by all who wait for the first answer', async () => {
    const { calls, good, jwk, knock, serve } = await open()
    const waiting: ServerResponse[] = []
    serve((_, response) => void waiting.push(response))
    const knocks = Promise.all(Array.from({ length: 20 }, () => knock(good)))
    await expect.poll(() => waiting.length).toBe(1)
    waiting[0]?.end(JSON.stringify({ keys: [jwk] }))
    expect(new Set(await knocks)).toEqual(new Set([200]))
    expect(calls).toHaveLength(1)
  })

  it('have a new one ten seconds after the last look at the latest, however many junk tokens come meanwhile', async () => {
    const { calls, good, jwk, knock, knockWithJunk, serve, wait } = await open()
    expect(await knock(good)).toBe(200)
    wait(10 * second)
    expect(await knockWithJunk()).toBe(401)
    const other = createSigningKey('second')
    serve({ keys: [jwk, other.jwk] })
    const rotated = signToken(other.privateKey, {}, { kid: 'second' })
    expect(await Promise.all([knock(rotated), knockWithJunk(), knock(good)])).toEqual([401, 401, 200])
    expect(calls).toHaveLength(2)
    wait(10 * second)
    expect(await Promise.all([knockWithJunk(), knock(rotated), knock(good)])).toEqual([401, 200, 200])
    expect(calls).toHaveLength(3)
  })

  it('are read again behind the requests when they are five minutes old, so that one that was taken back is refused', async () => {
    const { calls, good, knock, serve, wait } = await open()
    expect(await knock(good)).toBe(200)
    serve({ keys: [createSigningKey('second').jwk] })
    wait(5 * minute)
    expect(await knock(good)).toBe(200)
    expect(calls).toHaveLength(1)
    wait(1)
    expect(await knock(good)).toBe(200)
    await expect.poll(() => knock(good)).toBe(401)
    expect(calls).toHaveLength(2)
  })

  it('are read before anybody is let in where nobody came for a while', async () => {
    const { good, knock, serve, wait } = await open()
    expect(await knock(good)).toBe(200)
    serve({ keys: [createSigningKey('second').jwk] })
    wait(11 * minute)
    expect(await knock(good)).toBe(401)
  })

  it.each(failures)('stay for a day where the answer is %s', async (_, failure) => {
    const { calls, good, jwk, knock, knockWithJunk, logs, serve, wait } = await open()
    expect(await knock(good)).toBe(200)
    serve(failure)
    wait(11 * minute)
    expect(await Promise.all([knock(good), knockWithJunk()])).toEqual([200, 401])
    expect(calls).toHaveLength(2)
    expect(logs.join('')).toContain('the previous ones stay in effect')
    wait(day)
    expect(await knock(good)).toBe(401)
    serve({ keys: [jwk] })
    wait(10 * second)
    expect(await knock(good)).toBe(200)
  })

  it('are there at most a second after the identity provider is, where they could not be had at first', async () => {
    const { calls, good, jwk, knock, serve, wait } = await open()
    serve((_, response) => response.writeHead(503).end())
    expect(await Promise.all([knock(good), knock(good)])).toEqual([401, 401])
    serve({ keys: [jwk] })
    expect(await knock(good)).toBe(401)
    expect(calls).toHaveLength(1)
    wait(second)
    expect(await knock(good)).toBe(200)
  })

  it('are served at once while the identity provider does not answer, and it is not waited for longer than five seconds', async () => {
    const { calls, good, knock, knockWithJunk, logs, serve, wait } = await open()
    expect(await knock(good)).toBe(200)
    serve(() => undefined)
    wait(5 * minute + 1)
    const order: string[] = []
    const junk = knockWithJunk().then((status) => order.push(`junk ${status}`))
    await expect.poll(() => calls.length).toBe(2)
    order.push(`good ${await knock(good)}`)
    await junk
    expect(order).toEqual(['good 200', 'junk 401'])
    expect(logs.join('')).toContain('timeout')
  })

  it('come from no other place than the one configured', async () => {
    const evil = await openIssuer()
    const { good, knock, logs, serve } = await open()
    serve((_, response) => response.writeHead(302, { location: evil.settings.jwksUrl }).end())
    expect(await knock(signToken(evil.privateKey))).toBe(401)
    expect(await knock(good)).toBe(401)
    expect(evil.calls).toEqual([])
    expect(logs.join('')).toContain('redirect')
  })

  it('outlive a reload of the configuration, so that one during an outage locks nobody out', async () => {
    const { calls, good, knock, restart, serve } = await open()
    expect(await knock(good)).toBe(200)
    serve((request) => request.socket.destroy())
    expect((await restart().ask('{ accounts { slug } }', {}, { authorization: good })).status).toBe(200)
    expect(calls).toHaveLength(1)
  })
})
