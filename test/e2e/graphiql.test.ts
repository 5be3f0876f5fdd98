import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createApiKey, hashApiKey } from '../../src/server/auth/api-key.ts'
import { createTabs } from '../../src/server/graphiql/tabs.ts'
import { providers } from '../../src/providers/index.ts'
import { startSandbox } from '../../src/sandbox/index.ts'
import { hasBrowser, launchBrowser } from '../helpers/browser.ts'
import { openGateway } from '../helpers/gateway.ts'
import { type RunningGateway, startGateway } from '../helpers/process.ts'
import { forget } from '../helpers/recorder.ts'

// What drives the browser runs in this process, and makes code of its own commands.
afterAll(() => {
  for (const word of ['JSHandle', 'attached', 'playwright--no--result--value']) forget(word)
})

const isBrowserHere = hasBrowser()

// What each tab answers with, against the sandbox as it starts.
const answers = {
  AllWebhooks: '"name": "Audit of API keys"',
  Capabilities: '"displayName": "Baanx"',
  Create: '"__typename": "CreateWebhookSuccess"',
  Update: '"__typename": "UpdateWebhookSuccess"',
  Delete: '"__typename": "DeleteWebhookSuccess"',
  Preview: '"__typename": "MutationPreview"',
  Verify: '"__typename": "VerifyWebhookSuccess"',
  Test: '"accepted": true',
  Deliveries: '"state": "FAILED"',
  Redeliver: '"webhookCount": 1',
  RotationPlan: '"strategy": "REPLACEMENT"',
  Rotate: '"__typename": "RotateWebhookSecretSuccess"',
  Failures: '"complete": true',
}

describe.skipIf(!isBrowserHere)('GraphiQL in a browser that reaches loopback only', { timeout: 90_000 }, () => {
  let browser: Browser
  let gateway: RunningGateway

  beforeAll(async () => {
    gateway = await startGateway()
    browser = await launchBrowser()
  }, 60_000)

  afterAll(async () => {
    await browser.close()
    await gateway.stop()
  })

  /** The page, and everything that goes wrong in it. */
  async function openPage() {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
    onTestFinished(() => context.close())
    const problems: string[] = []
    const home = [`${gateway.origin}/`, `blob:${gateway.origin}/`, 'data:']
    const isAtHome = (url: string) => home.some((start) => url.startsWith(start))
    context.on('request', (request) => !isAtHome(request.url()) && problems.push(`request to ${request.url()}`))
    context.on('requestfailed', (request) => problems.push(`failed request to ${request.url()}`))
    context.on('response', (answer) => answer.status() >= 400 && problems.push(`HTTP ${answer.status()} from ${answer.url()}`))
    context.on('weberror', (error) => problems.push(`page error: ${error.error().message}`))
    context.on('console', (message) => message.type() === 'error' && problems.push(`console error: ${message.text()}`))
    const page = await context.newPage()
    await page.goto(gateway.url)
    await page.getByRole('button', { name: 'Execute query' }).waitFor()
    return { page, problems }
  }

  it('runs the first tab and shows the seeded webhooks', async () => {
    const { page, problems } = await openPage()
    expect(await page.title()).toBe('HookQL')
    await execute(page, answers.AllWebhooks)
    await takeScreenshot(page)
    expect(problems).toEqual([])
  })

  it('runs every tab that it opens with', async () => {
    const { page, problems } = await openPage()
    const tabs = page.locator('.graphiql-tab-button')
    expect(await tabs.allTextContents()).toEqual(Object.keys(answers))
    for (const [name, answer] of Object.entries(answers)) {
      await tabs.filter({ hasText: name }).click()
      await page.locator('.graphiql-tab-active', { hasText: name }).waitFor()
      await execute(page, answer)
    }
    expect(problems).toEqual([])
  })

  it('explains the schema in its documentation', async () => {
    const { page, problems } = await openPage()
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click()
    const docs = page.locator('.graphiql-doc-explorer')
    await docs.getByRole('link', { name: 'Mutation', exact: true }).click()
    await docs.getByRole('link', { name: 'createWebhook', exact: true }).click()
    await docs.getByRole('link', { name: 'CreateWebhookInput', exact: true }).click()
    await docs.getByRole('link', { name: 'eventTypes' }).click()
    expect(await docs.textContent()).toContain('as listed by Provider.eventTypes')
    expect(problems).toEqual([])
  })
})

