import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { encrata } from '../../src/providers/encrata/index.ts'
import { providers } from '../../src/providers/index.ts'
import { verifik } from '../../src/providers/verifik/index.ts'
import { type Environment, type RunningGateway, startGateway, startProcess } from '../helpers/process.ts'
import { openSandbox as openSamples } from '../helpers/sandbox.ts'
import { startSteadyClock } from '../helpers/steady.ts'
import { openStandIn } from '../helpers/stand-in.ts'

const listing = `{
  webhooks {
    complete
    totalCount
    nodes { account { slug sandbox } }
    sources { account { slug } state count error { __typename code ... on UpstreamUnavailableError { reason } } }
  }
}`

/** The number of webhooks that all stand-ins start with. */
async function countSamples(): Promise<number> {
  const { ask } = await openSamples()
  return (await ask('{ webhooks { totalCount } }')).data.webhooks.totalCount
}

async function openGateway(environment: Environment = {}) {
  const gateway = await startGateway(environment)
  onTestFinished(() => gateway.stop())
  return gateway
}

/** A gateway that does not get as far as serving. */
function runGateway(environment: Environment) {
  const gateway = startProcess('src/main.ts', environment)
  onTestFinished(() => gateway.stop())
  return gateway.exited
}

/** A loopback port that something else holds, or held until a moment ago. */
async function takePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('There is no port.')
  const release = async () => {
    server.close()
    await once(server, 'close')
  }
  return { port: address.port, release }
}

describe('a gateway without a configuration', () => {
  let gateway: RunningGateway
  beforeAll(async () => {
    gateway = await startGateway()
  })
  afterAll(() => gateway.stop())

  it('says in its start-up line where it serves and that it is the sandbox', () => {
    const { startLine, url } = gateway
    expect(startLine).toContain(url)
    expect(startLine).toContain('sandbox')
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/graphql$/)
  })

  it('serves every provider from the sandbox', async () => {
    const { data, errors } = await gateway.ask(listing)
    expect(errors).toBeUndefined()
    expect(data.webhooks).toMatchObject({ complete: true, totalCount: await countSamples() })
    expect(data.webhooks.nodes.every((node: { account: { sandbox: boolean } }) => node.account.sandbox)).toBe(true)
    expect(data.webhooks.sources).toHaveLength(providers.length)
  })

  it('carries out several mutations of one operation, one after the other', async () => {
    const { data, errors } = await gateway.ask(
      `mutation ($id: ID!, $first: CreateWebhookInput!, $second: CreateWebhookInput!) {
        first: createWebhook(input: $first) { ...Created }
        taken: createWebhook(input: $first) { ...Created }
        second: createWebhook(input: $second) { ...Created }
        gone: deleteWebhook(input: { id: $id }) { ... on DeleteWebhookSuccess { deletedId alreadyAbsent } }
        again: deleteWebhook(input: { id: $id }) { ... on DeleteWebhookSuccess { deletedId alreadyAbsent } }
      }
      fragment Created on CreateWebhookResult { __typename ... on CreateWebhookSuccess { webhook { name } } }`,
      {
        id: Buffer.from(`w:encrata:${encrata.sandbox.seededId}`).toString('base64url'),
        first: { account: 'verifik', name: 'One', url: 'https://hooks.acme.test/1' },
        second: { account: 'fingerprint', name: 'Two', url: 'https://hooks.acme.test/2' },
      },
    )
    expect(errors).toBeUndefined()
    expect(data).toMatchObject({
      first: { webhook: { name: 'One' } },
      taken: { __typename: 'ConflictError' },
      second: { webhook: { name: 'Two' } },
      gone: { alreadyAbsent: false },
      again: { alreadyAbsent: true },
    })
  })

  it('answers 200 on /livez and /readyz', async () => {
    expect((await fetch(`${gateway.origin}/livez`)).status).toBe(200)
    expect((await fetch(`${gateway.origin}/readyz`)).status).toBe(200)
  })
})

