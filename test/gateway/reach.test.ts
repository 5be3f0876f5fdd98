import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { AccountSettings } from '../../src/gateway/account.ts'
import { findReachIssues, listSecrets, toReach } from '../../src/gateway/reach.ts'
import { createLedger } from '../../src/gateway/write/ledger.ts'
import { bearer } from '../../src/provider/authentication.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { baanx } from '../../src/providers/baanx/index.ts'
import { fingerprint } from '../../src/providers/fingerprint/index.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { parcel } from '../helpers/parcel.ts'
import { openStandIn, repeatCall } from '../helpers/stand-in.ts'

const token = 'canary@acme.test/token:canary-key'
const encoded = Buffer.from(token).toString('base64')
const settings = { region: 'eu', team: 'acme' }
const account: AccountSettings = { slug: 'parcel', provider: 'parcel', sandbox: false, token, settings }

const list = '{ webhooks { complete nodes { name url } sources { error { code message upstream { message } } } } }'

async function open(more: Partial<AccountSettings> = {}, provider: Provider = parcel) {
  const standIn = await openStandIn(provider, { seeded: true })
  return { standIn, ...openGateway({ providers: [provider], accounts: [{ ...toAccount(provider, standIn), ...more }] }) }
}

describe('the address of an account', () => {
  it('is what its provider makes of its settings and of the version', () => {
    expect(toReach(parcel, account).baseUrl).toBe('https://eu.parcel.test/admin/2026-10/teams/acme')
    expect(toReach(parcel, { token, settings: { region: 'us', depot: 'north' }, apiVersion: '2027-01' }).baseUrl).toBe(
      'https://us.parcel.test/admin/2027-01/depots/north',
    )
  })

  it('keeps what settings and version add where the base URL is another', async () => {
    expect(toReach(parcel, { ...account, baseUrl: 'https://parcel.acme.test/api/' }).baseUrl).toBe(
      'https://parcel.acme.test/api/admin/2026-10/teams/acme',
    )
    const { ask, standIn } = await open()
    const { data } = await ask(list)
    expect(data.webhooks.complete).toBe(true)
    expect(data.webhooks.nodes.length).toBeGreaterThan(0)
    expect(standIn.calls.map(({ path }) => path)).toEqual(['/proxy/admin/2026-10/teams/acme/webhooks'])
  })

  it('is shown in a preview', async () => {
    const { ask, standIn } = await open()
    const { data } = await ask(`mutation { createWebhook(input: { account: "parcel", url: "https://hooks.acme.test/n", name: "N",
      eventTypes: ["${parcel.eventTypes.known[0]?.name}"], validateOnly: true }) {
      ... on MutationPreview { requests { url } } } }`)
    expect(data.createWebhook.requests[0]).toEqual({ url: `${standIn.apiUrl}/webhooks` })
  })

  it('changes with the settings when the configuration is read again', async () => {
    const { ask, standIn, gateway } = await open()
    await ask(list)
    const moved = { ...toAccount(parcel, standIn), settings: { region: 'eu', team: 'other' } }
    await openGateway({ providers: [parcel], accounts: [moved], predecessor: gateway }).ask(list)
    expect(standIn.calls.map(({ path, status }) => [path, status])).toEqual([
      ['/proxy/admin/2026-10/teams/acme/webhooks', 200],
      ['/proxy/admin/2026-10/teams/other/webhooks', 404],
    ])
  })

  it('tells upstream accounts apart by their settings, not by the version', () => {
    const upstreamOf = (more: Partial<AccountSettings>) => toReach(parcel, { ...account, ...more }).upstream
    expect(upstreamOf({ apiVersion: '2027-01' })).toBe(upstreamOf({}))
    expect(upstreamOf({ settings: { region: 'eu', team: 'other' } })).not.toBe(upstreamOf({}))
    expect(upstreamOf({ settings: { region: 'us', team: 'acme' } })).not.toBe(upstreamOf({}))
  })

  it('tells upstream accounts apart behind one proxy too', () => {
    const upstreamOf = (region: string, baseUrl: string) =>
      createLedger().open(toReach(parcel, { ...account, settings: { region, team: 'acme' }, baseUrl }).upstream).account
    expect(upstreamOf('us', 'https://proxy.acme.test')).not.toBe(upstreamOf('eu', 'https://proxy.acme.test'))
    expect(upstreamOf('eu', 'https://proxy.acme.test/')).toBe(upstreamOf('eu', 'https://PROXY.acme.test'))
    expect(toReach(baanx, { token: 'key', baseUrl: 'https://proxy.acme.test' }).upstream).toBe('https://proxy.acme.test')
  })

  it.each([
    ['a host', { region: 'evil.test/', team: 'acme' }, [{ name: null, issue: 'cannot be part of a URL' }]],
    ['a host and nothing before it', { region: '.', team: 'acme' }, [{ name: null, issue: 'cannot be part of a URL' }]],
    ['a step up', { region: 'eu', team: '..' }, [{ name: null, issue: 'cannot be part of a URL' }]],
  ])('is none with %s for a setting', (_, given, issues) => {
    expect(findReachIssues(parcel, given)).toEqual(issues)
  })

  it('has a setting with a slash as one segment', () => {
    expect(toReach(parcel, { token, settings: { region: 'eu', team: 'a/../b' } }).baseUrl).toMatch(/\/teams\/a%2F\.\.%2Fb$/)
  })

  it('is refused by a gateway of a program that embeds it, in one line and without values', () => {
    const refuse = (more: Partial<AccountSettings>) => () =>
      openGateway({ providers: [parcel], accounts: [{ ...account, ...more }] })
    expect(refuse({ settings: undefined })).toThrow(
      'Account "parcel": settings.region: is missing. Provide a value such as eu; settings: provide exactly one of team, depot',
    )
    expect(refuse({ settings: { ...settings, regoin: 'canary' } })).toThrow(
      'settings.regoin: unknown key. Known keys: region, team, depot',
    )
    expect(refuse({ settings: { ...settings, team: 'CANARY 1' } })).toThrow('settings.team: must be a value such as acme')
    expect(refuse({ apiVersion: '../canary' })).toThrow('must be a version such as 2026-10')
    expect(refuse({ token: 'canary' })).toThrow('token: must have the form email/token:key')
    expect(refuse({ headers: { Authorization: 'canary' } })).toThrow('headers.authorization: is set by the gateway')
    for (const more of [{ settings: { region: 'CANARY' } }, { token: 'canary' }, { headers: { AUTHORIZATION: 'canary' } }])
      expect(refuse(more)).not.toThrow(/canary/i)
  })
})

