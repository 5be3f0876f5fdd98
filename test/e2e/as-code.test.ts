import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { parseEnv } from 'node:util'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import * as z from 'zod'
import { scopes } from '../../src/caller.ts'
import { encrata } from '../../src/providers/encrata/index.ts'
import { github } from '../../src/providers/github/index.ts'
import { stripe } from '../../src/providers/stripe/index.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { hashApiKey } from '../../src/server/auth/api-key.ts'
import { compiled, main, openFolder } from '../helpers/command.ts'
import { serveGateway, toAccount } from '../helpers/gateway.ts'
import { openPage } from '../helpers/page.ts'
import { openStandIn } from '../helpers/stand-in.ts'

const page = openPage('docs/as-code.md')
const [reader, writer] = ['hql_reader', 'hql_writer']

/** The blocks that were run. */
const run = new Set<string>()
function take(language: string, section: string): string {
  const block = page.getBlock(language, section)
  run.add(block)
  return block
}

const accounts = { stripe, github, encrata, 'encrata-old': encrata, 'encrata-new': encrata } as const

/** A repository with the tools of the page, and a gateway with accounts at the stand-ins. */
async function openRepository() {
  const folder = openFolder()
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  const tools = {
    npx: `[ "$1" = hookql ] && shift && exec '${process.execPath}' '${main}' "$@"`,
    npm: 'exit 0',
    vault: 'mkdir -p vault && cat > "vault/$(basename "$4")"',
  }
  for (const [name, script] of Object.entries(tools)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  const open = async ([slug, provider]: readonly [string, Provider]) => toAccount(provider, await openStandIn(provider), slug)
  // The page says what these scopes are good for.
  const [plans = '', applies = ''] =
    /Plans need the scope (.+?)\.\s+An\s+apply\s+also\s+needs (.+?)\./s.exec(page.text)?.slice(1) ?? []
  const toScopes = (text: string) =>
    z
      .array(z.enum(scopes))
      .nonempty()
      .parse([...text.matchAll(/`(\w+:\w+)`/g)].map(([, scope]) => scope))
  const apiKeys = [
    { name: 'reader', sha256: hashApiKey(reader), scopes: toScopes(plans) },
    { name: 'writer', sha256: hashApiKey(writer), scopes: [...toScopes(plans), ...toScopes(applies)] },
  ]
  const gateway = await serveGateway({
    accounts: await Promise.all(Object.entries(accounts).map(open)),
    secretRetentionMs: 86_400_000,
    server: { auth: { apiKeys } },
  })
  const variables = { HOOKQL_SERVER: gateway.origin, HOOKQL_TOKEN: writer, WEBHOOKS_HOST: 'hooks.acme.test' }
  const path = [bin, process.env['PATH']].join(delimiter)

  return {
    folder,
    gateway,
    variables,
    path,
    write: (text: string) => writeFileSync(join(folder, 'webhooks.yaml'), text),
    read: (name: string) => readFileSync(join(folder, name), 'utf8'),
    sh: (script: string, environment: Readonly<Record<string, string>> = variables) =>
      new Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>((resolve) => {
        execFile(
          'sh',
          ['-ec', script],
          { cwd: folder, env: { PATH: path, ...compiled, ...environment } },
          (error, stdout, stderr) => {
            resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr })
          },
        )
      }),
  }
}

const apply = 'npx hookql apply --yes'

