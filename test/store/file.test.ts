import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { StoreError } from '../../src/store/error.ts'
import { createKeys, parseKeys, type SealingKeys } from '../../src/store/keys.ts'
import { openHere } from '../../src/store/here.ts'
import { openStore } from '../../src/store/open.ts'
import { openEngine } from '../../src/store/sqlite/engine.ts'
import { openInThread, startThread } from '../../src/store/thread/thread.ts'
import { programs } from '../helpers/programs.ts'
import { intent, outcome } from './entries.ts'

const { 'test/store/attempt.ts': attempt = fileURLToPath(new URL('attempt.ts', import.meta.url)) } = programs
const key = 'k'.repeat(43)
const keys = parseKeys(key, 'key')

function openDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'hookql-store-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  return directory
}

const openPath = () => join(openDirectory(), 'hookql.db')

async function open(path: string, given: SealingKeys = keys) {
  const store = await openStore({ path, keys: given })
  onTestFinished(() => store.close())
  return store
}

/** The message of the one line that a store does not open with. */
async function readRefusal(path: string, given: SealingKeys = keys): Promise<string> {
  const failure: unknown = await openStore({ path, keys: given }).then(
    (store) => store.close(),
    (error: unknown) => error,
  )
  expect(failure).toBeInstanceOf(StoreError)
  const { message } = failure as StoreError
  expect(message).not.toContain('\n')
  return message
}

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)

