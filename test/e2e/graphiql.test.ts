import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createApiKey, hashApiKey } from '../../src/server/auth/api-key.ts'
import { documentationUrl } from '../../src/server/graphiql/examples.ts'
import { hasBrowser, launchBrowser } from '../helpers/browser.ts'
import { answers } from '../helpers/examples.ts'
import { type RunningGateway, startGateway } from '../helpers/process.ts'
import { forget } from '../helpers/recorder.ts'

// What drives the browser runs in this process, and makes code of its own commands.
afterAll(() => {
  for (const word of ['JSHandle', 'attached', 'nodeType', 'playwright--no--result--value']) forget(word)
})

describe.skipIf(!hasBrowser())('GraphiQL in a browser that reaches loopback only', () => {
  const started = new AsyncDisposableStack()
  /** Everything that goes wrong in a page. */
  const problems: string[] = []
  let browser: Browser
  let gateway: RunningGateway
  /** The page of every test that needs no other. */
  let page: Page

  beforeAll(async () => {
    gateway = await startGateway()
    started.defer(() => gateway.stop())
    browser = await launchBrowser()
    started.defer(() => browser.close())
    page = await openPage()
  })

  afterAll(() => started.disposeAsync())

  async function openPage(width = 1280, height = 800) {
    const context = await browser.newContext({ viewport: { width, height } })
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
    return page
  }

  it('welcomes in the first tab, which lists the seeded webhooks', async () => {
    expect(await page.title()).toBe('HookQL')
    const editor = page.locator('.graphiql-query-editor .view-lines')
    for (const text of ['Welcome to HookQL', 'This is the sandbox', documentationUrl])
      await editor.getByText(text.replaceAll(' ', '\u00a0')).waitFor()
    expect(await page.getByRole('link', { name: 'HookQL documentation' }).getAttribute('href')).toBe(documentationUrl)
    await execute(page, 'Welcome')
    await takeScreenshot(page)
    expect(problems).toEqual([])
  })

  it('shows all tabs at 1280 pixels, and no variables where there are none', async () => {
    const tabs = page.locator('.graphiql-tab-button')
    expect(await tabs.allTextContents()).toEqual(Object.keys(answers))
    expect(await measure(page, '.graphiql-tabs', 'scrollWidth')).toBe(await measure(page, '.graphiql-tabs', 'clientWidth'))
    for (const tab of await tabs.all()) {
      await tab.click()
      await page.getByRole('button', { name: 'Show editor tools' }).waitFor()
    }
  })

  it('keeps the link to the documentation in one line beside an open pane', async () => {
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click()
    await page.locator('.graphiql-plugin').waitFor()
    expect((await toBox(page, '.graphiql-logo a')).height).toBeLessThan(30)
    expect(await measure(page, 'html', 'scrollWidth')).toBe(1280)
    await page.getByRole('button', { name: 'Hide Documentation Explorer' }).click()
  })

  it('explains the schema in its documentation', async () => {
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click()
    const docs = page.locator('.graphiql-doc-explorer')
    await docs.getByRole('link', { name: 'Mutation', exact: true }).click()
    await docs.getByRole('link', { name: 'createWebhook', exact: true }).click()
    await docs.getByRole('link', { name: 'CreateWebhookInput', exact: true }).click()
    await docs.getByRole('link', { name: 'eventTypes' }).click()
    expect(await docs.textContent()).toContain('as listed by Provider.eventTypes')
    expect(problems).toEqual([])
  })

  it('runs every example', async () => {
    for (const [index, name] of Object.keys(answers).entries()) {
      await page.locator('.graphiql-tab-button').nth(index).click()
      await page.locator('.graphiql-tab-active', { hasText: name }).waitFor()
      await execute(page, name)
    }
    expect(problems).toEqual([])
  })

  it('finds nothing wrong in any example', async () => {
    // The editor draws what it shows only.
    await page.setViewportSize({ width: 1280, height: 4_000 })
    const squiggles = page.locator('[class*="squiggly-"]')
    for (const [index, name] of Object.keys(answers).entries()) {
      await page.locator('.graphiql-tab-button').nth(index).click()
      await page.locator('.graphiql-query-editor .view-lines').getByText(name).first().waitFor()
      await page.locator('.graphiql-query-editor .view-lines').click()
      await page.keyboard.press('Control+End')
      await page.keyboard.insertText('\nquery Planted { plantedMistake }')
      // What is planted is found with everything else that is wrong.
      await squiggles.first().waitFor()
      expect(await squiggles.count()).toBe(1)
    }
  })

  it('shows query and response one above the other where the screen is narrow', async () => {
    const page = await openPage(420, 860)
    await execute(page, 'Welcome')
    const [query, response] = [await toBox(page, '.graphiql-editors'), await toBox(page, '.graphiql-response')]
    expect(response.y).toBeGreaterThanOrEqual(query.y + query.height)
    for (const { x, width, height } of [query, response]) {
      expect(x + width).toBeLessThanOrEqual(420)
      expect(width).toBeGreaterThan(420 * 0.75)
      expect(height).toBeGreaterThan(250)
    }
    expect(await measure(page, 'html', 'scrollWidth')).toBe(420)
    expect(await measureText(page)).toBeLessThanOrEqual(420)
    await page.getByRole('link', { name: 'HookQL documentation' }).click({ trial: true })
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click()
    const docs = await toBox(page, '.graphiql-plugin')
    expect(docs.width).toBeGreaterThan(420 * 0.75)
    const [card, bar] = [await toBox(page, '.graphiql-editors'), await toBox(page, '.graphiql-editor-tools')]
    expect(bar.y + bar.height).toBeLessThanOrEqual(card.y + card.height)
    expect(problems).toEqual([])
  })

  it('loads its files once', async () => {
    const session = await page.context().newCDPSession(page)
    await session.send('Network.enable')
    const names = new Map<string, string>()
    const bytes = new Map<string, number>()
    session.on('Network.responseReceived', ({ requestId, response }) => void names.set(requestId, response.url))
    session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      bytes.set(names.get(requestId) ?? '', encodedDataLength)
    })
    await page.reload()
    await page.getByRole('button', { name: 'Execute query' }).waitFor()
    const files = [...bytes].filter(([url]) => url.includes('?graphiql='))
    expect(files.length).toBeGreaterThanOrEqual(2)
    expect(files.filter(([, length]) => length > 0)).toEqual([])
  })

  it('takes one key for all tabs if the gateway asks for one, loads the documentation by it, and stores it nowhere', async () => {
    const key = createApiKey()
    const folder = mkdtempSync(join(tmpdir(), 'hookql-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const apiKeys = [{ name: 'console', sha256: hashApiKey(key), scopes: ['webhooks:read'] }]
    const accounts = [{ slug: 'encrata', provider: 'encrata', token: 'not-used-by-the-sandbox' }]
    writeFileSync(join(folder, 'hookql.yaml'), JSON.stringify({ accounts, auth: { apiKeys } }))
    const gateway = await startGateway({ HOOKQL_CONFIG: join(folder, 'hookql.yaml'), HOOKQL_SANDBOX: 'true' })
    onTestFinished(() => gateway.stop())
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
    await run(page, '"slug": "encrata"')
    await expect.poll(readStorage).toContain('accounts { slug } }')
    expect(await readStorage()).not.toContain(key)
    await page.reload()
    await page.getByRole('button', { name: 'Execute query' }).waitFor()
    expect(await readStorage()).not.toContain(key)
    expect(await page.evaluate('document.querySelector("#key input").value')).toBe('')
  })
})

