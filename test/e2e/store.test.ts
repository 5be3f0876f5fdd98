import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { verifik } from '../../src/providers/verifik/index.ts'
import { parseKeys } from '../../src/store/keys.ts'
import { openStore } from '../../src/store/open.ts'
import { type Environment, startGateway, startProcess } from '../helpers/process.ts'
import { openStandIn } from '../helpers/stand-in.ts'
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

/** A gateway of one account with its store in a file. */
async function open(path = openPath()) {
  const standIn = await openStandIn(verifik)
  const account = { VERIFIK_TOKEN: standIn.token, VERIFIK_BASE_URL: standIn.baseUrl }
  const start = async () => {
    const gateway = await startGateway({ HOOKQL_STORE: path, ...account })
    onTestFinished(() => gateway.stop())
    return gateway
  }
  return { path, standIn, start }
}

const create = `mutation ($url: URL!, $key: String!) {
  createWebhook(input: { account: "verifik", name: $key, url: $url, idempotencyKey: $key }) {
    __typename
    ... on CreateWebhookSuccess { signingSecret replayed webhook { upstreamId } warnings { code } }
    ... on WebhookError { code retry }
  }
}`

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

    const second = toRefusal(/\S+hookql\.db: another process has this store open[^\n]+to share a store/)
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

  it('knows after a kill what was done, stays through a reload, and knows after SIGTERM how the last write ended', async () => {
    const { path, standIn, start } = await open()
    const killed = await start()
    standIn.fail({ method: 'POST', when: 'after' }, () => {
      killed.kill('SIGKILL')
      return killed.exited
    })
    const variables = { url: 'https://hooks.acme.test/x', key: 'one' }
    expect(await killed.ask(create, variables).catch(() => null)).toBeNull()
    const posts = () => standIn.calls.filter(({ method }) => method === 'POST').length
    const before = posts()

    const gateway = await start()
    await gateway.waitFor(/"count":1,"unknown":0,"msg":"interrupted writes settled"/)
    gateway.kill('SIGHUP')
    await gateway.waitFor(/"configuration reloaded"/)
    const [audited] = await gateway.waitFor(/"caller":"anybody","operation":"CREATE"[^\n]+"responseLost":true[^\n]+"msg":"audit"/)
    expect(audited).toMatch(
      /"before":null,"after":\{[^}]+"url":"https:\/\/hooks\.acme\.test\/x"[^}]+\},"outcome":"DONE","abandoned":true/,
    )
    const { data } = await gateway.ask(create, variables)
    expect(data.createWebhook).toMatchObject({ signingSecret: expect.stringMatching(/.{12,}/), replayed: true })
    expect(posts()).toBe(before)

    standIn.fail({ method: 'POST', when: 'after' }, () => {
      gateway.kill('SIGTERM')
      return gateway.waitFor(/SIGTERM: draining/)
    })
    const last = await gateway.ask(create, { url: 'https://hooks.acme.test/y', key: 'two' })
    expect(last.data.createWebhook).toMatchObject({ __typename: 'CreateWebhookSuccess', warnings: [] })
    expect(await gateway.exited).toMatchObject({ code: 0 })
    expect(gateway.output()).not.toContain(data.createWebhook.signingSecret)

    const keys = parseKeys(readFileSync(`${path}.key`, 'utf8'), 'test')
    const store = await openStore({ path, keys })
    const entries = await store.list({}, 10)
    expect(entries).toMatchObject([
      { state: 'SUCCEEDED', recovered: false },
      { state: 'SUCCEEDED', recovered: true },
    ])
    expect(await store.openSecret(entries[0]?.id ?? '', 'signingSecret')).toBe(last.data.createWebhook.signingSecret)
    await store.close()
  })

  it.runIf(spawnSync('prlimit', ['--version']).status === 0)(
    'that is full refuses writes before any call, says so on /readyz, and is used again once there is space',
    async () => {
      const { standIn, start } = await open()
      const gateway = await start()
      const [, pid = ''] = /"pid":(\d+)/.exec(gateway.startLine) ?? []
      const limit = (soft: string) => spawnSync('prlimit', ['--pid', pid, `--fsize=${soft}:`]).status
      const read = ['--pid', pid, '--fsize', '--output=SOFT', '--noheadings', '--raw']
      const before = spawnSync('prlimit', read, { encoding: 'utf8' }).stdout.trim()
      const readReady = async () => {
        const response = await fetch(`${gateway.origin}/readyz`)
        return `${response.status} ${await response.text()}`
      }
      // From now on, an idle process notices by itself.
      expect([await readReady(), limit('0')]).toEqual(['200 ready\n', 0])
      const variables = { url: 'https://hooks.acme.test/x', key: 'one' }
      const { data } = await gateway.ask(create, variables)
      expect(data.createWebhook).toMatchObject({ code: 'STORE_UNAVAILABLE', retry: 'SAFE' })
      expect(standIn.calls.filter(({ method }) => method !== 'GET')).toEqual([])
      expect(await readReady()).toBe('503 store cannot be written\n')
      expect((await gateway.ask('{ webhooks { complete } }')).data.webhooks).toEqual({ complete: true })
      await gateway.waitFor(/"level":50.*hookql\.db: .*"msg":"store cannot be written: writes are refused"/)
      expect(limit(before)).toBe(0)
      await gateway.waitFor(/"msg":"store works again"/)
      expect(await readReady()).toBe('200 ready\n')
      expect((await gateway.ask(create, variables)).data.createWebhook).toMatchObject({ replayed: false, warnings: [] })
    },
  )
})