describe('the file of a store', () => {
  it('is read by its owner alone, and so is everything beside it', async () => {
    const path = join(openDirectory(), 'new', 'deeper', 'hookql.db')
    const store = await open(path)
    await store.begin(intent)
    const files = readdirSync(dirname(path)).map((file) => join(dirname(path), file))
    expect(files.map((file) => basename(file))).toEqual(['hookql.db', 'hookql.db-wal'])
    expect(files.map(modeOf)).toEqual(['600', '600'])
    expect([dirname(path), dirname(dirname(path))].map(modeOf)).toEqual(['700', '700'])
  })

  it('is closed to others though it was open to them', async () => {
    const path = openPath()
    await (await openStore({ path, keys })).close()
    chmodSync(path, 0o644)
    await open(path)
    expect(modeOf(path)).toBe('600')
  })

  it.each([':memory:', 'file:hookql.db?mode=memory'])('is a file though its name is %s', async (name) => {
    const directory = openDirectory()
    const { stdout } = await promisify(execFile)(process.execPath, [attempt, name, '1', key], { cwd: directory })
    expect(stdout).toBe('open\nentry-1\n')
    expect(readdirSync(directory)).toEqual([name])
    expect(await (await open(join(directory, name))).find('entry-1')).not.toBeNull()
  })

  it('is given up and complete by itself once the store is closed', async () => {
    const path = openPath()
    const store = await open(path)
    await store.begin(intent)
    await store.close()
    expect(readdirSync(dirname(path))).toEqual(['hookql.db'])
    expect(await (await open(path)).find('entry-1')).toMatchObject({ state: 'RUNNING' })
  })

  it('belongs to one process, and another one says what to do instead', async () => {
    const path = openPath()
    const store = await open(path)
    await store.begin(intent)
    const message = `${path}: another process has this store open; stop that process, or use Postgres to share a store`
    const { stdout } = await promisify(execFile)(process.execPath, [attempt, path, '0', key])
    expect(stdout).toBe(`${message}\n`)
    expect(await readRefusal(path)).toBe(message)
    await store.begin({ ...intent, id: 'entry-2' })
    const { stdout: again } = await promisify(execFile)(process.execPath, [attempt, path, '0', key])
    expect(again).toBe(`${message}\n`)
  })

  it('is refused if it is no store', async () => {
    const path = openPath()
    writeFileSync(path, 'These are notes of mine, and no database at all.'.repeat(100))
    expect(await readRefusal(path)).toBe(`${path}: the file is not a HookQL store; choose another path`)
    const other = openPath()
    const database = new DatabaseSync(other)
    database.exec('CREATE TABLE notes (text)')
    database.close()
    const before = readFileSync(other)
    expect(await readRefusal(other)).toBe(`${other}: the file is not a HookQL store; choose another path`)
    expect(readFileSync(other)).toEqual(before)
  })

  it('is refused if a newer version made it', async () => {
    const path = openPath()
    await (await openStore({ path, keys })).close()
    const database = new DatabaseSync(path)
    database.exec("INSERT INTO kysely_migration VALUES ('9999-future', '2100-01-01T00:00:00.000Z')")
    database.close()
    expect(await readRefusal(path)).toBe(
      `${path}: this store was created by a newer version of HookQL; update HookQL, or restore a backup`,
    )
  })

  it.each([
    ['table', (file: Buffer) => file.indexOf('0001-journal2')],
    ['index', (file: Buffer) => file.indexOf('0001-journal\r')],
  ])('is refused as damaged, not as newer, if the %s of its migrations is not what was written', async (_, find) => {
    const path = openPath()
    await (await openStore({ path, keys })).close()
    const file = readFileSync(path)
    file.write('0401-journal', find(file))
    writeFileSync(path, file)
    expect(await readRefusal(path)).toBe(`${path}: the file is damaged; restore a backup`)
  })

  it('is refused if its tables are not those that its migrations made', async () => {
    const path = openPath()
    await (await openStore({ path, keys })).close()
    const database = new DatabaseSync(path)
    database.exec('DELETE FROM kysely_migration')
    database.close()
    expect(await readRefusal(path)).toMatch(/^\S+hookql\.db: the store failed: table "?entries"? already exists$/)
  })

  it.each(['', '-wal', '-journal'])('is refused if a link stands in for hookql.db%s', async (suffix) => {
    const path = openPath()
    const target = join(dirname(path), 'precious')
    writeFileSync(target, '')
    symlinkSync(target, path + suffix)
    expect(await readRefusal(path)).toBe(
      `${path}${suffix}: this is not a regular file; remove it, or choose another path for the store`,
    )
    expect(readFileSync(target, 'utf8')).toBe('')
    mkdirSync(join(dirname(path), 'folder'))
    expect(await readRefusal(join(dirname(path), 'folder'))).toContain('this is not a regular file')
  })

  it('made by the first migration is opened by the last', async () => {
    const path = openPath()
    copyFileSync(new URL('first.db', import.meta.url), path)
    const store = await open(path)
    const entries = await store.list({}, 10)
    expect(entries.map(({ id, state, abandonedMs }) => [id, state, abandonedMs])).toEqual([
      ['abandoned', 'UNKNOWN', 7_000],
      ['unknown', 'UNKNOWN', null],
      ['failed', 'FAILED', null],
      ['succeeded', 'SUCCEEDED', null],
      ['running', 'RUNNING', null],
    ])
    expect(entries.find(({ id }) => id === 'succeeded')).toMatchObject({ after: outcome.after, result: outcome.result })
    expect(entries.find(({ id }) => id === 'unknown')?.steps).toEqual([{ kind: 'TWIN', webhook: 'w2' }])
    expect(await store.openSecret('running', 'token')).toBe('token of running')
    expect(await store.openSecret('succeeded', 'signingSecret')).toBe('signing secret of succeeded')
    expect(await store.findByKey('key of unknown')).toMatchObject({ id: 'unknown' })
    expect(await store.findSecretTimes(intent.upstream, ['w1'])).toEqual(new Map([['w1', 2_000]]))
    await store.settle('running', outcome)
    expect(await store.find('running')).toMatchObject({ state: 'SUCCEEDED' })
  })
})

// Nobody: the superuser may write to what is read-only.
const nobody = process.getuid?.() === 0 ? ['65534'] : []

