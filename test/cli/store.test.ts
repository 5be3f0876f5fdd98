import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pino } from 'pino'
import { describe, expect, it, onTestFinished } from 'vitest'
import { rekey } from '../../src/cli/rekey.ts'
import { logUnopened, measureStore, openConfiguredStore, watchStore } from '../../src/cli/store.ts'
import { ConfigError, type Environment, readConfig } from '../../src/config/config.ts'
import { formatId } from '../../src/id.ts'
import { createMetrics } from '../../src/observe/metrics.ts'
import { providers } from '../../src/providers/index.ts'
import { parseKeys } from '../../src/store/keys.ts'
import { openStore } from '../../src/store/open.ts'
import { intent, outcome } from '../store/entries.ts'

function openFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hookql-store-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

const createKey = () => randomBytes(32).toString('base64')

/** Opens and closes the store of an environment. Resolves to the key file that was created for it. */
async function open(environment: Environment): Promise<string | null> {
  const { store, newKeyFile } = await openConfiguredStore(readConfig({ ENCRATA_API_KEY: 'key', ...environment }, providers))
  await store.close()
  return newKeyFile
}

/** The one line in which it is refused. */
async function refuse(opening: Promise<unknown>): Promise<string> {
  const error: unknown = await opening.catch((error: unknown) => error)
  if (!(error instanceof ConfigError)) throw new Error('It was not refused.', { cause: error })
  expect(error.problems).toEqual([expect.stringMatching(/^[^\n]+$/)])
  return error.problems.join()
}

describe('the configured store', () => {
  it('is created with its folder and its key file, which are its owner’s, and is opened with them again', async () => {
    const folder = openFolder()
    const path = join(folder, 'data/hookql.db')
    expect(await open({ HOOKQL_STORE: path })).toBe(`${path}.key`)
    expect(await open({ HOOKQL_STORE: path })).toBeNull()
    expect(readdirSync(join(folder, 'data')).toSorted()).toEqual(['hookql.db', 'hookql.db.key'])
    expect((statSync(join(folder, 'data')).mode & 0o777).toString(8)).toBe('700')
  })

  it('leaves an existing folder as it is, and has no key file where a key is given', async () => {
    const folder = join(openFolder(), '.hookql')
    mkdirSync(folder, { mode: 0o755 })
    expect(await open({ HOOKQL_STORE: join(folder, 'a.db'), HOOKQL_STORE_KEY: createKey() })).toBeNull()
    expect(readdirSync(folder).toSorted()).toEqual(['.gitignore', 'a.db'])
    expect((statSync(folder).mode & 0o777).toString(8)).toBe('755')
  })

  it('needs no key in memory, and takes one', async () => {
    expect([
      await open({ HOOKQL_STORE: 'memory' }),
      await open({ HOOKQL_STORE: 'memory', HOOKQL_STORE_KEY: createKey() }),
    ]).toEqual([null, null])
  })

  it('gets no new key where there are secrets of an old one', async () => {
    const path = join(openFolder(), 'hookql.db')
    await open({ HOOKQL_STORE: path })
    rmSync(`${path}.key`)
    expect(await refuse(open({ HOOKQL_STORE: path }))).toMatch(
      /hookql\.db\.key: the key file of this store is missing; restore it/,
    )
    expect(existsSync(`${path}.key`)).toBe(false)
  })

  it('takes a new key before the old one, and is needed with both until it is sealed anew', async () => {
    const path = join(openFolder(), 'hookql.db')
    const [old, next] = [createKey(), createKey()]
    await open({ HOOKQL_STORE: path, HOOKQL_STORE_KEY: old })
    const wrong = /hookql\.db: the key is not the one that this store was sealed with/
    expect(await refuse(open({ HOOKQL_STORE: path, HOOKQL_STORE_KEY: next }))).toMatch(wrong)
    const environment = { HOOKQL_STORE: path, HOOKQL_STORE_KEY: `${next} ${old}` }
    await open(environment)
    expect(await rekey({ ENCRATA_API_KEY: 'key', ...environment })).toMatch(/hookql\.db: sealed 0 secrets with the first key/)
    await open({ HOOKQL_STORE: path, HOOKQL_STORE_KEY: next })
    expect(await refuse(open({ HOOKQL_STORE: path, HOOKQL_STORE_KEY: old }))).toMatch(wrong)
  })

  it('is refused where it is none, or was made by a newer version', async () => {
    const folder = openFolder()
    const path = join(folder, 'hookql.db')
    const environment = { HOOKQL_STORE: path, HOOKQL_STORE_KEY: createKey() }
    await open(environment)
    const database = new DatabaseSync(path)
    database.exec("INSERT INTO kysely_migration (name, timestamp) VALUES ('9999-later', '2099-01-01')")
    database.close()
    expect(await refuse(open(environment))).toMatch(/hookql\.db: this store was created by a newer version of HookQL/)
    const notes = join(folder, 'notes.txt')
    writeFileSync(notes, 'not a database, though long enough for one'.repeat(100))
    expect(await refuse(open({ ...environment, HOOKQL_STORE: notes }))).toMatch(/notes\.txt: the file is not a HookQL store/)
    expect(await refuse(open({ HOOKQL_STORE: folder }))).toMatch(/: this is not a regular file/)
    const below = join(notes, 'a.db')
    expect(await refuse(open({ HOOKQL_STORE: below }))).toMatch(/notes\.txt: it cannot be created or written \(E\w+\)/)
    expect(readdirSync(folder).toSorted()).toEqual(['hookql.db', 'notes.txt'])
  })

  it.runIf(process.platform === 'linux')('is refused on a file system that is read-only', async () => {
    expect(await refuse(open({ HOOKQL_STORE: '/sys/hookql.db', HOOKQL_STORE_KEY: createKey() }))).toMatch(
      /^\/sys\/hookql\.db: it cannot be created or written \(E\w+\)/,
    )
  })
})

