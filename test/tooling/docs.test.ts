import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { isAbstractType, isEnumType } from 'graphql'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import * as z from 'zod'
import { formatProvidersPage } from '../../scripts/provider-page.ts'
import { scopes } from '../../src/caller.ts'
import { readConfig } from '../../src/config/config.ts'
import { createFileShape } from '../../src/config/shape.ts'
import { findKeysIssue } from '../../src/config/store.ts'
import { baanx } from '../../src/providers/baanx/index.ts'
import { providers } from '../../src/providers/index.ts'
import { faultShape } from '../../src/sandbox/fault.ts'
import { createSchema } from '../../src/schema/index.ts'
import { reveal, Secret } from '../../src/secret.ts'
import { parseAddress } from '../../src/store/postgres/address.ts'
import { defaultLimits } from '../../src/server/limits.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { openSandbox } from '../helpers/sandbox.ts'
import { openPage, readRoot } from '../helpers/page.ts'
import { parcel } from '../helpers/parcel.ts'
import { openStandIn } from '../helpers/stand-in.ts'

function openFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hookql-docs-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

describe('docs/api.md', () => {
  const page = openPage('docs/api.md')

  it('has a query that lists the webhooks of the sandbox', async () => {
    const { ask } = await openSandbox()
    const { data, errors } = await ask(page.getBlock('graphql', 'List webhooks'))
    expect(errors).toBeUndefined()
    expect(data.webhooks).toMatchObject({ complete: true, pageInfo: { hasNextPage: data.webhooks.totalCount > 10 } })
    expect(data.webhooks.nodes).toHaveLength(10)
  })

  it.each([
    [true, 'MutationPreview'],
    [false, 'CreateWebhookSuccess'],
  ])('has a mutation that creates a webhook: validateOnly %s', async (validateOnly, __typename) => {
    const { ask } = await openSandbox()
    const input = { account: 'baanx', name: 'Docs', url: 'https://hooks.acme.test/docs', eventTypes: ['card.*'], validateOnly }
    const { data, errors } = await ask(page.getBlock('graphql', 'Create a webhook'), { input })
    expect(errors).toBeUndefined()
    expect(data.createWebhook).toMatchObject({ __typename })
  })

  it('has a query that finds the write of a lost secret, and mutations that return the secret and settle the write', async () => {
    const { ask } = await openSandbox()
    const input = { account: 'baanx', name: 'Docs', url: 'https://hooks.acme.test/docs', eventTypes: ['card.*'] }
    const { data: made } = await ask(page.getBlock('graphql', 'Create a webhook'), { input })
    const read = page.getBlock('graphql', 'The journal')
    expect(read).toContain('states: [RUNNING, UNKNOWN]')
    const { data: found, errors } = await ask(read.replace('[RUNNING, UNKNOWN]', '[SUCCEEDED]'))
    expect(errors).toBeUndefined()
    const [{ id, webhookId }] = found.journal.nodes
    expect(webhookId).toBe(made.createWebhook.webhook.id)
    const { data: revealed } = await ask(page.getBlock('graphql', 'Get a signing secret again'), { id })
    expect(revealed.revealSigningSecret).toMatchObject({ signingSecret: made.createWebhook.signingSecret })
    const { data: settled } = await ask(page.getBlock('graphql', 'Settle an unknown outcome'), { id })
    expect(settled.settleJournalEntry).toMatchObject({ code: 'INVALID_INPUT' })
  })

  it('explains every state of an entry and every way to settle it', () => {
    const schema = createSchema(providers)
    const list = (name: string) => {
      const type = schema.getType(name)
      return isEnumType(type) ? type.getValues().map((value) => value.name) : []
    }
    const explained = (section: string) => page.getRows(section).flatMap(([names = []]) => names)
    expect(explained('The journal').toSorted()).toEqual(list('JournalState').toSorted())
    expect(explained('Settle an unknown outcome').toSorted()).toEqual(list('Settlement').toSorted())
  })

  it('has a URL that is refused and one with its normal form', async () => {
    const text = page.getSection('Webhook URLs')
    const [, refused = ''] = /such as `(\S+)`/.exec(text) ?? []
    const [, given = '', normal = ''] = /`(\S+)` becomes\n`(\S+)`/.exec(text) ?? []
    const { ask } = await openSandbox()
    const create = (url: string) => {
      const input = { account: 'baanx', name: 'Docs', url, eventTypes: ['card.*'], validateOnly: true }
      return ask(page.getBlock('graphql', 'Create a webhook'), { input })
    }
    expect((await create(refused)).data.createWebhook).toMatchObject({ issues: [{ path: ['input', 'url'] }] })
    expect((await create(given)).data.createWebhook).toMatchObject({ requests: [{ body: { url: normal } }] })
  })

  it('has a mutation that plans a rotation, and names every strategy', async () => {
    const { ask } = await openSandbox()
    const { data: read } = await ask('{ webhooks { nodes { id account { slug } } } }')
    for (const { id } of read.webhooks.nodes) {
      const { data, errors } = await ask(page.getBlock('graphql', 'Rotate a signing secret'), { id })
      expect(errors).toBeUndefined()
      expect(['RotationPlan', 'UnsupportedError']).toContain(data.rotateWebhookSecret.__typename)
    }
    const named = page.getCells('Rotate a signing secret').flatMap(([strategy = '', names = '']) => {
      return names.split(', ').map((name) => `${name}: ${strategy}`)
    })
    const stated = providers.flatMap(({ displayName, operations: { ROTATE_SECRET: rotation } }) => {
      return rotation.support === 'UNSUPPORTED' ? [] : [`${displayName}: \`${rotation.strategy}\``]
    })
    expect(named.toSorted()).toEqual(stated.toSorted())
  })

  it('has a query that reads deliveries', async () => {
    const { ask } = await openSandbox()
    const { data: read } = await ask('{ webhooks { nodes { id } } }')
    const states: string[] = []
    for (const { id } of read.webhooks.nodes) {
      const { data, errors } = await ask(page.getBlock('graphql', 'Read deliveries'), { id })
      expect(errors).toBeUndefined()
      states.push(...(data.webhook.deliveries.nodes ?? []).map(({ state }: { state: string }) => state))
    }
    expect(new Set(states)).toEqual(new Set(['PENDING', 'SUCCEEDED', 'FAILED']))
  })
})