describe('a store that cannot be written', () => {
  async function runAttempt(path: string): Promise<string> {
    const { stdout } = await promisify(execFile)(process.execPath, [attempt, path, '0', key, ...nobody])
    return stdout
  }

  it('does not open if its file is read-only', async () => {
    const path = openPath()
    chmodSync(dirname(path), 0o777)
    await (await openStore({ path, keys })).close()
    chmodSync(path, 0o400)
    for (const user of nobody) chownSync(path, Number(user), Number(user))
    expect(await runAttempt(path)).toBe(
      `${path}: it cannot be created or written (EACCES); give this process write permission for the file and its directory\n`,
    )
  })

  it('does not open if its directory is read-only', async () => {
    const path = join(openDirectory(), 'folder', 'hookql.db')
    mkdirSync(dirname(path), { mode: 0o555 })
    chmodSync(dirname(dirname(path)), 0o755)
    expect(await runAttempt(path)).toBe(
      `${path}: it cannot be created or written (EACCES); give this process write permission for the file and its directory\n`,
    )
  })

  /** In blocks of 512 bytes: more cannot be written to a file. */
  async function runInSpace(path: string, blocks: number): Promise<readonly string[]> {
    const command = `ulimit -f ${blocks}; exec "$0" "$@"`
    const args = ['-c', command, process.execPath, attempt, path, '1000', key]
    const { stdout } = await promisify(execFile)('/bin/sh', args)
    return stdout.trimEnd().split('\n')
  }

  it('does not open if there is no space', async () => {
    const path = openPath()
    expect(await runInSpace(path, 16)).toEqual([
      `${path}: the disk failed to read or write; check the disk, its free space and file size limits`,
    ])
    // Nothing half made is left.
    await (await open(path)).begin(intent)
  })

  it('is healthy only while an entry can be recorded, and what shows it leaves nothing behind', async () => {
    const path = openPath()
    await (await open(path)).close()
    const run = (statement: string) => {
      using database = new DatabaseSync(path)
      return database.prepare(statement).all()
    }
    run("CREATE TRIGGER refuse BEFORE INSERT ON entries BEGIN SELECT json('no'); END")
    const store = await openStore({ path, keys, checkEveryMs: 0 })
    await expect(store.begin(intent)).rejects.toThrow(StoreError)
    for (let round = 0; round < 3; round += 1) {
      await expect(store.check()).rejects.toThrow(`${path}: the store failed: malformed JSON`)
      expect(store.isHealthy()).toBe(false)
    }
    await store.close()
    run('DROP TRIGGER refuse')
    const again = await openStore({ path, keys, checkEveryMs: 0 })
    await again.check()
    expect(again.isHealthy()).toBe(true)
    await again.close()
    for (const table of ['entries', 'sealed', 'turns', 'webhook_secrets']) expect(run(`SELECT * FROM ${table}`)).toEqual([])
  })

  it.each([
    ['removed', (path: string) => rmSync(path)],
    ['moved with its directory', (path: string) => renameSync(dirname(path), `${dirname(path)}-away`)],
    [
      'replaced by a copy',
      (path: string) => {
        copyFileSync(path, `${path}.copy`)
        renameSync(`${path}.copy`, path)
      },
    ],
    ['left without its log', (path: string) => rmSync(`${path}-wal`)],
  ])('records nothing in a file that was %s', async (_, harm) => {
    const path = openPath()
    const store = await open(path)
    await store.begin({ ...intent, keyHash: null })
    harm(path)
    onTestFinished(() => {
      rmSync(`${dirname(path)}-away`, { recursive: true, force: true })
      mkdirSync(dirname(path), { recursive: true })
    })
    const later = store.begin({ ...intent, id: 'later', keyHash: null })
    await expect(later).rejects.toThrow(`${path}: the file was removed or replaced while it was in use`)
    expect(store.isHealthy()).toBe(false)
  })

  it('fails what does not fit, loses nothing that did, and recovers', async () => {
    const path = openPath()
    const lines = await runInSpace(path, 2_000)
    expect(lines.slice(-3)).toEqual([
      `${path}: the disk failed to read or write; check the disk, its free space and file size limits`,
      'healthy: false',
      'healthy: true',
    ])
    const durable = lines.slice(1, -3)
    expect(durable.length).toBeGreaterThan(5)
    const store = await open(path)
    const kept = await store.list({}, 2_000)
    expect(kept.map(({ id }) => id).toReversed()).toEqual(durable)
  })
})