describe('a gateway with accounts', () => {
  it('says nothing of the sandbox, and lists the webhooks of the others where a token is wrong or a provider is down', async () => {
    const [wrong, right] = [await openStandIn(verifik, { seeded: true }), await openStandIn(encrata, { seeded: true })]
    const { port, release } = await takePort()
    await release()
    const { ask, output, startLine } = await openGateway({
      BAANX_ACCESS_TOKEN: 'token',
      BAANX_BASE_URL: `http://127.0.0.1:${port}`,
      VERIFIK_TOKEN: 'canary-wrong-token',
      VERIFIK_BASE_URL: wrong.baseUrl,
      ENCRATA_API_KEY: right.token,
      ENCRATA_BASE_URL: right.baseUrl,
    })
    expect(startLine).not.toContain('sandbox')
    const { data, errors, text } = await ask(listing)
    expect(errors).toBeUndefined()
    expect(data.webhooks).toMatchObject({ complete: false, totalCount: null })
    expect(data.webhooks.sources).toEqual([
      {
        account: { slug: 'baanx' },
        state: 'FAILED',
        count: 0,
        error: { __typename: 'UpstreamUnavailableError', code: 'UPSTREAM_UNAVAILABLE', reason: 'CONNECTION' },
      },
      { account: { slug: 'encrata' }, state: 'COMPLETE', count: 4, error: null },
      {
        account: { slug: 'verifik' },
        state: 'FAILED',
        count: 0,
        error: { __typename: 'CredentialsRejectedError', code: 'CREDENTIALS_REJECTED' },
      },
    ])
    expect(data.webhooks.nodes).toHaveLength(4)
    expect(text + output()).not.toContain('canary-wrong-token')
  })
})

describe('a gateway that cannot start', () => {
  it('prints one line for each wrong variable, and no value', async () => {
    const { code, stdout, stderr } = await runGateway({
      BAANX_ACCESS_TOKEN: 'canary one',
      ENCRATA_API_KEY: 'canary-two',
      ENCRATA_BASE_URL: 'http://canary.example.com',
      HOOKQL_SANDBOX: 'canary-three',
      PORT: 'canary-four',
    })
    expect(code).toBe(1)
    expect(toVariables(stderr)).toEqual(['BAANX_ACCESS_TOKEN', 'ENCRATA_BASE_URL', 'HOOKQL_SANDBOX', 'PORT'])
    expect(stdout + stderr).not.toMatch(/canary|\bat /)
  })

  it('prints file and key of each problem in the configuration file, and no value', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'hookql-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    const file = join(directory, 'hookql.yaml')
    writeFileSync(file, 'accounts:\n  - { slug: eu, provider: baanx, token: "${CANARY_UNSET}", colour: canary-red }\n')
    const { code, stdout, stderr } = await runGateway({ HOOKQL_CONFIG: file })
    expect(code).toBe(1)
    expect(stderr.trimEnd().split('\n').toSorted()).toEqual([
      `${file}: accounts.0.token: the environment variable CANARY_UNSET is not set. Set it and start HookQL again`,
      `${file}: accounts.0: unknown key colour`,
    ])
    expect(stdout).toBe('')
  })

  it('says that its port is taken', async () => {
    const { port, release } = await takePort()
    onTestFinished(release)
    const { code, stderr } = await runGateway({ PORT: String(port) })
    expect(code).toBe(1)
    expect(stderr).toBe(`PORT: ${port} is already in use. Choose another port\n`)
  })

  it('says that its host is not an address of this machine', async () => {
    const { code, stderr } = await runGateway({ HOOKQL_INSECURE: 'true', HOST: '192.0.2.1', PORT: '0' })
    expect(code).toBe(1)
    expect(stderr).toBe('HOST: this machine does not have this address. Choose one that it has, such as 127.0.0.1\n')
  })

  function toVariables(stderr: string): readonly (string | undefined)[] {
    return stderr
      .trimEnd()
      .split('\n')
      .map((line) => /^([A-Z_]+): ./.exec(line)?.[1])
  }
})