describe('docs/errors.md', () => {
  const page = openPage('docs/errors.md')
  const [fragment = '', deletion = ''] = page.getBlocks('graphql')

  it('has a fragment that every error answers to', async () => {
    const { ask } = await openSandbox()
    const { data, errors } = await ask(`${fragment} mutation { deleteWebhook(input: { id: "none" }) { ...Failure } }`)
    expect(errors).toBeUndefined()
    expect(data.deleteWebhook).toMatchObject({ code: 'NOT_FOUND', retry: 'NEVER', upstream: null })
  })

  it('names every error with its retry advice', () => {
    const schema = createSchema(providers)
    const [error, advice] = [schema.getType('WebhookError'), schema.getType('RetryAdvice')]
    if (!isAbstractType(error) || !isEnumType(advice)) throw new Error('The schema has no errors.')
    const rows = page.getRows('Errors')
    const types = schema.getPossibleTypes(error).map(({ name }) => name)
    expect(rows.flatMap(([type = []]) => type).toSorted()).toEqual(types.toSorted())
    expect(new Set(rows.flatMap((row) => row[2] ?? []))).toEqual(new Set(advice.getValues().map(({ name }) => name)))
    const explained = [...page.getSection('Errors').matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name)
    expect(explained).toEqual(expect.arrayContaining(advice.getValues().map(({ name }) => name)))
  })

  it('has responses to a deletion: one that succeeds, and one with a token that the provider rejects', async () => {
    const [success = '', failure = ''] = page.getBlocks('json', 'Sample responses')
    const standIn = await openStandIn(baanx, { seeded: true })
    const account = toAccount(baanx, standIn)
    const { ask } = openGateway({ accounts: [account] })
    const { data: read } = await ask('{ webhooks(first: 1) { nodes { id } } }')
    const [{ id }] = read.webhooks.nodes
    const { ask: askInVain } = openGateway({ accounts: [{ ...account, token: new Secret('expired') }] })
    const rejected = await askInVain(`${fragment} ${deletion}`, { id })
    // Messages can change, and clients branch on the code.
    const shown = { ...JSON.parse(failure).data.deleteWebhook, message: expect.stringContaining('token') }
    expect([rejected.status, rejected.data]).toEqual([200, { deleteWebhook: shown }])
    const deleted = await ask(`${fragment} ${deletion}`, { id })
    const { deletedId } = JSON.parse(success).data.deleteWebhook
    expect([deleted.status, JSON.parse(deleted.text.replace(id, deletedId))]).toEqual([200, JSON.parse(success)])
  })

  it('has a top-level error as it is sent', async () => {
    const { ask } = await openSandbox()
    const { status, text } = await ask('{ webhooks(first: 999) { totalCount } }')
    expect([status, JSON.parse(text)]).toEqual([400, JSON.parse(page.getBlock('json', 'Top-level errors'))])
  })

  it('names every code of a top-level error', () => {
    const root = new URL('../../', import.meta.url)
    const files = globSync('src/{server,schema}/**/*.ts', { cwd: root }).map((file) => readFileSync(new URL(file, root), 'utf8'))
    const thrown = files.flatMap((text) => [
      ...text.matchAll(
        /extensions(?:: | = )\{ code: '([A-Z_]+)'|(?:refuse|toRefused)\((?:\w+, )?\s*'([A-Z_]+)'|status: 200, code: '([A-Z_]+)'/g,
      ),
    ])
    const codes = new Set(thrown.map(([, constant, refused, other]) => constant ?? refused ?? other ?? ''))
    expect([...codes]).toEqual(
      expect.arrayContaining(['FORBIDDEN', 'TOO_MANY_REQUESTS', 'METHOD_NOT_ALLOWED', 'GRAPHQL_PARSE_FAILED']),
    )
    const named = page.getRows('Top-level errors').flatMap(([code = []]) => code)
    expect(named.filter((code) => code !== 'WebhookError').toSorted()).toEqual([...codes].toSorted())
  })
})

describe('docs/configuration.md', () => {
  const page = openPage('docs/configuration.md')

  it('has a configuration file that is accepted and shows every key', () => {
    const yaml = page.getBlock('yaml', 'Configuration file')
    const folder = openFolder()
    const shape = createFileShape(providers)
    const { accounts = [], limits } = shape.parse(parse(yaml))
    for (const file of accounts.flatMap(({ tokenFile = [] }) => tokenFile)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), 'from-a-file')
    }
    const { storeKeyFile = '', storeUrlFile = '' } = shape.parse(parse(yaml))
    writeFileSync(join(folder, storeKeyFile), randomBytes(32).toString('base64'))
    writeFileSync(
      join(folder, storeUrlFile),
      page
        .getCells('Store')
        .flat()
        .join()
        .match(/postgres:\/\/[^`]+/)?.[0] ?? '',
    )
    writeFileSync(join(folder, 'persisted-documents.json'), '{}')
    writeFileSync(join(folder, 'hookql.yaml'), yaml)
    const variables = [...yaml.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => [name, 'from-a-variable'])
    const config = readConfig({ ...Object.fromEntries(variables), HOOKQL_CONFIG: join(folder, 'hookql.yaml') }, providers)
    expect(config.accounts.map(({ slug }) => slug)).toEqual(accounts.map(({ slug }) => slug))
    expect(new Set(config.accounts.map(({ token }) => reveal(token)))).toEqual(new Set(['from-a-variable', 'from-a-file']))
    expect(limits).toEqual(defaultLimits)
    const { secretRetentionMs, journalRetentionMs } = readConfig({}, providers)
    expect(config).toMatchObject({ secretRetentionMs, journalRetentionMs })
    expect(new Set(listKeys(parse(yaml)))).toEqual(
      new Set(listShapeKeys(z.toJSONSchema(shape)).filter((key) => key !== '$schema')),
    )
  })

  it('names every variable, scope and limit', () => {
    const variables = [...readRoot('.env.example').matchAll(/^([A-Z_]+)=/gm)].map(([, name = '']) => name)
    const listNames = (title: string) => page.getRows(title).flatMap(([names = []]) => names)
    expect(listNames('Environment variables').toSorted()).toEqual(variables.toSorted())
    const granted = [...page.getSection('With authentication').matchAll(/^\| `([a-z]+:[a-z]+)` \|/gm)].map(([, scope]) => scope)
    expect(granted).toEqual(scopes)
    expect(listNames('Limits')).toEqual(Object.keys(defaultLimits))
  })

  it('has the defaults of the variables', () => {
    const texts = page.getCells('Environment variables').map(([names = '', , text = '']) => [names, text] as const)
    const find = (name: string) => texts.find(([names]) => names.includes(`\`${name}\``))?.[1]
    const { upstreamTimeoutMs, maxResponseBytes, maxListItems, maxListBytes, logLevel, host, port } = readConfig({}, providers)
    const { storePath } = readConfig({ ENCRATA_API_KEY: 'key' }, providers)
    expect({
      HOOKQL_STORE: find('HOOKQL_STORE'),
      HOOKQL_UPSTREAM_TIMEOUT_MS: find('HOOKQL_UPSTREAM_TIMEOUT_MS'),
      HOOKQL_MAX_RESPONSE_BYTES: find('HOOKQL_MAX_RESPONSE_BYTES'),
      HOOKQL_MAX_LIST_ITEMS: find('HOOKQL_MAX_LIST_ITEMS'),
      HOOKQL_MAX_LIST_BYTES: find('HOOKQL_MAX_LIST_BYTES'),
      HOOKQL_LOG_LEVEL: find('HOOKQL_LOG_LEVEL'),
      HOST: find('HOST'),
    }).toEqual({
      HOOKQL_STORE: `${relative('.', storePath ?? '')}, but memory with the sandbox`,
      HOOKQL_UPSTREAM_TIMEOUT_MS: String(upstreamTimeoutMs),
      HOOKQL_MAX_RESPONSE_BYTES: String(maxResponseBytes),
      HOOKQL_MAX_LIST_ITEMS: String(maxListItems),
      HOOKQL_MAX_LIST_BYTES: String(maxListBytes),
      HOOKQL_LOG_LEVEL: logLevel,
      HOST: `${host} and ${port}`,
    })
  })
})

describe('docs/providers.md', () => {
  it('says what each provider can do', () => {
    expect(readRoot('docs/providers.md'), 'the page is stale: run npm run schema').toBe(formatProvidersPage(providers))
  })

  it('says what an account needs and what a rotation costs', () => {
    const page = formatProvidersPage([parcel])
    expect(page).toContain('| [Parcel](#parcel) | ✓ | ✓ | ~ | ~ | ✓ | – | ~ | ✓ | ✓ | – | ✓ |')
    expect(page).toContain('| Parcel | ● ○ | ● ○ | ● ○ | ○ ○ | – | 6 | 3 |')
    expect(page).toContain('- Token: `PARCEL_CREDENTIALS`, sent as `authorization: Basic base64(email/token:key)`.')
    expect(page).toContain('- Base URL: `https://eu.parcel.test/admin/2026-10/teams/acme` with `region: eu`, `team: acme`.')
    expect(page).toContain('- Setting `region` (`PARCEL_REGION`): Region of the account. Required. Example: `eu`.')
    expect(page).toContain('Exactly one of `team` and `depot` is required. Example: `north`.')
    expect(page).toContain(
      '- Price: The webhook gets a new ID. Events can be delivered twice meanwhile. The delivery history is lost.\n',
    )
  })

  it('has only words and marks in its tables, and sentences in the sections', () => {
    const cells = [...readRoot('docs/providers.md').matchAll(/^\| (.*) \|$/gm)].flatMap(([, row = '']) => row.split(' | '))
    expect(cells.length).toBeGreaterThan(providers.length * 10)
    expect(cells.filter((cell) => cell.replace(/\]\(.*\)/, '').length > 20)).toEqual([])
  })
})

