import { describe, expect, it } from 'vitest'
import type { Provider } from '../../src/provider/provider.ts'
import { isUnsupported } from '../../src/provider/unsupported.ts'
import { providers } from '../../src/providers/index.ts'
import { toDraft } from '../helpers/draft.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { openStandIn, repeatCall } from '../helpers/stand-in.ts'

// Somebody at the dashboard of a provider may have put a password into the URL of a webhook.

const url = 'https://hooks.acme.test/open'
const withPassword = 'https://somebody:canary-password@hooks.acme.test/open'
const create = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { ... on CreateWebhookSuccess { webhook { id } } } }`
const list = '{ webhooks { complete nodes { name url raw } } }'
const get = 'query ($id: ID!) { webhook(id: $id) { ... on Webhook { name url raw } } }'
const toPreview = ({ fields }: Provider) => `mutation ($id: ID!) {
  updateWebhook(input: { id: $id, ${isUnsupported(fields.enabled.onUpdate) ? 'name: "Closed"' : 'enabled: false'}, validateOnly: true }) {
    ... on MutationPreview { requests { method url body } } } }`
/** Those that are sent the whole webhook with each change. */
const whole = new Set(['encrata', 'shopify'])

describe.each(providers)('the password in a URL at $displayName', (provider) => {
  async function open() {
    const standIn = await openStandIn(provider)
    const { ask } = openGateway({ accounts: [toAccount(provider, standIn)] })
    const input = toDraft(provider, { name: 'Open', url })
    const { id } = (await ask(create, { input })).data.createWebhook.webhook
    /** The same answers with the password, to what this query leads to. */
    const spoil = async (query: string) => {
      const start = standIn.calls.length
      await ask(query, { id })
      for (const call of standIn.calls.slice(start)) {
        const body = JSON.stringify(await repeatCall(standIn, call)).replaceAll(url, withPassword)
        standIn.fail({ method: call.method, status: 200, body })
      }
    }
    return { ask, id: id as string, spoil }
  }

  it.each([list, get])('is shown neither as its url nor in what was sent: %s', async (query) => {
    const { ask, id, spoil } = await open()
    await spoil(query)
    const { text } = await ask(query, { id })
    expect(text).toContain('/open')
    expect(text.match(/https:\/\/\*\*\*@hooks\.acme\.test\/open/g)).toHaveLength(2)
    expect(text).not.toMatch(/canary|somebody/)
  })

  it('is shown by no preview', async () => {
    const { ask, id, spoil } = await open()
    const preview = toPreview(provider)
    await spoil(preview)
    const { data, text } = await ask(preview, { id })
    expect(data.updateWebhook.requests).toHaveLength(1)
    expect(text).not.toMatch(/canary|somebody/)
    expect(text.includes('[secret]@hooks.acme.test')).toBe(whole.has(provider.name))
  })
})