describe('a gateway that is told to stop', () => {
  const withinMs = 5_000

  async function openSeeded() {
    const upstream = await openStandIn(encrata, { seeded: true })
    const gateway = await openGateway({ ENCRATA_API_KEY: upstream.token, ENCRATA_BASE_URL: upstream.baseUrl })
    return { upstream, gateway }
  }

  it.each(['SIGTERM', 'SIGINT'] as const)('answers what it was asked before %s, then exits with 0', async (signal) => {
    const { upstream, gateway } = await openSeeded()
    upstream.fail({ when: 'after' }, () => {
      gateway.kill(signal)
      return gateway.waitFor(/: draining/)
    })
    using clock = startSteadyClock()
    expect((await gateway.ask(listing)).data.webhooks).toMatchObject({ complete: true, totalCount: 4 })
    expect(await gateway.exited).toMatchObject({ code: 0, stderr: '' })
    expect(gateway.output()).not.toContain('remaining requests were aborted')
    expect(clock.now()).toBeLessThan(withinMs)
    await expect(fetch(gateway.url)).rejects.toThrow('fetch failed')
  })

  it('does not wait for a provider that never answers', async () => {
    const { upstream, gateway } = await openSeeded()
    upstream.fail({ hang: true })
    const outcome = gateway.ask(listing).then(
      () => 'answered',
      () => 'cut',
    )
    await expect.poll(() => upstream.calls.length).toBe(1)
    using clock = startSteadyClock()
    gateway.kill('SIGTERM')
    expect((await gateway.exited).code).toBe(0)
    expect(gateway.output()).toContain('shutdown timed out: remaining requests were aborted')
    expect(clock.now()).toBeLessThan(withinMs)
    expect(await outcome).toBe('cut')
  })
})

describe('the sandbox alone', () => {
  async function openSandbox(port: number) {
    const sandbox = startProcess('src/main.ts', {}, ['sandbox', '--port', String(port)])
    onTestFinished(() => sandbox.stop())
    await sandbox.waitFor(/^VERIFIK_TOKEN=.*\n/m)
    const lines = sandbox.output().matchAll(/^(\w+)=(.+)$/gm)
    return Object.fromEntries(lines.map(([, name = '', value = '']) => [name, value]))
  }

  it('takes the ports from the given one on, prints URLs and tokens for a gateway, and fails and heals as it is told', async () => {
    const port = await findFreePorts(providers.length)
    const environment = await openSandbox(port)
    const urls = Object.entries(environment).filter(([name]) => name.endsWith('_BASE_URL'))
    expect(urls.map(([, url]) => Number(new URL(url).port))).toEqual(providers.map((_, index) => port + index))

    const { ask } = await openGateway(environment)
    const { data, errors } = await ask(listing)
    expect(errors).toBeUndefined()
    expect(data.webhooks).toMatchObject({ complete: true, totalCount: await countSamples() })

    const faults = new URL('/sandbox/faults', environment['BAANX_BASE_URL'])
    const told = await fetch(faults, { method: 'POST', body: JSON.stringify({ status: 503, times: 100 }) })
    expect(told.status).toBe(204)
    expect((await ask(listing)).data.webhooks.sources[0]).toMatchObject({
      account: { slug: 'baanx' },
      error: { code: 'UPSTREAM_UNAVAILABLE', reason: 'SERVER_ERROR' },
    })
    expect((await fetch(faults, { method: 'DELETE' })).status).toBe(204)
    expect((await ask(listing)).data.webhooks.complete).toBe(true)
  })

  it('says in one line what is wrong with its port', async () => {
    const { port, release } = await takePort()
    onTestFinished(release)
    const run = (value: string) => startProcess('src/main.ts', {}, ['sandbox', '--port', value]).exited
    const wrong = `--port: must be an integer from 0 to ${65_536 - providers.length}\nSee hookql --help.\n`
    expect(await run('many')).toMatchObject({ code: 1, stderr: wrong })
    const taken = `--port: ${port} is already in use. Choose another port\n`
    expect(await run(String(port))).toMatchObject({ code: 1, stderr: taken })
  })
})

/** The first of `count` free ports in a row, below those that the system hands out by itself. */
async function findFreePorts(count: number): Promise<number> {
  for (let first = 20_000 + (process.pid % 10_000); ; first += count) {
    const ports = Array.from({ length: count }, (_, index) => first + index)
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return first
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}