describe('docs/sandbox.md', () => {
  const page = openPage('docs/sandbox.md')

  it('has a fault that a stand-in takes, and a way to remove it', async () => {
    const commands = page.getBlocks('sh', 'Inject faults').join('\n')
    const fault = /--data '(.*)'/.exec(commands)?.[1] ?? ''
    const removal = /--request (\w+)/.exec(commands)?.[1] ?? ''
    const [provider] = providers
    if (provider === undefined) throw new Error('There is no provider.')
    const standIn = await openStandIn(provider)
    const url = new URL('/sandbox/faults', standIn.baseUrl)
    const given = await fetch(url, { method: 'POST', body: fault })
    expect([given.status, await given.text()]).toEqual([204, ''])
    await expect(fetch(standIn.baseUrl, { method: 'POST' })).rejects.toThrow('fetch failed')
    expect((await fetch(url, { method: removal })).status).toBe(204)
  })

  it('names every key of a fault', () => {
    const keys = page.getRows('Inject faults').flatMap(([names = []]) => names)
    expect(keys.toSorted()).toEqual(Object.keys(faultShape.shape).toSorted())
  })
})

describe('docs/operations.md', () => {
  const page = openPage('docs/operations.md')
  const root = new URL('../../', import.meta.url)
  const sources = globSync('src/**/*.ts', { cwd: root }).map((file) => readFileSync(new URL(file, root), 'utf8'))
  // A text that is too long for its line is in two.
  const source = sources.join('\n').replaceAll(/' \+\s+'/g, '')

  it('has commands that make the secrets that Compose mounts', () => {
    const folder = openFolder()
    const env = { PATH: process.env['PATH'], BAANX_ACCESS_TOKEN: 'the-token' }
    execFileSync('sh', ['-e', '-c', page.getBlock('sh', 'Run under a supervisor')], { cwd: folder, env })
    const readSecrets = (file: string) => {
      const { secrets } = parse(readRoot(file)) as { readonly secrets: Readonly<Record<string, { readonly file: string }>> }
      return new Map(Object.entries(secrets).map(([name, { file: path }]) => [name, readFileSync(join(folder, path), 'utf8')]))
    }
    const secrets = readSecrets('compose.yaml')
    expect(secrets.get('baanx_token')).toBe('the-token')
    expect(findKeysIssue(secrets.get('store_key') ?? '')).toBeUndefined()
    const address = parseAddress(secrets.get('store_url') ?? '')
    expect(address.password).toMatch(/^[\w-]{32}$/)
    expect(address.password).toBe(secrets.get('postgres_password'))
    const { services } = parse(readRoot('compose.yaml')) as {
      readonly services: Readonly<Record<string, { readonly environment?: Readonly<Record<string, string>> }>>
    }
    const { POSTGRES_USER: user, POSTGRES_DB: database } = services[address.host]?.environment ?? {}
    expect(address).toMatchObject({ user, database, port: 5432 })
    for (const [name, secret] of readSecrets('compose.single.yaml')) expect(secret).toBe(secrets.get(name))
  })

  it('reloads and replaces the processes that Compose has', () => {
    const { services } = parse(readRoot('compose.yaml')) as { readonly services: object }
    const names = Object.keys(services)
      .filter((name) => name.startsWith('hookql'))
      .join(' ')
    expect(page.getBlock('sh', 'Update')).toContain(`for process in ${names}; do\n`)
    expect(page.getSection('Reload the configuration')).toContain(`\`docker compose kill --signal HUP ${names}\``)
  })

  it('counts the connections that Postgres needs during an update', () => {
    const { poolMax } = parseAddress('postgres://hookql@postgres/hookql')
    expect(page.getSection('Sizing')).toContain(`: ${(2 + 1) * (poolMax + 1)} with two processes and the default of ${poolMax},`)
  })

  it('names log lines that there are', () => {
    const names = page.getRows('Logs').flatMap(([name = []]) => name)
    expect(names).toEqual(expect.arrayContaining(['audit failed', 'unknown HookQL variables']))
    expect(names.filter((name) => !source.includes(`'${name}'`))).toEqual([])
  })

  it('has messages that the gateway says', () => {
    const symptoms = page.getRows('Troubleshooting').flatMap(([quotes = []]) => quotes)
    const messages = symptoms.filter((quote) => quote.includes(' ')).flatMap((quote) => quote.split('…'))
    const parts = messages.map((message) => message.replace(/^\w*: /, '').trim()).filter((part) => part !== '')
    expect(parts.length).toBeGreaterThan(3)
    expect(parts.filter((part) => !source.includes(part))).toEqual([])
  })
})

