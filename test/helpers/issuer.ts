import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { scopes } from '../../src/caller.ts'
import type { JwtSettings } from '../../src/server/auth/settings.ts'

/** An identity provider on loopback, with one signing key by default. */
export async function openIssuer() {
  onTestFinished(() => {
    taken = 0
  })
  const { privateKey, jwk } = createSigningKey()
  const calls: string[] = []
  let answer = toAnswer({ keys: [jwk] })
  const server = createServer((request, response) => {
    calls.push(request.url ?? '')
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => server.close().closeAllConnections())
  const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`
  const settings: JwtSettings = { issuer: 'https://login.acme.test', audience: 'hookql', jwksUrl, scopesClaim: 'scope' }
  return {
    privateKey,
    jwk,
    calls,
    settings,
    /** Sets its responses: a key set as JSON, or a listener. */
    serve(next: object | RequestListener): void {
      answer = typeof next === 'function' ? (next as RequestListener) : toAnswer(next)
    },
  }
}

/** Making them takes long: each test takes the same ones, in their order. */
const pairs: ReturnType<typeof createPair>[] = []
let taken = 0

function createPair() {
  return generateKeyPairSync('rsa', { modulusLength: 2048 })
}

/** A key that no other of this test is equal to. */
export function createSigningKey(kid = 'first') {
  const { privateKey, publicKey } = (pairs[taken++] ??= createPair())
  return { privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' } }
}

function toAnswer(set: object): RequestListener {
  return (_, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify(set))
}

const claims = { iss: 'https://login.acme.test', aud: 'hookql', sub: 'alice', scope: scopes.join(' ') }

/** An Authorization header with a token. */
export function signToken(key: KeyObject, more: object = {}, { alg = 'RS256', kid = 'first' } = {}): string {
  const exp = Math.floor(Date.now() / 1000) + 60
  const text = [
    { alg, kid, typ: 'JWT' },
    { exp, ...claims, ...more },
  ]
    .map(encode)
    .join('.')
  const signature = {
    RS256: () => sign('RSA-SHA256', Buffer.from(text), key),
    HS256: () =>
      createHmac('sha256', key.export({ type: 'pkcs8', format: 'pem' }))
        .update(text)
        .digest(),
    none: () => Buffer.from(''),
  }[alg]
  return `Bearer ${text}.${signature?.().toString('base64url')}`
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}
