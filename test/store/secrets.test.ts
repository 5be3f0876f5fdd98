import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { inspect } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { StoreError } from '../../src/store/error.ts'
import { createKeys, parseKeys, readKeyFile, readOwnKeyFile, type SealingKeys } from '../../src/store/keys.ts'
import { openStore, rekeyStore } from '../../src/store/open.ts'
import { createKeyring, toSealingKey } from '../../src/store/seal.ts'
import type { Store } from '../../src/store/store.ts'
import { intent, outcome } from './entries.ts'

function openDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'hookql-secrets-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  return directory
}

async function open(keys: SealingKeys = createKeys()) {
  const path = join(openDirectory(), 'hookql.db')
  const store = await openStore({ path, keys })
  onTestFinished(() => store.close())
  return { store, path, keys }
}

/** The content of every file of a store. */
function readFiles(path: string): Buffer {
  const directory = dirname(path)
  return Buffer.concat(readdirSync(directory).map((file) => readFileSync(join(directory, file))))
}

/** What is sealed in a store, while it is open, by entry and field. */
function readSealed(path: string): ReadonlyMap<string, Buffer> {
  const copy = join(openDirectory(), 'hookql.db')
  for (const suffix of ['', '-wal']) if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix)
  const database = new DatabaseSync(copy)
  const rows = database.prepare('SELECT entry, field, bytes FROM sealed').all()
  database.close()
  return new Map(rows.map(({ entry, field, bytes }) => [`${String(entry)} ${String(field)}`, Buffer.from(bytes as Uint8Array)]))
}

describe('no secret in clear', () => {
  it('is in any file, or in any error, at any time', async () => {
    const { store, path } = await open()
    const canaries: string[] = []
    const canary = (name: string) => {
      const text = `canary-${name}-${'0123456789abcdef'.repeat(name === 'long' ? 1_000 : 2)}`
      canaries.push(text)
      return text
    }
    const expectNone = (text: Buffer | string) => {
      const found = canaries.filter((each) => text.includes(each.slice(0, 40)) || text.includes(each.slice(-40)))
      expect(found).toEqual([])
    }
    const fail = async (call: Promise<unknown>) => {
      const failure: unknown = await call.catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(StoreError)
      expectNone(inspect(failure, { depth: 10, showHidden: true }))
    }

    const secrets = { digest: canary('digest'), token: canary('token'), long: canary('long'), signingSecret: canary('chosen') }
    await store.begin({ ...intent, secrets })
    await fail(store.begin({ ...intent, secrets }))
    await fail(store.note('entry-2', { kind: 'TWIN' }, { twin: canary('lost') }))
    expectNone(readFiles(path))
    await store.note('entry-1', { kind: 'TWIN' }, { twin: canary('twin'), token: canary('again') })
    expectNone(readFiles(path))
    await store.settle('entry-1', { ...outcome, state: 'UNKNOWN', signingSecret: canary('unknown'), secretUntilMs: 1 })
    expectNone(readFiles(path))
    await store.settle('entry-1', { ...outcome, signingSecret: canary('handed-out'), secretUntilMs: 9_000 })
    await fail(store.settle('entry-1', { ...outcome, signingSecret: canary('late'), secretUntilMs: 9_000 }))
    expectNone(readFiles(path))
    expect(await store.openSecret('entry-1', 'signingSecret')).toContain('canary-handed-out')
    const links = readdirSync('/proc/self/fd').map((fd) => {
      try {
        return readlinkSync(join('/proc/self/fd', fd))
      } catch {
        return ''
      }
    })
    expect(links.filter((link) => link.includes('etilqs'))).toEqual([])
    await store.eraseSigningSecret('entry-1')
    await store.maintain(10_000, 10_000)
    expectNone(readFiles(path))
    await store.close()
    expectNone(readFiles(path))
    expect(canaries).toHaveLength(10)
  })

  it('is in what a key shows of itself', () => {
    const text = Buffer.alloc(32, 'k').toString('base64')
    const shown = inspect(parseKeys(text, 'key'), { depth: 10, showHidden: true }) + JSON.stringify(parseKeys(text, 'key'))
    expect(shown).not.toContain(text.slice(0, 10))
    expect(shown).not.toContain('6b 6b')
    expect(shown).not.toContain('107,107')
  })
})

/** A part of each sealed text that no other has. */
const listParts = (bytes: Buffer) => [bytes.subarray(0, 28), bytes.subarray(28, 44), bytes.subarray(-16)]