describe('hookql store rekey', () => {
  it('makes no store', async () => {
    const path = join(openFolder(), 'none.db')
    expect(await refuse(rekey({ ENCRATA_API_KEY: 'key', HOOKQL_STORE: path }))).toMatch(
      /none\.db: there is no store\. Set HOOKQL_STORE/,
    )
    expect(existsSync(path)).toBe(false)
    expect(await refuse(rekey({}))).toMatch(/^HOOKQL_STORE: there is nothing to seal in memory/)
  })
})

describe('the metrics of a store', () => {
  async function open() {
    const opened = await openStore({ path: null, keys: parseKeys(createKey(), 'test') })
    const metrics = createMetrics()
    const store = measureStore(opened, metrics)
    watchStore(store, metrics)
    const read = async () => (await metrics.format()).split('\n').filter((line) => /^hookql_(?:store|journal)_/.test(line))
    return { store, read }
  }

  it('count open entries and the writes of the journal, and say nothing of whose they are', async () => {
    const { store, read } = await open()
    for (const id of ['canary-1', 'canary-2', 'canary-3', 'canary-4']) await store.begin({ ...intent, id })
    await store.settle('canary-1', outcome)
    await store.settle('canary-2', { ...outcome, state: 'UNKNOWN' })
    await store.abandon('canary-3', 1)
    const lines = await read()
    expect(lines).toEqual(
      expect.arrayContaining([
        'hookql_store_healthy 1',
        'hookql_store_commit_duration_seconds_count 6',
        'hookql_journal_open_entries{state="RUNNING"} 1',
        'hookql_journal_open_entries{state="UNKNOWN"} 1',
      ]),
    )
    expect(lines.join()).not.toMatch(/canary|ada|shop|verifik/)
    await store.close()
  })

  it('are there, and say that it fails, where the store fails', async () => {
    const { store, read } = await open()
    await store.close()
    await expect(store.begin(intent)).rejects.toThrow('memory: ')
    const lines = await read()
    expect(lines).toContain('hookql_store_healthy 0')
    expect(lines.filter((line) => line.startsWith('hookql_journal_open_entries'))).toEqual([])
  })
})

describe('the log of a store', () => {
  it('names the entry of a secret that cannot be opened, and nothing of the secret', async () => {
    const path = join(openFolder(), 'hookql.db')
    const keys = parseKeys(createKey(), 'test')
    const opened = await openStore({ path, keys })
    for (const id of ['one', 'other']) await opened.begin({ ...intent, id, secrets: { token: 'canary' } })
    await opened.close()
    const database = new DatabaseSync(path)
    database.exec("UPDATE sealed SET bytes = (SELECT bytes FROM sealed WHERE entry = 'one') WHERE entry = 'other'")
    database.close()
    const lines: string[] = []
    const store = logUnopened(await openStore({ path, keys }), pino({}, { write: (line: string) => void lines.push(line) }))
    onTestFinished(() => store.close())
    expect(await store.openSecret('one', 'token')).toBe('canary')
    expect(await store.openSecret('none', 'token')).toBeNull()
    expect(lines).toEqual([])
    await expect(store.openSecret('other', 'token')).rejects.toThrow('A secret in the store was changed or moved')
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
      expect.objectContaining({
        level: 50,
        entry: formatId({ kind: 'entry', id: 'other' }),
        reason: 'A secret in the store was changed or moved and cannot be opened; restore a backup.',
        msg: 'secret not opened: it stays sealed in the store',
      }),
    ])
    expect(lines.join()).not.toContain('canary')
  })
})
