import { request } from 'undici'
import { describe, expect, it } from 'vitest'
import { baanx } from '../../src/providers/baanx/index.ts'
import { providers } from '../../src/providers/index.ts'
import { isAnswering, route } from '../../src/provider/stand-in.ts'
import { open } from './open.ts'

const good = 'https://hooks.acme.test/x'
const json = 'application/json'

/** What creates a webhook at each provider, and a query parameter of its own. */
const own: Readonly<
  Record<string, { readonly once: string; readonly toBody: (url: string) => Record<string, string | boolean | string[]> }>
> = {
  baanx: { once: 'limit=1', toBody: (url) => ({ name: 'New', url, event_types: ['*'] }) },
  encrata: { once: 'id=x', toBody: (url) => ({ url, events: ['credits.low'] }) },
  fingerprint: { once: 'limit=1', toBody: (url) => ({ url }) },
  verifik: { once: 'limit=1', toBody: (url) => ({ name: 'New', url, isActive: true }) },
}
// Those whose collection is /webhooks. The others are held to the same by their vendors' clients.
const cases = providers.flatMap((provider) => {
  const of = own[provider.name]
  return of === undefined ? [] : [{ name: provider.name, provider, ...of }]
})

describe('every stand-in', () => {
  it('keeps the body of a call as it was on the wire', async () => {
    const { standIn, call } = await open(baanx)
    const text = '{ "name" : "Spaced" }'
    await call('POST', '/webhooks', text)
    await call('GET', '/webhooks')
    standIn.fail({ cut: 'request' })
    await expect(call('POST', '/webhooks', text)).rejects.toThrow(/ECONNRESET|closed/)
    expect(standIn.calls.map((each) => [each.text, each.body])).toEqual([
      [text, { name: 'Spaced' }],
      ['', undefined],
      ['', undefined],
    ])
  })

  it.each(cases)('refuses a body that is not JSON, with or without need of one: $name', async ({ provider }) => {
    const { call } = await open(provider)
    expect((await call('POST', '/webhooks', '{"url"')).status).toBe(400)
    expect((await call('GET', '/webhooks', 'url')).status).toBe(400)
  })

  it.each(cases)('refuses a body of another type than JSON: $name', async ({ provider, toBody }) => {
    const { call } = await open(provider)
    for (const type of ['text/plain', 'application/jsonp', 'application/x-www-form-urlencoded', '']) {
      const { status, text } = await call('POST', '/webhooks', toBody(good), type)
      expect({ type, status, text }).toEqual({ type, status: 400, text: expect.stringContaining('application/json') })
    }
    expect((await call('POST', '/webhooks', toBody(good))).status).toBeLessThan(300)
  })

  it.each(cases)('takes a body of JSON that names its encoding: $name', async ({ provider, toBody }) => {
    const { call } = await open(provider)
    expect((await call('POST', '/webhooks', toBody(good), 'application/json; charset=utf-8')).status).toBeLessThan(300)
  })

  it.each(cases)('refuses what is no URL over HTTPS: $name', async ({ provider, toBody }) => {
    const { call } = await open(provider)
    for (const url of [
      'https://',
      'https://a b',
      'https://a.test/ b',
      ' https://a.test',
      'https:a.test',
      'https:///a',
      'http://a.test',
    ]) {
      const { status } = await call('POST', '/webhooks', toBody(url))
      expect({ url, refused: status === 400 || status === 422 }).toEqual({ url, refused: true })
    }
    const { text } = await call('GET', '/webhooks', undefined, json)
    expect(text).not.toContain('"url"')
  })

  it.each(cases)('refuses a list, or a parameter twice, where none is documented: $name', async ({ provider, once }) => {
    const { call } = await open(provider)
    for (const query of ['id[]=x', 'limit[]=1', `${once}&${once}`]) {
      const { status, text } = await call('GET', `/webhooks?${query}`, undefined, json)
      expect({ query, status, text }).toEqual({ query, status: 400, text: expect.stringContaining('query parameter') })
    }
  })

  it.each(cases)('takes a call of somebody else before or after one that it is told of: $name', async ({ provider, toBody }) => {
    for (const when of ['before', 'after'] as const) {
      const { standIn, call } = await open(provider)
      const read = async () => (await call('GET', '/webhooks', undefined, json)).text
      const path = `${new URL(standIn.apiUrl).pathname.replace(/\/$/, '')}/webhooks`
      const body = toBody(`https://hooks.acme.test/${when}`)
      standIn.fail({ method: 'GET', when, meanwhile: { method: 'POST', path, body } })
      expect((await read()).includes(`/${when}"`)).toBe(when === 'before')
      expect(await read()).toContain(`/${when}"`)
      expect(standIn.calls.map(({ method }) => method)).toEqual(['GET', 'GET'])
    }
  })

  it.each(['before', 'after'] as const)('holds a call until what is to come %s it takes effect is done', async (when) => {
    const { standIn, call } = await open(baanx)
    let list: unknown
    standIn.fail({ method: 'POST', when }, async () => {
      list = JSON.parse((await call('GET', '/webhooks')).text)
    })
    const { status } = await call('POST', '/webhooks', { name: 'New', url: good, event_types: ['*'] })
    expect(status).toBe(201)
    expect(list).toHaveLength(when === 'before' ? 0 : 1)
  })

  it('says when it refuses the call of somebody else', async () => {
    const { standIn, call } = await open(baanx)
    standIn.fail({ meanwhile: { method: 'DELETE', path: '/v1/webhooks/absent' } })
    expect(await call('GET', '/webhooks')).toMatchObject({
      status: 500,
      text: expect.stringContaining('rejected with status 404'),
    })
  })

  it('sends a number of any size as it is', async () => {
    const big = () => ({ status: 200, body: { id: 9_007_199_254_740_993n } })
    const { call } = await open({ ...baanx, sandbox: { ...baanx.sandbox, open: () => [route('GET', '/big', big)] } })
    expect((await call('GET', '/big')).text).toBe('{"id":9007199254740993}')
  })

  it.each(providers)('answers 400 to a malformed path: $name', async (provider) => {
    const { standIn, call } = await open(provider)
    for (const path of ['/webhooks/%zz', '/webhooks/%', '/webhooks/%ff', '/%E0%A4%A']) {
      const { status, text } = await call('GET', path)
      expect({ path, status, text }).toEqual({ path, status: 400, text: expect.stringContaining('malformed path') })
    }
    for (const path of ['//', '//x/y', '//[']) {
      const { statusCode, body } = await request(`${new URL(standIn.baseUrl).origin}${path}`)
      await body.dump()
      expect({ path, statusCode }).toEqual({ path, statusCode: 400 })
    }
  })
})

it.each([
  ['https://hooks.acme.test/down.', true],
  ['https://downtown.acme.test', true],
  ['https://hooks.down.acme.test', true],
  ['https://down.acme.test/x', false],
  ['https://Down.acme.test/x', false],
  ['https://', false],
])('a receiver at %s counts as answering: %s', (url, answering) => {
  expect(isAnswering(url)).toBe(answering)
})
