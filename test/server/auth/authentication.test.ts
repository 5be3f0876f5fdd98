import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type ApiKey, createApiKey, hashApiKey } from '../../../src/server/auth/api-key.ts'
import { scopes } from '../../../src/caller.ts'
import type { AuthSettings } from '../../../src/server/auth/settings.ts'
import { encrata } from '../../../src/providers/encrata/index.ts'
import { verifik } from '../../../src/providers/verifik/index.ts'
import { openGateway, toAccount } from '../../helpers/gateway.ts'
import { openIssuer, signToken } from '../../helpers/issuer.ts'
import { openStandIn } from '../../helpers/stand-in.ts'

const list = '{ accounts { slug } webhooks { complete } }'

async function open(auth: AuthSettings) {
  const standIns = { encrata: await openStandIn(encrata), verifik: await openStandIn(verifik) }
  const accounts = [toAccount(encrata, standIns.encrata), toAccount(verifik, standIns.verifik)]
  const gateway = openGateway({ accounts, server: { auth } })
  const calls = () => [...standIns.encrata.calls, ...standIns.verifik.calls]
  const askWith = (authorization: string | null, query = list) => {
    return gateway.ask(query, {}, authorization === null ? {} : { authorization })
  }
  return { ...gateway, calls, askWith }
}

function createKey(more: Partial<ApiKey> = {}) {
  const key = createApiKey()
  return { key, settings: { name: 'ci', sha256: hashApiKey(key), scopes, ...more } satisfies ApiKey }
}

describe('an API key', () => {
  it('has 256 random bits, and lets its caller in', async () => {
    const { key, settings } = createKey()
    expect(key).toMatch(/^hql_[A-Za-z0-9_-]{43}$/)
    expect(createApiKey()).not.toBe(key)
    const { askWith } = await open({ apiKeys: [createKey().settings, settings, createKey().settings] })
    expect(await askWith(`Bearer ${key}`)).toMatchObject({ status: 200, data: { webhooks: { complete: true } } })
    expect(await askWith(`bearer  ${key}`)).toMatchObject({ status: 200 })
  })

  it.each([
    ['no credentials', null],
    ['an empty header', ''],
    ['another scheme', 'Basic aHFsOmhxbA=='],
    ['no token', 'Bearer '],
    ['another key', `Bearer ${createApiKey()}`],
    ['something else', 'Bearer hunter2'],
    ['two tokens', 'Bearer hql_a hql_b'],
  ])('is asked for of who comes with %s, before anything is parsed', async (_, authorization) => {
    const { askWith, calls } = await open({ apiKeys: [createKey().settings] })
    for (const query of [list, '{ nothing }', '{', 'mutation { deleteWebhook(input: {}) { __typename } }']) {
      const { status, headers, data, errors, text } = await askWith(authorization, query)
      expect({ status, data }).toEqual({ status: 401, data: undefined })
      expect(headers.get('www-authenticate')).toMatch(/^Bearer realm="hookql"/)
      expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }])
      expect(text).not.toMatch(/nothing|Syntax|input|verifik/)
    }
    expect(calls()).toEqual([])
  })

  it('is told apart from missing credentials where it comes without "Bearer", and is not repeated', async () => {
    const { key, settings } = createKey()
    const { askWith, logs } = await open({ apiKeys: [settings] })
    const read = async (authorization: string | null) => {
      const { status, errors, text } = await askWith(authorization)
      expect(status).toBe(401)
      expect(text + logs.join('')).not.toContain(key)
      return errors?.[0]?.message.replace(' Send an API key or token as "Authorization: Bearer ...".', '')
    }
    const unnamed = 'The Authorization header must start with "Bearer ".'
    expect(await read(key)).toBe(unnamed)
    expect(await read(`Basic ${key}`)).toBe(unnamed)
    expect(await read(`Bearer${key}`)).toBe(unnamed)
    expect(await read(`Bearer ${key} ${key}`)).toBe(
      'The Authorization header must contain exactly one key or token after "Bearer ".',
    )
    for (const nothing of [null, '']) expect(await read(nothing)).toBe('Credentials are missing.')
    expect(await read(`Bearer ${createApiKey()}`)).toBe('Invalid credentials.')
  })

  it('is refused with one character changed', async () => {
    const { key, settings } = createKey()
    const { askWith } = await open({ apiKeys: [settings] })
    const changed = key.slice(0, -1) + (key.endsWith('A') ? 'B' : 'A')
    expect((await askWith(`Bearer ${changed}`)).status).toBe(401)
  })

  it('is in no log', async () => {
    const { key, settings } = createKey({ scopes: [] })
    const { askWith, logs } = await open({ apiKeys: [settings] })
    await askWith(`Bearer ${key}`)
    await askWith(`Bearer ${key}x`)
    expect(logs.join('\n')).not.toContain(key)
  })
})

