import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { check } from '../../src/cli/check.ts'
import { ConfigError, type Environment, readConfig } from '../../src/config/config.ts'
import { createFileShape } from '../../src/config/shape.ts'
import { rereadTokens } from '../../src/config/token-file.ts'
import { providers } from '../../src/providers/index.ts'
import { reveal } from '../../src/secret.ts'
import { parcel } from '../helpers/parcel.ts'
import { openStandIn } from '../helpers/stand-in.ts'

const known = [parcel, ...providers]
const token = 'canary@acme.test/token:canary-key'

function findProblems(environment: Environment): readonly string[] {
  try {
    readConfig(environment, known)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    expect(error.message).not.toMatch(/canary/i)
    return error.problems
  }
  return []
}

function write(name: string, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'hookql-settings-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

function findYamlProblems(...lines: readonly string[]): readonly string[] {
  const yaml = [
    'accounts:',
    '  - slug: main',
    '    provider: parcel',
    `    token: ${token}`,
    ...lines.map((line) => `    ${line}`),
  ]
  const file = write('hookql.yaml', yaml.join('\n'))
  return findProblems({ HOOKQL_CONFIG: file }).map((problem) => problem.replace(`${file}: `, ''))
}

describe('settings in variables', () => {
  it('are those of the simple account', () => {
    const environment = { PARCEL_CREDENTIALS: token, PARCEL_REGION: 'eu', PARCEL_DEPOT: 'south', PARCEL_TEAM: '' }
    expect(readConfig(environment, known)).toMatchObject({
      accounts: [{ slug: 'parcel', settings: { region: 'eu', depot: 'south' } }],
      unknownVariables: [],
    })
    expect(readConfig({ BAANX_ACCESS_TOKEN: 'key' }, known).accounts[0]?.settings).toBeUndefined()
  })

  it('that are missing or wrong prevent the start, in one line each', () => {
    expect(findProblems({ PARCEL_CREDENTIALS: token })).toEqual([
      'PARCEL_REGION: is missing. Provide a value such as eu',
      'PARCEL_CREDENTIALS: provide exactly one of PARCEL_TEAM, PARCEL_DEPOT',
    ])
    const all = { PARCEL_CREDENTIALS: token, PARCEL_REGION: 'eu', PARCEL_TEAM: 'acme' }
    expect(findProblems({ ...all, PARCEL_DEPOT: 'north' })).toEqual([
      'PARCEL_CREDENTIALS: provide exactly one of PARCEL_TEAM, PARCEL_DEPOT',
    ])
    expect(findProblems({ ...all, PARCEL_REGION: 'CANARY' })).toEqual(['PARCEL_REGION: must be a value such as eu'])
    expect(findProblems({ ...all, PARCEL_CREDENTIALS: 'canary' })).toEqual([
      'PARCEL_CREDENTIALS: must have the form email/token:key',
    ])
  })

  it('that are misspelt are noticed', () => {
    expect(findProblems({ PARCEL_CREDENTIALS: token, PARCEL_REGION: 'eu', PARCEL_TEAM: 'acme', PARCEL_DEPO: 'canary' })).toEqual([
      'PARCEL_DEPO: is not a HookQL variable. Did you mean PARCEL_DEPOT? Rename or unset it',
    ])
  })

  it('have no effect without the token, which is a mistake', () => {
    const problem = 'PARCEL_TEAM: has no effect without PARCEL_CREDENTIALS. Set both or unset it'
    expect(findProblems({ PARCEL_TEAM: 'canary' })).toEqual([problem])
    const yaml = ['accounts:', '  - slug: main', '    provider: baanx', '    token: ${PARCEL_TEAM}']
    expect(findProblems({ HOOKQL_CONFIG: write('hookql.yaml', yaml.join('\n')), PARCEL_TEAM: 'canary' })).toEqual([])
  })
})

describe('settings in a file', () => {
  it('are those of each account', () => {
    const file = write(
      'hookql.yaml',
      `accounts:
  - { slug: one, provider: parcel, token: '${token}', settings: { region: eu, team: "\${TEAM}" }, apiVersion: 2027-01 }
  - { slug: two, provider: parcel, token: '${token}', settings: { region: us, depot: north } }
`,
    )
    expect(readConfig({ HOOKQL_CONFIG: file, TEAM: 'acme' }, known).accounts).toMatchObject([
      { slug: 'one', settings: { region: 'eu', team: 'acme' }, apiVersion: '2027-01' },
      { slug: 'two', settings: { region: 'us', depot: 'north' } },
    ])
  })

  it.each([
    [
      'missing',
      [],
      [
        'accounts.0.settings.region: is missing. Provide a value such as eu',
        'accounts.0.settings: provide exactly one of team, depot',
      ],
    ],
    [
      'too many',
      ['settings: { region: eu, team: acme, depot: north }'],
      ['accounts.0.settings: provide exactly one of team, depot'],
    ],
    [
      'unknown',
      ['settings: { region: eu, team: acme, tem: canary }'],
      ['accounts.0.settings.tem: unknown key. Known keys: region, team, depot'],
    ],
    [
      'of the wrong shape',
      ['settings: { region: CANARY, team: acme }'],
      ['accounts.0.settings.region: must be a value such as eu'],
    ],
    ['no part of a URL', ['settings: { region: eu, team: .. }'], ['accounts.0.settings: cannot be part of a URL']],
    [
      'no text',
      ['settings: { region: eu, team: 1 }'],
      ['accounts.0.settings.team: must be a string. Add quotes if it looks like another type'],
    ],
    [
      'a variable that is not set',
      ['settings: { region: eu, team: "${MISSING}" }'],
      ['accounts.0.settings.team: the environment variable MISSING is not set. Set it and start HookQL again'],
    ],
    ['no mapping', ['settings: canary'], ['accounts.0.settings: must be a mapping']],
    [
      'fine, but the version is not',
      ['settings: { region: eu, team: acme }', 'apiVersion: "../canary"'],
      ['accounts.0.apiVersion: must be a version such as 2026-10'],
    ],
    [
      'fine, but a header would replace the credentials',
      ['settings: { region: eu, team: acme }', 'headers: { AUTHORIZATION: canary }'],
      ['accounts.0.headers.AUTHORIZATION: is set by the gateway and cannot be configured'],
    ],
  ])('that are %s are refused, in one line each', (_, lines, problems) => {
    expect(findYamlProblems(...lines)).toEqual(problems)
  })

  it('are refused for a provider that has none', () => {
    const file = write('hookql.yaml', 'accounts: [{ slug: main, provider: baanx, token: t, settings: { team: canary } }]')
    expect(findProblems({ HOOKQL_CONFIG: file })).toEqual([`${file}: accounts.0.settings: Baanx does not support settings`])
  })

  it('let no header replace the credentials of a provider that has its own', () => {
    const own = { ...parcel, authentication: { header: 'x-parcel-key', prefix: '' } }
    const account =
      '{ slug: main, provider: parcel, token: t, settings: { region: eu, team: acme }, headers: { X-Parcel-Key: canary } }'
    const file = write('hookql.yaml', `accounts: [${account}]`)
    expect(() => readConfig({ HOOKQL_CONFIG: file }, [own])).toThrow('headers.X-Parcel-Key: is set by the gateway')
  })

  it('are in the JSON Schema, for each provider its own', () => {
    const { properties } = z.toJSONSchema(createFileShape(known)) as unknown as {
      readonly properties: { readonly accounts: { readonly items: { readonly allOf: unknown } } }
    }
    const toRule = (names: readonly string[], rule: object) => ({
      if: { properties: { provider: { not: { enum: names } } } },
      else: rule,
    })
    const toText = (description: string, pattern: string, example: string) => ({ description, pattern, examples: [example] })
    const none = providers.filter(({ settings }) => settings === undefined).map(({ name }) => name)
    expect(properties.accounts.items.allOf).toEqual(
      expect.arrayContaining([
        toRule(none, { properties: { settings: false } }),
        toRule(['parcel'], {
          properties: {
            settings: {
              properties: {
                region: toText('Region of the account.', '^[a-z./]+$', 'eu'),
                team: toText('Name of the team.', '^[a-zA-Z./-]+$', 'acme'),
                depot: toText('Name of the depot.', '^[a-z]+$', 'north'),
              },
              required: ['region'],
              additionalProperties: false,
              oneOf: [{ required: ['team'] }, { required: ['depot'] }],
            },
          },
          required: ['settings'],
        }),
      ]),
    )
  })
})

describe('hookql check', () => {
  const environment = { PARCEL_CREDENTIALS: token, PARCEL_REGION: 'eu', PARCEL_TEAM: 'acme', HOOKQL_STORE: 'memory' }

  it('shows the settings of each account that has some', async () => {
    const lines: string[] = []
    await check({ ...environment, BAANX_ACCESS_TOKEN: 'key' }, false, (line) => lines.push(stripVTControlCharacters(line)), known)
    expect(lines).toEqual([
      'ok configuration: 2 accounts, no authentication, store in memory',
      'ok parcel (Parcel, region eu, team acme)',
    ])
  })

  it('shows them beside what the provider answered', async () => {
    const standIn = await openStandIn(parcel)
    const lines: string[] = []
    const print = (line: string) => lines.push(stripVTControlCharacters(line))
    expect(await check({ ...environment, PARCEL_BASE_URL: standIn.baseUrl }, true, print, known)).toBe(true)
    expect(lines[1]).toMatch(/^ok parcel \(Parcel, region eu, team acme\): credentials accepted, 0 webhooks, \d+ ms$/)
  })
})

describe('a token file', () => {
  it('keeps the token in use while the new one has the wrong form', () => {
    const path = write('token', 'canary')
    const account = { slug: 'parcel', provider: 'parcel', sandbox: false, token }
    const { accounts, changed, problems } = rereadTokens([account], [{ slug: 'parcel', path }], known)
    expect(accounts.map((each) => reveal(each.token))).toEqual([token])
    expect({ changed, problems }).toEqual({ changed: [], problems: [`${path}: must have the form email/token:key`] })
  })
})

describe('the settings that a provider states', () => {
  const stated = known.flatMap(({ displayName, settings = {} }) =>
    Object.entries(settings).map(([name, statement]) => ({ displayName, name, ...statement })),
  )

  it.each(stated)('have examples of their shape and no room for anything else: $displayName, $name', ({ shape, example }) => {
    expect(shape.flags).toBe('')
    expect(shape.source).toMatch(/^\^.*\$$/)
    expect(shape.test(example)).toBe(true)
    for (const other of ['', ` ${example}`, `${example}\n`, `${example}?x`, `${example}#x`, `${example}@x`, `\\${example}`])
      expect(shape.test(other)).toBe(false)
  })
})
