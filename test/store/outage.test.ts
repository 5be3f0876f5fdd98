import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { sql } from 'kysely'
import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { RefusedWriteError, StoreError } from '../../src/store/error.ts'
import { createKeys } from '../../src/store/keys.ts'
import { type Migration, migrate, migrations } from '../../src/store/migrations/migrate.ts'
import { openStore } from '../../src/store/open.ts'
import { parseAddress } from '../../src/store/postgres/address.ts'
import { openPostgres } from '../../src/store/postgres/postgres.ts'
import type { Store } from '../../src/store/store.ts'
import { openWay } from '../helpers/cut.ts'
import { certificate, openEncrypted } from '../helpers/encrypted.ts'
import { createDatabase, emptyStore, runSql, type TestDatabase } from '../helpers/postgres.ts'
import { intent, outcome } from './entries.ts'

// What a store does when its database is away, slow, or not what it should be.

const keys = createKeys()
let database: TestDatabase
beforeAll(async () => {
  database = await createDatabase()
})
afterAll(() => database.drop())
beforeEach(() => emptyStore(database.url))

async function open(url: string, heartbeatMs = 20): Promise<Store> {
  const store = await openStore({ url, keys, heartbeatMs, timeoutMs: 60_000 })
  onTestFinished(() => store.close())
  return store
}

async function openBase(url: string, timeoutMs?: number) {
  const base = await openPostgres(parseAddress(url), { max: 2, timeoutMs })
  onTestFinished(() => base.close())
  return base
}

/** The message of what a call rejects with, which says nothing of the password. */
async function readFailure(call: Promise<unknown>, password = new URL(database.url).password): Promise<string> {
  const failure: unknown = await call.then(
    () => 'no failure',
    (error: unknown) => error,
  )
  if (!(failure instanceof StoreError)) throw new TypeError(`not a StoreError: ${inspect(failure)}`)
  expect(failure.message).not.toContain('\n')
  expect(inspect(failure, { depth: 10, showHidden: true })).not.toContain(password)
  return failure.message
}

