import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import * as z from 'zod'
import { parse } from 'yaml'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readWebhooksFiles } from '../../../src/cli/file/read.ts'
import { toWebhooksFileSchema } from '../../../src/cli/file/schema.ts'
import { formatId } from '../../../src/id.ts'
import { ConfigError, type Environment } from '../../../src/config/config.ts'
import { providers } from '../../../src/providers/index.ts'
import { clockAtOnce } from '../../helpers/cost.ts'

function write(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'hookql-file-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

function read(files: Readonly<Record<string, string>> | string, environment: Environment = {}, given: readonly string[] = []) {
  const folder = write(typeof files === 'string' ? { 'webhooks.yaml': files } : files)
  return { folder, ...readWebhooksFiles({ files: given, folder, environment, providers, needsSecrets: true, isPlanned: true }) }
}

function findProblems(...args: Parameters<typeof read>): readonly string[] {
  try {
    read(...args)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

const refundsId = formatId({ kind: 'webhook', slug: 'stripe-live', upstreamId: '1' })
const whole = `
x-events: &events [charge.failed, charge.refunded]
secrets: { file: secrets.env }
accounts:
  stripe-live:
    provider: stripe
    prune: true
    defaults: { enabled: true, eventTypes: *events, options: { metadata: { team: pay } } }
    webhooks:
      - name: orders
        url: https://\${WEBHOOKS_HOST}/stripe
      - id: ${refundsId}
        name: refunds
        url: https://hooks.acme.test/refunds
        eventTypes: ['*']
        enabled: false
        options: { apiVersion: 2026-01-01.preview }
        secrets: { command: [vault, kv, put, 'secret=-'], name: REFUNDS }
  website:
    provider: github
    webhooks:
      - url: https://hooks.acme.test/github
        secret: { env: GITHUB_SECRET }
`

describe('a file of webhooks', () => {
  it('says what there should be, with the defaults of accounts, anchors, variables and secrets', () => {
    const { webhooks, prune, accounts, folder } = read(whole, {
      WEBHOOKS_HOST: 'hooks.acme.test',
      GITHUB_SECRET: 'canary-secret',
    })
    expect(webhooks.map(({ input }) => input)).toEqual([
      {
        account: 'stripe-live',
        name: 'orders',
        url: 'https://hooks.acme.test/stripe',
        eventTypes: ['charge.failed', 'charge.refunded'],
        enabled: true,
        options: { stripe: { metadata: { team: 'pay' } } },
      },
      {
        account: 'stripe-live',
        id: refundsId,
        name: 'refunds',
        url: 'https://hooks.acme.test/refunds',
        eventTypes: ['*'],
        enabled: false,
        options: { stripe: { metadata: { team: 'pay' }, apiVersion: '2026-01-01.preview' } },
      },
      { account: 'website', url: 'https://hooks.acme.test/github', options: { github: { secret: 'canary-secret' } } },
    ])
    expect(prune).toEqual(['stripe-live'])
    expect([...accounts].map(([slug, { provider }]) => [slug, provider])).toEqual([
      ['website', 'github'],
      ['stripe-live', 'stripe'],
    ])
    expect(webhooks.map(({ sink }) => sink)).toEqual([
      { name: 'STRIPE_LIVE_ORDERS_SECRET', file: join(folder, 'secrets.env'), shownFile: join(folder, 'secrets.env') },
      { name: 'REFUNDS', command: ['vault', 'kv', 'put', 'secret=-'], folder },
      null,
    ])
  })

  it('can be JSON, and have another name', () => {
    const text = JSON.stringify({ accounts: { cards: { provider: 'baanx', webhooks: [{ url: 'https://hooks.acme.test/' }] } } })
    const only = [{ account: 'cards', url: 'https://hooks.acme.test/' }]
    expect(read({ 'webhooks.json': text }).webhooks.map(({ input }) => input)).toEqual(only)
    expect(read({ 'a/b.yaml': text }, {}, ['a/b.yaml']).webhooks.map(({ input }) => input)).toEqual(only)
  })

  it('can be several files and patterns, each read once, and an account in several of them', () => {
    const toText = (account: string, path: string, more = '') =>
      `accounts: { ${account}: { provider: encrata, ${more} webhooks: [{ url: 'https://hooks.acme.test/${path}' }] } }`
    const files = {
      'all/b.yaml': toText('first', 'b', 'prune: true,'),
      'all/a.yaml': toText('first', 'a'),
      'all/c.json': 'never read',
      'z.yaml': toText('second', 'z'),
    }
    const { webhooks, prune } = read(files, {}, ['all/*.yaml', 'z.yaml', 'all/a.yaml'])
    expect(webhooks.map(({ input: { account, url } }) => `${account} ${url}`)).toEqual([
      'first https://hooks.acme.test/a',
      'first https://hooks.acme.test/b',
      'second https://hooks.acme.test/z',
    ])
    expect(prune).toEqual(['first'])
    expect(findProblems(files, {}, ['none/*.yaml', 'z.yml'])).toEqual([
      'none/*.yaml: there is no such file. Pass another one with -f, or write one with hookql pull',
      'z.yml: there is no such file. Pass another one with -f, or write one with hookql pull',
    ])
    const other = { ...files, 'all/b.yaml': toText('first', 'b').replace('encrata', 'stripe') }
    expect(findProblems(other, {}, ['all/*.yaml'])).toEqual([
      'all/b.yaml:1:32: accounts.first.provider: is stripe here and encrata in all/a.yaml:1. Make them equal',
    ])
    expect(findProblems(other, {}, ['all/*.yaml', 'z.yml'])).toHaveLength(2)
  })

  it('is read with all its mistakes at once, each with its file, line and column, and a way out', () => {
    const text = `
accounts:
  Live:
    provider: stripe
    webhooks: []
  stripe-live:
    provider: stripe
    prun: true
    webhooks:
      - url: http://hooks.acme.test/
        evntTypes: []
      - url: https://\${HOST}/\${WEBHOOKS_NONE}
        eventTypes: charge.failed
        options: { apiVersion: 1 }
      - {}
  website:
    provider: github
    defaults: { name: shared }
    webhooks:
      - url: https://hooks.acme.test/
        options: { secret: canary }
        secrets: { fil: secrets.env }
      - url: https://hooks.acme.test/b
        secret: { env: NONE }
  other:
    provider: strip
    prune: maybe
    webhooks:
      - { url: 3, nme: orders, eventTypes: 5, options: { apiVersion: 1 } }
`
    expect(findProblems(text, { HOST: 'canary' })).toEqual([
      'webhooks.yaml:3:3: accounts.Live: must be the slug of an account',
      'webhooks.yaml:8:5: accounts.stripe-live.prun: there is no such key here. Did you mean prune?',
      'webhooks.yaml:10:14: accounts.stripe-live.webhooks.0.url: Must be an https:// URL.',
      'webhooks.yaml:11:9: accounts.stripe-live.webhooks.0.evntTypes: there is no such key here. Did you mean eventTypes?',
      'webhooks.yaml:12:14: accounts.stripe-live.webhooks.1.url: only variables whose names start with WEBHOOKS_ are replaced, because plans are shown. For the text itself, write $${…}',
      'webhooks.yaml:12:14: accounts.stripe-live.webhooks.1.url: the environment variable WEBHOOKS_NONE is not set. Set it and run the command again',
      'webhooks.yaml:13:21: accounts.stripe-live.webhooks.1.eventTypes: must be a list',
      'webhooks.yaml:14:32: accounts.stripe-live.webhooks.1.options.apiVersion: must be a string. Add quotes if it looks like another type',
      'webhooks.yaml:15:9: accounts.stripe-live.webhooks.2.url: is missing',
      'webhooks.yaml:18:17: accounts.website.defaults.name: there is no such key here. Remove it',
      'webhooks.yaml:21:28: accounts.website.webhooks.0.options.secret: A file shows no secret. Set secret: { env: NAME } beside options',
      'webhooks.yaml:22:18: accounts.website.webhooks.0.secrets: must have either file or command',
      'webhooks.yaml:24:24: accounts.website.webhooks.1.secret.env: the environment variable NONE is not set. Set it and run the command again',
      'webhooks.yaml:26:15: accounts.other.provider: must be one of baanx, encrata, fingerprint, github, linear, shopify, stripe, verifik',
      'webhooks.yaml:27:12: accounts.other.prune: must be true or false',
      'webhooks.yaml:29:16: accounts.other.webhooks.0.url: must be a string. Add quotes if it looks like another type',
      'webhooks.yaml:29:19: accounts.other.webhooks.0.nme: there is no such key here. Did you mean name?',
      'webhooks.yaml:29:44: accounts.other.webhooks.0.eventTypes: must be a list',
    ])
  })

  it('is read with all that it alone can tell, whatever else is wrong', () => {
    const text = `
accounts:
  __proto__:
    provider: strip
    webhooks: {}
  Live:
    provider: github
    webhooks:
      - { url: 'https://h.test/0', foo: 1 }
  other:
    provider: strip
    webhooks:
      - { url: 'http://h.test/0', id: nonsense, options: { apiVersion: 2026-01-01.preview } }
  website:
    provider: github
    webhooks:
      - { url: 'https://h.test/1', id: nonsense, foo: 1 }
      - { url: 'http://h.test/2', eventTypes: [] }
      - { url: 'https://h.test/3', id: '${formatId({ kind: 'webhook', slug: 'other', upstreamId: '1' })}', eventTypes: ['*'] }
      - { url: 'https://h.test/4', id: '${formatId({ kind: 'webhook', slug: 'website', upstreamId: '1' })}', eventTypes: [push] }
  shop:
    provider: shopify
    defaults: { eventTypes: [orders/create, orders/delete] }
    webhooks:
      - { url: 'https://h.test/5' }
`
    const foreign = 'is not the ID of a webhook of this account. Copy it from there, or remove it'
    const wrongProvider = 'must be one of baanx, encrata, fingerprint, github, linear, shopify, stripe, verifik'
    expect(findProblems(text)).toEqual([
      'webhooks.yaml:3:3: accounts.__proto__: must be the slug of an account',
      `webhooks.yaml:4:15: accounts.__proto__.provider: ${wrongProvider}`,
      'webhooks.yaml:5:15: accounts.__proto__.webhooks: must be a list',
      'webhooks.yaml:6:3: accounts.Live: must be the slug of an account',
      'webhooks.yaml:9:36: accounts.Live.webhooks.0.foo: there is no such key here. Remove it',
      `webhooks.yaml:11:15: accounts.other.provider: ${wrongProvider}`,
      'webhooks.yaml:13:16: accounts.other.webhooks.0.url: Must be an https:// URL.',
      `webhooks.yaml:13:39: accounts.other.webhooks.0.id: ${foreign}`,
      `webhooks.yaml:17:40: accounts.website.webhooks.0.id: ${foreign}`,
      'webhooks.yaml:17:50: accounts.website.webhooks.0.foo: there is no such key here. Remove it',
      'webhooks.yaml:18:16: accounts.website.webhooks.1.url: Must be an https:// URL.',
      'webhooks.yaml:18:47: accounts.website.webhooks.1.eventTypes: must have at least one item. Leave it out if it is not to be managed',
      `webhooks.yaml:19:40: accounts.website.webhooks.2.id: ${foreign}`,
      'webhooks.yaml:23:29: accounts.shop.defaults.eventTypes: A webhook at Shopify has at most 1 event type. Create another webhook for the others.',
    ])
  })

  it('must be a regular file, and not too large', () => {
    const folder = write({ 'large.yaml': '' })
    truncateSync(join(folder, 'large.yaml'), 20_000_001)
    execFileSync('mkfifo', [join(folder, 'fifo')])
    const read = (file: string) => () =>
      readWebhooksFiles({ files: [file], folder, environment: {}, providers, needsSecrets: true, isPlanned: true })
    expect(read('large.yaml')).toThrow('large.yaml:1:1: is larger than 20 MB. Use several files')
    for (const file of ['fifo', '.', '..', '/dev/zero'])
      expect(read(file)).toThrow(new ConfigError([`${file}:1:1: is not a regular file. Name another one`]))
  })

  it('must be text in UTF-8', () => {
    const folder = write({})
    writeFileSync(join(folder, 'webhooks.yaml'), Buffer.from('accounts: {}\n# \u00e9\n# \xff', 'latin1'))
    const read = () => readWebhooksFiles({ files: [], folder, environment: {}, providers, needsSecrets: true, isPlanned: true })
    expect(read).toThrow('webhooks.yaml:2:1: is not text in UTF-8. Save it in that encoding')
    writeFileSync(join(folder, 'webhooks.yaml'), 'accounts: {}\n# \u00e9 \ufffd')
    expect(read().webhooks).toEqual([])
  })

  it.each([
    ['{"accounts":{},}', '1:16: is not valid JSON: remove the comma before it'],
    ['{"accounts":{"a":{"provider":"stripe","webhooks":[\n1,]}}}', '2:3: is not valid JSON: remove the comma before it'],
    ['accounts: {}', '1:1: is not valid JSON: there is no such character here'],
    ["{\n'accounts': {}}", "2:1: is not valid JSON: expected property name or '}'"],
    ['{"accounts": {}} // all', '1:18: is not valid JSON: unexpected non-whitespace character'],
    ['{"accounts": {', "1:15: is not valid JSON: expected property name or '}'"],
    ['{"accounts":', '1:13: is not valid JSON: unexpected end of JSON input'],
    ['{"accounts": {} "x-a": 1}', "1:17: is not valid JSON: expected ',' or '}' after property value"],
    ['{"accounts": {}, "accounts": {}}', '1:18: repeats a key'],
  ])('is JSON if it is called so: %j is not', (text, problem) => {
    expect(findProblems({ 'webhooks.json': text })).toEqual([expect.stringContaining(`webhooks.json:${problem}`)])
    expect(read({ 'webhooks.json': '\uFEFF{"accounts":{}}\n' }).webhooks).toEqual([])
  })

  it.each([
    ['accounts: {\n', 'webhooks.yaml:2:1: is not valid YAML'],
    ['accounts: {}\naccounts: {}\n', 'webhooks.yaml:2:1: repeats a key'],
    ['accounts: {}\n---\naccounts: {}\n', 'webhooks.yaml:2:1: a file has one document. Remove the others, or use several files'],
    ['accounts: {}\nx-a: !foo [a]\n', 'webhooks.yaml:2:6: is not valid YAML: Unresolved tag: !foo'],
    ['accounts: *none\n', 'webhooks.yaml:1:11: an alias has no anchor before it'],
    ['', 'webhooks.yaml:1:1: must be a mapping'],
    [
      'accounts: { a: { provider: github, webhooks: [{ url: "https://h.test/", name: n }] } }',
      "GitHub's webhooks have no name. Omit name.",
    ],
    [
      'accounts: { a: { provider: stripe, webhooks: [{ url: "https://h.test/", secret: { env: A } }] } }',
      'Stripe makes the secret: see secrets',
    ],
    [
      'accounts: { a: { provider: github, webhooks: [{ url: "https://h.test/", secret: { env: A } }] } }',
      'the environment variable A is not set',
    ],
    ['accounts: { a: { provider: stripe, webhooks: [{ url: "https://${WEBHOOKS_A/" }] } }', 'the closing brace is missing'],
  ])('%j is refused', (text, problem) => {
    expect(findProblems(text)).toEqual([expect.stringContaining(problem)])
  })

  it('calls a secret after its webhook as the file says it, so that its name is the same with any values', () => {
    const text = `
secrets: { file: secrets.env }
accounts:
  cards-1:
    provider: baanx
    webhooks:
      - { name: 'a $\${WEBHOOKS_A} \${WEBHOOKS_A}', url: 'https://hooks.acme.test/1' }
      - { url: 'https://\${WEBHOOKS_A}/cards?b=1' }
`
    for (const value of ['hooks.acme.test', 'other.acme.test']) {
      expect(read(text, { WEBHOOKS_A: value }).webhooks.map(({ sink }) => sink?.name)).toEqual([
        'CARDS_1_A_WEBHOOKS_A_WEBHOOKS_A_SECRET',
        'CARDS_1_WEBHOOKS_A_CARDS_B_1_SECRET',
      ])
    }
  })

  it('can call two secrets the same, as long as neither is to be put away', () => {
    const text = `
secrets: { file: secrets.env }
accounts:
  cards:
    provider: baanx
    webhooks:
      - { name: a b, url: 'https://hooks.acme.test/1' }
      - { name: a-b, url: 'https://hooks.acme.test/2' }
`
    expect(read(text).webhooks.map(({ sink }) => sink?.name)).toEqual(['CARDS_A_B_SECRET', 'CARDS_A_B_SECRET'])
  })

  it('is bounded in its depth, also where an alias stands for what contains it', () => {
    const advice = 'is nested too deeply. Look for an alias that stands for what contains it'
    expect(findProblems('accounts: &x\n  g: *x\n')).toEqual([`webhooks.yaml:2:6: accounts.g.g.g.g.g: ${advice}`])
    const wide = 'accounts: { a: &x { provider: stripe, webhooks: [*x, *x] } }'
    expect(findProblems(wide)).toEqual([`webhooks.yaml:1:50: accounts.a.webhooks.0.webhooks.0: ${advice}`])
    const nest = (levels: number) => `${'['.repeat(levels)}1${']'.repeat(levels)}`
    const toText = (levels: number) =>
      `accounts: { a: { provider: baanx, webhooks: [{ url: 'https://h.test/', options: { metadata: { a: ${nest(levels)} } } }] } }`
    expect(read(toText(30)).webhooks).toHaveLength(1)
    expect(findProblems(toText(200))).toEqual([`webhooks.yaml:1:93: accounts.a.webhooks.0.options.metadata: ${advice}`])
    for (const text of [toText(20_000), '- '.repeat(20_000), '{"a":'.repeat(50_000)]) {
      expect(findProblems(text)).toEqual([expect.stringMatching(/^webhooks\.yaml:1:\d{3,}: is nested too deeply$/)])
    }
  })

  it('is bounded in what its aliases stand for, and places what they stand for where it is written', () => {
    const levels = Array.from({ length: 6 }, (_, index) => `x-${index + 1}: &l${index + 1} [${`*l${index}, `.repeat(9)}]`)
    const bomb = `x-0: &l0 [a, a]\n${levels.join('\n')}\naccounts: { a: { provider: stripe, webhooks: *l6 } }`
    expect(findProblems(bomb)).toEqual(['webhooks.yaml:1:1: has aliases that stand for too much data'])
    const merged = `
x-base: &base
  enabled: maybe
accounts: { a: { provider: stripe, webhooks: [{ <<: *base, url: 'https://h.test/' }] } }
`
    expect(findProblems(merged)).toEqual(['webhooks.yaml:3:12: accounts.a.webhooks.0.enabled: must be true or false'])
    const often = `x: { a: 1 }\n`.replace('x:', 'x-a: &a')
    const many = `${often}accounts: { a: { provider: stripe, webhooks: [${"{ url: 'https://h.test/', options: { metadata: *a } }, ".repeat(500)}] } }`
    expect(read(many.replace('a: 1', "a: '1'")).webhooks).toHaveLength(500)
  })

  it.each([
    ['values', (count: number) => `x-a: &a [a]\nx-l: [${'*a,'.repeat(count)}]\naccounts: {}\n`],
    ['merges', (count: number) => `x-a: &a { a: 1 }\nx-l: [${'{<<: *a},'.repeat(count)}]\naccounts: {}\n`],
    [
      'problems',
      (count: number) =>
        `x-a: &a {}\naccounts: { a: { provider: stripe, webhooks: [${'*a,'.repeat(count)}] }, b: { provider: stripe } }\n`,
    ],
  ])('costs as much as four files with a quarter of its aliases each (%s)', (_, toText) => {
    const measure = (count: number, times: number) => {
      const text = toText(count)
      return clockAtOnce(() => Array.from({ length: times }, () => findProblems(text).length))
    }
    measure(1_000, 1)
    // Noise only adds to a measurement.
    const ratios = Array.from({ length: 3 }, () => measure(8_000, 1) / measure(2_000, 4))
    expect(Math.min(...ratios)).toBeLessThan(1.8)
  })

  it('finds what an alias stands for as YAML does: the last anchor of that name before it', () => {
    const text = `
x-1: &a { name: first }
x-2: { <<: &b { name: inner } }
accounts:
  live:
    provider: stripe
    webhooks:
      - { <<: *a, url: 'https://h.test/1' }
      - { <<: *b, url: 'https://h.test/2' }
      - &a { name: second, url: 'https://h.test/3' }
      - { <<: [*b, *a], url: 'https://h.test/4', eventTypes: &b [a] }
      - { <<: *a, url: 'https://h.test/5', eventTypes: *b }
`
    expect(read(text).webhooks.map(({ input: { name, eventTypes } }) => [name, eventTypes])).toEqual([
      ['first', undefined],
      ['inner', undefined],
      ['second', undefined],
      ['inner', ['a']],
      ['second', ['a']],
    ])
    expect(findProblems('x-1: [*a]\nx-2: &a 1\naccounts: {}\n')).toEqual(['webhooks.yaml:1:7: an alias has no anchor before it'])
    expect(findProblems('x-1: &a { b: { <<: *a } }\naccounts: {}\n')).toEqual(['webhooks.yaml:1:1: merges what contains it'])
    expect(findProblems('x-1: 1\naccounts: { <<: [1] }\n')).toEqual([
      'webhooks.yaml:2:17: << takes a mapping, an alias of one, or a list of those',
    ])
  })
})

describe('${WEBHOOKS_…}', () => {
  const toText = (url: string) => `accounts: { a: { provider: stripe, webhooks: [{ url: '${url}' }] } }`

  it('is shown in place of its value, however a URL spells it', () => {
    const { webhooks, mask } = read(toText('https://${WEBHOOKS_HOST}/${WEBHOOKS_PATH}/${WEBHOOKS_PATH_ID}'), {
      WEBHOOKS_HOST: 'Hooks.Acme.test',
      WEBHOOKS_PATH: 'tökén',
      WEBHOOKS_PATH_ID: 'tökén-1',
      WEBHOOKS_UNUSED: 'https',
    })
    const url = webhooks[0]?.input.url ?? ''
    expect(url).toBe('https://Hooks.Acme.test/tökén/tökén-1')
    const masked = 'https://${WEBHOOKS_HOST}/${WEBHOOKS_PATH}/${WEBHOOKS_PATH_ID}'
    const { href } = new URL(url)
    for (const shown of [url, href, href.replaceAll('%', '%25')])
      expect(mask(`before ${shown} after`)).toBe(`before ${masked} after`)
    for (const shown of [encodeURIComponent(url), encodeURIComponent(href), encodeURIComponent(encodeURIComponent(url))])
      expect(decodeURIComponent(decodeURIComponent(mask(shown)))).toBe(masked)
  })

  it.each([
    ['https://port.acme.test:443/Canary', 'https://port.acme.test/Canary'],
    ['https:slashes.acme.test/Canary', 'https://slashes.acme.test/Canary'],
    ['https://%70ort.acme.test/Canary', 'https://port.acme.test/Canary'],
    ['https://port.acme.test:0443', 'https://port.acme.test/'],
  ])('is shown in place of its value where that is a URL in another form: %s', (value, href) => {
    const { mask } = read(toText('${WEBHOOKS_URL}'), { WEBHOOKS_URL: value })
    expect(new URL(value).href).toBe(href)
    expect(mask(`(${href})`)).toMatch(/^\(\$\{WEBHOOKS_URL\}\/?\)$/)
  })

  it('is shown in place of its value where that is trimmed, in a query or quoted', () => {
    const text = toText("https://h.test/', name: '${WEBHOOKS_LINE}${WEBHOOKS_QUOTED}${WEBHOOKS_QUERY}")
    const { mask } = read(text, {
      WEBHOOKS_LINE: ' canary line\n',
      WEBHOOKS_QUOTED: 'canary "\\ \n',
      WEBHOOKS_QUERY: "canary'|",
      WEBHOOKS_SLASH: 'canary/slash',
    })
    expect(mask('[canary line] [ Canary Line\n]')).toBe('[${WEBHOOKS_LINE}] [${WEBHOOKS_LINE}]')
    expect(mask(JSON.stringify(['canary "\\ \n', 'canary "\\']))).toBe('["${WEBHOOKS_QUOTED}","${WEBHOOKS_QUOTED}"]')
    expect(mask(String.raw`canary\/slash %25`)).toBe('${WEBHOOKS_SLASH} %25')
    expect(mask(new URL("https://h.test/?a=canary'|&b=1").href)).toBe('https://h.test/?a=${WEBHOOKS_QUERY}&b=1')
  })

  it('is shown in place of its value if no file uses it any more, unless that is as short as a word', () => {
    const { mask } = read(toText('https://h.test/${WEBHOOKS_USED}'), {
      WEBHOOKS_USED: 'a/b',
      WEBHOOKS_PATH: 'canary-path',
      WEBHOOKS_SAME: 'a/b',
      WEBHOOKS_FLAG: 'true',
      WEBHOOKS_SPACE: '    true    ',
      OTHER: 'https://h.test',
    })
    expect(mask('https://h.test/a/b was https://h.test/Canary-Path, true')).toBe(
      'https://h.test/${WEBHOOKS_USED} was https://h.test/${WEBHOOKS_PATH}, true',
    )
  })

  it.each([
    ['what overlaps it', 'hooks.acme.test0pCanary', '${WEBHOOKS_HOST}${WEBHOOKS_TOKEN}'],
    ['a host with a dot at its end', 'https://dotted.acme.test/Canary', '${WEBHOOKS_DOTTED}'],
    ['a host alone', 'from canary.pipe.test to dotted.acme.test', 'from ${WEBHOOKS_PIPE} to ${WEBHOOKS_DOTTED}'],
    ['a URL without its password', 'https://***@h.test/canary', '${WEBHOOKS_LOGIN}'],
    [
      'letters that change when they are upper case',
      'canarystraße and CANARYSTRAßE',
      '${WEBHOOKS_STREET} and ${WEBHOOKS_STREET}',
    ],
  ])('is shown in place of its value with %s', (_, text, masked) => {
    const { mask } = read(toText('https://h.test/'), {
      WEBHOOKS_HOST: 'hooks.acme.test',
      WEBHOOKS_TOKEN: 't0pCanary',
      WEBHOOKS_DOTTED: 'https://dotted.acme.test./Canary',
      WEBHOOKS_PIPE: 'https://canary.pipe.test/x',
      WEBHOOKS_LOGIN: 'https://user:word@h.test/canary',
      WEBHOOKS_STREET: 'canarystraße',
    })
    expect(mask(text)).toBe(masked)
    expect(mask(`(${text})`)).toBe(`(${masked})`)
  })

  it('is shown as the file has it, so that nothing tells how its value begins or ends', () => {
    const url = 'https://h.test./hooks.acme.tes${WEBHOOKS_TOKEN}'
    const named = ' est${WEBHOOKS_TOKEN}hooks '
    const { webhooks, mask } = read(toText(`${url}', name: '${named}`), {
      WEBHOOKS_TOKEN: 't0pCanary',
      WEBHOOKS_HOST: 'hooks.acme.test',
    })
    const { name = '', url: filled = '' } = webhooks[0]?.input ?? {}
    for (const text of [filled, new URL(filled).href, 'https://h.test/hooks.acme.test0pCanary']) expect(mask(text)).toBe(url)
    for (const text of [name, name.trim()]) expect(mask(text)).toBe(named)
  })

  it.each([
    ['${WEBHOOKS_URL}/..', ''],
    ['${WEBHOOKS_URL}/%2e%2e/', ''],
    ['${WEBHOOKS_URL}/../z', ''],
    ['https://${WEBHOOKS_TOKEN}\u0323.acme.test/', 'canary-abcd'],
    ['https://x.${WEBHOOKS_TOKEN}', 'canary/+abc='],
    ['https://acme.${WEBHOOKS_TOKEN}', 'test:8443/canary'],
    // Whether it is refused tells nothing of the value.
    ['${WEBHOOKS_URL}/../last', ''],
    ['${WEBHOOKS_URL}/.\t%2E/last', ''],
    ['https://${WEBHOOKS_TOKEN}\u0323.acme.test/', 'canary-abcq'],
    ['https://${WEBHOOKS_TOKEN}%cc%a3.acme.test/', 'canary-abcq'],
    ['https://%4${WEBHOOKS_TOKEN}.acme.test/', '1canary'],
    ['https://xn--a${WEBHOOKS_TOKEN}.acme.test/', 'canary'],
    ['https://0x${WEBHOOKS_TOKEN}/', 'deadbeef'],
    ['https://0x${WEBHOOKS_TOKEN}/${WEBHOOKS_TOKEN}', 'deadbeef'],
  ])('is refused where a URL changes a value: %s', (url, token) => {
    const values = { WEBHOOKS_URL: 'https://h.test/T0CANARY/B0CANARY/last', WEBHOOKS_TOKEN: token }
    expect(findProblems(toText(url), values)).toEqual([
      expect.stringMatching(
        /^webhooks\.yaml:1:\d+: accounts\.a\.webhooks\.0\.url: a plan could show a part of a value, because /,
      ),
    ])
  })

  it.each([
    ['https://${WEBHOOKS_HOST}', 'Hooks.Acme.test.'],
    ['https://${WEBHOOKS_HOST}:443/a/./..b', 'münchen.test'],
    ['https://xn--mnchen-3ya.test?a=${WEBHOOKS_HOST}', 'a|b'],
    ['HTTPS://h.test/ü/${WEBHOOKS_HOST}/%41', 'a/../b'],
    ['https://a.${WEBHOOKS_HOST}', 'h.test:443/tökén'],
    ['${WEBHOOKS_HOST}', 'https://H.test./x'],
  ])('stands in a URL whose form changes: %s', (url, host) => {
    expect(findProblems(toText(url), { WEBHOOKS_HOST: host })).toEqual([])
  })

  it('is in no event type, as a plan sorts them and suggests others', () => {
    const text = toText("https://h.test/', eventTypes: ['charge.${WEBHOOKS_TOKEN}'], name: 'n")
    expect(findProblems(text, { WEBHOOKS_TOKEN: 'canary' })).toEqual([
      expect.stringContaining('accounts.a.webhooks.0.eventTypes.0: event types have no variables, because a plan '),
    ])
  })

  it('is shown in place of its value in what is wrong with a file', () => {
    const text =
      "accounts: { a: { provider: github, webhooks: [{ url: 'https://h.test/', secret: { env: '${WEBHOOKS_TOKEN}' } }] } }"
    expect(findProblems(text, { WEBHOOKS_TOKEN: 'canary' })).toEqual([
      expect.stringContaining('the environment variable ${WEBHOOKS_TOKEN} is not set'),
    ])
  })

  it('is shown in a path as the file has it', () => {
    const text = toText("https://h.test/', secrets: { file: '${WEBHOOKS_FOLDER}/s.env' }, name: 'n")
    const { webhooks, folder } = read(text, { WEBHOOKS_FOLDER: '/srv//canary/./x' })
    expect(webhooks[0]?.sink).toMatchObject({
      file: '/srv/canary/x/s.env',
      shownFile: join(folder, '${WEBHOOKS_FOLDER}/s.env'),
    })
  })

  it('is the text itself after another dollar', () => {
    const text = 'https://h.test/$${WEBHOOKS_A}$$$${WEBHOOKS_A}$$${WEBHOOKS_A}$${$a'
    expect(read(toText(text), { WEBHOOKS_A: '$$' }).webhooks[0]?.input.url).toBe(
      'https://h.test/${WEBHOOKS_A}$${WEBHOOKS_A}$$$${$a',
    )
  })
})

describe('webhooks.schema.json', () => {
  const shape = z.fromJSONSchema(toWebhooksFileSchema(providers))
  const validate = (content: unknown) => shape.safeParse(content).success
  const toFile = (webhook: object) => ({ accounts: { a: { provider: 'stripe', webhooks: [webhook] } } })

  it('accepts what a file can have, with variables, and refuses what it cannot', () => {
    expect(validate(parse(whole, { merge: true }))).toBe(true)
    const wrong = [
      { accounts: { a: { provider: 'strip', webhooks: [] } } },
      { accounts: { a: { provider: 'stripe', webhooks: [{ url: 'https://h.test/', options: { contentType: 'JSON' } }] } } },
      { accounts: { a: { provider: 'github', webhooks: [{ url: 'https://h.test/', name: 'n' }] } } },
      { accounts: { a: { provider: 'github', webhooks: [{ url: 'https://h.test/', options: { contentType: 'XML' } }] } } },
      { accounts: { a: { provider: 'github', webhooks: [{ name: 'n' }] } } },
      { accounts: {}, other: 1 },
      ...['http://h.test/', 'https://h.test/a b', ' https://h.test/', 'https://h.test/\\\\a', 'https://h.test/\u0001'].map(
        (url) => toFile({ url }),
      ),
      ...[[], Array.from({ length: 301 }, (_, index) => `e${index}`)].map((eventTypes) =>
        toFile({ url: 'https://h.test/', eventTypes }),
      ),
    ]
    const right = ['HTTPS://h.test/', 'https://${WEBHOOKS_HOST}/a', '${WEBHOOKS_URL}', 'https://h.test/%20?a=ü'].map((url) =>
      toFile({ url }),
    )
    expect(right.map((content) => validate(content))).toEqual(right.map(() => true))
    expect(wrong.map((content) => validate(content))).toEqual(wrong.map(() => false))
  })

  it('completes the event types and options of each provider', () => {
    const text = JSON.stringify(toWebhooksFileSchema(providers))
    for (const { eventTypes, options } of providers) {
      for (const { name } of eventTypes.known) expect(text).toContain(JSON.stringify(name))
      for (const [name, { secret, onCreate }] of Object.entries(options)) {
        if (secret !== true && typeof onCreate !== 'object') expect(text).toContain(`${JSON.stringify(name)}:`)
      }
    }
  })
})