describe.skipIf(!isBrowserHere)('GraphiQL of a gateway that asks for a key', { timeout: 90_000 }, () => {
  it('takes one key for all tabs, loads the documentation by it, and stores it nowhere', async () => {
    const key = createApiKey()
    const folder = mkdtempSync(join(tmpdir(), 'hookql-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const apiKeys = [{ name: 'console', sha256: hashApiKey(key), scopes: ['webhooks:read'] }]
    const accounts = [{ slug: 'encrata', provider: 'encrata', token: 'not-used-by-the-sandbox' }]
    writeFileSync(join(folder, 'hookql.yaml'), JSON.stringify({ accounts, auth: { apiKeys } }))
    const gateway = await startGateway({ HOOKQL_CONFIG: join(folder, 'hookql.yaml'), HOOKQL_SANDBOX: 'true' })
    onTestFinished(() => gateway.stop())
    const browser = await launchBrowser()
    onTestFinished(() => browser.close())
    const page = await browser.newPage()
    // What an earlier version of the page has kept.
    const headers = JSON.stringify({ authorization: `Bearer ${key}` })
    const tabs = [{ id: '1', title: 'Old', query: '{ accounts { slug } }', headers, hash: 'x' }]
    const kept = { headers, shouldPersistHeaders: 'true', tabState: JSON.stringify({ tabs, activeTabIndex: 0 }) }
    const writes = Object.entries(kept).map(([name, text]) => `localStorage.setItem('graphiql:${name}', ${JSON.stringify(text)})`)
    await page.addInitScript({ content: `if (localStorage.length === 0) { ${writes.join(';')} }` })
    const readStorage = () =>
      page.evaluate<string>('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])')
    await page.goto(gateway.url)
    await page.getByRole('button', { name: 'Execute query' }).waitFor()
    expect(await readStorage()).not.toContain(key)

    await page.getByLabel('API key or token').click()
    await page.keyboard.type(key)
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click()
    await page.locator('.graphiql-doc-explorer').getByRole('link', { name: 'Mutation', exact: true }).waitFor()
    await page.getByRole('button', { name: 'New tab' }).click()
    await page.locator('.graphiql-query-editor').click()
    await page.keyboard.insertText('{ accounts { slug } }')
    await page.keyboard.press('Escape')
    await execute(page, '"slug": "encrata"')
    await expect.poll(readStorage, { timeout: 20_000 }).toContain('accounts { slug } }')
    expect(await readStorage()).not.toContain(key)
    await page.reload()
    await page.getByRole('button', { name: 'Execute query' }).waitFor()
    expect(await readStorage()).not.toContain(key)
    expect(await page.evaluate('document.querySelector("#key input").value')).toBe('')
  })
})

/** Presses the play button and waits until the response pane shows `answer`. */
async function execute(page: Page, answer: string): Promise<void> {
  const response = page.locator('.result-window')
  const answered = response.filter({ hasText: answer })
  // For a moment after a change of tab GraphiQL looks for the operation of the tab before, and sends nothing.
  const confused = response.filter({ hasText: 'Cannot infer operation' })
  do {
    await page.getByRole('button', { name: 'Execute query' }).click()
    await answered.or(confused).waitFor()
  } while (!(await answered.isVisible()))
}

/** The picture of the README, without what only the mouse brings up. */
async function takeScreenshot(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Hide editor tools' }).click()
  await page.locator(':focus').blur()
  await page.mouse.move(5, 400)
  const style = '.monaco-editor .scrollbar, [role=tooltip] { visibility: hidden !important }'
  await page.screenshot({ path: 'test-results/graphiql.png', style })
}

describe('the tabs of GraphiQL', () => {
  it('run as they are against the sandbox', async () => {
    const sandbox = await startSandbox(providers)
    onTestFinished(() => sandbox.close())
    const { ask, gateway } = openGateway({ accounts: sandbox.accounts })
    const tabs = createTabs(gateway)
    expect(tabs).toHaveLength(Object.keys(answers).length)
    for (const [index, expected] of Object.values(answers).entries()) {
      const { query = '', variables = '{}' } = tabs[index] ?? {}
      const { data, errors } = await ask(query, JSON.parse(variables))
      expect(errors).toBeUndefined()
      expect(JSON.stringify(data, null, 2)).toContain(expected)
    }
  })

  it('ask for an id where the account is a real one, and leave out what it cannot do', () => {
    const accounts = [{ slug: 'encrata-eu', provider: 'encrata', sandbox: false, token: 'token' }]
    const { gateway } = openGateway({ accounts })
    const tabs = createTabs(gateway)
    const names = tabs.map(({ query }) => /^(?:query|mutation) (\w+)/m.exec(query)?.[1])
    expect(names).toEqual(Object.keys(answers).filter((name) => !['Verify', 'Redeliver', 'Rotate'].includes(name)))
    const asking = tabs.filter(({ variables = '' }) => variables.includes('paste an id from the first tab'))
    expect(asking).toHaveLength(6)
    expect(tabs.filter(({ variables = '' }) => variables.includes('encrata-eu'))).toHaveLength(2)
  })
})

describe('the GraphiQL page', () => {
  function getPage(url: string, headers: Record<string, string> = {}) {
    return fetch(url, { headers: { accept: 'text/html', ...headers } })
  }

  it('is loaded by the first browser and not before', async () => {
    const preload = `data:text/javascript,${encodeURIComponent(reportLoading)}`
    const gateway = await startGateway({ NODE_OPTIONS: `--import=${preload}` })
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

  it('is sent once to a browser that keeps it, and may not reach beyond its origin', async () => {
    const gateway = await startGateway()
    onTestFinished(() => gateway.stop())
    const page = await getPage(gateway.url)
    expect(await page.text()).toContain('<title>HookQL</title>')
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'")
    expect(page.headers.get('vary')).toBe('accept')
    const again = await getPage(gateway.url, { 'if-none-match': page.headers.get('etag') ?? '' })
    expect([again.status, await again.text()]).toEqual([304, ''])
  })
})

/** A module that says so when GraphiQL is asked for. */
const reportLoading = `
  import { registerHooks } from 'node:module'
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === '@graphql-yoga/render-graphiql') console.log('loads GraphiQL')
      return next(specifier, context)
    },
  })
`
