import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { baanx } from '../../src/providers/baanx/index.ts'
import { encrata } from '../../src/providers/encrata/index.ts'
import { openFolder, runIn } from '../helpers/command.ts'
import { serveGateway, toAccount } from '../helpers/gateway.ts'
import { runHere } from '../helpers/here.ts'
import { startGateway, startProcess } from '../helpers/process.ts'
import { openStandIn } from '../helpers/stand-in.ts'

const account = (webhooks: string, more = '') =>
  `accounts:\n  encrata:\n    provider: encrata\n    ${more}\n    webhooks:\n${webhooks}`
const alerts = `      - { name: alerts, url: 'https://\${WEBHOOKS_HOST}/alerts', eventTypes: [credits.low, credits.exhausted] }\n`
const host = { WEBHOOKS_HOST: 'canary.acme.test' }

async function openEncrata() {
  const folder = openFolder()
  const standIn = await openStandIn(encrata)
  const gateway = await serveGateway({ accounts: [toAccount(encrata, standIn)] })
  const run = (args: readonly string[], text: string | null, more: Readonly<Record<string, string>> = {}) => {
    if (text !== null) writeFileSync(join(folder, 'webhooks.yaml'), text)
    return runHere(folder, args, { HOOKQL_SERVER: gateway.origin, ...host, ...more })
  }
  const create = async (name: string, eventTypes: readonly string[] = ['credits.low']) => {
    const query = 'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { __typename } }'
    const input = { account: 'encrata', name, url: `https://canary.acme.test/${name}`, eventTypes }
    expect((await gateway.ask(query, { input })).data.createWebhook.__typename).toBe('CreateWebhookSuccess')
  }
  return { folder, standIn, gateway, run, create }
}

