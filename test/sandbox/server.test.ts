import { describe, expect, it } from 'vitest'
import { baanx } from '../../src/providers/baanx/index.ts'
import { providers } from '../../src/providers/index.ts'
import { isAnswering } from '../../src/sandbox/stand-in.ts'
import { open } from './open.ts'

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

  it.each(providers)('refuses a body that is not JSON, with or without need of one: $name', async (provider) => {
    const { call } = await open(provider)
    expect((await call('POST', '/webhooks', '{"url"')).status).toBe(400)
    expect((await call('GET', '/webhooks', 'url')).status).toBe(400)
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