describe('a database that is away', () => {
  it('is written to again once it is back, and what was begun is as it was', async () => {
    const way = await openWay(database.url)
    const store = await open(way.url)
    await store.begin(intent, [await store.readTurn('t1')])
    await way.cut()
    await expect.poll(() => store.isHealthy()).toBe(false)
    for (const call of [
      () => store.begin({ ...intent, id: 'entry-2' }),
      () => store.settle('entry-1', outcome),
      () => store.find('entry-1'),
      () => store.readTurn('t1'),
      () => store.claim('entry-1'),
      () => store.check(),
    ])
      expect(await readFailure(call())).toMatch(/^Postgres at 127\.0\.0\.1:\d+\/hookql_test_\w+: nothing listens there; start it/)
    await way.heal()
    await expect.poll(() => store.isHealthy()).toBe(true)
    expect(await store.readTurn('t1')).toMatchObject({ heldBy: 'entry-1' })
    await store.settle('entry-1', outcome)
    expect((await store.list({}, 10)).map(({ id, state }) => [id, state])).toEqual([['entry-1', 'SUCCEEDED']])
  })

  it('fails all that wait for it at once, and not only when their time is over', async () => {
    const way = await openWay(database.url)
    const store = await open(way.url, 3_600_000)
    await way.cut()
    await expect.poll(() => store.begin(intent).then(String, String)).toMatch(/nothing listens there/)
    const ids = Array.from({ length: 30 }, (_, index) => `entry-${index}`)
    for (const id of ids.slice(0, 2)) await readFailure(store.find(id))
    const failures = ids.map((id) => readFailure(store.find(id)))
    // None of them waits for as long as a connection may take, which is longer than this test has.
    for (const failure of failures) expect(await failure).toMatch(/nothing listens there/)
  }, 30_000)

  it('ends the connections that it had, and neither the process nor later writes mind', async () => {
    const store = await open(database.url)
    const others = "pid <> pg_backend_pid() AND datname = current_database() AND application_name = 'hookql'"
    for (let round = 0; round < 5; round += 1) {
      const ids = Array.from({ length: 30 }, (_, index) => `${round}-${index}`)
      const begun = Promise.allSettled(ids.map((id) => store.begin({ ...intent, id, secrets: { token: 't' } })))
      await runSql(database.url, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${others}`)
      for (const result of await begun) {
        if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(StoreError)
      }
      // One that is ended just now fails one write more.
      const beginLater = (id: string) =>
        store.begin({ ...intent, id }).then(
          () => 'begun',
          () => 'failed',
        )
      let tries = 0
      await expect.poll(() => beginLater(`after-${round}-${(tries += 1)}`)).toBe('begun')
      // Whatever was told to have begun, has.
      const told = (await begun).flatMap(({ status }, index) => (status === 'fulfilled' ? (ids[index] ?? []) : []))
      for (const id of told) expect(await store.find(id)).toMatchObject({ state: 'RUNNING' })
    }
    await expect.poll(() => store.isHealthy()).toBe(true)
  })

  it('may have carried out a commit that it did not answer, and the entry can be settled', async () => {
    const way = await openWay(database.url)
    const store = await open(way.url, 3_600_000)
    way.loseAnswer(/COMMIT/)
    expect(await readFailure(store.begin(intent))).toMatch(/the connection was lost; check the server and the network$/)
    expect(await store.find('entry-1')).toMatchObject({ state: 'RUNNING', isOwnedElsewhere: false })
    await store.settle('entry-1', { ...outcome, state: 'FAILED' })
    expect(await store.find('entry-1')).toMatchObject({ state: 'FAILED' })
  })

  it('keeps nobody from closing', async () => {
    const way = await openWay(database.url)
    const store = await open(way.url)
    await way.cut()
    await store.close()
    expect(store.isHealthy()).toBe(false)
  })
})

describe('a server without a free connection', () => {
  /** A store whose user may open no further connection, and how many it has. */
  async function openLimited() {
    const own = await createDatabase()
    const user = `limited_${randomBytes(4).toString('hex')}`
    const url = new URL(own.url)
    const name = url.pathname.slice(1)
    await runSql(own.url, `CREATE ROLE ${user} LOGIN PASSWORD 'limited'`, `ALTER DATABASE ${name} OWNER TO ${user}`)
    onTestFinished(async () => {
      await own.drop()
      await runSql(database.url, `DROP ROLE ${user}`)
    })
    await runSql(own.url, `GRANT ALL ON SCHEMA public TO ${user}`)
    url.username = user
    url.password = 'limited'
    const store = await openStore({ url: url.href, keys, timeoutMs: 60_000 })
    onTestFinished(() => store.close())
    const countConnections = async () =>
      Number((await runSql(own.url, `SELECT count(*) FROM pg_stat_activity WHERE usename = '${user}'`))[0]?.['count'])
    const endAll = () => runSql(own.url, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${user}'`)
    const limit = (most: number) => runSql(own.url, `ALTER ROLE ${user} CONNECTION LIMIT ${most}`)
    return { store, countConnections, endAll, limit }
  }
  const ids = Array.from({ length: 30 }, (_, index) => `entry-${index}`)

  it('is used over those that there are, and over more once there are free ones', async () => {
    const { store, countConnections, limit } = await openLimited()
    await expect.poll(countConnections).toBe(2)
    await limit(2)
    for (const round of ['a', 'b']) await Promise.all(ids.map((id) => store.begin({ ...intent, id: `${id}${round}` })))
    expect([store.isHealthy(), await countConnections()]).toEqual([true, 2])
    await limit(50)
    const beginMore = async (round: number) => {
      await Promise.all(ids.map((id) => store.begin({ ...intent, id: `${id}-${round}` })))
      return countConnections()
    }
    let round = 0
    await expect.poll(() => beginMore((round += 1)), { timeout: 60_000 }).toBeGreaterThan(2)
  })

  it('is told of if there is none at all', async () => {
    const { store, limit, endAll } = await openLimited()
    await limit(0)
    await endAll()
    const begin = () => store.begin(intent).then(String, String)
    await expect.poll(begin).toMatch(/it has no connection left; raise max_connections, or lower pool_max \(53300\)$/)
  })
})

describe('a database that is slow', () => {
  it('fails what waits too long, and is used again once it answers', async () => {
    const way = await openWay(database.url)
    const base = await openBase(way.url, 200)
    const read = () => sql`SELECT 1 AS one`.execute(base.queries)
    await read()
    way.hold()
    expect(await readFailure(read())).toMatch(/: it does not answer in time; check the server and the network$/)
    expect(await readFailure(base.write([]))).toMatch(/: it does not answer in time; check the server and the network$/)
    await way.heal()
    expect((await read()).rows).toEqual([{ one: 1 }])
  })

  it('ends by itself what takes too long, and what a paused process has begun', async () => {
    const base = await openBase(database.url, 200)
    expect(await readFailure(sql`SELECT pg_sleep(60)`.execute(base.queries))).toMatch(/: it took too long.+\(57014\)$/)
    const uncaught: unknown[] = []
    const listener = (error: unknown) => void uncaught.push(error)
    process.on('uncaughtException', listener)
    onTestFinished(() => void process.off('uncaughtException', listener))
    const paused = base.queries.transaction().execute(async (queries) => {
      await sql`SELECT 1`.execute(queries)
      await expect
        .poll(() => runSql(database.url, "SELECT 1 FROM pg_stat_activity WHERE state = 'idle in transaction'"))
        .toEqual([])
      await sql`SELECT 1`.execute(queries)
    })
    expect(await readFailure(paused)).toMatch(/the connection was lost|\(25P03\)/)
    expect((await sql`SELECT 1 AS one`.execute(base.queries)).rows).toEqual([{ one: 1 }])
    expect(uncaught).toEqual([])
  })
})

describe('a database that records no entry', () => {
  /** Locks tables as what creates an index or copies them does. Resolves to what ends it. */
  async function lock(table: string, mode = 'SHARE') {
    const client = new Client({ connectionString: database.url })
    await client.connect()
    await client.query(`BEGIN; LOCK TABLE ${table} IN ${mode} MODE`)
    const end = () => client.end()
    onTestFinished(end)
    return end
  }
  const readLeaseEnd = async () => Number((await runSql(database.url, 'SELECT until_ms FROM owners'))[0]?.['until_ms'])
  const trial = { checkEveryMs: 0, checkMs: 200 }

  it.each(['entries', 'sealed', 'turns', 'webhook_secrets'])(
    'is noticed while only %s cannot be written and nobody writes',
    async (table) => {
      const store = await openStore({ url: database.url, keys, heartbeatMs: 20, timeoutMs: 1_000, ...trial })
      onTestFinished(() => store.close())
      // On a busy machine, the first one may take too long.
      await expect.poll(() => store.check().then(store.isHealthy, () => false)).toBe(true)
      const unlock = await lock(table)
      expect(await readFailure(store.check())).toMatch(/does not answer in time|took too long/)
      expect(store.isHealthy()).toBe(false)
      const leaseEnd = await readLeaseEnd()
      await expect.poll(readLeaseEnd).toBeGreaterThan(leaseEnd)
      await expect.poll(readLeaseEnd).toBeGreaterThan(leaseEnd + 200)
      expect(store.isHealthy()).toBe(false)
      await unlock()
      await expect.poll(() => store.isHealthy()).toBe(true)
      for (const name of ['entries', 'sealed', 'turns', 'webhook_secrets'])
        expect(await runSql(database.url, `SELECT * FROM ${name}`)).toEqual([])
    },
  )

  it.each([
    ['entries', (store: Store) => store.findByKey('k1')],
    ['turns', (store: Store) => store.readTurn('t1')],
    ['entries', (store: Store) => store.findMade('https://api.test', ['w1'], null)],
    ['entries', (store: Store) => store.listRecent('https://api.test', 'w1', 1_000)],
  ])('is noticed where %s cannot be read, which refuses writes too', async (table, readIt) => {
    const store = await openStore({ url: database.url, keys, heartbeatMs: 3_600_000, timeoutMs: 500 })
    onTestFinished(() => store.close())
    await lock(table, 'ACCESS EXCLUSIVE')
    expect(await readFailure(readIt(store))).toMatch(/it took too long/)
    expect(store.isHealthy()).toBe(false)
  })

  it('is tried at once after a failure, and after the next write that is recorded', async () => {
    const store = await openStore({ url: database.url, keys, heartbeatMs: 3_600_000, timeoutMs: 2_000 })
    onTestFinished(() => store.close())
    const unlock = await lock('turns', 'ACCESS EXCLUSIVE')
    expect(await readFailure(store.readTurn('t1'))).toMatch(/it took too long/)
    expect(store.isHealthy()).toBe(false)
    await unlock()
    await expect.poll(() => store.isHealthy()).toBe(true)
    const unlockAgain = await lock('turns', 'ACCESS EXCLUSIVE')
    expect(await readFailure(store.readTurn('t1'))).toMatch(/it took too long/)
    expect(await readFailure(store.check())).toMatch(/it took too long|does not answer in time/)
    await unlockAgain()
    expect(store.isHealthy()).toBe(false)
    await store.begin(intent)
    await expect.poll(() => store.isHealthy()).toBe(true)
  })

  it('stays unhealthy while only webhook_secrets is locked, however many writes begin', async () => {
    const store = await openStore({ url: database.url, keys, heartbeatMs: 3_600_000, timeoutMs: 500 })
    onTestFinished(() => store.close())
    await store.begin(intent)
    const unlock = await lock('webhook_secrets')
    const settle = () => store.settle('entry-1', { ...outcome, setsSecret: true })
    expect(await readFailure(settle())).toMatch(/it took too long/)
    for (let round = 0; round < 3; round += 1) {
      await store.begin({ ...intent, id: `later-${round}`, keyHash: null })
      expect(store.isHealthy()).toBe(false)
      expect(await readFailure(store.check())).toMatch(/it took too long|does not answer in time/)
      expect(store.isHealthy()).toBe(false)
    }
    await unlock()
    await store.check()
    expect(store.isHealthy()).toBe(true)
    await settle()
  })

  it('stays unhealthy while its lease cannot be renewed, however many entries can be recorded', async () => {
    const store = await openStore({
      url: database.url,
      keys,
      heartbeatMs: 20,
      timeoutMs: 500,
      leaseMs: 3_600_000,
      checkEveryMs: 0,
    })
    onTestFinished(() => store.close())
    const unlock = await lock('owners')
    await expect.poll(() => store.isHealthy()).toBe(false)
    for (let round = 0; round < 3; round += 1) {
      await store.check()
      expect(store.isHealthy()).toBe(false)
    }
    await unlock()
    await expect.poll(() => store.isHealthy()).toBe(true)
  })

  it('stays unhealthy after a write that failed, however well its lease is renewed', async () => {
    const store = await openStore({ url: database.url, keys, heartbeatMs: 20, timeoutMs: 1_000 })
    onTestFinished(() => store.close())
    const unlock = await lock('entries')
    expect(await readFailure(store.begin(intent))).toMatch(/it took too long; check its load and its locks/)
    const leaseEnd = await readLeaseEnd()
    await expect.poll(readLeaseEnd).toBeGreaterThan(leaseEnd + 200)
    expect(store.isHealthy()).toBe(false)
    await unlock()
    await expect.poll(() => store.isHealthy()).toBe(true)
    await store.begin(intent)
  })
})

describe('a database that is not what it should be', () => {
  const change = (set: (url: URL) => void): string => {
    const url = new URL(database.url)
    set(url)
    return url.href
  }
  const refused: readonly (readonly [string, () => string, RegExp])[] = [
    [
      'has another password',
      () => change((url) => (url.password = 'canary-password')),
      /the user or the password is wrong.+\(28P01\)$/,
    ],
    ['has no such user', () => change((url) => (url.username = 'nobody')), /\(28(?:P01|000)\)$/],
    ['does not exist', () => change((url) => (url.pathname = '/nothing')), /the database does not exist; create it \(3D000\)$/],
    [
      'is on a host that nobody knows',
      () => change((url) => (url.hostname = 'nowhere.invalid')),
      /the name of its host is not known/,
    ],
    ['is where nothing listens', () => change((url) => (url.port = '1')), /nothing listens there.+\(ECONNREFUSED\)$/],
    ['speaks no TLS', () => change((url) => url.searchParams.set('sslmode', 'verify-full')), /it does not speak TLS/],
    [
      'can only be read',
      () => change((url) => url.searchParams.set('options', '-c default_transaction_read_only=on')),
      /it can only be read; use the URL of the primary \(25006\)$/,
    ],
    [
      'would lose commits',
      () => change((url) => url.searchParams.set('options', '-c synchronous_commit=off')),
      /a crash would lose commits; set synchronous_commit to on$/,
    ],
    [
      'has no such schema',
      () => change((url) => url.searchParams.set('options', '-c search_path=nowhere')),
      /the schema does not exist; create it$/,
    ],
  ]

  it.each(refused)('is refused if it %s, in one line without the password', async (_, toUrl, expected) => {
    const url = toUrl()
    expect(await readFailure(openStore({ url, keys }), new URL(url).password)).toMatch(expected)
  })

  it('is refused if its tables are those of another program', async () => {
    await runSql(database.url, 'CREATE SCHEMA IF NOT EXISTS other', 'CREATE TABLE IF NOT EXISTS other.entries (id text)')
    const url = change(({ searchParams }) => searchParams.set('options', '-c search_path=other'))
    expect(await readFailure(openStore({ url, keys }))).toMatch(/its tables are those of another program.+\(42P07\)$/)
  })

  it('is refused if it can only be read, also before it has tables', async () => {
    const name = `${new URL(database.url).pathname.slice(1)}_standby`
    await runSql(database.url, `CREATE DATABASE ${name}`)
    onTestFinished(async () => void (await runSql(database.url, `DROP DATABASE ${name} WITH (FORCE)`)))
    await runSql(database.url, `ALTER DATABASE ${name} SET default_transaction_read_only = on`)
    const url = change((each) => (each.pathname = `/${name}`))
    expect(await readFailure(openStore({ url, keys }))).toMatch(/it can only be read; use the URL of the primary \(25006\)$/)
  })

  it('is refused if it cannot keep every text', async () => {
    const name = `${new URL(database.url).pathname.slice(1)}_ascii`
    await runSql(database.url, `CREATE DATABASE ${name} ENCODING 'SQL_ASCII' TEMPLATE template0`)
    onTestFinished(async () => void (await runSql(database.url, `DROP DATABASE ${name} WITH (FORCE)`)))
    const url = change((each) => (each.pathname = `/${name}`))
    expect(await readFailure(openStore({ url, keys }))).toMatch(/its encoding is SQL_ASCII; create a database with UTF8$/)
  })

  it('may be a schema beside those of other programs that use the same names', async () => {
    await runSql(database.url, 'CREATE SCHEMA own', 'CREATE SCHEMA another', 'CREATE TABLE another.kysely_migration (name text)')
    const store = await open(change(({ searchParams }) => searchParams.set('options', '-c search_path=own')))
    await store.begin(intent)
    expect(await runSql(database.url, 'SELECT id FROM own.entries')).toEqual([{ id: 'entry-1' }])
  })
})

describe('processes of two versions', () => {
  const later = (isOptional: boolean): typeof migrations => {
    const migration: Migration = {
      up: (schema) => schema.alterTable('entries').addColumn('later', 'text').execute(),
      isOptional,
    }
    return { ...migrations, '9999-later': migration }
  }

  async function openVersions() {
    const versions = await createDatabase()
    onTestFinished(() => versions.drop())
    return { url: versions.url, base: await openBase(versions.url) }
  }

  it('work side by side if the newer one only adds what the older one need not know', async () => {
    const { url, base } = await openVersions()
    const older = await open(url)
    await older.begin(intent)
    await migrate(base, 'here', later(true))
    await older.settle('entry-1', outcome)
    const restarted = await open(url)
    await restarted.begin({ ...intent, id: 'entry-2' })
    await migrate(base, 'here', later(true))
    expect(await runSql(url, 'SELECT id, later FROM entries ORDER BY id')).toEqual([
      { id: 'entry-1', later: null },
      { id: 'entry-2', later: null },
    ])
  })

  it('do not, if the older one would write what is wrong for the newer one', async () => {
    const { url, base } = await openVersions()
    await (await open(url)).close()
    await migrate(base, 'here', later(false))
    expect(await readFailure(openStore({ url, keys }))).toMatch(
      /this store was created by a newer version of HookQL; update HookQL/,
    )
  })

  it('update the tables once, however many start at the same time', async () => {
    const { url } = await openVersions()
    const stores = await Promise.all(Array.from({ length: 4 }, () => open(url)))
    await Promise.all(stores.map((store, index) => store.begin({ ...intent, id: `entry-${index}` })))
    const done = (await runSql(url, 'SELECT name FROM kysely_migration ORDER BY name')).map(({ name }) => name)
    expect(done).toEqual(Object.keys(migrations))
  })
})

describe('a write with a text that Postgres cannot keep', () => {
  it.each([
    ['a NUL character', 'a\0b'],
    ['an ID that fits into no index', randomBytes(10_000).toString('hex')],
  ])('is refused for %s, and shows nothing about the database', async (_, webhook) => {
    const store = await open(database.url, 3_600_000)
    const begun = store.begin({ ...intent, webhook })
    expect(await readFailure(begun)).toMatch(/it cannot keep a text of this write/)
    await expect(begun).rejects.toThrow(RefusedWriteError)
    expect(store.isHealthy()).toBe(true)
    expect(await store.find('entry-1')).toBeNull()
  })
})

describe('an encrypted connection', () => {
  it('is one with a server whose certificate is trusted and valid for its host, unless the URL says otherwise', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hookql-tls-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const path = join(folder, 'ca.pem')
    writeFileSync(path, certificate)
    const way = await openEncrypted(database.url)
    const to = (query: string, hostname = way.hostname) => {
      const url = new URL(way)
      url.hostname = hostname
      url.search = query
      return url.href
    }
    for (const mode of ['require', 'verify-ca', 'verify-full'])
      expect(await readFailure(openStore({ url: to(`sslmode=${mode}`), keys }))).toMatch(/its certificate is not trusted/)
    const elsewhere = to(`sslmode=verify-full&sslrootcert=${path}`, 'localhost')
    expect(await readFailure(openStore({ url: elsewhere, keys }))).toMatch(/its certificate is not trusted/)
    expect(await readFailure(openStore({ url: to('sslmode=disable'), keys }))).toMatch(/the connection was lost/)
    for (const query of [`sslmode=verify-full&sslrootcert=${path}`, 'sslmode=no-verify']) await (await open(to(query))).check()
  })
})

describe('the driver', () => {
  it('is loaded by those who use it, and by nobody else', () => {
    const open = new URL('../../src/store/open.ts', import.meta.url).href
    const createStore = `await (await import('${open}')).openStore(options).catch(() => {})`
    const print =
      "console.log(Object.keys(process.getBuiltinModule('module')._cache).filter((path) => /node_modules.pg./.test(path)).length)"
    const count = (options: string) => {
      const keys = "[{ id: '1', key: process.getBuiltinModule('crypto').createSecretKey(Buffer.alloc(32)) }]"
      const program = `const options = { ${options}, keys: ${keys} }; ${createStore}; ${print}; process.exit()`
      const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' })
      return Number(stdout)
    }
    expect(count('path: null')).toBe(0)
    expect(count("url: 'postgres://ada:b@127.0.0.1:1/hookql'")).toBeGreaterThan(0)
  })
})

describe('no secret in clear', () => {
  it('is in any table', async () => {
    const store = await open(database.url)
    const secrets = { digest: 'canary-digest', token: 'canary-token', signingSecret: 'canary-chosen' }
    await store.begin({ ...intent, secrets }, [await store.readTurn('t1')])
    await store.note('entry-1', { kind: 'TWIN', webhook: 'w2' }, { twin: 'canary-twin' })
    const tables = await runSql(database.url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    const dump = async () => {
      const rows = await Promise.all(
        tables.map(({ tablename }) => runSql(database.url, `SELECT t::text FROM ${String(tablename)} t`)),
      )
      return JSON.stringify(rows)
    }
    const expectNone = (text: string) => {
      expect(text).not.toContain('canary')
      expect(text).not.toContain(Buffer.from('canary').toString('hex'))
    }
    const begun = await dump()
    expect(begun).toContain('entry-1')
    expectNone(begun)
    await store.settle('entry-1', { ...outcome, signingSecret: 'canary-handed-out', secretUntilMs: 9_000 })
    expectNone(await dump())
    expect(await store.openSecret('entry-1', 'signingSecret')).toBe('canary-handed-out')
    await store.eraseSigningSecret('entry-1')
    const kept = await runSql(database.url, 'SELECT field FROM sealed')
    expect(kept).toEqual([{ field: 'digest' }])
  })
})