describe('hookql plan', () => {
  it('has nothing to do after a pull, for every provider', async () => {
    const gateway = await startGateway()
    onTestFinished(() => gateway.stop())
    const folder = openFolder()
    const run = (...args: readonly string[]) => runIn(folder, [...args, '--server', gateway.origin])
    expect(await run('pull')).toMatchObject({ code: 0 })
    const plan = await run('plan', '--exit-code')
    expect(plan).toMatchObject({ code: 0, stderr: '' })
    expect(plan.stdout).toContain(
      'Plan: 0 to create, 0 to update, 0 to replace, 0 to delete, 26 as they should be, 1 not in the file.',
    )
    expect(await run('drift')).toMatchObject({
      code: 0,
      stdout: 'Everything in the file is as it says. 1 webhook is not in the file.\n',
    })
  })

  it('shows the reason of a provider beside the failure, without the values of variables', async () => {
    const { run, standIn } = await openEncrata()
    const body = { error: 'not from canary.acme.test' }
    await fetch(new URL('/sandbox/faults', standIn.baseUrl), {
      method: 'POST',
      body: JSON.stringify({
        method: 'GET',
        status: 422,
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    })
    const { code, stdout, stderr } = await run(['plan'], account(alerts))
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'The plan fails: 1 account not read in full. The output says more\n' })
    expect(stdout).toMatch(
      /^not read encrata: UPSTREAM_REJECTED: Encrata rejected the request \(HTTP 422\)\. It says: .*\$\{WEBHOOKS_HOST\}/m,
    )
    expect(stdout).not.toMatch(/canary|upstream\.message/)
  })

  it('shows what would change as a diff, changes nothing, and tells of changes with its exit code where asked to', async () => {
    const { run, create, standIn } = await openEncrata()
    await create('alerts')
    await create('other')
    const writes = standIn.calls.filter(({ method }) => method !== 'GET').length
    const { code, stdout, stderr } = await run(
      ['plan'],
      account(`${alerts}      - { name: new, url: 'https://h.test/' }\n`, 'prune: true'),
    )
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'The plan fails: 1 problem. The output says more\n' })
    expect(await run(['drift', '--json'], null)).toMatchObject({ code, stderr })
    expect(stdout).toContain('problem webhooks.yaml:7:9: encrata: ')
    const whole = account(`${alerts}      - { name: new, url: 'https://h.test/', eventTypes: [credits.low] }\n`, 'prune: true')
    const plan = await run(['plan'], whole)
    expect(plan).toMatchObject({ code: 0, stderr: '' })
    expect(plan.stdout).toMatch(
      /^encrata\n {2}\+ create new \(https:\/\/h\.test\/\)\n[^]* {2}~ update alerts \(.*\)\n {6}eventTypes: \+credits\.exhausted\n {2}- delete other \(/,
    )
    expect(plan.stdout).toContain('Plan: 1 to create, 1 to update, 0 to replace, 1 to delete, 0 as they should be. At most ')
    // A plan in a pull request shows no value of a variable, also where it comes from the provider.
    expect(plan.stdout).toContain('https://${WEBHOOKS_HOST}/other')
    expect(plan.stdout).not.toContain('canary')
    expect(await run(['plan', '--exit-code'], null)).toMatchObject({ code: 2 })
    expect(standIn.calls.filter(({ method }) => method !== 'GET')).toHaveLength(writes)

    const { code: jsonCode, stdout: json } = await run(['plan', '--json'], null)
    expect(jsonCode).toBe(0)
    expect(json).not.toContain('canary')
    const kinds = JSON.parse(json).changes.map(({ kind }: { readonly kind: string }) => kind)
    expect(kinds).toEqual(['CREATE', 'UPDATE', 'DELETE'])
  })

  it('masks values wherever they are, and nothing that programs go by', async () => {
    const { run, create } = await openEncrata()
    await create('alerts')
    const named = alerts.replace('name: alerts', "name: '${WEBHOOKS_LINE}'").replace('/alerts', '/${WEBHOOKS_KIND}')
    const values = { WEBHOOKS_KIND: 'create', WEBHOOKS_LINE: ' canary-line\n' }
    const { code, stdout, stderr } = await run(['plan', '--json'], account(named), values)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).not.toContain('canary')
    const [change] = JSON.parse(stdout).changes
    expect(change).toMatchObject({ kind: 'CREATE', name: '${WEBHOOKS_LINE}', account: { slug: 'encrata' } })
    expect(change.url).toBe('https://${WEBHOOKS_HOST}/${WEBHOOKS_KIND}')
    expect(change.id).toMatch(/^CREATE:encrata:/)
    expect((await run(['plan'], null, values)).stdout).not.toContain('canary')
  })

  it('has an order that tells nothing of a value', async () => {
    const { run } = await openEncrata()
    const names = ['a', 'm', 'z', '${WEBHOOKS_NAME}']
    const text = account(
      names
        .map((name, index) => `      - { name: '${name}', url: 'https://h.test/${index}', eventTypes: [credits.low] }\n`)
        .join(''),
    )
    const show = async (name: string) => {
      const [plan, json] = [
        await run(['plan'], text, { WEBHOOKS_NAME: name }),
        await run(['plan', '--json'], text, { WEBHOOKS_NAME: name }),
      ]
      return [plan.stdout, JSON.parse(json.stdout).changes.map((change: { readonly name: string }) => change.name)]
    }
    const [plan, order] = await show('canary-first')
    expect(order).toEqual(['${WEBHOOKS_NAME}', 'a', 'm', 'z'])
    expect(await show('zzz-last')).toEqual([plan, order])
  })

  it('takes nothing that somebody else has named for a variable', async () => {
    const { run, create } = await openEncrata()
    await create('taken-${WEBHOOKS_HOST}-${WEBHOOKS_NONE}-${HOME}-$${-${')
    for (const environment of [host, { WEBHOOKS_HOST: '' }]) {
      expect(await run(['pull'], null, environment)).toMatchObject({ code: 0, stderr: '' })
      expect(await run(['plan', '--exit-code'], null, environment)).toMatchObject({ code: 0, stderr: '' })
    }
  })

  it('tells what the gateway refuses where the file says it, all at once', async () => {
    const { run } = await openEncrata()
    const text = `${account(`      - { name: a, url: 'https://127.0.0.1/', eventTypes: [credits.lw] }\n`)}
  encrat:
    provider: encrata
    webhooks: [{ name: b, url: 'https://127.0.0.1/' }]
`
    // What the file alone can tell comes first.
    expect(await run(['plan'], text)).toMatchObject({
      code: 1,
      stdout: '',
      stderr:
        'webhooks.yaml:6:60: accounts.encrata.webhooks.0.eventTypes.0: Encrata has no event type "credits.lw". Did you mean credits.low?\n',
    })
    const asked = await run(['plan'], text.replace('credits.lw', 'credits.low'))
    expect(asked).toMatchObject({ code: 1, stdout: '' })
    expect(asked.stderr).toMatch(
      /^webhooks\.yaml:6:25: accounts\.encrata\.webhooks\.0\.url: .+\nwebhooks\.yaml:9:15: accounts\.encrat\.provider: the gateway has no account encrat\. Accounts: encrata\n$/,
    )
    const wrong = await run(
      ['plan'],
      account('', '').replace('provider: encrata', 'provider: baanx').replace('webhooks:\n', 'webhooks: []\n'),
    )
    expect(wrong).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the account is one of encrata. Change provider, or the slug'),
    })
  })

  it('says which account could not be read, and fails', async () => {
    const folder = openFolder()
    const standIn = await openStandIn(baanx)
    const gateway = await serveGateway({ accounts: [{ ...toAccount(baanx, standIn), token: 'wrong' }] })
    writeFileSync(
      join(folder, 'webhooks.yaml'),
      `accounts: { baanx: { provider: baanx, webhooks: [{ name: a, url: 'https://h.test/' }] } }`,
    )
    for (const command of ['plan', 'drift']) {
      const { code, stdout } = await runHere(folder, [command, '--server', gateway.origin])
      expect(code).toBe(1)
      expect(stdout).toContain('not read baanx: CREDENTIALS_REJECTED: ')
    }
  })

  it('reads every account of the file, also one without webhooks', async () => {
    const { run, create, standIn } = await openEncrata()
    await create('clicked')
    const none = account('').replace('webhooks:\n', 'webhooks: []\n')
    expect((await run(['plan'], none)).stdout).toContain('0 as they should be, 1 not in the file.')
    expect(await run(['apply', '--yes'], null)).toMatchObject({ code: 0, stdout: expect.stringContaining('1 not in the file.') })
    standIn.fail({ effect: 'READ', status: 500, body: '{}', times: 99 })
    for (const args of [['plan'], ['drift'], ['apply', '--yes']]) {
      const { code, stdout, stderr } = await run(args, null)
      expect(code).toBe(1)
      expect(stdout).toContain('not read encrata: ')
      expect(stderr).toContain('1 account not read in full')
    }
  })

  it('lets no provider command the terminal', async () => {
    const { run, create } = await openEncrata()
    await create('red')
    const { stdout } = await run(
      ['plan'],
      account(`      - { name: "\\e[31mred\\u202E", url: 'https://h.test/', eventTypes: [credits.low] }\n`),
    )
    expect(stdout).toContain('\\u{1b}[31mred\\u{202e}')
    expect(stdout).toBe(stripVTControlCharacters(stdout))
  })
})

