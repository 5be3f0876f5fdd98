import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Browser, chromium } from 'playwright-core'

// The browser of the tests: the Chromium that npm installs, with its own libraries and fonts, so that the machine needs none.

const packages = fileURLToPath(new URL('../../node_modules/', import.meta.url))
const isPackaged = process.platform === 'linux' && process.arch === 'x64'

/** Whether a browser is available. Without one, its tests are skipped with a visible line, except in CI, where they fail. */
export function hasBrowser(env: NodeJS.ProcessEnv = process.env, packaged = isPackaged): boolean {
  if (packaged || env['CHROMIUM_PATH']) return true
  const message = 'the browser tests. npm installs a Chromium for Linux x64 only; elsewhere, set CHROMIUM_PATH to one.'
  if (env['CI']) throw new Error(`CI cannot skip ${message}`)
  process.stderr.write(`Skipped: ${message}\n`)
  return false
}

/** Starts a browser that reaches loopback only. */
export async function launchBrowser({ CHROMIUM_PATH }: NodeJS.ProcessEnv = process.env, from = packages): Promise<Browser> {
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
  ]
  if (CHROMIUM_PATH) return chromium.launch({ executablePath: CHROMIUM_PATH, args })
  const folder = await unpackChromium(from)
  const env = { LD_LIBRARY_PATH: join(folder, 'al2023/lib'), FONTCONFIG_FILE: join(folder, 'fonts.conf') }
  return chromium.launch({ executablePath: join(folder, 'chromium'), args, env })
}

/** The folder of the unpacked Chromium. It is created once, next to the packages, and gets its final name when it is complete. */
async function unpackChromium(from: string): Promise<string> {
  const manifest = join(from, '@sparticuz/chromium/package.json')
  if (!existsSync(manifest)) throw new Error('@sparticuz/chromium is not installed: run npm ci.')
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string }
  const folder = join(from, '.cache', `chromium-${version}`)
  if (existsSync(folder)) return folder
  await mkdir(join(from, '.cache'), { recursive: true })
  const fresh = await mkdtemp(`${folder}-`)
  // The package unpacks into the temporary folder, and unpacks its libraries only if it detects AWS Lambda.
  const script = `import chromium from '${import.meta.resolve('@sparticuz/chromium')}'; await chromium.executablePath()`
  const env = { TMPDIR: fresh, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' }
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { env })
  const cache = join(folder, 'font-cache')
  await writeFile(join(fresh, 'fonts.conf'), `<fontconfig><dir>${folder}/fonts</dir><cachedir>${cache}</cachedir></fontconfig>`)
  // Another test file may have been faster; use its folder.
  await rename(fresh, folder).catch(() => rm(fresh, { recursive: true }))
  return folder
}