describe('an erased secret', () => {
  const fill = async (store: Store, ids: readonly string[]) => {
    const secrets = (id: string) => ({
      digest: id,
      token: 't'.repeat(20 + ((Number(id) * 37) % 500)),
      body: 'b'.repeat(Number(id) % 7 === 0 ? 9_000 : 60),
    })
    await Promise.all(ids.map((id) => store.begin({ ...intent, id, secrets: secrets(id) })))
  }

  it('is in none of the files that had it, whatever was written and removed around it', async () => {
    const { store, path } = await open()
    const seen = new Map<string, Buffer>()
    const look = () => {
      for (const [place, bytes] of readSealed(path)) if (!place.endsWith('digest')) seen.set(place, bytes)
    }
    let next = 0
    for (let round = 0; round < 4; round += 1) {
      const ids = Array.from({ length: 60 }, () => `${(next += 1)}`)
      await fill(store, ids)
      look()
      const settled = ids.filter((id) => (Number(id) * 7919) % 10 < 7)
      const signed = (id: string) =>
        (Number(id) * 31) % 10 < 6 ? { signingSecret: 's'.repeat(40), secretUntilMs: Number(id) % 1_000 } : {}
      await Promise.all(settled.map((id) => store.settle(id, { ...outcome, ...signed(id) })))
      look()
      await store.maintain((((round + 1) * 60) % 1_000) - 30, round === 4 ? 10_000 : 0)
      const live = readSealed(path)
      const files = readFiles(path)
      const gone = [...seen].filter(([place]) => !live.has(place))
      expect(gone.length).toBeGreaterThan(80)
      expect([...live].filter(([, bytes]) => !files.includes(bytes.subarray(0, 28)))).toEqual([])
      expect(gone.filter(([, bytes]) => listParts(bytes).some((part) => files.includes(part))).map(([place]) => place)).toEqual(
        [],
      )
    }
  })

  it('is gone from the files when the call that erases it ends', async () => {
    const { store, path } = await open()
    await store.begin(intent)
    await store.settle('entry-1', { ...outcome, signingSecret: 'handed out', secretUntilMs: 9_000 })
    const bytes = readSealed(path).get('entry-1 signingSecret') ?? Buffer.alloc(0)
    expect(readFiles(path).includes(bytes)).toBe(true)
    await store.eraseSigningSecret('entry-1')
    expect(listParts(bytes).filter((part) => readFiles(path).includes(part))).toEqual([])
  })

  it('is gone from the files soon after an outcome, though nobody asks for it', async () => {
    const { store, path } = await open()
    await fill(store, ['1', '2'])
    const sealed = readSealed(path)
    const listLeft = (...places: readonly string[]) => {
      const files = readFiles(path)
      return places.filter((place) => listParts(sealed.get(place) ?? Buffer.alloc(0)).some((part) => files.includes(part)))
    }
    expect(listLeft('1 token', '1 body', '2 token')).toEqual(['1 token', '1 body', '2 token'])
    await store.settle('1', outcome)
    await expect.poll(() => listLeft('1 token', '1 body')).toEqual([])
    await store.abandon('2', 1)
    await expect.poll(() => listLeft('2 token')).toEqual([])
    expect(readFiles(path).includes(sealed.get('1 digest') ?? '')).toBe(true)
  })
})

describe('a seal', () => {
  const [key] = createKeys()

  it('opens with its key, at its place, unchanged, and not otherwise', () => {
    const ring = createKeyring([key])
    const sealed = ring.seal('text', 'entry-1 token')
    expect(ring.open(sealed, 'entry-1 token')).toBe('text')
    expect(ring.open(sealed, 'entry-1 other')).toBeNull()
    expect(createKeyring(createKeys()).open(sealed, 'entry-1 token')).toBeNull()
    for (const [index, byte] of sealed.bytes.entries()) {
      const bytes = Uint8Array.from(sealed.bytes)
      bytes[index] = byte ^ 1
      expect(ring.open({ ...sealed, bytes }, 'entry-1 token')).toBeNull()
    }
    expect(ring.open({ ...sealed, bytes: sealed.bytes.subarray(0, 20) }, 'entry-1 token')).toBeNull()
  })

  it('is never the same twice', () => {
    const ring = createKeyring([key])
    const seals = Array.from({ length: 100 }, () => Buffer.from(ring.seal('text', 'place').bytes).toString('hex'))
    expect(new Set(seals.map((seal) => seal.slice(0, 24))).size).toBe(100)
    expect(new Set(seals.map((seal) => seal.slice(56))).size).toBe(100)
  })

  it('is made with the first key, and opened with any', () => {
    const others = createKeys()
    const old = createKeyring([key]).seal('text', 'place')
    const ring = createKeyring([...others, key])
    expect(ring.open(old, 'place')).toBe('text')
    expect(ring.seal('text', 'place').keyId).toBe(others[0].id)
  })
})

