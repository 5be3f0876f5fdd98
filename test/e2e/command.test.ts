import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { request } from 'undici'
import { describe, expect, it, onTestFinished } from 'vitest'
import { hashApiKey } from '../../src/server/auth/api-key.ts'
import { baanx } from '../../src/providers/baanx/index.ts'
import { encrata } from '../../src/providers/encrata/index.ts'
import { openFolder } from '../helpers/command.ts'
import { runHere } from '../helpers/here.ts'
import { type Environment, startGateway, startProcess } from '../helpers/process.ts'
import { openStandIn } from '../helpers/stand-in.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

function run(args: readonly string[], environment: Environment = {}) {
  const command = startProcess('src/main.ts', environment, args)
  onTestFinished(() => command.stop())
  return command.exited
}

function writeConfig(yaml: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'hookql-command-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'hookql.yaml'), yaml)
  return join(folder, 'hookql.yaml')
}

describe('hookql', () => {
  const commands = ['serve', 'pull', 'plan', 'apply', 'drift', 'check', 'key', 'schema', 'sandbox', 'store rekey']

  it.each([['--help'], ['-h'], ['help']])('tells with %s what there is', async (...args) => {
    const { code, stdout, stderr } = await run(args)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^  ${command.split(' ')[0]}\\b`, 'm'))
    expect(stdout).toMatch(/^Exit codes: 0 .+, 1 /m)
  })

  it.each(commands)('tells with %s --help what it does, with an example', async (command) => {
    const { code, stdout, stderr } = await runHere(openFolder(), [...command.split(' '), '--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(new RegExp(`^Usage: hookql ${command}\\b`))
    expect(stdout).toMatch(new RegExp(`^Examples?:\\n  hookql ${command}\\b`, 'm'))
  })

  it('names in its help a page that there is, at the address of the repository', async () => {
    const { repository } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    const address = String(repository.url).replace(/^git\+|\.git$/g, '')
    const { stdout } = await run(['--help'])
    const page = /^(https:\S+)\/blob\/main\/(\S+)$/m.exec(stdout)
    expect(page?.[1]).toBe(address)
    expect(readFileSync(join(root, page?.[2] ?? ''), 'utf8')).toMatch(/HOOKQL_CONFIG/)
  })

  it.each([['--version'], ['-v'], ['check', '--version']])('prints with %s the version of the package', async (...args) => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect(await run(args)).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' })
  })

  it.each([
    [['nothing'], "Unknown command 'nothing'."],
    [['check', 'twice'], "Too many arguments for 'check'. Expected 0 arguments but got 1: twice."],
    [['--port', '0', 'check'], "Too many arguments for 'serve'. Expected 0 arguments but got 1: check."],
    [['key', '--live'], "Unknown option '--live'."],
    [['key', '--config', 'hookql.yaml'], "Unknown option '--config'."],
    [['store', 'nothing'], "Unknown command 'nothing'."],
    [['store', 'rekye'], "Unknown command 'rekye'. Did you mean rekey?"],
    [['help', 'chek'], "Unknown command 'chek'. Did you mean check?"],
    [['chek', '--help'], "Unknown command 'chek'. Did you mean check?"],
    [['plan', '--json=canary'], '--json: takes no value'],
    [['chek'], "Unknown command 'chek'. Did you mean check?"],
    [['--loud'], "Unknown option '--loud'."],
    [['check', '--liv'], "Unknown option '--liv'. Did you mean --live?"],
    [['-x'], "Unknown option '-x'."],
    [['sandbox', '--prt=canary'], "Unknown option '--prt'. Did you mean --port?"],
    [['serve', '--port', 'canary'], '--port: must be an integer from 0 to 65535'],
    [['--port=65536'], '--port: must be an integer from 0 to 65535'],
    [['drift', '--watch', '5'], '--watch: must be a duration such as 30s, 5m or 1h'],
    [['drift', '--watch', '25d'], '--watch: must be at most 24d. For longer, run hookql drift from cron'],
    [['check', '--config'], "Option '--config <file>' argument missing."],
  ])('refuses %j as a mistake in the command line', async (args, message) => {
    const stderr = `${message}\nSee hookql --help.\n`
    expect(await runHere(openFolder(), args)).toMatchObject({ code: 1, stdout: '', stderr })
  })

  it('tells of the commands below one that does nothing by itself', async () => {
    const { code, stdout, stderr } = await run(['store'])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^Usage: hookql store .*^  rekey /ms)
  })

  it('prints the schema that is published', async () => {
    const { code, stdout } = await run(['schema'])
    expect(code).toBe(0)
    expect(stdout).toBe(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'))
  })

  it('makes a key whose hash is what a configuration takes', async () => {
    const [one, other] = [await run(['key']), await run(['key'])]
    const key = /hql_[\w-]{43}/.exec(one.stdout)?.[0] ?? ''
    expect(one.stdout).toContain(`sha256: '${hashApiKey(key)}'`)
    expect(one.stdout.split(key)).toHaveLength(2)
    expect(other.stdout).not.toContain(key)
    const yaml = one.stdout.slice(one.stdout.indexOf('auth:'))
    expect(await run(['check'], { HOOKQL_CONFIG: writeConfig(yaml) })).toMatchObject({ code: 0, stderr: '' })
  })
})

describe('npm run hookql', () => {
  it('is the command line of a clone', () => {
    const shown = execFileSync('npm', ['run', '--silent', 'hookql', '--', 'key'], { cwd: root, encoding: 'utf8' })
    expect(shown).toContain('sha256:')
  })
})

describe('hookql serve', () => {
  it.each([[[]], [['serve']], [['start']]])('serves with the command line %j', async (args) => {
    const gateway = startProcess('src/main.ts', {}, [...args, '--port', '0'])
    onTestFinished(() => gateway.stop())
    expect((await gateway.waitFor(/HookQL serves (http:\S+)/))[1]).toMatch(/\/graphql$/)
  })

  it('takes a port and a configuration file rather than those of its environment', async () => {
    const file = writeConfig('accounts: [{ slug: chosen, provider: encrata, token: canary }]')
    const gateway = startProcess('src/main.ts', { PORT: '1', HOOKQL_CONFIG: 'none.yaml' }, ['--port=0', '--config', file])
    onTestFinished(() => gateway.stop())
    const [line] = await gateway.waitFor(/^.*HookQL serves http:.*$/m)
    expect(JSON.parse(line)).toMatchObject({ accounts: ['chosen'] })
  })

  const production = { NODE_ENV: 'production', PORT: '0' }

  it('serves no sandbox in production, and needs a place for the journal', async () => {
    const { code, stdout, stderr } = await run([], {
      ...production,
      HOOKQL_STORE: '',
      BAANX_ACCES_TOKEN: 'canary',
      HOOKQL_CONFG: 'canary',
    })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(
      /^NODE_ENV: .+\nHOOKQL_STORE: .+\nBAANX_ACCES_TOKEN: .+ BAANX_ACCESS_TOKEN\? .+\nHOOKQL_CONFG: .+ HOOKQL_CONFIG\? .+\n$/,
    )
    expect(stderr).not.toContain('canary')
  })

  it('serves the sandbox in production when it is asked to', async () => {
    const gateway = await startGateway({ ...production, HOOKQL_SANDBOX: 'true' })
    onTestFinished(() => gateway.stop())
    expect(gateway.startLine).toContain('embedded sandbox')
  })

  it('warns in one line of variables that it does not know, and never of a value', async () => {
    const gateway = await startGateway({ HOOKQL_HOST: 'canary', HOOKQL_COLOUR: 'canary', HOOKQL_PORT: 'tcp://10.0.0.1:80' })
    onTestFinished(() => gateway.stop())
    const lines = gateway.output().trimEnd().split('\n')
    const warnings = lines.map((line) => JSON.parse(line)).filter(({ level }) => level >= 40)
    expect(warnings).toMatchObject([{ level: 40, variables: ['HOOKQL_HOST', 'HOOKQL_COLOUR'] }])
    expect(gateway.output()).not.toContain('canary')
  })

  it('answers on loopback to names of this machine only', async () => {
    const gateway = await startGateway()
    onTestFinished(() => gateway.stop())
    const ask = async (host: string) => {
      const headers = { host, 'content-type': 'application/json' }
      return (await request(gateway.url, { method: 'POST', headers, body: '{"query":"{ accounts { slug } }"}' })).statusCode
    }
    expect([await ask('127.0.0.1'), await ask('localhost:1'), await ask('[::1]'), await ask('gateway.acme.test')]).toEqual([
      200, 200, 200, 421,
    ])
  })

  it('serves no strangers without authentication', async () => {
    const { code, stdout, stderr } = await run([], { HOST: '0.0.0.0', PORT: '0' })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^HOST: .*loopback only.*auth.*HOOKQL_INSECURE=true\n$/)
  })

  it('serves strangers when it is told that it is safe, and warns of it', async () => {
    const gateway = await startGateway({ HOST: '0.0.0.0', HOOKQL_INSECURE: 'true' })
    onTestFinished(() => gateway.stop())
    const url = gateway.url.replace('0.0.0.0', '127.0.0.1')
    const named = { host: 'gateway.acme.test', 'content-type': 'application/json' }
    const body = JSON.stringify({ query: '{ accounts { slug } }' })
    expect((await request(url, { method: 'POST', headers: named, body })).statusCode).toBe(200)
    expect(gateway.output()).toContain('HOOKQL_INSECURE: anyone who can reach this port can manage the webhooks of every account')
  })
})

describe('hookql check', () => {
  it('says what is configured, and calls nobody', async () => {
    const standIn = await openStandIn(encrata)
    const { code, stdout } = await run(['check'], { ENCRATA_API_KEY: standIn.token, ENCRATA_BASE_URL: standIn.baseUrl })
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'ok configuration: 1 account, no authentication, store in memory\n' })
    expect(standIn.calls).toEqual([])
    expect((await run(['check'])).stdout).toContain('no accounts, so the embedded sandbox is used')
    const path = join(mkdtempSync(join(tmpdir(), 'hookql-command-')), 'store/hookql.db')
    onTestFinished(() => rmSync(join(path, '../..'), { recursive: true }))
    expect((await run(['check'], { HOOKQL_STORE: path })).stdout).toContain(`store in ${path}\n`)
    expect(existsSync(join(path, '..'))).toBe(false)
  })

  it('says what is wrong, and never a value', async () => {
    const { code, stdout, stderr } = await run(['check'], { ENCRATA_API_KEY: 'canary canary', PORT: 'canary' })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^ENCRATA_API_KEY: .*\nPORT: .*\n$/)
    expect(stderr).not.toContain('canary')
  })

  it('says what was meant to do something and would do nothing', async () => {
    const { code, stdout, stderr } = await run(['check'], {
      VERIFIK_BASE_URL: 'canary',
      HOOKQL_CONFG: 'canary',
      NODE_ENV: 'production',
    })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^NODE_ENV: .+\nVERIFIK_BASE_URL: .+ VERIFIK_TOKEN.+\nHOOKQL_CONFG: .+ HOOKQL_CONFIG\?.+\n$/)
    expect(stderr).not.toContain('canary')
    const sandbox = { HOOKQL_SANDBOX: 'true', VERIFIK_TOKEN: 'canary', HOOKQL_HOST: 'canary', HOOKQL_COLOUR: 'canary' }
    expect(await run(['check'], sandbox)).toMatchObject({
      code: 0,
      stdout: [
        'warning unknown HookQL variables: HOOKQL_HOST, HOOKQL_COLOUR',
        'ok configuration: 1 account, but HOOKQL_SANDBOX uses the embedded sandbox instead, no authentication, store in memory',
        '',
      ].join('\n'),
      stderr: '',
    })
  })

  it('lists every account once with --live, without writing, and fails where one does', async () => {
    const [good, bad] = [await openStandIn(encrata, { seeded: true }), await openStandIn(baanx)]
    const environment = {
      ENCRATA_API_KEY: good.token,
      ENCRATA_BASE_URL: good.baseUrl,
      BAANX_ACCESS_TOKEN: 'canary-token',
      BAANX_BASE_URL: bad.baseUrl,
    }
    const { code, stdout, stderr } = await run(['check', '--live'], environment)
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    expect(stdout).toMatch(/^failed baanx \(Baanx\): CREDENTIALS_REJECTED: .+$/m)
    expect(stdout).toMatch(/^ok encrata \(Encrata\): credentials accepted, \d+ webhooks, \d+ ms$/m)
    expect(stdout).not.toContain('canary')
    expect([...good.calls, ...bad.calls].map(({ method }) => method)).toEqual(['GET', 'GET'])
  })
})
