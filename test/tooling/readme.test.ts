import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { isAbstractType, isEnumType } from 'graphql'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import * as z from 'zod'
import { formatCapabilities } from '../../scripts/capability-table.ts'
import { createFileShape } from '../../src/config/shape.ts'
import { readConfig } from '../../src/config/config.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { providers } from '../../src/providers/index.ts'
import { reveal } from '../../src/secret.ts'
import { faultShape } from '../../src/sandbox/fault.ts'
import { createSchema } from '../../src/schema/index.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { openStandIn } from '../helpers/stand-in.ts'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const readme = read('README.md')

/** The text below a heading, up to the next one of its level. */
function getSection(heading: string): string {
  const section = readme.split(/^## /m).find((each) => each.startsWith(`${heading}\n`))
  if (section === undefined) throw new Error(`The README has no section "${heading}".`)
  return section
}

/** The blocks of code in a section that are in this language. */
function getBlocks(heading: string, language: string): readonly string[] {
  const blocks = [...getSection(heading).matchAll(/^```(\w+)\n(.*?)^```$/gms)]
  return blocks.flatMap(([, of, code = '']) => (of === language ? [code] : []))
}

function getBlock(heading: string, language: string): string {
  const [block, ...others] = getBlocks(heading, language)
  if (block === undefined || others.length > 0) throw new Error(`"${heading}" has not one block of ${language}.`)
  return block
}

/** The rows of the last table in a section, without its head: what stands in backquotes in each cell. */
function getRows(heading: string): readonly (readonly (readonly string[])[])[] {
  const lines = getSection(heading)
    .split('\n')
    .filter((line) => line.startsWith('| '))
  const start = lines.findLastIndex((line) => line.startsWith('| --- '))
  return lines.slice(start + 1).map((line) => {
    return line
      .split('|')
      .slice(1, -1)
      .map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word))
  })
}

/** The keys of a value, inner ones with those around them; what only names things, such as headers, is left at that. */
function listKeys(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(listKeys)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [
    key,
    ...(key === 'headers' ? [] : listKeys(inner).map((each) => `${key}.${each}`)),
  ])
}

function listShapeKeys({ properties = {}, items }: JsonSchema): readonly string[] {
  const own = Object.entries(properties).flatMap(([key, inner]) => {
    return typeof inner === 'boolean' ? [key] : [key, ...listShapeKeys(inner).map((each) => `${key}.${each}`)]
  })
  return typeof items === 'object' && !Array.isArray(items) ? [...own, ...listShapeKeys(items)] : own
}

type JsonSchema = z.core.JSONSchema.BaseSchema

async function openSandbox() {
  const open = async (provider: Provider) => toAccount(provider, await openStandIn(provider, { seeded: true }))
  return openGateway({ accounts: await Promise.all(providers.map(open)) })
}

