import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parseKeys } from '../../src/store/keys.ts'
import { openStore } from '../../src/store/open.ts'
import { type Environment, startGateway, startProcess } from '../helpers/process.ts'
import { intent } from '../store/entries.ts'

/** The path of a store in a folder of its own. */
function openPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hookql-store-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, '.hookql/hookql.db')
}

function run(environment: Environment, args: readonly string[] = []) {
  const program = startProcess('src/main.ts', { PORT: '0', ENCRATA_API_KEY: 'token', ...environment }, args)
  onTestFinished(() => program.stop())
  return program.exited
}

/** An exit with this one line. */
const toRefusal = (line: RegExp) => ({ code: 1, stdout: '', stderr: expect.stringMatching(new RegExp(`^${line.source}\n$`)) })
const createKey = () => randomBytes(32).toString('base64')

describe('a store in a file', () => {
  it('is there for its owner and one process only, until that ends', async () => {
    const path = openPath()
    const folder = join(path, '..')
    const getMode = (file: string) => (statSync(file).mode & 0o777).toString(8)
    const gateway = await startGateway({ ENCRATA_API_KEY: 'token', HOOKQL_STORE: path })
    onTestFinished(() => gateway.stop())
    const key = readFileSync(`${path}.key`, 'utf8').trim()
    const held = readdirSync(folder).filter((name) => name.startsWith('hookql.db'))
    expect(new Set(held.map((name) => getMode(join(folder, name))))).toEqual(new Set(['600']))
    expect(getMode(folder)).toBe('700')
    expect(readFileSync(join(folder, '.gitignore'), 'utf8')).toBe('*\n')

    const second = toRefusal(/\S+hookql\.db: another process has this store open[^\n]+--server[^\n]+/)
    const others = [run({ HOOKQL_STORE: path }), run({ HOOKQL_STORE: path }, ['store', 'rekey'])]
    expect(await Promise.all(others)).toMatchObject([second, second])

    gateway.kill('SIGTERM')
    const { code, stdout, stderr } = await gateway.exited
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(new RegExp(`"level":40.*"file":"${path}.key","msg":"store key created: `))
    expect(stdout).toMatch(new RegExp(`"store":"${path}","msg":"store opened: secrets in it are sealed"`))
    expect(stdout).not.toContain(key)
    expect(readdirSync(folder).toSorted()).toEqual(['.gitignore', 'hookql.db', 'hookql.db.key'])
  })

  it('stops the start with a wrong key in one line, and is sealed anew with the first of several', async () => {
    const path = openPath()
    const [old, next] = [createKey(), createKey()]
    const seeded = await openStore({ path, keys: parseKeys(old, 'test') })
    await seeded.begin({ ...intent, secrets: { signingSecret: 'canary-secret' } })
    await seeded.close()
    const exits = [
      await run({ HOOKQL_STORE: path, HOOKQL_STORE_KEY: next }),
      await run({ HOOKQL_STORE: path, HOOKQL_STORE_KEY: `${next} ${old}` }, ['store', 'rekey']),
    ]
    expect(exits).toMatchObject([
      toRefusal(/\S+hookql\.db: the key is not the one that this store was sealed with[^\n]+/),
      { code: 0, stdout: `ok ${path}: sealed 1 secret with the first key; no other key is needed any more\n`, stderr: '' },
    ])
    for (const secret of [old, next, 'canary']) expect(JSON.stringify(exits)).not.toContain(secret)
    const store = await openStore({ path, keys: parseKeys(next, 'test') })
    expect(await store.openSecret(intent.id, 'signingSecret')).toBe('canary-secret')
    await store.close()
  })
})
