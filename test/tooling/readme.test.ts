import { describe, expect, it, onTestFinished } from 'vitest'
import { formatOverview } from '../../scripts/provider-tables.ts'
import { readConfig } from '../../src/config/config.ts'
import { providers } from '../../src/providers/index.ts'
import { createTabs } from '../../src/server/graphiql/tabs.ts'
import { openSandbox } from '../helpers/sandbox.ts'
import { openPage, readRoot } from '../helpers/page.ts'
import { startGateway } from '../helpers/process.ts'

const page = openPage('README.md')

describe('the README', () => {
  it('has 150 lines at most', () => {
    expect(page.text.trimEnd().split('\n').length).toBeLessThanOrEqual(150)
  })

  it('has a first query that reads every webhook of the sandbox', async () => {
    const { ask } = await openSandbox()
    const { data, errors } = await ask(page.getBlock('graphql', 'First query'))
    expect(errors).toBeUndefined()
    expect(data.webhooks.complete).toBe(true)
    expect(data.webhooks.sources).toHaveLength(providers.length)
    expect(data.webhooks.nodes.length).toBeGreaterThan(0)
  })

  it('has a request by curl that a gateway answers with webhooks, where it listens by default', async () => {
    const command = page.getBlock('sh', 'First query')
    const [, url] = /^curl (\S+)/.exec(command) ?? []
    const { host, port } = readConfig({}, providers)
    expect(url).toBe(`http://${host}:${port}/graphql`)
    const gateway = await startGateway()
    onTestFinished(() => gateway.stop())
    const headers = [...command.matchAll(/--header '([^:']+): ([^']+)'/g)].map(
      ([, name = '', value = '']) => [name, value] as const,
    )
    const [, body = ''] = /--data '([^']+)'/.exec(command) ?? []
    const response = await fetch(gateway.url, { method: 'POST', headers: Object.fromEntries(headers), body })
    const { data } = (await response.json()) as { readonly data: { readonly webhooks: { readonly nodes: readonly object[] } } }
    expect(data.webhooks).toMatchObject({ complete: true })
    expect(data.webhooks.nodes.length).toBeGreaterThan(0)
  })

  it('has a first mutation that creates a webhook in the sandbox', async () => {
    const { ask } = await openSandbox()
    const { data, errors } = await ask(page.getBlock('graphql', 'First mutation'))
    expect(errors).toBeUndefined()
    expect(data.createWebhook).toMatchObject({ __typename: 'CreateWebhookSuccess', signingSecret: expect.any(String) })
  })

  it('has a first mutation that runs again and again, as does the example of GraphiQL', async () => {
    const { ask, gateway } = await openSandbox()
    const example = createTabs(gateway).find(({ query }) => query.includes('mutation Create '))?.query ?? ''
    for (const query of Array.from({ length: 6 }, () => [page.getBlock('graphql', 'First mutation'), example]).flat()) {
      const { data } = await ask(query)
      expect(data.createWebhook).toMatchObject({ __typename: 'CreateWebhookSuccess', warnings: [] })
    }
  })

  it('says what each provider can do', () => {
    const [, table] = /<!-- overview: npm run schema -->\n\n(.*)\n\n<!-- \/overview -->/s.exec(page.text) ?? []
    expect(table, 'the table is stale: run npm run schema').toBe(formatOverview(providers))
  })

  it.each(['README.md', 'docs/embedding.md', 'docs/receiving.md'])('and others name the package as npm pack does: %s', (path) => {
    const { name, version } = JSON.parse(readRoot('package.json')) as { readonly name: string; readonly version: string }
    const named = [...readRoot(path).matchAll(/npm install (\S+\.tgz)/g)].map(([, file]) => file)
    expect(named).toEqual([`./${name}-${version}.tgz`])
  })
})