describe('CONTRIBUTING.md', () => {
  it('names every command that there is, and the pages no other', () => {
    const { scripts } = JSON.parse(readRoot('package.json')) as { readonly scripts: Readonly<Record<string, string>> }
    const listNamed = (text: string) => {
      const uses = text.matchAll(/\bnpm (?:run (?:--silent )?)?(start|test|(?<=run (?:--silent )?)\w+)/g)
      return new Set([...uses].map(([, name = '']) => name))
    }
    const listed = listNamed(openPage('CONTRIBUTING.md').getSection('Commands'))
    // What other commands are made of.
    const inner = new Set(['codegen', 'lint', 'prepack', 'prepublishOnly', 'pretest'])
    expect(listed).toEqual(new Set(Object.keys(scripts).filter((name) => !inner.has(name))))
    const pages = [
      'README.md',
      'SECURITY.md',
      'CONTRIBUTING.md',
      ...globSync('docs/**/*.md', { cwd: new URL('../../', import.meta.url) }),
    ]
    const named = pages.flatMap((path) => [...listNamed(readRoot(path))])
    expect(named.filter((name) => !listed.has(name))).toEqual([])
  })
})

describe('CONTRIBUTING.md, for a new provider,', () => {
  const page = openPage('CONTRIBUTING.md')
  const section = page.getSection('Add a provider')
  const root = new URL('../../', import.meta.url)
  const example = globSync('test/contributing/bellhop/*.ts', { cwd: root }).map((file) => readRoot(file))

  /** The members of an interface, in its own words. */
  const listMembers = (file: string, name: string) => {
    const [, body = ''] = new RegExp(`interface ${name}\\b.*?\\{\\n(.*?)^\\}`, 'ms').exec(readRoot(file)) ?? []
    return [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??[:(]/gm)].map(([, member = '']) => member)
  }
  const listNames = (title: RegExp) => {
    const [, rows = ''] = new RegExp(`^\\| ${title.source} \\|.*\\n\\| --- .*\\n((?:\\|.*\\n)+)`, 'm').exec(section) ?? []
    return [...rows.matchAll(/^\| ([^|]*) \|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
    )
  }

  it('shows parts of an adapter that is held to the conformance suite', () => {
    const blocks = page.getBlocks('ts', 'Add a provider')
    expect(blocks.length).toBeGreaterThan(4)
    expect(blocks.filter((block) => !example.some((file) => file.includes(block)))).toEqual([])
  })

  it('names every member of a statement and of a stand-in, and every meaning of an error', () => {
    const members = ['ProviderStatement', 'Upstream'].flatMap((name) =>
      listMembers(`src/${name === 'Upstream' ? 'http/upstream' : 'provider/provider'}.ts`, name),
    )
    expect(members).toContain('readFailure')
    expect(listNames(/Member of the statement/).toSorted()).toEqual([...new Set(members)].toSorted())
    const ofStandIn = listMembers('src/provider/stand-in.ts', 'StandInStatement')
    expect(listNames(/Member of `sandbox`/).toSorted()).toEqual(ofStandIn.toSorted())
    const [, meanings = ''] = /export type Meaning =\n(.*?)\n\n/s.exec(readRoot('src/http/upstream.ts')) ?? []
    const kinds = [...meanings.matchAll(/'([A-Z_]+)'/g)].map(([, kind = '']) => kind)
    expect(listNames(/Meaning/).toSorted()).toEqual(kinds.toSorted())
  })

  it('names only what there is', () => {
    const names = [...section.matchAll(/`(?:http\.)?([a-z]+[A-Z]\w*)`/g)].map(([, name = '']) => name)
    const sources = globSync(['src/**/*.ts', 'package.json'], { cwd: root }).map((file) => readRoot(file))
    expect(names.length).toBeGreaterThan(40)
    expect(names.filter((name) => !sources.some((text) => new RegExp(`\\b${name}\\b`).test(text)))).toEqual([])
  })

  it('shows an adapter that imports nothing that a package of its own could not have', () => {
    const imports = example.flatMap((text) => [...text.matchAll(/^(import (?:type )?).* from '(.*)'$/gm)])
    const own = imports.filter(([, , module = '']) => !module.includes('/helpers/') && !module.includes('/providers/conformance'))
    const isAllowed = ([, kind = '', module = '']: RegExpExecArray) =>
      /^(?:zod|node:crypto|\.\/\w+\.ts|\.\.\/\.\.\/\.\.\/src\/(?:provider\/[\w-]+|errors|secret)\.ts)$/.test(module) ||
      (kind === 'import type ' && /^\.\.\/\.\.\/\.\.\/src\/(?:http\/\w+|webhook)\.ts$/.test(module))
    expect(own.length).toBeGreaterThan(10)
    expect(own.filter((each) => !isAllowed(each)).map(([text]) => text)).toEqual([])
  })

  it('says what a package of its own would still lack', () => {
    const { exports } = JSON.parse(readRoot('package.json')) as { readonly exports: Readonly<Record<string, unknown>> }
    expect(section).toContain("doesn't export the spec, the stand-in server or the conformance suite")
    expect(Object.keys(exports).filter((name) => /provider$|stand-in|conformance/.test(name))).toEqual([])
  })
})

/** The keys of a value, inner ones with those around them; what only names things, such as headers, is left at that. */
function listKeys(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(listKeys)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [
    key,
    ...(key === 'headers' || key === 'settings' ? [] : listKeys(inner).map((each) => `${key}.${each}`)),
  ])
}

function listShapeKeys({ properties = {}, items }: JsonSchema): readonly string[] {
  const own = Object.entries(properties).flatMap(([key, inner]) => {
    return typeof inner === 'boolean' ? [key] : [key, ...listShapeKeys(inner).map((each) => `${key}.${each}`)]
  })
  return typeof items === 'object' && !Array.isArray(items) ? [...own, ...listShapeKeys(items)] : own
}

type JsonSchema = z.core.JSONSchema.BaseSchema
