import { describe, expect, it } from 'vitest'
import { verifik } from '../../../src/providers/verifik/index.ts'
import { openGateway, toAccount } from '../../helpers/gateway.ts'
import { openStandIn } from '../../helpers/stand-in.ts'

describe('an operation with many creates, when the process is to end', () => {
  it('answers what was made with its secret, and begins nothing more', async () => {
    const standIn = await openStandIn(verifik)
    const isStopping = () => standIn.calls.some(({ method }) => method === 'POST')
    const { ask } = openGateway({ accounts: [toAccount(verifik, standIn)], server: { isStopping } })
    const create = (
      name: string,
    ) => `${name}: createWebhook(input: { account: "verifik", name: "${name}", url: "https://hooks.acme.test/${name}" }) {
      ... on CreateWebhookSuccess { signingSecret } ... on UpstreamUnavailableError { reason retry message } }`
    const { data } = await ask(`mutation { ${['a', 'b', 'c'].map(create).join(' ')} }`)
    const refused = { reason: 'STOPPING', retry: 'SAFE', message: expect.stringContaining('Nothing was changed') }
    expect(data).toMatchObject({ a: { signingSecret: expect.stringMatching(/.{12,}/) }, b: refused, c: refused })
    expect(standIn.calls.filter(({ method }) => method === 'POST')).toHaveLength(1)
  })

  it('does not begin one that was still reading the list before it', async () => {
    const standIn = await openStandIn(verifik)
    const isStopping = () => standIn.calls.length > 0
    const { ask } = openGateway({ accounts: [toAccount(verifik, standIn)], server: { isStopping } })
    const input = '{ account: "verifik", name: "Late", url: "https://hooks.acme.test/late" }'
    const { data } = await ask(`mutation { createWebhook(input: ${input}) { ... on UpstreamUnavailableError { reason retry } } }`)
    expect(data.createWebhook).toEqual({ reason: 'STOPPING', retry: 'SAFE' })
    expect(standIn.calls.map(({ method }) => method)).toEqual(['GET'])
  })
})
