import { createDecipheriv } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { formatOperationTable } from '../../scripts/provider-tables.ts'
import { openConfiguredStore } from '../../src/cli/store.ts'
import { readConfig } from '../../src/config/config.ts'
import { providers } from '../../src/providers/index.ts'
import { createTabs } from '../../src/server/graphiql/tabs.ts'
import { openSandbox } from '../helpers/sandbox.ts'
import { openPage, readRoot } from '../helpers/page.ts'
import { startGateway } from '../helpers/process.ts'
import { intent } from '../store/entries.ts'

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

  it('says what is kept, where, for how long and how it is sealed', async () => {
    const text = page.getSection('What HookQL keeps')
    const { storePath, secretRetentionMs, journalRetentionMs } = readConfig({ ENCRATA_API_KEY: 'key' }, providers)
    const path = relative('.', storePath ?? '')
    expect(text).toContain(`\`${path}\` in the working directory`)
    expect(text).toContain(`\`${path}.key\``)
    expect(readConfig({ HOOKQL_STORE: 'memory', ENCRATA_API_KEY: 'key' }, providers).storePath).toBeNull()
    expect(readConfig({}, providers).storePath).toBeNull()
    expect(() => readConfig({ ENCRATA_API_KEY: 'key', NODE_ENV: 'production' }, providers)).toThrow('HOOKQL_STORE: ')
    const times = [...text.matchAll(/: (\d+ \w+)/g)].map(([, time]) => time)
    expect(times).toEqual([`${journalRetentionMs / 86_400_000} days`, `${secretRetentionMs / 3_600_000} hours`, '10 seconds'])

    const folder = mkdtempSync(join(tmpdir(), 'hookql-readme-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const place = { storePath: join(folder, 'hookql.db'), storeUrl: null, storeKeys: null }
    const opened = await openConfiguredStore(place)
    await opened.store.begin({ ...intent, secrets: { secret: 'in the input' } })
    await opened.store.close()
    const database = new DatabaseSync(place.storePath)
    const { bytes } = z.object({ bytes: z.instanceof(Uint8Array) }).parse(database.prepare('SELECT bytes FROM sealed').get())
    database.close()
    const key = Buffer.from(readFileSync(`${place.storePath}.key`, 'utf8'), 'base64')
    expect(text).toContain('sealed with AES-256-GCM')
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
    expect(decipher.update(bytes.subarray(28)).toString()).toBe('in the input')
  })

  it('says what each provider can do', () => {
    const [, table] = /<!-- overview: npm run schema -->\n\n(.*)\n\n<!-- \/overview -->/s.exec(page.text) ?? []
    expect(table, 'the table is stale: run npm run schema').toBe(formatOperationTable(providers, 'docs/providers.md'))
  })

  it.each(['README.md', 'docs/embedding.md', 'docs/receiving.md'])('and others name the package as npm pack does: %s', (path) => {
    const { name, version } = JSON.parse(readRoot('package.json')) as { readonly name: string; readonly version: string }
    const named = [...readRoot(path).matchAll(/npm install (\S+\.tgz)/g)].map(([, file]) => file)
    expect(named).toEqual([`./${name}-${version}.tgz`])
  })
})
