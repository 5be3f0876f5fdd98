import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Scope } from '../../src/caller.ts'
import { parseId } from '../../src/id.ts'
import { createApiKey, hashApiKey } from '../../src/server/auth/api-key.ts'
import { encrata } from '../../src/providers/encrata/index.ts'
import { github } from '../../src/providers/github/index.ts'
import { stripe } from '../../src/providers/stripe/index.ts'
import { compiled, main, openFolder, runIn } from '../helpers/command.ts'
import { serveGateway, toAccount } from '../helpers/gateway.ts'
import { runHere } from '../helpers/here.ts'
import { startProcess } from '../helpers/process.ts'
import { startOnTerminal } from '../helpers/pty.ts'
import { openStandIn } from '../helpers/stand-in.ts'

const sink = 'secrets: { file: secrets.env }'
/** A command that takes no secret. */
const failing = `secrets: { command: [${JSON.stringify(process.execPath)}, --eval, 'process.exit(3)'] }`
const toFile = (names: readonly string[], { secrets = sink, more = '' } = {}) => {
  const toUrl = (name: string) => `https://h.test/${encodeURIComponent(name)}`
  return `${secrets}
accounts:
  encrata:
    provider: encrata
    ${more}
    webhooks: [${names.map((name) => `{ name: ${name}, url: '${toUrl(name)}', eventTypes: [credits.low] }`).join(', ')}]
`
}

const dayMs = 86_400_000

interface EncrataOptions {
  readonly isEmbedded?: boolean
  /** Runs a command, by default in this process. */
  readonly runCommand?: typeof runIn | typeof runHere
  /** Of the gateway that runs. */
  readonly secretRetentionMs?: number
}