describe('hookql drift', () => {
  it('tells what differs with its exit code, and what is in no file without', async () => {
    const { run, create, standIn } = await openEncrata()
    await create('alerts', ['credits.low', 'credits.exhausted'])
    expect(await run(['drift'], account(alerts))).toEqual({ code: 0, stdout: 'Everything is as the file says.\n', stderr: '' })
    await create('clicked')
    expect(await run(['drift'], null)).toEqual({
      code: 0,
      stdout: 'Everything in the file is as it says. 1 webhook is not in the file.\n',
      stderr: '',
    })
    expect((await run(['drift', '--json'], null)).stdout).toContain('"UNMANAGED"')
    expect(await run(['drift'], account(alerts, 'prune: true'))).toMatchObject({
      code: 2,
      stdout: expect.stringContaining('- delete clicked'),
    })
    expect(standIn.calls.filter(({ method }) => method !== 'GET')).toHaveLength(2)
  })

  it('looks again with --watch, tells each change once, and ends when it is told to', async () => {
    const { folder, gateway, create } = await openEncrata()
    await create('alerts', ['credits.low', 'credits.exhausted'])
    writeFileSync(join(folder, 'webhooks.yaml'), account(alerts, 'prune: true'))
    const args = ['drift', '--watch', '1s', '--json', '-f', join(folder, 'webhooks.yaml'), '--server', gateway.origin]
    const watching = startProcess('src/main.ts', host, args)
    onTestFinished(() => watching.stop())
    await watching.waitFor(/^\{"at".*\n/)
    await create('clicked')
    await watching.waitFor(/^\{"at".*\n\{"at".*"kind":"DELETE".*\n/)
    // What the file says by then, if it can be read.
    writeFileSync(join(folder, 'webhooks.yaml'), 'accounts: [\n')
    await watching.waitFor(/"failure":\["[^"]+webhooks\.yaml:2:1: is not valid YAML/)
    writeFileSync(join(folder, 'webhooks.yaml'), account(alerts + alerts.replaceAll('alerts', 'later')))
    await watching.waitFor(/"kind":"CREATE"/)
    gateway.end()
    await watching.waitFor(/"failure":\[.*does not respond/)
    watching.kill('SIGTERM')
    const { code, stdout, stderr } = await watching.exited
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toHaveLength(5)
    expect(stdout).not.toContain('canary')
    expect(readFileSync(join(folder, 'webhooks.yaml'), 'utf8')).toContain('alerts')
    const wrong = await runHere(folder, ['drift', '--watch', '5'])
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('--watch: must be a duration such as 30s, 5m or 1h') })
  })
})