/** Runs each example of the tab that is open, and waits for its response. */
async function execute(page: Page, tab: string): Promise<void> {
  const examples = Object.entries(answers[tab] ?? {})
  expect(examples.length).toBeGreaterThan(0)
  for (const [operation, answer] of examples) await run(page, answer, examples.length > 1 ? operation : undefined)
}

/** Presses the play button, chooses an operation where there are several, and waits until the response pane shows `answer`. */
async function run(page: Page, answer: string, operation?: string): Promise<void> {
  const answered = page.locator('.result-window').filter({ hasText: answer })
  // For a moment after a change of tab GraphiQL looks for the operations of the tab before.
  await vi.waitFor(
    async () => {
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: 'Execute query' }).click({ timeout: 2_000 })
      if (operation !== undefined) await page.getByRole('menuitem', { name: operation, exact: true }).click({ timeout: 2_000 })
      await answered.waitFor({ timeout: 5_000 })
    },
    { timeout: 120_000, interval: 100 },
  )
}

function measure(page: Page, selector: string, size: 'scrollWidth' | 'clientWidth'): Promise<number> {
  return page.locator(selector).evaluate((element, name) => (element as unknown as Record<string, number>)[name] ?? 0, size)
}

/** How far the lines in the editor reach to the right. */
function measureText(page: Page): Promise<number> {
  const lines = page.locator('.graphiql-query-editor .view-line > span')
  return lines.evaluateAll((spans) =>
    Math.max(
      ...spans.map((span) => (span as unknown as { getBoundingClientRect(): { right: number } }).getBoundingClientRect().right),
    ),
  )
}

async function toBox(page: Page, selector: string) {
  const box = await page.locator(selector).boundingBox()
  if (box === null) throw new Error(`${selector} is not to be seen.`)
  return box
}

/** The picture of the README, without what only the mouse brings up. */
async function takeScreenshot(page: Page): Promise<void> {
  await page.locator(':focus').blur()
  await page.mouse.move(5, 400)
  const style = '.monaco-editor .scrollbar, [role=tooltip] { visibility: hidden !important }'
  await page.screenshot({ path: 'test-results/graphiql.png', style })
}