describe("the README's examples", () => {
  it('has a first query that reads every webhook of the sandbox', async () => {
    const { ask } = await openSandbox()
    const { data, errors } = await ask(getBlock('First query', 'graphql'))
    expect(errors).toBeUndefined()
    expect(data.webhooks.complete).toBe(true)
    expect(data.webhooks.sources).toHaveLength(providers.length)
    expect(data.webhooks.nodes.length).toBeGreaterThan(0)
  })

  it('has a first mutation that creates a webhook in the sandbox', async () => {
    const { ask } = await openSandbox()
    const { data, errors } = await ask(getBlock('First mutation', 'graphql'))
    expect(errors).toBeUndefined()
    expect(data.createWebhook).toMatchObject({ __typename: 'CreateWebhookSuccess', signingSecret: expect.any(String) })
  })

  it('has a mutation that plans a rotation', async () => {
    const { ask } = await openSandbox()
    const { data: read } = await ask('{ webhooks { nodes { id account { slug } } } }')
    for (const { id } of read.webhooks.nodes) {
      const { data, errors } = await ask(getBlock('A new secret', 'graphql'), { id })
      expect(errors).toBeUndefined()
      expect(['RotationPlan', 'UnsupportedError']).toContain(data.rotateWebhookSecret.__typename)
    }
    const strategies = providers.map(({ operations }) => operations.ROTATE_SECRET)
    const named = strategies.flatMap((rotation) => (rotation.support === 'UNSUPPORTED' ? [] : [rotation.strategy]))
    expect(getRows('A new secret').flatMap(([names = []]) => names)).toEqual(expect.arrayContaining(named))
  })

  it('has a query that reads deliveries', async () => {
    const { ask } = await openSandbox()
    const { data: read } = await ask('{ webhooks { nodes { id } } }')
    const states: string[] = []
    for (const { id } of read.webhooks.nodes) {
      const { data, errors } = await ask(getBlock('Deliveries', 'graphql'), { id })
      expect(errors).toBeUndefined()
      states.push(...(data.webhook.deliveries.nodes ?? []).map(({ state }: { state: string }) => state))
    }
    expect(new Set(states)).toEqual(new Set(['PENDING', 'SUCCEEDED', 'FAILED']))
  })

  it('has a fragment that every error answers to', async () => {
    const { ask } = await openSandbox()
    const fragment = getBlock('Errors', 'graphql')
    const { data, errors } = await ask(`${fragment} mutation { deleteWebhook(input: { id: "none" }) { ...Failure } }`)
    expect(errors).toBeUndefined()
    expect(data.deleteWebhook).toMatchObject({ code: 'NOT_FOUND', retry: 'NEVER', upstream: null })
  })

  it('has a configuration file that is accepted and shows every key', () => {
    const yaml = getBlock('Configuration', 'yaml')
    const folder = mkdtempSync(join(tmpdir(), 'hookql-readme-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const shape = createFileShape(providers)
    const { accounts = [] } = shape.parse(parse(yaml))
    for (const file of accounts.flatMap(({ tokenFile = [] }) => tokenFile)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), 'from-a-file')
    }
    writeFileSync(join(folder, 'persisted-documents.json'), '{}')
    writeFileSync(join(folder, 'hookql.yaml'), yaml)
    const variables = [...yaml.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => [name, 'from-a-variable'])
    const config = readConfig({ ...Object.fromEntries(variables), HOOKQL_CONFIG: join(folder, 'hookql.yaml') }, providers)
    expect(config.accounts.map(({ slug }) => slug)).toEqual(accounts.map(({ slug }) => slug))
    expect(new Set(config.accounts.map(({ token }) => reveal(token)))).toEqual(new Set(['from-a-variable', 'from-a-file']))
    expect(new Set(listKeys(parse(yaml)))).toEqual(
      new Set(listShapeKeys(z.toJSONSchema(shape)).filter((key) => key !== '$schema')),
    )
  })

  it('has a fault that a stand-in takes', async () => {
    const fault = /--data '(.*)'/.exec(getBlocks('The sandbox in your own tests', 'sh').join('\n'))?.[1] ?? ''
    const [provider] = providers
    if (provider === undefined) throw new Error('There is no provider.')
    const standIn = await openStandIn(provider)
    const url = new URL('/sandbox/faults', standIn.baseUrl)
    const given = await fetch(url, { method: 'POST', body: fault })
    expect([given.status, await given.text()]).toEqual([204, ''])
    await expect(fetch(standIn.baseUrl, { method: 'POST' })).rejects.toThrow('fetch failed')
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(204)
  })
})

describe("the README's tables", () => {
  it('say what each provider can do', () => {
    const [, table] = /<!-- capabilities: npm run schema -->\n\n(.*)\n\n<!-- \/capabilities -->/s.exec(readme) ?? []
    expect(table, 'the table is stale: run npm run schema').toBe(formatCapabilities(providers))
  })

  it('name every variable', () => {
    const variables = [...read('.env.example').matchAll(/^([A-Z_]+)=/gm)].map(([, name = '']) => name)
    expect(
      getRows('Configuration')
        .flatMap(([names = []]) => names)
        .toSorted(),
    ).toEqual(variables.toSorted())
  })

  it('name every error with its retry advice', () => {
    const schema = createSchema(providers)
    const [error, advice] = [schema.getType('WebhookError'), schema.getType('RetryAdvice')]
    if (!isAbstractType(error) || !isEnumType(advice)) throw new Error('The schema has no errors.')
    const rows = getRows('Errors')
    const types = schema.getPossibleTypes(error).map(({ name }) => name)
    expect(rows.flatMap(([type = []]) => type).toSorted()).toEqual(types.toSorted())
    expect(new Set(rows.flatMap((row) => row[2] ?? []))).toEqual(new Set(advice.getValues().map(({ name }) => name)))
  })

  it('name every key of a fault', () => {
    const keys = getRows('The sandbox in your own tests').flatMap(([names = []]) => names)
    expect(keys.toSorted()).toEqual(Object.keys(faultShape.shape).toSorted())
  })

  it('name commands that there are', () => {
    const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: Readonly<Record<string, string>> }
    const calls = readme.matchAll(/\bnpm (?:run (?:--silent )?)?(start|test|(?<=run (?:--silent )?)\w+)/g)
    const named = [...calls].map(([, name = '']) => name)
    expect(new Set(named)).toEqual(
      new Set([
        'bench',
        'build',
        'check',
        'dev',
        'faults',
        'format',
        'hookql',
        'hunt',
        'mutations',
        'sandbox',
        'schema',
        'start',
        'test',
      ]),
    )
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([])
  })

  it('link to files that there are', () => {
    const files = [...readme.matchAll(/\]\(([^):]+)\)/g)].map(([, path = '']) => path)
    expect(files).toContain('CHANGELOG.md')
    expect(files.filter((path) => !existsSync(new URL(`../../${path}`, import.meta.url)))).toEqual([])
  })
})