describe('a token of an identity provider', () => {
  it('lets its caller in, with the scopes and accounts that it names, and asks for the keys once', async () => {
    const { privateKey, settings, calls } = await openIssuer()
    const { askWith } = await open({ apiKeys: [], jwt: { ...settings, accountsClaim: 'https://acme.test/accounts' } })
    const token = signToken(privateKey, { 'https://acme.test/accounts': ['verifik'] })
    expect(await askWith(token)).toMatchObject({ status: 200, data: { accounts: [{ slug: 'verifik' }] } })
    expect(await askWith(signToken(privateKey))).toMatchObject({ status: 200, data: { accounts: [] } })
    expect(calls).toHaveLength(1)
  })

  it('takes scopes as a list and from another claim', async () => {
    const { privateKey, settings } = await openIssuer()
    const { askWith } = await open({ apiKeys: [], jwt: { ...settings, scopesClaim: 'permissions' } })
    expect((await askWith(signToken(privateKey, { permissions: ['webhooks:read', 'openid'] }))).errors).toBeUndefined()
    const { errors } = await askWith(signToken(privateKey, { permissions: ['openid'] }))
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN', scopes: ['webhooks:read'] } }])
  })

  it('stands beside API keys', async () => {
    const { privateKey, settings } = await openIssuer()
    const { key, settings: apiKey } = createKey()
    const { askWith } = await open({ apiKeys: [apiKey], jwt: settings })
    expect((await askWith(`Bearer ${key}`)).status).toBe(200)
    expect((await askWith(signToken(privateKey))).status).toBe(200)
  })

  const now = Math.floor(Date.now() / 1000)
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const refused: readonly (readonly [string, (key: KeyObject) => string])[] = [
    ['of another issuer', (key) => signToken(key, { iss: 'https://evil.test' })],
    ['for another audience', (key) => signToken(key, { aud: 'another' })],
    ['that has ended', (key) => signToken(key, { exp: now - 120 })],
    ['that never ends', (key) => signToken(key, { exp: undefined })],
    ['that has not begun', (key) => signToken(key, { nbf: now + 3_600 })],
    ['of nobody', (key) => signToken(key, { sub: undefined })],
    ['signed with another key', () => signToken(other)],
    ['signed with a key that nobody knows', (key) => signToken(key, {}, { kid: 'second' })],
    ['signed with a shared secret', (key) => signToken(key, {}, { alg: 'HS256' })],
    ['that is not signed', (key) => signToken(key, {}, { alg: 'none' })],
    ['that is no token', () => 'Bearer a.b.c'],
  ]
  it.each(refused)('%s is refused like missing credentials', async (_, createToken) => {
    const { privateKey, settings } = await openIssuer()
    const { askWith, calls, logs } = await open({ apiKeys: [], jwt: settings })
    const token = createToken(privateKey)
    const { status, headers, errors, text } = await askWith(token)
    expect(status).toBe(401)
    expect(headers.get('www-authenticate')).toContain('invalid_token')
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }])
    expect(calls()).toEqual([])
    expect(text + logs.join('\n')).not.toContain(token.slice('Bearer '.length))
  })

  it('is refused while the identity provider cannot be asked, and the log says why', async () => {
    const { privateKey, settings } = await openIssuer()
    const { askWith, logs } = await open({ apiKeys: [], jwt: { ...settings, jwksUrl: 'http://127.0.0.1:1/jwks.json' } })
    expect((await askWith(signToken(privateKey))).status).toBe(401)
    expect(logs.join('\n')).toContain('no signing keys to verify tokens with')
  })
})

describe('authentication', () => {
  it('leaves the health routes and the page of GraphiQL open, which names no account', async () => {
    const { server } = await open({ apiKeys: [createKey().settings] })
    expect((await server.fetch('http://gateway.test/livez')).status).toBe(200)
    expect((await server.fetch('http://gateway.test/readyz')).status).toBe(200)
    const page = await server.fetch('http://gateway.test/graphql', { headers: { accept: 'text/html' } })
    expect(page.status).toBe(200)
    expect(await page.text()).not.toMatch(/account: ?\\?"(?:encrata|verifik)/)
  })

  it('is asked of introspection too', async () => {
    const { askWith } = await open({ apiKeys: [createKey().settings] })
    expect((await askWith(null, '{ __schema { queryType { name } } }')).status).toBe(401)
  })
})

describe('a gateway that asks nobody', () => {
  it.each(['http://gateway.test/graphql', 'http://127.0.0.1.gateway.test/graphql', 'http://10.0.0.1/graphql'])(
    'refuses a request to %s, so that no web page can name it',
    async (url) => {
      const { server } = openGateway({ accounts: [], server: { loopbackOnly: true } })
      const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query: list }) }
      expect((await server.fetch(url, request)).status).toBe(421)
      for (const host of ['127.0.0.1:4000', 'localhost:4000', '[::1]:4000']) {
        expect((await server.fetch(`http://${host}/graphql`, request)).status).toBe(200)
      }
    },
  )
})
