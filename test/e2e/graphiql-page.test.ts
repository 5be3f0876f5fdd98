import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { Kind, parse, print } from 'graphql'
import { request } from 'undici'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Gateway } from '../../src/gateway/gateway.ts'
import { providers } from '../../src/providers/index.ts'
import { startSandbox } from '../../src/sandbox/index.ts'
import { documentationUrl } from '../../src/server/graphiql/examples.ts'
import { createTabs, toGraphiQLOptions } from '../../src/server/graphiql/tabs.ts'
import { answers } from '../helpers/examples.ts'
import { openGateway, serveGateway } from '../helpers/gateway.ts'
import { startGateway } from '../helpers/process.ts'

describe('the tabs of GraphiQL', () => {
  /** Each operation by name, for each tab: with every fragment of its tab, as GraphiQL sends it. */
  function readTabs(gateway: Gateway): readonly Readonly<Record<string, string>>[] {
    return createTabs(gateway).map(({ query }) => {
      const { definitions } = parse(query)
      const fragments = definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION).map(print)
      const operations = definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION)
      return Object.fromEntries(operations.map((each) => [each.name?.value, [print(each), ...fragments].join('\n')]))
    })
  }

  it('run as they are against the sandbox', async () => {
    const sandbox = await startSandbox(providers)
    onTestFinished(() => sandbox.close())
    const { ask, gateway } = openGateway({ accounts: sandbox.accounts })
    const tabs = readTabs(gateway)
    expect(tabs.map(Object.keys)).toEqual(Object.values(answers).map(Object.keys))
    const expected: Readonly<Record<string, string>> = Object.assign({}, ...Object.values(answers))
    for (const [name, query] of tabs.flatMap(Object.entries<string>)) {
      const { data, errors } = await ask(query)
      expect(errors).toBeUndefined()
      expect(JSON.stringify(data, null, 2)).toContain(expected[name])
    }
  })

  it('ask for an id where the account is a real one, and leave out what it cannot do', () => {
    const accounts = [{ slug: 'encrata-eu', provider: 'encrata', sandbox: false, token: 'token' }]
    const { gateway } = openGateway({ accounts })
    const text = createTabs(gateway)
      .map(({ query }) => query)
      .join()
    expect(text).toContain('# These are your accounts')
    expect(text).not.toContain('sandbox:')
    const isMissing = (name: string) => ['Verify', 'Redeliver', 'RotateSecret'].includes(name)
    const expected = Object.values(answers).map((tab) => Object.keys(tab).filter((name) => !isMissing(name)))
    expect(readTabs(gateway).map(Object.keys)).toEqual(expected)
    expect(text.match(/"paste an id from the first tab"/g)).toHaveLength(6)
    expect(text.match(/"encrata-eu"/g)).toHaveLength(2)
  })

  it('name no account where callers have to have a key, and ask for it first', () => {
    const accounts = [{ slug: 'encrata-eu', provider: 'encrata', sandbox: true, token: 'token' }]
    const { gateway } = openGateway({ accounts })
    const text = JSON.stringify(toGraphiQLOptions(gateway, true))
    expect(text).toContain('First, enter your API key or token')
    expect(text).not.toMatch(/encrata-eu|This is the sandbox/)
  })

  it('lead to the documentation in the repository of the package', () => {
    const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
    expect(`git+${documentationUrl}`).toBe(manifest.repository.url.replace(/\.git$/, '/tree/main/docs'))
  })
})

describe('the GraphiQL page', () => {
  function getPage(url: string, headers: Record<string, string> = {}) {
    return fetch(url, { headers: { accept: 'text/html', ...headers } })
  }

  it('is loaded by the first browser and not before', async () => {
    const preload = `data:text/javascript,${encodeURIComponent(reportLoading)}`
    // As it is: in a bundle, no module has a name.
    const gateway = await startGateway({ NODE_OPTIONS: `--import=${preload}` }, './src/main.ts')
    onTestFinished(() => gateway.stop())
    const answer = await fetch(gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ accounts { slug } }' }),
    })
    expect(answer.status).toBe(200)
    expect(gateway.output()).not.toContain('loads GraphiQL')
    expect((await getPage(gateway.url)).status).toBe(200)
    await gateway.waitFor(/loads GraphiQL/)
  })

  it('is small, is not sent again to a browser that has it, and may not reach beyond its origin', async () => {
    const gateway = await serveGateway({ accounts: [] })
    const page = await getPage(gateway.url)
    const html = await page.text()
    expect(html).toContain('<title>HookQL</title>')
    expect(html.length).toBeLessThan(30_000)
    // No script stands in the page itself.
    expect(html.match(/<script(?! type="application\/json")[^>]*>/g)).toEqual([expect.stringContaining('src="?graphiql=')])
    const policy = page.headers.get('content-security-policy')?.split('; ') ?? []
    expect(policy).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "worker-src 'self'",
      "style-src 'self' 'unsafe-inline'",
      "img-src 'self' data:",
      'font-src data:',
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ])
    expect(page.headers.get('vary')).toBe('accept')
    const again = await getPage(gateway.url, { 'if-none-match': page.headers.get('etag') ?? '' })
    expect([again.status, await again.text()]).toEqual([304, ''])
  })

  it('has files that are compressed and that browsers keep for good', async () => {
    const gateway = await serveGateway({ accounts: [] })
    const html = await (await getPage(gateway.url)).text()
    const files = new Set(html.match(/\?graphiql=[\w-]+/g))
    expect(files.size).toBe(5)
    let [plainBytes, sentBytes] = [0, 0]
    for (const file of files) {
      const open = (encodings: string) => request(`${gateway.url}${file}`, { headers: { 'accept-encoding': encodings } })
      const [packed, plain] = [await open('gzip, deflate, br'), await open('gzip;q=0')]
      expect([packed.statusCode, packed.headers['content-encoding'], packed.headers['vary']]).toEqual([
        200,
        'gzip',
        'accept-encoding',
      ])
      expect(packed.headers['cache-control']).toBe('public, max-age=31536000, immutable')
      expect([plain.statusCode, plain.headers['content-encoding']]).toEqual([200, undefined])
      const [sent, text] = [await packed.body.bytes(), await plain.body.bytes()]
      expect(gunzipSync(sent).equals(text)).toBe(true)
      expect(file).toBe(`?graphiql=${createHash('sha256').update(text).digest('base64url')}`)
      plainBytes += text.length
      sentBytes += sent.length
    }
    expect(plainBytes).toBeGreaterThan(8_000_000)
    expect(sentBytes).toBeLessThan(2_500_000)
    expect((await request(`${gateway.url}?graphiql=gone`)).statusCode).toBe(404)
  })

  it('has no files where GraphiQL is off', async () => {
    const gateway = await startGateway({ HOOKQL_GRAPHIQL: 'off' })
    onTestFinished(() => gateway.stop())
    expect((await request(`${gateway.url}?graphiql=any`)).statusCode).toBe(405)
  })
})

/** A module that says so when GraphiQL is asked for. */
const reportLoading = `
  import { registerHooks } from 'node:module'
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier.startsWith('@graphql-yoga/render-graphiql')) console.log('loads GraphiQL')
      return next(specifier, context)
    },
  })
`
