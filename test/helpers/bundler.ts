import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { Plugin } from 'vitest/config'
import { bundle } from '../../scripts/bundle.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const worker = 'src/store/thread/worker.ts'
const main = 'src/main.ts'
const sources = [
  main,
  'test/helpers/crash.ts',
  'test/helpers/keyed-process.ts',
  'test/helpers/traced.ts',
  'test/store/attempt.ts',
  worker,
]

let home: string | undefined
const made = new Map<string, Promise<Readonly<Record<string, string>>>>()

/** Bundles these programs, once in a run. Returns where each is. */
function find(name: string, files: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const found = made.get(name) ?? build(name, files)
  made.set(name, found)
  return found
}

async function build(name: string, files: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const folder = openFolder(name)
  await bundle(Object.fromEntries(files.map((file) => [basename(file, '.ts'), join(root, file)])), folder)
  const programs = Object.fromEntries(files.map((file) => [file, join(folder, `${basename(file, '.ts')}.js`)]))
  const { [main]: path } = programs
  if (path !== undefined) await compile(path)
  return programs
}

/** Runs most of what it can, once: Node.js keeps what it has compiled when a process ends, but not when a test kills it. */
async function compile(path: string): Promise<void> {
  const folder = dirname(path)
  const env = { NODE_COMPILE_CACHE: folder, HOOKQL_SANDBOX: 'true', HOOKQL_STORE: 'memory' }
  // What does not run fails in its own test.
  await promisify(execFile)(process.execPath, [path, 'pull'], { cwd: folder, env, timeout: 30_000 }).catch(() => {})
}

/** A folder for the run, as deep in a package as the folders of the sources are. */
function openFolder(name: string): string {
  if (home === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'hookql-bundle-'))
    process.once('exit', () => rmSync(made, { recursive: true }))
    copyFileSync(join(root, 'package.json'), join(made, 'package.json'))
    home = made
  }
  const folder = join(home, 'programs', name)
  mkdirSync(folder, { recursive: true })
  return folder
}

const programs = '/test/helpers/programs.ts'
const thread = '/src/store/thread/thread.ts'
const isFilled = (id: string) => id.endsWith(programs) || id.endsWith(thread)

/** Has tests start bundled programs: from the same sources, and once for all of them. */
export const bundler: Plugin = {
  name: 'bundler',
  // Another run has another folder.
  configureVitest: ({ defineCacheKeyGenerator }) => defineCacheKeyGenerator(({ id }) => (isFilled(id) ? false : null)),
  transform: {
    filter: { id: [`**${programs}`, `**${thread}`] },
    async handler(code, id) {
      if (id.endsWith(programs)) return `export const programs = ${JSON.stringify(await find('all', sources))}`
      const { [worker]: path = '' } = await find('thread', [worker])
      // What is beside it is the worker.
      return code.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href))
    },
  },
}
