import { readFileSync } from 'node:fs'
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