describe('the keys of a store', () => {
  const [first] = createKeys()
  const [second] = createKeys()

  it('are needed to open it, even if nothing is sealed yet', async () => {
    const path = openPath()
    await (await openStore({ path, keys: [first] })).close()
    expect(await readRefusal(path, [second])).toBe(
      `${path}: the key is not the one that this store was sealed with; give that key, after a new one if you want to replace it`,
    )
    await open(path, [second, first])
  })

  it('are all needed that a secret is sealed with', async () => {
    const path = openPath()
    const store = await openStore({ path, keys: [first] })
    await store.begin({ ...intent, secrets: { token: 'sealed with the first' } })
    await store.close()
    await (await openStore({ path, keys: [second, first] })).close()
    expect(await readRefusal(path, [second])).toBe(
      `${path}: some secrets are sealed with another key (${first.id}); add that key and run: hookql store rekey`,
    )
    const opened = await open(path, [second, first])
    expect(await opened.openSecret('entry-1', 'token')).toBe('sealed with the first')
  })

  it('do not open what was moved to another entry', async () => {
    const path = openPath()
    const store = await openStore({ path, keys })
    await store.begin({ ...intent, secrets: { token: 'of the first' } })
    await store.begin({ ...intent, id: 'entry-2', secrets: { token: 'of the second' } })
    await store.close()
    const database = new DatabaseSync(path)
    const token = "(SELECT bytes FROM sealed WHERE entry = 'entry-1')"
    database.exec(`UPDATE sealed SET bytes = ${token} WHERE entry = 'entry-2'`)
    database.close()
    const moved = await open(path)
    await expect(moved.openSecret('entry-2', 'token')).rejects.toThrow(
      new StoreError('A secret in the store was changed or moved and cannot be opened; restore a backup.'),
    )
    expect(await moved.openSecret('entry-1', 'token')).toBe('of the first')
  })
})

/** Where each transaction in a log ends, by the format of SQLite's log. */
function findCommits(log: Buffer): readonly number[] {
  const header = 32
  const frame = 24 + log.readUInt32BE(8)
  const ends = Array.from({ length: Math.floor((log.length - header) / frame) }, (_, index) => header + (index + 1) * frame)
  return ends.filter((end) => log.readUInt32BE(end - frame + 4) !== 0)
}