describe('authentication', () => {
  const headersOf = (authentication: Provider['authentication'], key: string) =>
    toReach({ ...baanx, authentication }, { token: key }).headers

  it.each([
    ['Bearer', bearer, 'key', { authorization: 'Bearer key' }],
    ['another scheme', { header: 'authorization', prefix: 'SSWS ' }, 'key', { authorization: 'SSWS key' }],
    ['another form', { header: 'authorization', prefix: 'Token token=' }, 'key', { authorization: 'Token token=key' }],
    ['no scheme', { header: 'authorization', prefix: '' }, 'key', { authorization: 'key' }],
    ['another header', { header: 'x-shopify-access-token', prefix: '' }, 'key', { 'x-shopify-access-token': 'key' }],
    ['Bearer for most', { ...bearer, bare: /^lin_api_/ }, 'lin_oauth_1', { authorization: 'Bearer lin_oauth_1' }],
    ['Bearer, but not for this one', { ...bearer, bare: /^lin_api_/ }, 'lin_api_1', { authorization: 'lin_api_1' }],
    ['Basic', parcel.authentication, 'user:password', { authorization: 'Basic dXNlcjpwYXNzd29yZA==' }],
  ])('is what the provider states: %s', (_, authentication, key, header) => {
    const { 'user-agent': _agent, ...headers } = headersOf(authentication, key)
    expect(headers).toEqual({ ...baanx.headers, ...header })
  })

  it('is what the stand-in asks for, in the header that the provider states', async () => {
    const authentication = { header: 'x-parcel-key', prefix: '' }
    const provider = { ...parcel, authentication, sandbox: { ...parcel.sandbox, token: 'sandbox-key' } }
    const { ask, standIn } = await open({}, provider)
    expect((await ask(list)).data.webhooks.complete).toBe(true)
    expect(standIn.calls[0]?.headers).toMatchObject({ 'x-parcel-key': 'sandbox-key' })
    expect(standIn.calls[0]?.headers).not.toHaveProperty('authorization')
    const other = await open({ token: 'another-key' }, provider)
    expect((await other.ask(list)).data.webhooks.sources[0].error.code).toBe('CREDENTIALS_REJECTED')
  })

  it('with Basic is refused by the stand-in where the token is sent as it is', async () => {
    const { standIn } = await open()
    const answer = await fetch(`${standIn.apiUrl}/webhooks`, { headers: { authorization: `Basic ${standIn.token}` } })
    expect(answer.status).toBe(401)
  })

  it.each([
    ['whole', token],
    ['encoded', encoded],
    ['without the user', 'canary-key'],
  ])('with Basic is in no text and in no data, %s', async (_, secret) => {
    const { ask, standIn, logs } = await open()
    standIn.fail({ status: 400, body: JSON.stringify({ error: `refused "${secret}"` }) })
    const refused = await ask(list)
    expect(refused.data.webhooks.sources[0].error.upstream.message).toBe('refused "[secret]"')
    const [call] = standIn.calls
    const body = call && JSON.stringify(await repeatCall(standIn, call))
    standIn.fail({ status: 200, body: body?.replaceAll(/"description":"[^"]*"/g, `"description":"echo of ${secret} here"`) })
    const { data, text } = await ask(list)
    expect(data.webhooks).toMatchObject({ complete: true })
    expect(text).toContain('echo of [secret] here')
    expect(text).not.toContain(secret)
    expect(logs.join('')).not.toContain(secret)
  })

  it('with Basic and no password has the user as its secret', () => {
    expect(listSecrets(parcel, { token: 'sk_canary:' })).toEqual(['sk_canary:', 'c2tfY2FuYXJ5Og==', 'sk_canary'])
  })
})

describe('the version', () => {
  const send = (apiVersion: NonNullable<Provider['apiVersion']>, version?: string) =>
    toReach({ ...baanx, apiVersion }, { token: 'key', apiVersion: version })

  it('stands in a header, in a media type or in the path', () => {
    const shape = /^\d+$/
    expect(send({ default: '1', shape, header: 'x-version' }, '2').headers).toMatchObject({ 'x-version': '2' })
    const accept = { default: '2', shape, header: 'accept', value: 'application/vnd.pagerduty+json;version={version}' }
    expect(send(accept).headers).toMatchObject({ accept: 'application/vnd.pagerduty+json;version=2' })
    expect(send({ default: '3', shape, path: '/v{version}' }).baseUrl).toBe('https://api.baanx.com/v1/v3')
  })

  it('of an account reaches a provider that has it in the path', async () => {
    const standIn = await openStandIn(parcel, { apiVersion: '2027-01' })
    const accounts = [{ ...toAccount(parcel, standIn), apiVersion: '2027-01' }, toAccount(parcel, standIn, 'old')]
    const { ask } = openGateway({ providers: [parcel], accounts })
    const { sources } = (await ask('{ webhooks { sources { account { slug } state } } }')).data.webhooks
    expect(sources).toMatchObject([
      { account: { slug: 'parcel' }, state: 'COMPLETE' },
      { account: { slug: 'old' }, state: 'FAILED' },
    ])
  })
})

describe('the user agent', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }

  it('is sent with every request, and can be another', async () => {
    const one = await open()
    await one.ask(list)
    expect(one.standIn.calls[0]?.headers['user-agent']).toBe(`hookql/${version}`)
    const other = await open({ headers: { 'User-Agent': 'acme/1' } })
    await other.ask(list)
    expect(other.standIn.calls[0]?.headers['user-agent']).toBe('acme/1')
    expect(toReach(fingerprint, { token: 'key' }).headers).toMatchObject({ 'x-api-version': '2024-05-20' })
  })
})
