import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { hasBrowser, launchBrowser } from '../helpers/browser.ts'

/** The shared libraries that a process has loaded. */
function listLibraries(process: number | 'self'): readonly string[] {
  const maps = readFileSync(`/proc/${process}/maps`, 'utf8')
  return [...new Set(maps.match(/\/\S+\.so\b\S*/g))]
}

describe.skipIf(!hasBrowser({}))('the browser that npm installs', () => {
  it('loads its own libraries and, of the machine, only those that Node needs too', async () => {
    const browser = await launchBrowser({})
    onTestFinished(() => browser.close())
    const page = await browser.newPage()
    await page.setContent('<h1>Fonts</h1>')
    await page.screenshot()
    const session = await browser.newBrowserCDPSession()
    const { processInfo } = await session.send('SystemInfo.getProcessInfo')
    expect(processInfo.map(({ type }) => type)).toEqual(expect.arrayContaining(['browser', 'renderer']))
    const loaded = processInfo.flatMap(({ id }) => listLibraries(id))
    const own = loaded.filter((path) => path.includes('/node_modules/'))
    for (const name of ['libnss3.so', 'libnspr4.so', 'libnssutil3.so', 'libexpat.so.1'])
      expect(own.some((path) => path.endsWith(`/${name}`))).toBe(true)
    expect(listLibraries('self')).toEqual(expect.arrayContaining(loaded.filter((path) => !own.includes(path))))
  })

  it('draws text in the font that comes with it', async () => {
    const browser = await launchBrowser({})
    onTestFinished(() => browser.close())
    const page = await browser.newPage()
    await page.setContent('<p>Fonts</p>')
    const session = await page.context().newCDPSession(page)
    await session.send('DOM.enable')
    await session.send('CSS.enable')
    const { root } = await session.send('DOM.getDocument')
    const { nodeId } = await session.send('DOM.querySelector', { nodeId: root.nodeId, selector: 'p' })
    const { fonts } = await session.send('CSS.getPlatformFontsForNode', { nodeId })
    expect(fonts.map(({ familyName }) => familyName)).toEqual(['Open Sans'])
  })
})

describe('a browser that does not start', () => {
  it('says in one line what to run when its package is missing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hookql-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const launching = launchBrowser({}, folder)
    await expect(launching).rejects.toThrow(/^@sparticuz\/chromium is not installed: run npm ci\.$/)
    expect(readdirSync(folder)).toEqual([])
  })

  it('leaves no process behind and shows one cause', async () => {
    const env = { PATH: process.env['PATH'] ?? '', CHROMIUM_PATH: '/nonexistent/chromium', NO_COLOR: '1' }
    const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url))
    const args = [vitest, 'run', '--project', 'fetch', 'test/e2e/graphiql.test.ts', '--testNamePattern', 'welcomes']
    const child = spawn(process.execPath, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    // Whatever it starts is in its process group.
    const signal = (name: NodeJS.Signals | 0) => process.kill(-(child.pid ?? 0), name)
    const isRunning = () => {
      try {
        return signal(0)
      } catch {
        return false
      }
    }
    onTestFinished(() => void (isRunning() && signal('SIGKILL')))
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
    const output = stdout + stderr
    expect(output).toContain('/nonexistent/chromium')
    expect(output).not.toContain('TypeError')
    expect(output.match(/^\w*Error: /gm)).toHaveLength(1)
    await expect.poll(isRunning).toBe(false)
  })
})

describe('a machine that npm has no browser for', () => {
  it('runs the browser tests with the one that CHROMIUM_PATH names', () => {
    expect(hasBrowser({ CHROMIUM_PATH: '/opt/chromium', CI: 'true' }, false)).toBe(true)
  })

  it('skips them with one line', () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    onTestFinished(() => write.mockRestore())
    expect(hasBrowser({}, false)).toBe(false)
    expect(write.mock.calls).toEqual([[expect.stringMatching(/^Skipped: .*CHROMIUM_PATH.*\n$/)]])
  })

  it('fails them in CI', () => {
    expect(() => hasBrowser({ CI: 'true' }, false)).toThrow('CHROMIUM_PATH')
  })
})