describe('sealing anew', () => {
  it('leaves nothing that the old key opens, and counts what it sealed', async () => {
    const [old] = createKeys()
    const [fresh] = createKeys()
    const { store, path } = await open([old])
    const numbers = Array.from({ length: 700 }, (_, index) => index + 1)
    const begun = numbers.map((number) =>
      store.begin({ ...intent, id: `entry-${number}`, secrets: { digest: `d${number}`, token: `t${number}` } }),
    )
    await Promise.all(begun)
    await store.close()
    const before = readSealed(path).get('entry-700 token') ?? Buffer.alloc(0)
    expect(await rekeyStore({ path, keys: [fresh, old] })).toBe(1_400)
    expect(await rekeyStore({ path, keys: [fresh, old] })).toBe(0)
    expect(readFiles(path).includes(before.subarray(0, 28))).toBe(false)
    const opened = await openStore({ path, keys: [fresh] })
    onTestFinished(() => opened.close())
    expect(await opened.openSecret('entry-1', 'digest')).toBe('d1')
    expect(await opened.openSecret('entry-700', 'token')).toBe('t700')
  })

  it('goes on where it was interrupted', async () => {
    const [old] = createKeys()
    const [fresh] = createKeys()
    const { store, path } = await open([old])
    for (const id of ['1', '2', '3']) await store.begin({ ...intent, id, secrets: { token: `token ${id}` } })
    await store.close()
    const half = await openStore({ path, keys: [fresh, old] })
    await half.note('2', { kind: 'AGAIN' }, { token: 'token 2' })
    await half.close()
    expect(await rekeyStore({ path, keys: [fresh, old] })).toBe(2)
    const opened = await openStore({ path, keys: [fresh] })
    onTestFinished(() => opened.close())
    for (const id of ['1', '2', '3']) expect(await opened.openSecret(id, 'token')).toBe(`token ${id}`)
  })
})

describe('keys', () => {
  const bytes = Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7 + 3))
  const { id } = toSealingKey(bytes)

  it('are read from base64 and hex, one or several', () => {
    const texts = [
      bytes.toString('base64'),
      bytes.toString('base64url'),
      bytes.toString('hex'),
      bytes.toString('hex').toUpperCase(),
    ]
    for (const text of texts) expect(parseKeys(`\n ${text}\n`, 'key').map((key) => key.id)).toEqual([id])
    expect(parseKeys(texts.join(',\n'), 'key').map((key) => key.id)).toEqual([id, id, id, id])
  })

  it('that are not 32 bytes are refused without being shown', () => {
    const way = 'generate one with: openssl rand -base64 32'
    const good = bytes.toString('base64')
    expect(() => parseKeys('', 'HOOKQL_STORE_KEY')).toThrow(new StoreError(`HOOKQL_STORE_KEY: contains no key; ${way}`))
    for (const bad of ['hunter2', good.slice(4), `${good.slice(0, -2)}!=`, bytes.toString('hex').slice(1), `${good}A`])
      expect(() => parseKeys(`${good} ${bad}`, 'HOOKQL_STORE_KEY')).toThrow(
        new StoreError(`HOOKQL_STORE_KEY: key 2 must be 32 bytes in base64 or hex; ${way}`),
      )
  })

  it('are read from a file', () => {
    const path = join(openDirectory(), 'key')
    expect(() => readKeyFile(path)).toThrow(
      new StoreError(`${path}: the store's key file cannot be read (ENOENT); check the path and its permissions`),
    )
    writeFileSync(path, bytes.toString('hex'))
    expect(readKeyFile(path).map((key) => key.id)).toEqual([id])
  })

  it('are made beside a database once, for its owner alone', () => {
    const path = join(openDirectory(), 'new', 'hookql.key')
    const made = readOwnKeyFile(path)
    expect(made.isNew).toBe(true)
    expect((statSync(path).mode & 0o777).toString(8)).toBe('600')
    expect(readdirSync(dirname(path))).toEqual(['hookql.key'])
    const again = readOwnKeyFile(path)
    expect(again.isNew).toBe(false)
    expect(again.keys[0].id).toBe(made.keys[0].id)
    expect(() => readOwnKeyFile(join(path, 'below'))).toThrow(/the store's key file cannot be (?:written|read) \(\w+\)/)
  })
})