describe('docs/as-code.md', () => {
  it('asks a running gateway for a plan with the key that plans need, and applies it with the other one', async () => {
    const { write, sh, gateway, read, variables } = await openRepository()
    write(take('yaml', 'The file'))
    const script = take('sh', 'Which gateway').replace('https://hookql.example.com', gateway.origin).replace('hql_...', reader)
    const plan = await sh(script, { WEBHOOKS_HOST: 'hooks.acme.test' })
    expect(plan).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('Plan: 3 to create') })
    const denied = await sh(apply, { ...variables, HOOKQL_TOKEN: reader })
    expect(denied).toMatchObject({ code: 1, stderr: expect.stringContaining('webhooks:write') })
    expect(await sh(take('sh', 'Apply'))).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('Applied: 3 created.'),
    })
    expect(Object.keys(parseEnv(read('secrets.env')))).toHaveLength(3)
    expect((await sh('npx hookql plan --exit-code')).code).toBe(0)
    const adopted = await sh(`rm webhooks.yaml\n${take('sh', 'Adopt what exists')}`)
    expect(adopted).toMatchObject({ code: 0, stdout: expect.stringContaining('3 webhooks of 5 accounts') })
  })

  it('puts a secret into a file', async () => {
    const { write, sh, read } = await openRepository()
    const text = take('yaml', 'To a file')
    write(text.replace(', name: CREDITS_SECRET', ''))
    const [, name = ''] = /such as `(\w+_SECRET)`/.exec(page.getSection('To a file')) ?? []
    expect((await sh(apply)).code).toBe(0)
    expect({ ...parseEnv(read('secrets.env')) }).toEqual({ [name]: expect.stringMatching(/^whsec_/) })
    write(text.replace('credit alerts', 'other').replace('/credits', '/other'))
    expect((await sh(apply)).code).toBe(0)
    expect({ ...parseEnv(read('secrets.env')) }).toHaveProperty('CREDITS_SECRET')
  })

  it('puts a secret into a vault', async () => {
    const { write, sh, read } = await openRepository()
    write(take('yaml', 'To a vault'))
    expect(await sh(apply)).toMatchObject({ code: 0, stderr: '' })
    expect(read('vault/ENCRATA_CREDIT_ALERTS_SECRET')).toMatch(/^whsec_\w+$/)
  })

  it('takes a secret from an environment', async () => {
    const { write, sh, variables } = await openRepository()
    write(take('yaml', 'From an environment'))
    expect((await sh('npx hookql plan --exit-code')).code).toBe(2)
    expect((await sh(apply)).code).toBe(1)
    const given = { ...variables, GITHUB_WEBHOOK_SECRET: 'canary-canary-canary' }
    expect(await sh(apply, given)).toMatchObject({ code: 0, stdout: expect.stringContaining('Applied: 1 created.') })
  })

  it('moves webhooks between accounts', async () => {
    const { write, sh } = await openRepository()
    const after = take('yaml', 'Move webhooks between accounts')
    const { accounts: moved, ...more } = parse(after)
    const before = { 'encrata-old': { ...moved['encrata-new'], prune: true } }
    write(JSON.stringify({ ...more, accounts: before }))
    expect((await sh(apply)).code).toBe(0)
    write(after)
    expect((await sh(apply)).stderr).toContain('--force')
    const { code, stdout } = await sh(`${apply} --force`)
    expect({ code, end: stdout.split('\n').at(-2) }).toEqual({ code: 0, end: 'Applied: 1 created, 1 deleted.' })
    expect(stdout.indexOf('created encrata-new')).toBeLessThan(stdout.indexOf('deleted encrata-old'))
    expect((await sh('npx hookql drift')).code).toBe(0)
  })

  it('plans a pull request, applies the main branch, and fails at night if anything differs', async () => {
    const { folder, write, sh, variables, read, gateway } = await openRepository()
    write(page.getBlock('yaml', 'The file'))
    const blocks = page.getBlocks('yaml', 'In a pipeline')
    for (const block of blocks) run.add(block)
    const [webhooks, drift] = blocks.map((block) => parse(block))
    const summary = join(folder, 'summary')
    const runJob = async (
      job: { readonly env: object; readonly steps: readonly { readonly run?: string; readonly if?: string }[] },
      event: string,
    ) => {
      expect(Object.keys(job.env)).toEqual(Object.keys(variables))
      const steps = job.steps.filter(
        ({ run: script, if: condition }) => script !== undefined && (condition === undefined || condition.includes(`'${event}'`)),
      )
      return sh(steps.map(({ run: script }) => script).join('\n'), { ...variables, GITHUB_STEP_SUMMARY: summary })
    }
    expect(await runJob(webhooks.jobs.webhooks, 'pull_request')).toMatchObject({ code: 0, stdout: '', stderr: '' })
    expect(read('summary')).toContain('Plan: 3 to create')
    expect(read('summary')).not.toContain('hooks.acme.test')
    expect((await runJob(drift.jobs.drift, 'schedule')).code).toBe(2)
    expect(await runJob(webhooks.jobs.webhooks, 'push')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Applied: 3 created.'),
    })
    expect((await runJob(drift.jobs.drift, 'schedule')).code).toBe(0)

    const script = page.getBlock('sh', 'In a pipeline')
    run.add(script)
    // Ends once it has told of the difference, which is made after its first look.
    const watching = sh(
      `: > told; ${script.trim().replace('5m', '1s')} > told & while [ "$(wc -l < told)" -lt 2 ]; do sleep 0.1; done; kill $!; wait $!`,
    )
    await expect.poll(() => sh('wc -l < told').then(({ stdout }) => stdout.trim())).toBe('1')
    const query = 'mutation ($id: ID!) { updateWebhook(input: { id: $id, enabled: false }) { __typename } }'
    const headers = { authorization: `Bearer ${writer}` }
    const { data } = await gateway.ask('{ webhooks(filter: { accounts: ["github"] }) { nodes { id } } }', {}, headers)
    await gateway.ask(query, { id: data.webhooks.nodes[0].id }, headers)
    expect(JSON.parse(read('told').split('\n')[0] ?? '')).toMatchObject({ complete: true })
    const deleted = await gateway.ask(
      'mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { __typename } }',
      { id: data.webhooks.nodes[0].id },
      headers,
    )
    expect(deleted.data.deleteWebhook.__typename).toBe('DeleteWebhookSuccess')
    await watching
    expect(JSON.parse(read('told').split('\n')[1] ?? '').changes).toContainEqual(expect.objectContaining({ kind: 'CREATE' }))
  })

  it('has no snippet that is not run', () => {
    const all = [...page.text.matchAll(/^```\w+\n(.*?)^```$/gms)].map(([, block = '']) => block)
    expect(all.filter((block) => !run.has(block))).toEqual([])
    expect(all).toHaveLength(11)
  })
})