/** A file for a gateway with one account: one that runs, or one of the command's own. */
async function openEncrata({ isEmbedded = false, runCommand = runHere, secretRetentionMs = dayMs }: EncrataOptions = {}) {
  const folder = openFolder()
  const standIn = await openStandIn(encrata)
  const gateway = isEmbedded ? null : await serveGateway({ accounts: [toAccount(encrata, standIn)], secretRetentionMs })
  const environment =
    gateway === null
      ? {
          ENCRATA_API_KEY: standIn.token,
          ENCRATA_BASE_URL: standIn.baseUrl,
          HOOKQL_PACING: 'off',
          HOOKQL_STORE: join(folder, 'hookql.db'),
        }
      : { HOOKQL_SERVER: gateway.origin }
  const run = (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    runCommand(folder, args, { ...environment, ...more })
  return {
    folder,
    standIn,
    gateway,
    run,
    apply(text: string | null, args: readonly string[] = ['--yes'], more: Readonly<Record<string, string>> = {}) {
      if (text !== null) writeFileSync(join(folder, 'webhooks.yaml'), text)
      return run(['apply', ...args], more)
    },
    readSecrets: () => ({ ...parseEnv(readFileSync(join(folder, 'secrets.env'), 'utf8')) }),
    listWrites: () => standIn.calls.filter(({ method }) => method !== 'GET').map(({ method }) => method),
  }
}

async function openStripe() {
  const folder = openFolder()
  const standIn = await openStandIn(stripe)
  const environment = {
    HOOKQL_STRIPE_API_KEY: standIn.token,
    HOOKQL_STRIPE_BASE_URL: standIn.baseUrl,
    HOOKQL_PACING: 'off',
    HOOKQL_STORE: join(folder, 'hookql.db'),
  }
  const file = join(folder, 'webhooks.yaml')
  return {
    standIn,
    write(more: string) {
      const webhook = `{ name: one, url: 'https://h.test/one', ${more} }`
      writeFileSync(file, `${sink}\naccounts: { stripe: { provider: stripe, webhooks: [${webhook}] } }`)
    },
    apply: (...args: readonly string[]) => runHere(folder, ['apply', '--yes', '--force', ...args], environment),
    /** Kills an apply at a request that meets this fault. */
    async kill(fault: Parameters<typeof standIn.fail>[0] & { readonly method: string }) {
      const count = () => standIn.calls.filter(({ method }) => method === fault.method).length
      const before = count()
      standIn.fail(fault)
      const running = startProcess('src/main.ts', environment, ['apply', '--yes', '--force', '-f', file])
      onTestFinished(() => running.stop())
      await expect.poll(count).toBe(before + 1)
      await running.stop()
    },
    readSecrets: () => ({ ...parseEnv(readFileSync(join(folder, 'secrets.env'), 'utf8')) }),
  }
}

interface ProxyOptions {
  /** Called before a request is passed on. */
  before?(body: string): Promise<void>
  /** Whether the response to a request never arrives. */
  isLost?(body: string): boolean
  /** The response that arrives instead. */
  alter?(text: string): string
}

/** Stands between the command and a gateway. Resolves to its URL. */
async function openProxy(url: string, { before, isLost, alter = (text) => text }: ProxyOptions): Promise<string> {
  const pass = async (request: IncomingMessage, response: ServerResponse) => {
    const body = Buffer.concat(await request.toArray()).toString()
    await before?.(body)
    const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    const text = alter(await answer.text())
    if (isLost?.(body) === true) response.destroy()
    else response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text)
  }
  const proxy = createServer((request, response) => void pass(request, response)).listen(0, '127.0.0.1')
  onTestFinished(() => void proxy.close())
  await once(proxy, 'listening')
  const address = proxy.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

describe('hookql apply', () => {
  it.each([false, true])(
    'makes the webhooks as the file says, puts secrets into a file, and then has nothing to do (gateway of its own: %s)',
    async (isEmbedded) => {
      const { apply, readSecrets, listWrites } = await openEncrata({ isEmbedded, runCommand: isEmbedded ? runIn : runHere })
      const first = await apply(toFile(['one', 'two']))
      expect(first).toMatchObject({ code: 0, stderr: '' })
      expect(first.stdout).toMatch(
        /^created encrata: one \(.+\)\n {2}secret → ENCRATA_ONE_SECRET in .+secrets\.env\ncreated encrata: two /m,
      )
      expect(first.stdout).toMatch(/\nApplied: 2 created\.\n$/)
      const secrets = readSecrets()
      expect(Object.keys(secrets)).toEqual(['ENCRATA_ONE_SECRET', 'ENCRATA_TWO_SECRET'])
      for (const secret of Object.values(secrets)) {
        expect(secret).toMatch(/^whsec_/)
        expect(first.stdout).not.toContain(secret)
      }
      expect(listWrites()).toEqual(['POST', 'POST'])
      const again = await apply(null)
      expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('2 as they should be') })
      const changed = toFile(['one', 'three'], { more: 'prune: true' }).replace('[credits.low]', '[credits.exhausted]')
      const second = await apply(changed)
      expect(second.stdout).toMatch(/\nApplied: 1 created, 1 updated, 1 deleted\.\n$/)
      expect(readSecrets()).toEqual({ ...secrets, ENCRATA_THREE_SECRET: expect.any(String) })
      expect(await apply(null)).toMatchObject({ code: 0, stdout: expect.stringContaining('Plan: 0 to create, 0 to update') })
      expect(listWrites()).toHaveLength(5)
    },
  )

  it('asks no sandbox where it is given a token for a server that is not named', async () => {
    const folder = openFolder()
    const refusal = /^(HOOKQL_TOKEN|--token): no server is named that it is for\. Set HOOKQL_SERVER or pass --server; [^\n]+\n$/
    for (const command of ['pull', 'plan', 'apply', 'drift']) {
      // As a pipeline has it that lacks the variable; before the file is read.
      const unnamed = await runHere(folder, [command], { HOOKQL_TOKEN: 'hql_canary', HOOKQL_SERVER: '' })
      expect(unnamed).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(refusal) })
      expect(unnamed.stderr).not.toContain('canary')
    }
    expect(await runHere(folder, ['plan', '--token', 'hql_canary'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(refusal),
    })
  })

  it('puts secrets of a sandbox nowhere, unless it is asked for', async () => {
    const folder = openFolder()
    writeFileSync(join(folder, 'webhooks.yaml'), toFile(['one']))
    const refused = await runHere(folder, ['apply', '--yes'])
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('set HOOKQL_SANDBOX=true to use') })
    expect(existsSync(join(folder, 'secrets.env'))).toBe(false)
    expect(await runHere(folder, ['plan'])).toMatchObject({ code: 0 })
    expect(await runHere(folder, ['apply', '--yes'], { HOOKQL_SANDBOX: 'true' })).toMatchObject({ code: 0 })
    expect(existsSync(join(folder, 'secrets.env'))).toBe(true)
    writeFileSync(join(folder, 'webhooks.yaml'), toFile(['one'], { secrets: failing }))
    const lost = await runHere(folder, ['apply', '--yes'], { HOOKQL_SANDBOX: 'true' })
    expect(lost).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/code 3\. It is lost with the sandbox, which ends with/),
    })
  })

  it('begins nothing without --yes where nobody can be asked', async () => {
    const { apply, listWrites } = await openEncrata({ runCommand: runIn })
    const { code, stderr } = await apply(toFile(['one']), [])
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'Nobody can be asked without a terminal: pass --yes. Nothing was changed\n',
    })
    expect(listWrites()).toEqual([])
  })

  it('begins nothing if a secret has nowhere to go, or the journal would not keep it', async () => {
    const { apply, folder, listWrites } = await openEncrata({ isEmbedded: true })
    const without = await apply(toFile(['one'], { secrets: '' }))
    expect(without).toMatchObject({
      code: 1,
      stderr:
        'webhooks.yaml:6:16: accounts.encrata.webhooks.0: its signing secret has nowhere to go. Set secrets, such as secrets: { file: secrets.env }, for it, its account or the file\n',
    })
    writeFileSync(join(folder, 'hookql.yaml'), 'secretRetention: 0s\n')
    const unkept = await apply(toFile(['one']), ['--yes'], { HOOKQL_CONFIG: 'hookql.yaml' })
    expect(unkept).toMatchObject({ code: 1, stderr: expect.stringMatching(/^secretRetention: a secret .+ would be lost/) })
    const forgetful = await apply(toFile(['one']), ['--yes'], { HOOKQL_STORE: 'memory' })
    expect(forgetful).toMatchObject({ code: 1, stderr: expect.stringMatching(/^HOOKQL_STORE: a secret .+ would be lost/) })
    expect(listWrites()).toEqual([])
  })

  it('begins nothing if a secret cannot be put where it is to go', async () => {
    const { folder, apply, listWrites } = await openEncrata()
    const own = (sink: string) => `, eventTypes: [credits.low], secrets: ${sink}`
    const sinks = ['{ file: none/secrets.env }', '{ file: . }', '{ command: [node-of-nobody, put] }', '{ command: [./plain] }']
    writeFileSync(join(folder, 'plain'), '')
    const names = sinks.map((_, index) => `w${index}`)
    const text = sinks.reduce((all, each) => all.replace(', eventTypes: [credits.low] }', `${own(each)} }`), toFile(names))
    const refused = await apply(text)
    expect(refused.code).toBe(1)
    const told = refused.stderr.trim().split('\n')
    expect(told).toHaveLength(sinks.length)
    const reasons = ['its folder does not exist', 'is not a regular file', 'node-of-nobody cannot be run', 'Make it executable']
    for (const [index, reason] of reasons.entries()) {
      expect(told[index]).toMatch(
        /^webhooks\.yaml:6:\d+: accounts\.encrata\.webhooks\.\d\.secrets: its signing secret has nowhere to go: /,
      )
      expect(told[index]).toContain(reason)
    }
    expect(listWrites()).toEqual([])
  })

  it('ends a command that does not end when it is told to end, and runs it for no other secret', async () => {
    const { folder, apply, gateway, readSecrets } = await openEncrata()
    const hanging = `secrets: { command: [${JSON.stringify(process.execPath)}, --eval, 'fs.writeFileSync("pid", String(process.pid)); setTimeout(String, 60_000)'] }`
    writeFileSync(join(folder, 'webhooks.yaml'), toFile(['one', 'two'], { secrets: hanging }))
    const environment = { HOOKQL_SERVER: gateway?.origin ?? '' }
    const running = startProcess('src/main.ts', environment, ['apply', '--yes', '-f', join(folder, 'webhooks.yaml')])
    onTestFinished(() => running.stop())
    await expect.poll(() => existsSync(join(folder, 'pid')), { timeout: 20_000 }).toBe(true)
    running.kill('SIGTERM')
    const { code, stderr } = await running.exited
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /encrata: one .+: \S+ was ended, because this command was told to end\. The journal keeps it until \S+: mutation/,
    )
    expect(stderr).toMatch(
      /encrata: two .+: its command did not end before, and was not run again\. The journal keeps it until \S+: mutation/,
    )
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'))
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
    expect(await apply(toFile(['one', 'two']))).toMatchObject({ code: 0 })
    expect(Object.keys(readSecrets())).toHaveLength(2)
  })

  it('begins nothing if a secret would replace that of another webhook', async () => {
    const { folder, run, apply, readSecrets, listWrites } = await openEncrata()
    expect(await apply(toFile(['a b']))).toMatchObject({ code: 0 })
    const secrets = readSecrets()
    expect(Object.keys(secrets)).toEqual(['ENCRATA_A_B_SECRET'])
    const both = toFile(['a b', 'a-b'])
    expect(await apply(both)).toMatchObject({
      code: 1,
      stderr:
        'webhooks.yaml:6:87: accounts.encrata.webhooks.1: its signing secret would replace that of webhooks.yaml:6, because both are called ENCRATA_A_B_SECRET. Give it a name of its own, such as secrets: { file: secrets.env, name: CREDITS_SECRET }\n',
    })
    expect(listWrites()).toEqual(['POST'])
    const named = both.replace("/a-b'", "/a-b', secrets: { file: secrets.env, name: OTHER }")
    expect(await apply(named)).toMatchObject({ code: 0, stdout: expect.stringContaining('Applied: 1 created.') })
    expect(readSecrets()).toEqual({ ...secrets, OTHER: expect.any(String) })
    // What puts no secret away may have one name for two.
    writeFileSync(join(folder, 'webhooks.yaml'), both)
    expect(await run(['plan', '--exit-code'])).toMatchObject({ code: 0, stderr: '' })
    expect(await run(['pull'])).toMatchObject({ code: 0, stdout: expect.stringContaining('0 added, 0 changed, 0 removed') })
  })

  it('begins nothing if a secret would replace a variable that has a value already', async () => {
    const { folder, apply, readSecrets, listWrites } = await openEncrata()
    const [file, text] = [join(folder, 'secrets.env'), "ENCRATA_ONE_SECRET='of ours'\nENCRATA_TWO_SECRET=\n"]
    writeFileSync(file, text)
    const refused = await apply(toFile(['one', 'two']))
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/^webhooks\.yaml:6:\d+: .+ would replace /) })
    expect(refused.stderr).toMatch(/replace ENCRATA_ONE_SECRET, which \S+secrets\.env has already\. Give it a name .+\n$/)
    expect(readFileSync(file, 'utf8')).toBe(text)
    expect(listWrites()).toEqual([])
    const named = toFile(['one', 'two']).replace("/one'", "/one', secrets: { file: secrets.env, name: OTHER }")
    expect(await apply(named)).toMatchObject({ code: 0, stderr: '' })
    const made = expect.stringMatching(/^whsec_/)
    expect(readSecrets()).toEqual({ ENCRATA_ONE_SECRET: 'of ours', OTHER: made, ENCRATA_TWO_SECRET: made })
  })

  it('puts no secret of an earlier run in the place of another webhook', async () => {
    const { apply, readSecrets } = await openEncrata()
    expect(await apply(toFile(['a b']))).toMatchObject({ code: 0 })
    const secrets = readSecrets()
    expect(await apply(toFile(['a-b'], { secrets: failing }))).toMatchObject({ code: 1 })
    const both = toFile(['a b', 'a-b'])
    const refused = await apply(both)
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('its signing secret would replace that of ') })
    expect(readSecrets()).toEqual(secrets)
    expect(await apply(both.replace("/a-b'", "/a-b', secrets: { file: secrets.env, name: OTHER }"))).toMatchObject({ code: 0 })
    expect(readSecrets()).toEqual({ ...secrets, OTHER: expect.any(String) })
  })

  it('shows no value of a variable when it puts a secret away, and calls none after it', async () => {
    const { apply, readSecrets, folder } = await openEncrata()
    const text = toFile(['${WEBHOOKS_NAME}'])
    const values = { WEBHOOKS_NAME: 'Canary Team', WEBHOOKS_FILE: 'canary', WEBHOOKS_KEY: 'CANARY_KEY' }
    const first = await apply(text.replace('{ name: ${WEBHOOKS_NAME},', "{ name: '${WEBHOOKS_NAME}',"), ['--yes'], values)
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(first.stdout).toContain('secret → ENCRATA_WEBHOOKS_NAME_SECRET in ')
    expect(Object.keys(readSecrets())).toEqual(['ENCRATA_WEBHOOKS_NAME_SECRET'])
    const own = "https://h.test/own', secrets: { file: '${WEBHOOKS_FILE}.env', name: '${WEBHOOKS_KEY}' }"
    const second = await apply(toFile(['own']).replace("https://h.test/own'", own), ['--yes'], values)
    expect(second.stdout).toMatch(/secret → \$\{WEBHOOKS_KEY\} in .+\$\{WEBHOOKS_FILE\}\.env\n/)
    expect(readFileSync(join(folder, 'canary.env'), 'utf8')).toMatch(/^CANARY_KEY=/)
    const lost = toFile(['lost'], { secrets: "secrets: { command: ['${WEBHOOKS_FILE}'] }" })
    const third = await apply(lost, ['--yes'], values)
    expect(third.stderr).toContain('its signing secret has nowhere to go: ${WEBHOOKS_FILE} cannot be run')
    const deep = toFile(['deep'], { secrets: "secrets: { file: '${WEBHOOKS_FOLDER}/s.env' }" })
    const fifth = await apply(deep, ['--yes'], { ...values, WEBHOOKS_FOLDER: '/none//./canary' })
    expect(fifth.stderr).toContain('/${WEBHOOKS_FOLDER}/s.env cannot be written, because its folder does not exist')
    const shared = "{ file: '${WEBHOOKS_FILE}.env', name: '${WEBHOOKS_KEY}' }"
    const both = toFile(['x', 'y']).replaceAll(/, eventTypes/g, `, secrets: ${shared}, eventTypes`)
    const fourth = await apply(both, ['--yes'], values)
    expect(fourth.stderr).toContain('because both are called ${WEBHOOKS_KEY}')
    const shown = [first, second, third, fourth, fifth].map(({ stdout, stderr }) => stdout + stderr).join('')
    expect(shown).not.toMatch(/canary/i)
  })

  it('stops when a secret cannot be put where it is to go, says how to fetch it, and puts it there the next time', async () => {
    const { apply, run, gateway, readSecrets, folder, listWrites } = await openEncrata()
    const names = Array.from({ length: 30 }, (_, index) => `w${index}`)
    const failed = await apply(toFile(names, { secrets: failing }))
    expect(failed.code).toBe(1)
    expect(failed.stderr).toMatch(
      /^encrata: w0 \(.+\): its signing secret could not be put where it is to go: \S+ ended with exit code 3\. The journal keeps it until \S+: mutation/,
    )
    expect(failed.stdout).toMatch(/\nApplied: 25 created, 5 not begun\.\n$/)
    expect(listWrites()).toHaveLength(25)
    const [, mutation = ''] = /The journal keeps it until \S+: (mutation .+)/.exec(failed.stderr) ?? []
    const { signingSecret } = (await gateway?.ask(mutation))?.data.revealSigningSecret ?? {}
    expect(signingSecret).toMatch(/^whsec_/)
    writeFileSync(join(folder, 'webhooks.yaml'), toFile(names.toSorted().slice(0, 25)))
    const waits =
      /^secret encrata: w0 \(.+\): its signing secret is in the journal until \S+Z\. An apply puts it where it is to go$/m
    for (const [args, code] of [[['plan'], 0] as const, [['plan', '--exit-code'], 2] as const, [['drift'], 2] as const])
      expect(await run(args)).toMatchObject({ code, stdout: expect.stringMatching(waits), stderr: '' })
    const data = JSON.parse((await run(['drift', '--json'])).stdout)
    expect(data.secrets).toHaveLength(25)
    expect(data.secrets[0]).toMatchObject({ account: { slug: 'encrata' }, name: 'w0', until: expect.any(String), doubt: null })
    const next = await apply(toFile(names))
    expect(next).toMatchObject({ code: 0, stdout: expect.stringMatching(/\nApplied: 5 created\.\n$/) })
    expect(next.stderr).toContain('encrata: w0 (https://h.test/w0): the secret of an earlier run is still in the journal\n')
    expect(readSecrets()).toMatchObject({ ENCRATA_W0_SECRET: signingSecret })
    expect(Object.keys(readSecrets())).toHaveLength(30)
    // What is where it is to go is in the journal no more.
    rmSync(join(folder, 'secrets.env'))
    expect(await apply(null)).toMatchObject({ code: 0, stderr: '' })
    expect(existsSync(join(folder, 'secrets.env'))).toBe(false)
  })

  it('goes on after it was killed with a secret in its hand', async () => {
    const { apply, readSecrets, listWrites } = await openEncrata({ isEmbedded: true, runCommand: runIn })
    // The command for the secret kills the one that runs it.
    const killer = `secrets: { command: [${JSON.stringify(process.execPath)}, --eval, 'process.kill(process.ppid, "SIGKILL")'] }`
    const killed = await apply(toFile(['one', 'two'], { secrets: killer }))
    expect(killed.code).toBeNull()
    expect(listWrites()).toEqual(['POST', 'POST'])
    const next = await apply(toFile(['one', 'two', 'three']))
    expect(next).toMatchObject({ code: 0, stdout: expect.stringMatching(/\nApplied: 1 created\.\n$/) })
    expect(Object.keys(readSecrets()).toSorted()).toEqual(['ENCRATA_ONE_SECRET', 'ENCRATA_THREE_SECRET', 'ENCRATA_TWO_SECRET'])
    expect(listWrites()).toEqual(['POST', 'POST', 'POST'])
  })

  it('says that the secret of a webhook may be lost, and fails until somebody has settled that', async () => {
    const folder = openFolder()
    const standIn = await openStandIn(github)
    const environment = {
      HOOKQL_GITHUB_TOKEN: standIn.token,
      HOOKQL_GITHUB_BASE_URL: standIn.baseUrl,
      HOOKQL_GITHUB_REPOSITORY: standIn.settings['repository'] ?? '',
      HOOKQL_PACING: 'off',
      HOOKQL_STORE: join(folder, 'hookql.db'),
    }
    const write = (names: readonly string[]) => {
      const webhooks = names.map((name) => `{ url: 'https://h.test/${name}', eventTypes: [push] }`).join(', ')
      writeFileSync(join(folder, 'webhooks.yaml'), `${sink}\naccounts: { github: { provider: github, webhooks: [${webhooks}] } }`)
    }
    const run = (...args: readonly string[]) => runHere(folder, args, environment)
    write(['one'])
    // Killed while the provider creates it.
    standIn.fail({ method: 'POST', when: 'after', hang: true })
    const dying = startProcess('src/main.ts', environment, ['apply', '--yes', '-f', join(folder, 'webhooks.yaml')])
    onTestFinished(() => dying.stop())
    await expect.poll(() => standIn.calls.filter(({ method }) => method === 'POST').length).toBe(1)
    await dying.stop()
    const told =
      /problem webhooks\.yaml:2:\d+: github: The outcome of an earlier create of webhook \S+ is unknown, .*Settle journal entry \S+ with/
    write(['one', 'two'])
    const next = await run('apply', '--yes')
    expect(next).toMatchObject({ code: 1, stdout: expect.stringMatching(told) })
    // Nothing else waits for that.
    expect(next.stdout).toMatch(/\nApplied: 1 created\.\n$/)
    for (const args of [['apply', '--yes'], ['plan'], ['plan', '--exit-code'], ['drift']])
      expect(await run(...args)).toMatchObject({ code: 1, stdout: expect.stringMatching(told) })
    expect(Object.keys({ ...parseEnv(readFileSync(join(folder, 'secrets.env'), 'utf8')) })).toEqual(['GITHUB_H_TEST_TWO_SECRET'])
  })

  it('settles what can be proven by now, and puts the secret where it is to go', async () => {
    const { standIn, write, apply, readSecrets } = await openStripe()
    write('eventTypes: [charge.failed]')
    standIn.fail({ method: 'POST', cut: 'body', when: 'after' }, () => standIn.fail({ status: 500, times: 100 }))
    expect(await apply()).toMatchObject({ code: 1, stdout: expect.stringContaining('OUTCOME_UNKNOWN') })
    standIn.heal()
    expect(await apply()).toMatchObject({ code: 0, stdout: expect.stringContaining('1 as they should be') })
    expect(Object.keys(readSecrets())).toEqual(['STRIPE_ONE_SECRET'])
  })

  it('says where the secret of a replacement that was killed is, and replaces that of the other webhook with none', async () => {
    const { standIn, write, apply, kill, readSecrets } = await openStripe()
    write('eventTypes: [charge.failed], options: { apiVersion: 2024-06-20 }')
    expect(await apply()).toMatchObject({ code: 0 })
    const before = readSecrets()
    write('eventTypes: [charge.failed], options: { apiVersion: 2025-01-27 }')
    await kill({ method: 'DELETE', hang: true })
    expect(readSecrets()).toEqual(before)
    // By somebody else, so that nobody can know whether to go on.
    const { path = '' } = standIn.calls.find(({ method }) => method === 'DELETE') ?? {}
    const headers = { authorization: `Bearer ${standIn.token}`, 'content-type': 'application/x-www-form-urlencoded' }
    const body = 'enabled_events[]=charge.refunded'
    expect((await fetch(new URL(path, standIn.baseUrl), { method: 'POST', headers, body })).status).toBe(200)
    const { code, stderr, stdout } = await apply()
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining('2 webhooks of account "stripe" can be meant') })
    const made =
      /^stripe: one \(.+\): the secret of webhook (\S+), which may be meant, is still in the journal\. Get it with mutation \{ .+ \}\nNot everything was done: 1 problem\. The output says more\n$/
    expect(stderr).toMatch(made)
    expect(readSecrets()).toEqual(before)
  })

  it('keeps the secret of a webhook whose replacement was killed and is not wanted any more', async () => {
    const { standIn, write, apply, kill, readSecrets } = await openStripe()
    const wanted = 'eventTypes: [charge.failed], options: { apiVersion: 2024-06-20 }'
    write(wanted)
    expect(await apply()).toMatchObject({ code: 0 })
    const before = readSecrets()
    write('eventTypes: [charge.failed], options: { apiVersion: 2025-01-27 }')
    await kill({ method: 'DELETE', hang: true })
    // As by git revert.
    write(wanted)
    const { code, stdout, stderr } = await apply()
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining('2 webhooks of account "stripe" can be meant') })
    expect(stderr).toContain('is still in the journal. Get it with ')
    expect(readSecrets()).toEqual(before)
    const twin = parseId(/the secret of webhook (\S+), /.exec(stderr)?.[1] ?? '')
    if (twin?.kind !== 'webhook') throw new TypeError('No webhook is named')
    const path = `/v1/webhook_endpoints/${twin.upstreamId}`
    const headers = { authorization: `Bearer ${standIn.token}` }
    expect((await fetch(new URL(path, standIn.baseUrl), { method: 'DELETE', headers })).status).toBe(200)
    expect(await apply()).toMatchObject({ code: 0 })
    expect(readSecrets()).toEqual(before)
  })

  it.each(['POST', 'DELETE'])('finishes a replacement that was killed at its %s', async (method) => {
    const { standIn, write, apply, kill, readSecrets } = await openStripe()
    write('eventTypes: [charge.failed], options: { apiVersion: 2024-06-20 }')
    expect(await apply()).toMatchObject({ code: 0 })
    const before = readSecrets()
    write('eventTypes: [charge.failed], options: { apiVersion: 2025-01-27 }')
    await kill({ method, hang: true, when: method === 'POST' ? 'after' : 'before' })
    const next = await apply()
    expect(next).toMatchObject({ code: 0, stdout: expect.stringMatching(/\nApplied: 1 replaced\.\n$/) })
    expect(next.stdout).toContain('An earlier apply has created the new webhook already')
    expect(readSecrets()).toEqual({ STRIPE_ONE_SECRET: expect.any(String) })
    expect(readSecrets()).not.toEqual(before)
    const deleted = standIn.calls.filter((call) => call.method === 'DELETE')
    expect(new Set(deleted.map(({ path }) => path)).size).toBe(1)
    expect(await apply()).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('1 as they should be') })
  })

  it('puts a secret where it is to go after a rotation that did not happen, and says how to fetch it while nobody knows', async () => {
    const { apply, gateway, standIn, readSecrets, folder } = await openEncrata()
    expect(await apply(toFile(['one'], { secrets: failing }))).toMatchObject({ code: 1 })
    const ask = async (query: string, variables = {}) => (await gateway?.ask(query, variables))?.data
    const [{ id: made, webhookId }] = (await ask('{ journal { nodes { id webhookId } } }')).journal.nodes
    const rotate = async () => {
      const query = `mutation ($id: ID!) { rotateWebhookSecret(input: { id: $id, strategy: REPLACEMENT }) { ... on WebhookError { code journalEntry { id } } } }`
      return (await ask(query, { id: webhookId })).rotateWebhookSecret
    }
    standIn.fail({ method: 'POST', status: 422, body: '{"error":"no"}' })
    expect(await rotate()).toMatchObject({ code: 'UPSTREAM_REJECTED' })
    standIn.fail({ method: 'POST', status: 500 })
    const { code, journalEntry } = await rotate()
    expect(code).toBe('OUTCOME_UNKNOWN')
    const unclear = await apply(toFile(['one']))
    expect(unclear).toMatchObject({ code: 1, stdout: expect.stringContaining('The outcome of an earlier rotation') })
    expect(unclear.stderr).toMatch(
      /^encrata: one \(.+\): the secret of webhook \S+, which may not be in use, is still in the journal\. Get it with mutation/,
    )
    expect(unclear.stderr).toContain(made)
    expect(existsSync(join(folder, 'secrets.env'))).toBe(false)
    const settle = 'mutation ($id: ID!) { settleJournalEntry(input: { id: $id, as: ABANDON }) { __typename } }'
    expect((await ask(settle, { id: journalEntry.id })).settleJournalEntry.__typename).toMatch(/Success$/)
    expect(await apply(toFile(['one']))).toMatchObject({
      code: 0,
      stderr: 'encrata: one (https://h.test/one): the secret of an earlier run is still in the journal\n',
    })
    expect(readSecrets()).toEqual({ ENCRATA_ONE_SECRET: expect.stringMatching(/^whsec_/) })
  })

  it('says what a token lacks to put the secret of an earlier run where it is to go, or to know of it', async () => {
    const scopes: readonly Scope[] = ['webhooks:read', 'webhooks:write', 'secrets:write', 'journal:read']
    const callers = {
      own: scopes,
      other: scopes,
      weak: scopes.filter((scope) => scope !== 'secrets:write'),
      blind: scopes.filter((scope) => scope !== 'journal:read'),
    }
    const folder = openFolder()
    const keys = new Map(Object.keys(callers).map((name) => [name, createApiKey()]))
    const apiKeys = Object.entries(callers).map(([name, own]) => {
      return { name, sha256: hashApiKey(keys.get(name) ?? ''), scopes: own }
    })
    const accounts = [toAccount(encrata, await openStandIn(encrata))]
    const { origin } = await serveGateway({ accounts, secretRetentionMs: dayMs, server: { auth: { apiKeys } } })
    const run = (name: string, ...args: readonly string[]) =>
      runHere(folder, args, { HOOKQL_SERVER: origin, HOOKQL_TOKEN: keys.get(name) ?? '' })
    writeFileSync(join(folder, 'webhooks.yaml'), toFile(['one'], { secrets: failing }))
    expect(await run('own', 'apply', '--yes')).toMatchObject({ code: 1 })
    writeFileSync(join(folder, 'webhooks.yaml'), toFile(['one']))
    const toWayOut = (missing: string) =>
      `An apply puts it where it is to go, with a token that has scope ${missing}, unlike this one\n`
    for (const [name, missing] of [
      ['other', 'secrets:reveal'],
      ['weak', 'secrets:write and secrets:reveal'],
    ] as const) {
      expect(await run(name, 'plan')).toMatchObject({ code: 0, stdout: expect.stringContaining(toWayOut(missing)) })
      expect(await run(name, 'apply', '--yes')).toMatchObject({ code: 1, stderr: expect.stringContaining(toWayOut(missing)) })
    }
    expect(await run('blind', 'plan')).toMatchObject({ code: 0, stderr: '' })
    expect(await run('blind', 'apply', '--yes')).toMatchObject({
      code: 0,
      stderr: 'Secrets of earlier runs that were killed are not looked for: that requires scope journal:read\n',
    })
    expect(existsSync(join(folder, 'secrets.env'))).toBe(false)
    expect(await run('own', 'plan')).toMatchObject({ stdout: expect.stringContaining('An apply puts it where it is to go\n') })
    expect(await run('own', 'apply', '--yes')).toMatchObject({ code: 0 })
    expect(existsSync(join(folder, 'secrets.env'))).toBe(true)
  })

  it('begins nothing if the gateway that runs keeps no secrets', async () => {
    const { apply, listWrites } = await openEncrata({ secretRetentionMs: 0 })
    expect(await apply(toFile(['one']))).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^secretRetention: a secret .+ would be lost, .+\n$/),
    })
    expect(listWrites()).toEqual([])
  })

  it.each(['""', 'null'])('fails if no secret comes with a new webhook, and says how to get it: %s', async (none) => {
    const { apply, gateway, readSecrets, folder } = await openEncrata()
    const alter = (text: string) => text.replaceAll(/"signingSecret":"[^"]+"/g, `"signingSecret":${none}`)
    const proxy = await openProxy(`${gateway?.origin}/graphql`, { alter })
    const first = await apply(toFile(['one']), ['--yes', '--server', proxy])
    expect(first.code).toBe(1)
    expect(first.stderr).toMatch(
      /^encrata: one \(.+\): no signing secret came with it\. The journal keeps it until .+: mutation \{ revealSigningSecret/,
    )
    expect(existsSync(join(folder, 'secrets.env'))).toBe(false)
    expect(await apply(null)).toMatchObject({ code: 0 })
    expect(readSecrets()).toEqual({ ENCRATA_ONE_SECRET: expect.stringMatching(/^whsec_/) })
  })

  it('says that a secret was rotated while it was put where it is to go, and fails', async () => {
    const { apply, gateway, folder } = await openEncrata()
    const slow =
      'fs.readFileSync(0); fs.writeFileSync("begun", ""); setInterval(() => fs.existsSync("done") && process.exit(), 10)'
    const secrets = `secrets: { command: [${JSON.stringify(process.execPath)}, --eval, '${slow}'] }`
    const applying = apply(toFile(['one'], { secrets }))
    await expect.poll(() => existsSync(join(folder, 'begun')), { timeout: 20_000 }).toBe(true)
    const { data } = (await gateway?.ask('{ journal { nodes { webhookId } } }')) ?? {}
    const rotation = `mutation ($id: ID!) { rotateWebhookSecret(input: { id: $id, strategy: REPLACEMENT }) { ... on RotateWebhookSecretSuccess { signingSecret } } }`
    const rotated = await gateway?.ask(rotation, { id: data.journal.nodes[0].webhookId })
    writeFileSync(join(folder, 'done'), '')
    const { code, stderr } = await applying
    const told =
      /^encrata: one .+: its signing secret was rotated before it was where it is to go, .+ The journal keeps it until \S+: (mutation .+)\n$/
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(told) })
    const revealed = await gateway?.ask(told.exec(stderr)?.[1] ?? '')
    expect(revealed?.data.revealSigningSecret).toEqual(rotated?.data.rotateWebhookSecret)
  })

  it('shows a plan to whoever may not read the journal, without its secrets', async () => {
    const { apply, run, standIn } = await openEncrata()
    expect(await apply(toFile(['one'], { secrets: failing }))).toMatchObject({ code: 1 })
    const key = createApiKey()
    const auth = { apiKeys: [{ name: 'ci', sha256: hashApiKey(key), scopes: ['webhooks:read'] as const }] }
    const { origin } = await serveGateway({ accounts: [toAccount(encrata, standIn)], server: { auth } })
    const environment = { HOOKQL_SERVER: origin, HOOKQL_TOKEN: key }
    expect(await run(['plan', '--exit-code'], environment)).toMatchObject({ code: 0, stderr: '' })
  })

  it.each(['rotated', 'acknowledged'])('says that a secret is lost, and fails until it is %s', async (way) => {
    const { apply, run, gateway, folder } = await openEncrata({ secretRetentionMs: 1 })
    const failed = await apply(toFile(['one'], { secrets: failing }))
    const rotation =
      'mutation \\{ rotateWebhookSecret\\(input: \\{ id: "\\S+", strategy: REPLACEMENT \\}\\) \\{ .+ message \\} \\} \\}'
    expect(failed).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        `ended with exit code 3\\. The journal (does not keep it, so that it is lost\\. Rotate it: ${rotation}|keeps it until)`,
      ),
    })
    const lost = await apply(toFile(['one']))
    expect(lost.code).toBe(1)
    const told = new RegExp(
      `^encrata: one .+: its signing secret is lost, .+ Rotate it: (${rotation})\\. Or, .+: (mutation .+)\\n$`,
    )
    expect(lost.stderr).toMatch(told)
    expect(existsSync(join(folder, 'secrets.env'))).toBe(false)
    for (const args of [['plan'], ['plan', '--exit-code'], ['drift']])
      expect(await run(args)).toMatchObject({ code: 1, stdout: expect.stringContaining(`secret ${lost.stderr}`) })
    const [, rotate = '', acknowledge = ''] = told.exec(lost.stderr) ?? []
    const answer = await gateway?.ask(way === 'rotated' ? rotate : acknowledge)
    if (way === 'rotated') expect(answer?.data.rotateWebhookSecret).toMatchObject({ signingSecret: expect.any(String) })
    else expect(answer?.data.acknowledgeSecret).toEqual({})
    expect(await apply(null)).toMatchObject({ code: 0, stderr: '' })
  })

  it('says so too of a webhook that was adopted without its secret', async () => {
    const { apply, run, gateway, standIn } = await openEncrata()
    standIn.fail({ method: 'POST', when: 'after', cut: 'connection' })
    expect(await apply(toFile(['one']))).toMatchObject({ code: 1 })
    const found = await gateway?.ask('{ journal { nodes { id candidates { id } } } }')
    const [{ id, candidates }] = found?.data.journal.nodes ?? []
    const adopt = `mutation ($input: SettleJournalEntryInput!) { settleJournalEntry(input: $input) { __typename } }`
    await gateway?.ask(adopt, { input: { id, as: 'ADOPT', webhookId: candidates[0].id } })
    const told = /one .+: its signing secret is lost, .+ adopted without it\. Rotate it: mutation/
    expect(await run(['plan'])).toMatchObject({ code: 1, stdout: expect.stringMatching(told) })
    expect(await apply(null)).toMatchObject({ code: 1, stderr: expect.stringMatching(told) })
  })

  it('leaves the secrets alone that other programs have made', async () => {
    const { apply, gateway, folder } = await openEncrata()
    const create = async () => {
      const query = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { ... on CreateWebhookSuccess { signingSecret } } }`
      const own = { account: 'encrata', name: 'one', url: 'https://h.test/one', eventTypes: ['credits.low'] }
      const answer = await gateway?.ask(query, { input: { ...own, idempotencyKey: 'own' } })
      return answer?.data.createWebhook.signingSecret
    }
    const secret = await create()
    expect(await apply(toFile(['one']))).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('1 as they') })
    expect(existsSync(join(folder, 'secrets.env'))).toBe(false)
    expect([secret, await create()]).toEqual([expect.stringMatching(/^whsec_/), secret])
  })

  it('does nothing twice when a response is lost', async () => {
    const { apply, gateway, readSecrets, listWrites } = await openEncrata()
    let lost = 0
    const url = await openProxy(gateway?.url ?? '', {
      isLost: (body) => body.includes('applyWebhookPlan(') && (lost += 1) === 1,
    })
    const { code, stdout } = await apply(toFile(['one', 'two']), ['--yes', '--server', url])
    expect({ code, lost }).toEqual({ code: 0, lost: 2 })
    expect(stdout).toMatch(/\nApplied: 2 created\.\n$/)
    expect(Object.keys(readSecrets())).toHaveLength(2)
    expect(listWrites()).toEqual(['POST', 'POST'])
  })

  it('carries out no plan that somebody else has outdated, and shows the new one', async () => {
    const { apply, gateway, listWrites } = await openEncrata()
    let count = 0
    const url = await openProxy(gateway?.url ?? '', {
      async before(body) {
        if (!body.includes('applyWebhookPlan(') || (count += 1) > 1) return
        const query = 'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { __typename } }'
        const input = { account: 'encrata', name: 'two', url: 'https://h.test/two', eventTypes: ['credits.low'] }
        await gateway?.ask(query, { input })
      },
    })
    const { code, stdout, stderr } = await apply(toFile(['one', 'two']), ['--yes', '--server', url])
    expect(code).toBe(1)
    expect(stderr).toBe(
      'What exists has changed since the plan was made. This is the plan now:\nThe plan was not carried out, because it has changed. Check it, and run the command again\n',
    )
    expect(stdout).toMatch(/Plan: 2 to create[^]+Plan: 1 to create[^\n]+\n$/)
    expect(listWrites()).toEqual(['POST'])
    expect(await apply(null, ['--yes'])).toMatchObject({ code: 0, stdout: expect.stringContaining('Applied: 1 created.') })
  })

  /** The names of a file whose plan takes two calls, and a proxy that changes what the second one would change. */
  async function openChanging({ gateway, apply }: Awaited<ReturnType<typeof openEncrata>>) {
    await apply(toFile(['a', 'garbage']))
    const names = Array.from({ length: 26 }, (_, index) => `w${index}`)
    const text = toFile(['a', ...names], { more: 'prune: true' }).replace('[credits.low]', '[credits.exhausted]')
    const list = async () => {
      const query = '{ webhooks { nodes { id name url eventTypes } } }'
      const { nodes } = (await gateway?.ask(query))?.data.webhooks ?? {}
      return new Map<string, { id: string; url: string; eventTypes: string[] }>(
        nodes.map((each: { name: string }) => [each.name, each]),
      )
    }
    let count = 0
    const url = await openProxy(gateway?.url ?? '', {
      async before(body) {
        if (!body.includes('applyWebhookPlan(') || (count += 1) !== 2) return
        const update = 'mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { __typename } }'
        const webhooks = await list()
        const change = (name: string, more: object) => gateway?.ask(update, { input: { id: webhooks.get(name)?.id, ...more } })
        await change('a', { eventTypes: ['lookup.completed'] })
        await change('garbage', { url: 'https://precious.test/' })
      },
    })
    return { text, url, list }
  }

  it('carries out nothing after the first call that has become something else since it was shown', async () => {
    const encrata = await openEncrata()
    const { text, url, list } = await openChanging(encrata)
    const { code, stdout, stderr } = await encrata.apply(text, ['--yes', '--force', '--server', url])
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /\nApplied: 26 created, 2 not begun\.\n[^]+- delete garbage \(https:\/\/precious\.test\/\)[^]+Plan: 0 to create, 1 to update/,
    )
    expect(stderr).toBe(
      'What exists has changed since the plan was made. This is the plan now:\nThe rest of the plan was not carried out, because it has changed. Check it, and run the command again\n',
    )
    const webhooks = await list()
    expect(webhooks.get('a')).toMatchObject({ eventTypes: ['lookup.completed'] })
    expect(webhooks.get('garbage')).toMatchObject({ url: 'https://precious.test/' })
    expect(webhooks.size).toBe(28)
  })

  const startAsked = (cwd: string, args: readonly string[]) =>
    startOnTerminal(process.execPath, [main, 'apply', ...args], { cwd, env: { ...compiled, TERM: 'xterm' } })

  it('asks again on a terminal if what is left has become something else', async () => {
    const encrata = await openEncrata()
    const { text, url, list } = await openChanging(encrata)
    writeFileSync(join(encrata.folder, 'webhooks.yaml'), text)
    const asked = startAsked(encrata.folder, ['--force', '--server', url])
    await asked.answer('Apply 28 changes?', 'yes\r')
    await asked.answer('Apply 2 changes?', 'no\r')
    expect(await asked.exited).toBe(1)
    expect(asked.text()).toMatch(
      /Applied: 26 created, 2 not begun\.[^]+delete garbage \(https:\/\/precious\.test\/\)[^]+Nothing was changed\.\n$/,
    )
    expect((await list()).size).toBe(28)
  })

  it('asks again on a terminal if what is deleted has become something else while it asked', async () => {
    const { folder, apply, gateway, listWrites } = await openEncrata()
    await apply(toFile(['one', 'garbage']))
    writeFileSync(join(folder, 'webhooks.yaml'), toFile(['one'], { more: 'prune: true' }))
    const asked = startAsked(folder, ['--server', gateway?.url ?? ''])
    await asked.answer('Apply 1 change?', '')
    const { nodes } = (await gateway?.ask('{ webhooks { nodes { id name } } }'))?.data.webhooks ?? {}
    const { id } = nodes.find(({ name }: { name: string }) => name === 'garbage')
    const update = 'mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { __typename } }'
    await gateway?.ask(update, { input: { id, url: 'https://precious.test/' } })
    const sent = listWrites().length
    await asked.answer('Apply 1 change?', 'yes\r')
    await asked.answer('precious.test', 'no\r')
    expect(await asked.exited).toBe(1)
    expect(asked.text()).toContain('What exists has changed since the plan was made. This is the plan now:')
    expect(listWrites()).toHaveLength(sent)
  })

  it('waits for a rate limit, and loses nothing by that', async () => {
    const { apply, standIn, listWrites } = await openEncrata({ isEmbedded: true })
    const fault = { method: 'POST', status: 429, times: 1, headers: { 'retry-after': '1' } }
    await fetch(new URL('/sandbox/faults', standIn.baseUrl), { method: 'POST', body: JSON.stringify(fault) })
    const { code, stdout } = await apply(toFile(['one']), ['--yes'], { HOOKQL_UPSTREAM_TIMEOUT_MS: '900' })
    expect(stdout).toMatch(/\nApplied: 1 created\.\n$/)
    expect({ code, writes: listWrites() }).toEqual({ code: 0, writes: ['POST', 'POST'] })
  })

  it('deletes what waits for a rate limit, too', async () => {
    const { apply, standIn } = await openEncrata({ isEmbedded: true })
    const more = { HOOKQL_UPSTREAM_TIMEOUT_MS: '900' }
    await apply(toFile(['gone', 'kept']), ['--yes'], more)
    const fault = { method: 'POST', status: 429, times: 1, headers: { 'retry-after': '1' } }
    await fetch(new URL('/sandbox/faults', standIn.baseUrl), { method: 'POST', body: JSON.stringify(fault) })
    const { code, stdout } = await apply(toFile(['kept', 'one'], { more: 'prune: true' }), ['--yes'], more)
    expect(stdout).toMatch(/\nApplied: 1 created, 1 deleted\.\n$/)
    expect(code).toBe(0)
  })

  it.each([1, 30])('deletes nothing of an account whose new webhooks could not all be created (of %i)', async (count) => {
    const { apply, standIn, listWrites } = await openEncrata()
    await apply(toFile(['gone', 'kept']))
    await fetch(new URL('/sandbox/faults', standIn.baseUrl), {
      method: 'POST',
      body: JSON.stringify({ method: 'POST', status: 401, times: 1 }),
    })
    const names = Array.from({ length: count }, (_, index) => `w${index}`)
    const { code, stdout } = await apply(toFile(['kept', ...names], { more: 'prune: true' }))
    expect(code).toBe(1)
    expect(stdout).toMatch(/failed encrata: gone \(.+\)\n {6}Nothing was deleted, because not every new webhook /)
    expect(stdout).toMatch(count === 1 ? /\nApplied: 2 failed\.\n$/ : /\nApplied: 29 created, 2 failed\.\n$/)
    expect(listWrites()).not.toContain('DELETE')
    expect(await apply(null)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/\nApplied: 1 created, 1 deleted\.\n$/),
    })
  })

  it('ends after what has begun when it is told to, and says what is left', async () => {
    const { folder, standIn } = await openEncrata({ isEmbedded: true })
    const fault = { method: 'POST', status: 429, times: 100, headers: { 'retry-after': '3600' } }
    await fetch(new URL('/sandbox/faults', standIn.baseUrl), { method: 'POST', body: JSON.stringify(fault) })
    writeFileSync(join(folder, 'webhooks.yaml'), toFile(['one']))
    const environment = {
      ENCRATA_API_KEY: standIn.token,
      ENCRATA_BASE_URL: standIn.baseUrl,
      HOOKQL_STORE: join(folder, 'hookql.db'),
    }
    const running = startProcess('src/main.ts', environment, ['apply', '--yes', '-f', join(folder, 'webhooks.yaml')])
    onTestFinished(() => running.stop())
    await expect.poll(() => standIn.calls.filter(({ method }) => method === 'POST').length).toBe(1)
    running.kill('SIGTERM')
    const { code, stdout, stderr } = await running.exited
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'Ending after what has begun. Again to end at once.\nNot everything was done: 1 not begun. The output says more\n',
    })
    expect(stdout).toMatch(/\nApplied: 1 not begun\.\n$/)
  })

  it('carries out only what it is told, and an unusual plan only by force', async () => {
    const { apply, listWrites } = await openEncrata()
    const names = Array.from({ length: 10 }, (_, index) => `w${index}`)
    const some = await apply(toFile(names), ['--yes', '--only', 'w3', '--only=https://H.test:443/w4'])
    expect(some).toMatchObject({ code: 0, stdout: expect.stringMatching(/\nApplied: 2 created\.\n$/) })
    expect(await apply(null, ['--yes', '--only', 'encrata'])).toMatchObject({ code: 0 })
    expect(await apply(null, ['--yes', '--only', 'none'])).toMatchObject({
      code: 1,
      stderr: '--only: the plan has no change of "none"\n',
    })
    const writes = listWrites().length
    const pruned = toFile(['w0', 'w1'], { more: 'prune: true' })
    const refused = await apply(pruned)
    expect(refused).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('unusual encrata: '),
      stderr: expect.stringContaining('pass --force. Nothing was changed'),
    })
    expect(listWrites()).toHaveLength(writes)
    expect(await apply(null, ['--yes', '--force'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/\nApplied: 8 deleted\.\n$/),
    })
  })

  it('tells what fails, does the rest, and fails', async () => {
    const { apply, standIn } = await openEncrata()
    await fetch(new URL('/sandbox/faults', standIn.baseUrl), {
      method: 'POST',
      body: JSON.stringify({ method: 'POST', status: 422, times: 1 }),
    })
    const { code, stdout, stderr } = await apply(toFile(['one', 'two']))
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^Not everything was done: 1 failed.*\. The output says more\n$/),
    })
    expect(stdout).toMatch(/^failed encrata: \w+ \(.+\)\n {6}OUTCOME_UNKNOWN: /m)
    expect(stdout).toMatch(/\nApplied: 1 created, 1 failed\.\n$/)
  })

  it('needs the secrets that the file gives, and gives them away to nobody else', async () => {
    const folder = openFolder()
    const gateway = await serveGateway({ accounts: [toAccount(github, await openStandIn(github))] })
    const text = `accounts: { github: { provider: github, webhooks: [{ url: 'https://h.test/own', secret: { env: OWN_SECRET } }] } }`
    writeFileSync(join(folder, 'webhooks.yaml'), text)
    const run = (args: readonly string[], environment = {}) =>
      runHere(folder, args, { HOOKQL_SERVER: gateway.origin, ...environment })
    expect(await run(['apply', '--yes'])).toMatchObject({
      code: 1,
      stderr:
        'webhooks.yaml:1:96: accounts.github.webhooks.0.secret.env: the environment variable OWN_SECRET is not set. Set it and run the command again\n',
    })
    // A plan in a pull request needs none.
    expect(await run(['plan', '--exit-code'])).toMatchObject({ code: 2 })
    const applied = await run(['apply', '--yes'], { OWN_SECRET: 'canary-canary-canary-canary' })
    expect(applied).toMatchObject({ code: 0, stdout: expect.stringMatching(/\nApplied: 1 created\.\n$/) })
    expect(applied.stdout + applied.stderr).not.toContain('canary')
    expect(await run(['plan', '--exit-code'])).toMatchObject({ code: 0 })
  })
})