describe('a commit', () => {
  it('is one for each write, whatever it writes', async () => {
    const path = openPath()
    const store = await open(path)
    const count = () => findCommits(readFileSync(`${path}-wal`)).length
    const before = count()
    const secrets = { digest: 'd', token: 't', other: 'o' }
    await store.begin({ ...intent, keyHash: 'k', secrets })
    expect(count() - before).toBe(1)
    await store.note('entry-1', { kind: 'TWIN' }, { twin: 's', more: 'm' })
    expect(count() - before).toBe(2)
    await store.settle('entry-1', { ...outcome, signingSecret: 's', secretUntilMs: 9_000, setsSecret: true })
    expect(count() - before).toBe(3)
  })

  it('is shared by what waits for the disk, and fails only what does not fit', async () => {
    const path = openPath()
    const store = await open(path)
    const before = findCommits(readFileSync(`${path}-wal`)).length
    const ids = Array.from({ length: 100 }, (_, index) => `entry-${index}`)
    await Promise.all(ids.map((id) => store.begin({ ...intent, id })))
    expect(findCommits(readFileSync(`${path}-wal`)).length - before).toBeLessThan(50)
    const begun = findCommits(readFileSync(`${path}-wal`)).length
    await Promise.all(ids.map((id) => store.settle(id, outcome)))
    expect(findCommits(readFileSync(`${path}-wal`)).length - begun).toBeLessThan(50)
    const results = await Promise.allSettled(['a', 'entry-5', 'b', 'entry-6', 'c'].map((id) => store.begin({ ...intent, id })))
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'])
    expect(await Promise.all(['a', 'b', 'c'].map((id) => store.find(id)))).not.toContain(null)
  })

  it('that did not reach the disk takes nothing with it that came before', async () => {
    const path = openPath()
    const store = await open(path)
    for (let count = 1; count <= 4; count += 1)
      await store.begin({ ...intent, id: `entry-${count}`, startedMs: count, secrets: { token: `token ${count}` } })
    const [file, log] = [readFileSync(path), readFileSync(`${path}-wal`)]
    const commits = findCommits(log)
    const cuts = commits.slice(-4).flatMap((end) => [end - 1, end - 2_000, end])
    for (const cut of cuts) {
      const copy = openPath()
      writeFileSync(copy, file)
      writeFileSync(`${copy}-wal`, log.subarray(0, cut))
      // Without a thread for each: the file is what matters.
      const cutStore = await openHere({ path: copy, keys })
      const kept = commits.filter((end) => end <= cut).length - (commits.length - 4)
      const ids = (await cutStore.list({}, 10)).map(({ id }) => id)
      expect({ cut, ids }).toEqual({ cut, ids: ['entry-4', 'entry-3', 'entry-2', 'entry-1'].slice(4 - kept) })
      for (const id of ids) expect(await cutStore.openSecret(id, 'token')).toBe(id.replace('entry-', 'token '))
      await cutStore.begin({ ...intent, id: 'after' })
      await cutStore.close()
    }
  })

  it('that was told is there after SIGKILL', async () => {
    const path = openPath()
    const child = spawn(process.execPath, [attempt, path, '100000', key], { stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    for await (const chunk of child.stdout.setEncoding('utf8')) {
      said += chunk
      if (said.includes('entry-40\n')) child.kill('SIGKILL')
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    expect(child.signalCode).toBe('SIGKILL')
    const told = said.split('\n').slice(1, -1)
    const store = await open(path)
    const kept = (await store.list({}, 100_000)).map(({ id }) => id)
    expect(kept).toEqual(expect.arrayContaining(told))
    expect(kept.length).toBeLessThanOrEqual(told.length + 1)
    expect(await store.openSecret('entry-40', 'token')).toBe('token of entry-40')
  })

  it('of a damaged file is refused, and the store stays closed', async () => {
    const path = openPath()
    await (await openStore({ path, keys })).close()
    truncateSync(path, 4_096)
    expect(await readRefusal(path)).toBe(`${path}: the file is damaged; restore a backup`)
    expect(existsSync(path)).toBe(true)
  })
})

describe('the settings of SQLite', () => {
  it('have each commit flushed, what is deleted overwritten, and nothing in files of its own', () => {
    const { run, close } = openEngine(openPath())
    onTestFinished(close)
    const read = (name: string) => run({ sql: `PRAGMA ${name}`, parameters: [] }).rows
    const names = ['synchronous', 'journal_mode', 'locking_mode', 'secure_delete', 'temp_store', 'foreign_keys', 'page_size']
    expect(Object.assign({}, ...names.flatMap(read))).toEqual({
      synchronous: 2,
      journal_mode: 'wal',
      locking_mode: 'exclusive',
      secure_delete: 1,
      temp_store: 2,
      foreign_keys: 1,
      page_size: 4_096,
    })
  })
})

describe('the thread of a store', () => {
  it('counts as failed while the disk keeps it waiting, and no more once it answers', async () => {
    const path = openPath()
    const thread = startThread(path)
    const store = await openInThread({ path, keys, checkEveryMs: 0, checkMs: 1 }, thread)
    onTestFinished(() => store.close())
    const ids = Array.from({ length: 1_000 }, (_, index) => `entry-${index}`)
    const begun = ids.map((id) => store.begin({ ...intent, id, keyHash: null }))
    await expect(store.check()).rejects.toThrow(new StoreError(`${path}: it does not answer in time; check the disk`))
    expect(store.isHealthy()).toBe(false)
    await Promise.all(begun)
    expect(store.isHealthy()).toBe(true)
  })

  it('takes every call with it that is under way when it ends, and every later one fails at once', async () => {
    const path = openPath()
    const thread = startThread(path)
    const store = await openInThread({ path, keys }, thread)
    const calls = [store.begin(intent), store.find('entry-1'), store.list({}, 1), store.maintain(0, 0)]
    const ended = Promise.allSettled(calls)
    await thread.end()
    for (const result of await ended) expect(result).toMatchObject({ status: 'rejected', reason: expect.any(StoreError) })
    expect(store.isHealthy()).toBe(false)
    await expect(store.check()).rejects.toThrow(new StoreError(`${path}: the store failed: it is closed`))
    await store.close()
  })
})
