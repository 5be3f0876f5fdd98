import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { join } from 'node:path'
import { parse } from 'yaml'
import { describe, expect, it, onTestFinished } from 'vitest'
import { hashApiKey } from '../../src/server/auth/api-key.ts'
import { encrata } from '../../src/providers/encrata/index.ts'
import { providers } from '../../src/providers/index.ts'
import { createElsewhere } from '../helpers/encrata.ts'
import { startGateway } from '../helpers/process.ts'
import { openStandIn } from '../helpers/stand-in.ts'
import { openFolder, runIn } from '../helpers/command.ts'
import { runHere } from '../helpers/here.ts'

async function openServer(environment: Readonly<Record<string, string>> = {}) {
  const gateway = await startGateway(environment)
  onTestFinished(() => gateway.stop())
  return gateway
}

describe('hookql pull', () => {
  it('writes what a running gateway has, the same each time, and only the accounts that it is told', async () => {
    const gateway = await openServer()
    const folder = openFolder()
    const pull = (...args: readonly string[]) => runIn(folder, ['pull', '--server', gateway.origin, ...args])
    const first = await pull()
    expect(first).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^webhooks\.yaml: 26 webhooks of 8 accounts; 26 added/),
    })
    expect(first.stderr).toMatch(/^shopify: pubsub:\S+ cannot be in a file/)
    const text = readFileSync(join(folder, 'webhooks.yaml'), 'utf8')
    expect(Object.keys(parse(text).accounts)).toEqual(providers.map(({ name }) => name))
    expect((await pull()).stdout).toContain('0 added, 0 changed, 0 removed')
    expect(readFileSync(join(folder, 'webhooks.yaml'), 'utf8')).toBe(text)
    await pull('-f', 'some.json', '--account', 'linear', '--account=github')
    const some = JSON.parse(readFileSync(join(folder, 'some.json'), 'utf8'))
    expect(Object.keys(some.accounts)).toEqual(['github', 'linear'])
  })

  it('runs a gateway of its own from the same configuration, and opens no store that a running one holds', async () => {
    const folder = openFolder()
    const standIn = await openStandIn(encrata, { seeded: true })
    const environment = {
      ENCRATA_API_KEY: standIn.token,
      ENCRATA_BASE_URL: standIn.baseUrl,
      HOOKQL_STORE: join(folder, 'hookql.db'),
    }
    const alone = await runHere(folder, ['pull'], environment)
    expect(alone).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('4 webhooks of 1 account; 4 added') })
    expect(standIn.calls.every(({ method }) => method === 'GET')).toBe(true)

    const gateway = await openServer(environment)
    const { code, stdout, stderr } = await runHere(folder, ['pull'], environment)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(
      /^\S+hookql\.db: another process has this store open\. Ask a running server with --server and --token, or wait until another command has ended\n$/,
    )
    const asked = await runHere(folder, ['pull'], { ...environment, HOOKQL_SERVER: `${gateway.origin}/graphql` })
    expect(asked).toMatchObject({ code: 0, stderr: '' })
  })

  it('shows its token to the gateway that it names, and to nobody else', async () => {
    const folder = openFolder()
    const key = 'hql_canary'
    writeFileSync(
      join(folder, 'hookql.yaml'),
      `auth: { apiKeys: [{ name: reader, sha256: '${hashApiKey(key)}', scopes: [webhooks:read], accounts: [linear] }] }`,
    )
    const gateway = await openServer({ HOOKQL_CONFIG: join(folder, 'hookql.yaml'), HOOKQL_SANDBOX: 'true' })
    const pull = (environment = {}, ...args: readonly string[]) =>
      runHere(folder, ['pull', '--server', gateway.origin, ...args], environment)
    expect(await pull({ HOOKQL_TOKEN: key })).toMatchObject({ code: 0, stdout: expect.stringContaining('of 1 account') })
    expect(await pull({}, '--token', key)).toMatchObject({ code: 0 })
    const failed = await pull({ HOOKQL_TOKEN: 'canary-wrong' })
    expect(failed).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('Invalid credentials.') })
    expect(failed.stderr).not.toContain('canary')

    const seen: (string | undefined)[] = []
    const other = createServer(({ headers }, response) => {
      seen.push(headers.authorization)
      response.writeHead(307, { location: `${gateway.origin}/graphql` }).end()
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void other.close())
    await once(other, 'listening')
    const address = other.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const redirected = await runHere(folder, ['pull', '--server', `http://127.0.0.1:${port}`, '--token', key])
    expect(redirected).toMatchObject({ code: 1, stderr: expect.stringContaining(`redirects to ${gateway.origin}. `) })
    const plain = await runHere(folder, ['pull', '--server', 'http://gateway.acme.test', '--token', key])
    expect(plain).toMatchObject({ code: 1, stderr: '--server: must use https. Plain http is allowed for loopback only\n' })
  })

  it('leaves out what no file can say of a webhook, and is stopped by none of it', async () => {
    const folder = openFolder()
    const toHook = (id: number, events: readonly string[]) => ({
      id,
      name: 'web',
      active: true,
      events,
      config: { url: `https://h.test/${id}`, content_type: 'json', insecure_ssl: '0' },
      created_at: '2026-01-01T00:00:00Z',
      updated_at: '2026-01-01T00:00:00Z',
    })
    const hooks = [toHook(1, ['push']), toHook(2, ['*', 'push']), toHook(3, ['x'.repeat(300)])]
    const upstream = createServer((_, response) => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(hooks))
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void upstream.close())
    await once(upstream, 'listening')
    const address = upstream.address()
    const environment = {
      HOOKQL_GITHUB_TOKEN: 't',
      HOOKQL_GITHUB_REPOSITORY: 'acme/website',
      HOOKQL_GITHUB_BASE_URL: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    }
    const run = (...args: readonly string[]) => runHere(folder, args, environment)
    for (const counts of ['3 added', '0 added, 0 changed, 0 removed']) {
      const { code, stdout, stderr } = await run('pull')
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(counts) })
      const told = stderr.trim().split('\n')
      expect(told).toHaveLength(2)
      for (const [index, line] of told.entries())
        expect(line).toContain(`https://h.test/${index + 2} is in the file without what no file can say: eventTypes`)
    }
    const text = readFileSync(join(folder, 'webhooks.yaml'), 'utf8')
    const { webhooks } = Object.values<{ readonly webhooks: readonly object[] }>(parse(text).accounts)[0] ?? {}
    expect(webhooks).toMatchObject([{ eventTypes: ['push'] }, { url: 'https://h.test/2' }, { url: 'https://h.test/3' }])
    expect(webhooks?.slice(1).filter((webhook) => 'eventTypes' in webhook)).toEqual([])
    expect(await run('plan', '--exit-code')).toMatchObject({ code: 0, stderr: '' })
    // Nor does it remove what the file says of them.
    writeFileSync(join(folder, 'webhooks.yaml'), text.replace('https://h.test/2', 'https://h.test/2\n        eventTypes: [push]'))
    expect((await run('pull')).stdout).toContain('0 added, 0 changed, 0 removed')
  })

  it('tells what no file can say of a name or metadata at Stripe', async () => {
    const folder = openFolder()
    const toHook = (id: string, more: object) => ({
      id: `we_${id}`,
      object: 'webhook_endpoint',
      api_version: null,
      application: null,
      created: 1_767_225_600,
      description: id,
      enabled_events: ['charge.failed'],
      livemode: true,
      metadata: {},
      status: 'enabled',
      url: `https://h.test/${id}`,
      ...more,
    })
    const data = [
      toHook('plain', {}),
      toHook('spaced', { description: ' spaced\n' }),
      toHook('proto', { metadata: JSON.parse('{"__proto__":"p"}') }),
    ]
    const upstream = createServer((_, response) => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ object: 'list', data, has_more: false }))
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void upstream.close())
    await once(upstream, 'listening')
    const address = upstream.address()
    const environment = {
      HOOKQL_STRIPE_API_KEY: 'sk_test_canary',
      HOOKQL_STRIPE_BASE_URL: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    }
    const { code, stderr } = await runHere(folder, ['pull'], environment)
    expect({ code, told: stderr.trim().split('\n').toSorted() }).toEqual({
      code: 0,
      told: [
        expect.stringContaining(
          'https://h.test/proto is in the file without what no file can say: options.metadata: The name __proto__ is not allowed.',
        ),
        expect.stringContaining(
          'https://h.test/spaced is in the file without what no file can say: name: begins or ends with white space',
        ),
      ],
    })
    expect(await runHere(folder, ['plan', '--exit-code'], environment)).toMatchObject({ code: 0, stderr: '' })
  })

  it('leaves out exactly the webhooks that a plan never deletes, and tells which', async () => {
    const folder = openFolder()
    const standIn = await openStandIn(encrata)
    await createElsewhere(standIn, ['https://a..b/', 'https://10.0.0.1/', 'https://h.test/'])
    writeFileSync(join(folder, 'private.yaml'), 'allowPrivateTargets: true\n')
    const environment = { ENCRATA_API_KEY: standIn.token, ENCRATA_BASE_URL: standIn.baseUrl, HOOKQL_PACING: 'off' }
    for (const [more, left] of [
      [{}, 2],
      [{ HOOKQL_CONFIG: 'private.yaml' }, 1],
    ] as const) {
      const run = (...args: readonly string[]) => runHere(folder, args, { ...environment, ...more })
      rmSync(join(folder, 'webhooks.yaml'), { force: true })
      const { code, stdout, stderr } = await run('pull')
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(`${3 - left} added`) })
      // Two that are created in the same moment come in any order.
      const told = stderr.trim().split('\n').toSorted().toReversed()
      expect(told).toHaveLength(left)
      expect(told[0]).toMatch(/^encrata: https:\/\/a\.\.b\/ cannot be in a file, and no plan changes it: Remove the extra dots/)
      if (left > 1)
        expect(told[1]).toMatch(/^encrata: https:\/\/10\.0\.0\.1\/ cannot be in a file.*: This is not a public address/)
      const text = readFileSync(join(folder, 'webhooks.yaml'), 'utf8')
      writeFileSync(join(folder, 'webhooks.yaml'), text.replace('webhooks:\n', 'prune: true\n    webhooks:\n'))
      const plan = await run('plan', '--exit-code')
      expect(plan).toMatchObject({ code: 0, stderr: '' })
      expect(plan.stdout).toContain(`0 to delete, ${3 - left} as they should be, ${left} not in the file`)
    }
  })

  it('writes nothing unless every account was read in full', async () => {
    const folder = openFolder()
    const standIn = await openStandIn(encrata, { seeded: true })
    const environment = { ENCRATA_API_KEY: 'wrong', ENCRATA_BASE_URL: standIn.baseUrl }
    const { code, stdout, stderr } = await runHere(folder, ['pull'], environment)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^encrata: CREDENTIALS_REJECTED: .+\n$/)
    expect(existsSync(join(folder, 'webhooks.yaml'))).toBe(false)
    const none = await runHere(folder, ['pull', '--account', 'encrat'], { ...environment, ENCRATA_API_KEY: standIn.token })
    expect(none).toMatchObject({ code: 1, stderr: 'There is no account encrat. Accounts: encrata\n' })
  })
})
