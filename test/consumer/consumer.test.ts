import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningGateway, startGateway } from '../helpers/process.ts'
import { serve } from './gateways.ts'
import type { CreateWebhookInput } from './generated/graphql.ts'
import { createWebhook, listWebhooks } from './program.ts'

describe('a program with a generated client', () => {
  let gateway: RunningGateway
  beforeAll(async () => {
    gateway = await startGateway()
  })
  afterAll(() => gateway.stop())

  it('creates a webhook and lists it with the others', async () => {
    const input = { account: 'fingerprint', name: 'From a program', url: 'https://hooks.acme.test/program' }
    expect(await createWebhook(gateway.url, input)).toMatch(/^Created \S+, signed\.$/)
    expect(await listWebhooks(gateway.url)).toContain('fingerprint: From a program is PENDING_VERIFICATION')
  })

  it('passes the options of one provider', async () => {
    const input: CreateWebhookInput = {
      account: 'baanx',
      name: 'With metadata',
      url: 'https://hooks.acme.test/metadata',
      eventTypes: ['card.*'],
      options: { baanx: { metadata: { team: 'cards' } } },
    }
    expect(await createWebhook(gateway.url, input)).toMatch(/^Created /)
  })

  it('reads every issue of an input that is refused', async () => {
    const sentence = await createWebhook(gateway.url, { account: 'encrata', name: '', url: 'http://hooks.acme.test' })
    const paths = new Set(sentence.split('\n').map((line) => line.split(':')[0]))
    expect(paths).toEqual(new Set(['input.eventTypes', 'input.name', 'input.url']))
  })

  it('finds the webhook that is in the way', async () => {
    const input = { account: 'verifik', name: 'Twice', url: 'https://hooks.acme.test/twice' }
    const [, id = ''] = /^Created (\S+),/.exec(await createWebhook(gateway.url, input)) ?? []
    expect(await createWebhook(gateway.url, input)).toBe(`${id} is in the way.`)
  })

  it('falls back to the fields of every error', async () => {
    const sentence = await createWebhook(gateway.url, { account: 'nowhere', name: 'Lost', url: 'https://hooks.acme.test/lost' })
    expect(sentence).toContain('There is no account "nowhere"')
  })

  it('understands an error that it was not built with', async () => {
    const failure = { code: 'QUOTA', message: 'The quota is used up.', retry: 'SAFE_AFTER_DELAY', retryAfterMs: 500 }
    const url = await serve({ data: { createWebhook: { __typename: 'QuotaError', ...failure } } })
    expect(await createWebhook(url, { account: 'baanx', name: 'Later', url: 'https://hooks.acme.test/later' })).toBe(
      'The quota is used up. Try again in 500 ms.',
    )
  })

  it('throws what is wrong with the operation itself', async () => {
    const url = await serve({ errors: [{ message: 'Unknown argument "colour".' }] })
    await expect(listWebhooks(url)).rejects.toThrow('Unknown argument "colour".')
  })
})

describe('the generated types', () => {
  const common = { account: 'baanx', name: 'Typed', url: 'https://hooks.acme.test/typed' }

  // The type check is the test: each line below an expected error must be one.
  it('take the options of exactly one provider', () => {
    const one: CreateWebhookInput = { ...common, options: { baanx: { metadata: { any: ['JSON', 1, null] } } } }
    // @ts-expect-error two keys of a @oneOf input
    const two: CreateWebhookInput = { ...common, options: { baanx: {}, verifik: {} } }
    // @ts-expect-error no key of a @oneOf input
    const none: CreateWebhookInput = { ...common, options: {} }
    // @ts-expect-error a provider without options
    const stranger: CreateWebhookInput = { ...common, options: { encrata: {} } }
    expect([one, two, none, stranger].map(({ options }) => Object.keys(options ?? {}).length)).toEqual([1, 2, 0, 1])
  })

  it('know a URL and an instant as text', () => {
    const url: CreateWebhookInput['url'] = 'https://hooks.acme.test'
    // @ts-expect-error not what goes over the wire
    const object: CreateWebhookInput['url'] = new URL(url)
    expect(JSON.stringify(object)).toBe('"https://hooks.acme.test/"')
  })
})
