import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { distance } from 'fastest-levenshtein'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ConfigError, type Environment, readConfig } from '../../src/config/config.ts'
import { toExampleSettings } from '../../src/provider/settings.ts'
import { providers } from '../../src/providers/index.ts'
import { reveal } from '../../src/secret.ts'
import { parseKeys } from '../../src/store/keys.ts'
import { listVariables, toVariables } from '../helpers/variables.ts'

/** Stands in for every value that must not be repeated. */
const canary = 'canary-7f3a91'

/** A folder with a hookql.yaml of this text and, beside it, other files. */
function writeFiles(yaml: string, others: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'hookql-config-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [name, text] of Object.entries({ 'hookql.yaml': yaml, ...others })) writeFileSync(join(folder, name), text)
  return folder
}

/** The configuration, its secrets revealed. */
function read(environment: Environment) {
  const config = readConfig(environment, providers)
  expect(JSON.stringify(config)).not.toContain(canary)
  const accounts = config.accounts.map(({ token, headers, ...account }) => ({
    ...account,
    token: reveal(token),
    ...(headers && { headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, reveal(value)])) }),
  }))
  return { ...config, accounts }
}

function readYaml(yaml: string, environment: Environment = {}, others: Readonly<Record<string, string>> = {}) {
  return read({ ...environment, HOOKQL_CONFIG: join(writeFiles(yaml, others), 'hookql.yaml') })
}

/** The problems of a configuration, none of which repeats the canary or takes more than a line. */
function findProblems(run: () => unknown): readonly string[] {
  try {
    run()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    expect(error.message).not.toContain(canary)
    expect(error.problems.filter((problem) => /[\r\n]/.test(problem))).toEqual([])
    return error.problems
  }
  return []
}

/** As findProblems, of a file and without its path, which every problem starts with. */
function findYamlProblems(yaml: string, environment: Environment = {}, others: Readonly<Record<string, string>> = {}) {
  const file = join(writeFiles(yaml, others), 'hookql.yaml')
  return findProblems(() => read({ ...environment, HOOKQL_CONFIG: file })).map((problem) => {
    const [before, ...rest] = problem.split(`${file}: `)
    expect(before).toBe('')
    return rest.join('FILE: ')
  })
}

/** A file with one account, and these lines in it. */
function toYaml(...lines: readonly string[]): string {
  return ['accounts:', '  - slug: main', ...lines.map((line) => `    ${line}`), ''].join('\n')
}

describe('a configuration from variables alone', () => {
  it('has nothing but defaults where nothing is set', () => {
    expect(read({})).toEqual({
      accounts: [],
      adminPort: null,
      allowPrivateTargets: false,
      auditFile: null,
      auth: null,
      corsOrigins: [],
      corsHeaders: [],
      graphiql: true,
      introspection: true,
      limits: {},
      logLevel: 'info',
      loopbackOnly: true,
      tokenFiles: [],
      trustedDocuments: null,
      storePath: null,
      storeUrl: null,
      storeKeys: null,
      secretRetentionMs: 86_400_000,
      journalRetentionMs: 90 * 86_400_000,
      sandbox: false,
      unknownVariables: [],
      host: '127.0.0.1',
      port: 4000,
      upstreamTimeoutMs: 10_000,
      maxResponseBytes: 5_000_000,
      maxListItems: 100_000,
      maxListBytes: 100_000_000,
      pacing: true,
      sharing: true,
    })
  })

  it.each(providers)('has an account named $name for the token of $displayName', (provider) => {
    const { name, environment } = provider
    const variables = toVariables(provider, canary)
    const settings = provider.settings && toExampleSettings(provider.settings)
    expect(read(variables).accounts).toEqual([
      { slug: name, provider: name, sandbox: false, token: canary, baseUrl: undefined, settings },
    ])
    expect(read({ ...variables, [environment.baseUrl]: 'http://127.0.0.1:1/x' }).accounts).toMatchObject([
      { slug: name, baseUrl: 'http://127.0.0.1:1/x' },
    ])
  })

  it.each(providers)('says which variable of $displayName is wrong', (provider) => {
    const { token, baseUrl } = provider.environment
    expect(findProblems(() => read({ ...toVariables(provider, `${canary} ${canary}`), [baseUrl]: `ftp://${canary}` }))).toEqual([
      `${token}: contains characters that are not allowed in a token (spaces, line breaks or non-ASCII)`,
      `${baseUrl}: must be an https URL`,
    ])
  })

  it('has an account for every token there is', () => {
    const all = providers.map((provider) => toVariables(provider, `${provider.name}-token`))
    const environment = Object.assign({}, ...all) as Environment
    expect(read(environment).accounts.map(({ slug, token }) => [slug, token])).toEqual(
      providers.map(({ name }) => [name, `${name}-token`]),
    )
  })

  it('counts an empty value as unset', () => {
    const variables = listVariables()
    expect(variables).toContain('HOOKQL_CONFIG')
    expect(read(Object.fromEntries(variables.map((name) => [name, ''])))).toEqual(read({}))
  })

  it('takes host, port, deadline and sandbox', () => {
    const environment = { HOST: '::1', PORT: '8080', HOOKQL_UPSTREAM_TIMEOUT_MS: '2500', HOOKQL_SANDBOX: 'true' }
    expect(read(environment)).toMatchObject({ sandbox: true, host: '::1', port: 8080, upstreamTimeoutMs: 2500 })
    expect(read({ HOOKQL_SANDBOX: 'false' }).sandbox).toBe(false)
  })

  it.each(['0.0.0.0', '::', '192.0.2.1', '127.0.0.999', '::ffff:192.0.2.1', 'gateway.acme.test'])(
    'refuses to let strangers in at %s',
    (HOST) => {
      expect(findProblems(() => read({ HOST }))).toEqual([
        expect.stringMatching(/^HOST: .*loopback only.*auth.*HOOKQL_INSECURE=true$/),
      ])
      expect(read({ HOST, HOOKQL_INSECURE: 'true' })).toMatchObject({ host: HOST, loopbackOnly: false })
      const auth = `auth: { apiKeys: [{ name: ci, sha256: '${'0'.repeat(64)}', scopes: [webhooks:read] }] }`
      expect(readYaml(auth, { HOST })).toMatchObject({ host: HOST, loopbackOnly: false })
    },
  )

  it.each(['127.0.0.1', '127.1.2.3', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1', 'localhost'])(
    'needs no authentication at %s',
    (HOST) => {
      expect(read({ HOST })).toMatchObject({ host: HOST, loopbackOnly: true })
    },
  )

  it('takes what calls may cost, and switches pacing and sharing off', () => {
    const environment = { HOOKQL_MAX_RESPONSE_BYTES: '2000', HOOKQL_PACING: 'off', HOOKQL_SHARING: 'off' }
    expect(read(environment)).toMatchObject({ maxResponseBytes: 2000, pacing: false, sharing: false })
    expect(read({ HOOKQL_MAX_LIST_ITEMS: '1', HOOKQL_MAX_LIST_BYTES: '1000' })).toMatchObject({
      maxListItems: 1,
      maxListBytes: 1_000,
    })
    expect(findProblems(() => read({ HOOKQL_MAX_LIST_ITEMS: '0', HOOKQL_MAX_LIST_BYTES: '999' }))).toEqual([
      'HOOKQL_MAX_LIST_ITEMS: must be an integer from 1 to 10000000',
      'HOOKQL_MAX_LIST_BYTES: must be an integer from 1000 to 10000000000',
    ])
    expect(read({ HOOKQL_PACING: 'on', HOOKQL_SHARING: 'on' })).toMatchObject({ pacing: true, sharing: true })
    expect(findProblems(() => read({ HOOKQL_PACING: canary, HOOKQL_SHARING: 'false', HOOKQL_MAX_RESPONSE_BYTES: '1' }))).toEqual([
      'HOOKQL_MAX_RESPONSE_BYTES: must be an integer from 1000 to 1000000000',
      'HOOKQL_PACING: must be on or off',
      'HOOKQL_SHARING: must be on or off',
    ])
  })

  it.each([canary, '-1', '65536', '80.5', '0x50', ' 80', '1e3'])('refuses %j as a port', (PORT) => {
    expect(findProblems(() => read({ PORT }))).toEqual(['PORT: must be an integer from 0 to 65535'])
  })

  it.each([canary, '0', '600001'])('refuses %j as a deadline', (value) => {
    expect(findProblems(() => read({ HOOKQL_UPSTREAM_TIMEOUT_MS: value }))).toEqual([
      'HOOKQL_UPSTREAM_TIMEOUT_MS: must be an integer from 1 to 600000',
    ])
  })

  it.each([canary, '1', 'yes', 'TRUE'])('refuses %j where true or false is asked for', (HOOKQL_SANDBOX) => {
    expect(findProblems(() => read({ HOOKQL_SANDBOX }))).toEqual(['HOOKQL_SANDBOX: must be false or true'])
  })
})

describe('what was meant to do something and would do nothing', () => {
  // These are others' too: nothing is taken for them.
  const known = listVariables().filter((name) => !['HOST', 'NODE_ENV', 'PORT'].includes(name))
  const production = { NODE_ENV: 'production', HOOKQL_STORE: 'memory' }
  const noAccounts = expect.stringMatching(/^NODE_ENV: .*no account.*HOOKQL_CONFIG.*HOOKQL_SANDBOX=true/)

  it('is production without accounts: it serves the sandbox only when asked', () => {
    expect(findProblems(() => read(production))).toEqual([noAccounts])
    expect(findProblems(() => read({ ...production, HOOKQL_SANDBOX: 'false' }))).toEqual([noAccounts])
    expect(findProblems(() => read({ ...production, NODE_ENV: 'Production ' }))).toEqual([noAccounts])
    expect(findYamlProblems('{}', { NODE_ENV: 'development' })).toEqual([])
    expect(findProblems(() => readYaml('{}', production))).toEqual([noAccounts])
    expect(read({ ...production, HOOKQL_SANDBOX: 'true' })).toMatchObject({ sandbox: true, accounts: [] })
    expect(read({ ...production, ENCRATA_API_KEY: 'key' })).toMatchObject({ sandbox: false, accounts: [{ slug: 'encrata' }] })
    expect(readYaml(toYaml('provider: baanx', 'token: t'), production).accounts).toHaveLength(1)
    expect(findYamlProblems('accounts: []', production)).toEqual([
      'accounts: must have at least one account. If the file has none, omit accounts',
    ])
  })

  it.each(providers)('is the base URL of $displayName without its token', ({ environment: { token, baseUrl } }) => {
    const problem = `${baseUrl}: has no effect without ${token}. Set both or unset it`
    expect(findProblems(() => read({ [baseUrl]: `https://${canary}.test` }))).toEqual([problem])
    expect(findProblems(() => read({ ...production, [baseUrl]: `https://${canary}.test` }))).toEqual([noAccounts, problem])
    expect(findProblems(() => read({ HOOKQL_SANDBOX: 'true', [baseUrl]: `https://${canary}.test` }))).toEqual([problem])
    const yaml = toYaml('provider: baanx', 'token: t', `baseUrl: \${${baseUrl}}`)
    expect(readYaml(yaml, { [baseUrl]: 'https://api.test' }).accounts).toMatchObject([{ baseUrl: 'https://api.test' }])
  })

  it.each(known)('is a name up to two edits away from %s', (name) => {
    const middle = Math.floor(name.length / 2)
    const misspelt = [
      name.slice(1),
      name.slice(2),
      name.slice(0, -2),
      `${name}X`,
      `${name}_2`,
      `${name.slice(0, middle)}QQ${name.slice(middle + 2)}`,
      `${name.slice(0, middle)}${name.slice(middle + 2)}`,
      `${name.slice(0, 2)}${name.charAt(3)}${name.charAt(2)}${name.slice(4)}`,
      name.toLowerCase(),
    ].filter((each) => each !== name && known.every((other) => other === name || distance(other, each) > 2))
    expect(misspelt.length).toBeGreaterThan(6)
    const problems = misspelt.map((each) => findProblems(() => read({ [each]: canary })))
    expect(problems).toEqual(
      misspelt.map((each) => [`${each}: is not a HookQL variable. Did you mean ${name}? Rename or unset it`]),
    )
    expect(read(Object.fromEntries(misspelt.map((each) => [each, '']))).unknownVariables).toEqual([])
  })

  it.each([
    ['HOOKQL_CONFG', 'HOOKQL_CONFIG'],
    ['HOKQL_CONFIG', 'HOOKQL_CONFIG'],
    ['BAANX_ACCES_TOKEN', 'BAANX_ACCESS_TOKEN'],
    ['ENCARTA_API_KEY', 'ENCRATA_API_KEY'],
  ])('is %s, which is named beside the lack of accounts in production', (name, meant) => {
    expect(findProblems(() => read({ ...production, [name]: canary }))).toEqual([
      noAccounts,
      `${name}: is not a HookQL variable. Did you mean ${meant}? Rename or unset it`,
    ])
  })

  it('is told in one line, whatever stands in the name', () => {
    expect(findProblems(() => read({ 'HOOKQL_CONFIG\n': canary }))).toEqual([
      '"HOOKQL_CONFIG\\n": is not a HookQL variable. Did you mean HOOKQL_CONFIG? Rename or unset it',
    ])
  })

  it('is no variable that the configuration file uses', () => {
    const environment = { BAANX_ACCESS_TOKEN_2: 'two', HOOKQL_EU_TOKEN: 'eu' }
    const yaml = `accounts:
  - { slug: two, provider: baanx, token: "\${BAANX_ACCESS_TOKEN_2}" }
  - { slug: eu, provider: verifik, token: "\${HOOKQL_EU_TOKEN}" }
`
    expect(readYaml(yaml, environment)).toMatchObject({ accounts: [{ token: 'two' }, { token: 'eu' }], unknownVariables: [] })
    expect(readYaml(yaml, { ...environment, HOOKQL_US_TOKEN: canary }).unknownVariables).toEqual(['HOOKQL_US_TOKEN'])
  })

  it('is no variable that the file no longer uses when it is read again', () => {
    const environment = { BAANX_ACCESS_TOKEN_2: canary, VERIFIK_BASE_URL: `https://${canary}.test`, HOOKQL_OTHER: canary }
    expect(findProblems(() => readConfig(environment, providers))).toHaveLength(2)
    expect(readConfig(environment, providers, 'RELOAD')).toMatchObject({ accounts: [], unknownVariables: [] })
  })

  it('is a warning where it starts with HOOKQL_ and comes near nothing', () => {
    const environment = { HOOKQL_HOST: canary, HOOKQL_COLOUR: canary, HOOKQL_EMPTY: '', hookql_other: canary }
    expect(read(environment).unknownVariables).toEqual(['HOOKQL_HOST', 'HOOKQL_COLOUR', 'hookql_other'])
  })

  it('is nothing that Kubernetes sets for a Service of this name', () => {
    const names = ['PORT', 'PORT_4000_TCP', 'PORT_4000_TCP_ADDR', 'PORT_80_TCP_PROTO', 'SERVICE_HOST', 'SERVICE_PORT_HTTP']
    const environment = Object.fromEntries(names.map((name) => [`HOOKQL_${name}`, 'tcp://10.0.0.1:80']))
    expect(read(environment)).toEqual(read({}))
  })

  it.each([
    'HOSTS',
    'POST',
    'HOST_1',
    'PORTS',
    'SPORT',
    'NODE_ENVS',
    'HOSTNAME',
    'PATH',
    'HOME',
    'BASE_URL',
    'API_KEY',
    'TOKEN',
    'VERIFY_TOKEN',
    'VERIFIED_TOKEN',
    'BANK_ACCESS_TOKEN',
    'BANK_BASE_URL',
    'BRAND_BASE_URL',
    'ACCESS_TOKEN',
    'BAANX_REGION',
    'VERIFIK_CLIENT_ID',
    'FINGERPRINT_PUBLIC_KEY',
    'ENCRATA_WEBHOOK_SECRET',
    'HOOK_CONFIGURATION',
  ])('is not %s, which is of others', (name) => {
    expect(read({ [name]: canary })).toEqual(read({}))
  })
})

describe('a configuration file', () => {
  it('holds several accounts of one provider, with everything that an account can have', () => {
    const yaml = `
$schema: ./hookql.schema.json
accounts:
  - slug: eu
    provider: fingerprint
    token: \${EU_KEY}
    apiVersion: 2024-05-20
  - slug: us
    provider: fingerprint
    tokenFile: us.token
    baseUrl: https://\${REGION}.example.test/\${REGION}/
    headers: { X-Client-Key: "key-\${REGION}", x-us-env: "true" }
`
    const { accounts } = readYaml(yaml, { EU_KEY: 'eu-key', REGION: 'us', VERIFIK_TOKEN: 'simple' }, { 'us.token': 'us-key\n' })
    expect(accounts).toEqual([
      { slug: 'verifik', provider: 'verifik', sandbox: false, token: 'simple' },
      { slug: 'eu', provider: 'fingerprint', sandbox: false, token: 'eu-key', apiVersion: '2024-05-20' },
      {
        slug: 'us',
        provider: 'fingerprint',
        sandbox: false,
        token: 'us-key',
        baseUrl: 'https://us.example.test/us/',
        headers: { 'x-client-key': 'key-us', 'x-us-env': 'true' },
      },
    ])
  })

  it('takes a variable for what it is, whatever it looks like', () => {
    const { accounts } = readYaml(toYaml('provider: baanx', 'token: ${KEY}'), { KEY: '${KEY}$&{"a":1}' })
    expect(accounts).toMatchObject([{ token: '${KEY}$&{"a":1}' }])
  })

  it.each([
    'https://api.test',
    'https://api.test:8443/v2/',
    'http://127.0.0.1:1/x',
    'http://127.8.9.1',
    'http://localhost',
    'http://[::1]:4100/v1',
    'http://[::ffff:127.0.0.1]',
  ])('takes %s as a base URL', (url) => {
    expect(readYaml(toYaml('provider: verifik', 'token: t', `baseUrl: "${url}"`)).accounts).toMatchObject([{ baseUrl: url }])
  })

  it.each([
    [`http://10.0.0.1/${canary}`, 'must use https. Plain http is allowed for loopback only'],
    ['http://localhost.evil.test', 'must use https. Plain http is allowed for loopback only'],
    ['http://127.0.0.1.evil.test', 'must use https. Plain http is allowed for loopback only'],
    ['http://[::ffff:10.0.0.1]', 'must use https. Plain http is allowed for loopback only'],
    ['http://0.0.0.0', 'must use https. Plain http is allowed for loopback only'],
    [`file:///${canary}`, 'must be an https URL'],
    [`https://user:${canary}@api.test`, 'must be a URL without user name and password'],
    [`https://api.test/?key=${canary}`, 'must be a URL without query and fragment'],
    ['https://api.test/?', 'must be a URL without query and fragment'],
    [`https://api.test/#${canary}`, 'must be a URL without query and fragment'],
    [canary, 'must be an absolute URL'],
    ['/v1', 'must be an absolute URL'],
    ['https://api.test/ v1', 'must be an absolute URL'],
    ['', 'must be an absolute URL'],
  ])('refuses %j as a base URL', (url, issue) => {
    const yaml = toYaml('provider: verifik', 'token: t', `baseUrl: "${url}"`)
    expect(findYamlProblems(yaml)).toEqual([`accounts.0.baseUrl: ${issue}`])
  })

  it.each([
    ['an unknown key', toYaml('provider: baanx', 'token: t', `tokn: ${canary}`), 'accounts.0: unknown key tokn'],
    ['an unknown key at the top', `${toYaml('provider: baanx', 'token: t')}acounts: ${canary}`, 'unknown key acounts'],
    [
      'a provider there is not',
      toYaml(`provider: ${canary}`, 'token: t'),
      `accounts.0.provider: must be one of ${providers.map(({ name }) => name).join(', ')}`,
    ],
    ['no provider', toYaml('token: t'), 'accounts.0.provider: is missing'],
    ['no slug', 'accounts: [{ provider: baanx, token: t }]', 'accounts.0.slug: is missing'],
    [
      'a slug with capitals',
      `accounts: [{ slug: ${canary.toUpperCase()}, provider: baanx, token: t }]`,
      'accounts.0.slug: must be 1 to 63 lowercase letters, digits and inner hyphens',
    ],
    [
      'token and tokenFile',
      toYaml('provider: baanx', `token: ${canary}`, 'tokenFile: good.token'),
      'accounts.0: must have either token or tokenFile',
    ],
    ['neither', toYaml('provider: baanx'), 'accounts.0: must have either token or tokenFile'],
    ['an empty token', toYaml('provider: baanx', 'token: ""'), 'accounts.0.token: is empty. Provide a token'],
    [
      'a token of two lines',
      toYaml('provider: baanx', `token: "${canary}\\n${canary}"`),
      'accounts.0.token: contains characters that are not allowed in a token (spaces, line breaks or non-ASCII)',
    ],
    [
      'a token that is a number',
      toYaml('provider: baanx', 'token: 12345'),
      'accounts.0.token: must be a string. Add quotes if it looks like another type',
    ],
    [
      'a tokenFile that is not there',
      toYaml('provider: baanx', 'tokenFile: none.token'),
      'accounts.0.tokenFile: cannot be read. Check its path and permissions',
    ],
    [
      'a tokenFile that is a folder',
      toYaml('provider: baanx', 'tokenFile: .'),
      'accounts.0.tokenFile: cannot be read. Check its path and permissions',
    ],
    [
      'an empty tokenFile',
      toYaml('provider: baanx', 'tokenFile: empty.token'),
      'accounts.0.tokenFile: is empty. Provide a token',
    ],
    [
      'a tokenFile with something else in it',
      toYaml('provider: baanx', 'tokenFile: bad.token'),
      'accounts.0.tokenFile: contains characters that are not allowed in a token (spaces, line breaks or non-ASCII)',
    ],
    [
      'an apiVersion where there is none',
      toYaml('provider: baanx', 'token: t', `apiVersion: "${canary}"`),
      'accounts.0.apiVersion: Baanx does not support apiVersion',
    ],
    [
      'an apiVersion with a line break',
      toYaml('provider: fingerprint', 'token: t', `apiVersion: "${canary}\\nx: y"`),
      'accounts.0.apiVersion: must be a version such as 2024-05-20',
    ],
    [
      'the gateway’s own header',
      toYaml('provider: baanx', 'token: t', `headers: { Authorization: ${canary} }`),
      'accounts.0.headers.Authorization: is set by the gateway and cannot be configured',
    ],
    [
      'the header that apiVersion sets',
      toYaml('provider: fingerprint', 'token: t', `headers: { X-API-Version: ${canary} }`),
      'accounts.0.headers.X-API-Version: use apiVersion instead',
    ],
    [
      'a malformed header name',
      toYaml('provider: baanx', 'token: t', `headers: { "x key": ${canary} }`),
      'accounts.0.headers."x key": is not a valid header name',
    ],
    [
      'a header name with a line break',
      toYaml('provider: baanx', 'token: t', `headers: { "x\\r\\ny": ${canary} }`),
      'accounts.0.headers."x\\r\\ny": is not a valid header name',
    ],
    [
      'a header value with a line break',
      toYaml('provider: baanx', 'token: t', `headers: { x-client-key: "${canary}\\r\\nx: y" }`),
      'accounts.0.headers.x-client-key: is not a valid header value',
    ],
    [
      'a header value that is no text',
      toYaml('provider: baanx', 'token: t', 'headers: { x-us-env: true }'),
      'accounts.0.headers.x-us-env: must be a string. Add quotes if it looks like another type',
    ],
    ['an account that is no account', `accounts: [${canary}]`, 'accounts.0: must be a mapping'],
    ['accounts that are no list', `accounts: ${canary}`, 'accounts: must be a list'],
    ['no accounts', 'accounts: []', 'accounts: must have at least one account. If the file has none, omit accounts'],
    ['nothing', '', 'must be a mapping'],
    ['plain text', canary, 'must be a mapping'],
    ['what is not valid YAML', `accounts:\n  - slug: "${canary}\n`, 'line 3 is not valid YAML'],
    [
      'an alias that contains itself',
      'accounts: &all [*all]',
      'an alias is undefined, contains itself or expands to too much data',
    ],
    ['an alias that leads nowhere', `accounts: *${canary}`, 'an alias is undefined, contains itself or expands to too much data'],
    ['a key twice', toYaml('provider: baanx', 'token: t', `token: ${canary}`), 'line 5 repeats a key'],
    [
      'a malformed variable',
      toYaml('provider: baanx', 'token: "${ A-KEY }"'),
      'accounts.0.token: write ${NAME} with the name of an environment variable',
    ],
  ])('with %s is refused in one line', (_, yaml, problem) => {
    const others = { 'good.token': canary, 'empty.token': '\n', 'bad.token': `${canary}\n${canary}\n` }
    expect(findYamlProblems(yaml, {}, others)).toEqual([problem])
  })

  it.each([
    ['provider', toYaml('provider: ${MISSING}', `token: ${canary}`)],
    ['tokenFile', toYaml('provider: baanx', 'tokenFile: ${MISSING}')],
    ['baseUrl', toYaml('provider: baanx', `token: ${canary}`, 'baseUrl: "https://${MISSING}.test/${MISSING}"')],
    ['headers.x-client-key', toYaml('provider: baanx', `token: ${canary}`, 'headers: { x-client-key: "${MISSING}" }')],
  ])('with a variable in %s that is not set is refused once', (key, yaml) => {
    expect(findYamlProblems(yaml, { MISSING: '' })).toEqual([
      `accounts.0.${key}: the environment variable MISSING is not set. Set it and start HookQL again`,
    ])
  })

  it.each([
    ['slug', 'accounts: [{ slug: $TOKEN, provider: baanx, token: t }]'],
    ['provider', toYaml('provider: $TOKEN', `token: ${canary}`)],
    ['token', toYaml('provider: baanx', 'token: $TOKEN')],
    ['token', toYaml('provider: baanx', 'token: $(TOKEN)')],
    ['tokenFile', toYaml('provider: baanx', 'tokenFile: "$TOKEN"')],
    ['baseUrl', toYaml('provider: baanx', `token: ${canary}`, 'baseUrl: $TOKEN')],
    ['headers.x-client-key', toYaml('provider: baanx', `token: ${canary}`, 'headers: { x-client-key: $TOKEN }')],
  ])('with a variable without braces in %s is refused, and shown how to write it', (key, yaml) => {
    const problem = `accounts.0.${key}: write \${TOKEN}: without braces, the variable is not replaced`
    expect(findYamlProblems(yaml)).toEqual([problem])
    expect(findYamlProblems(yaml, { TOKEN: canary })).toEqual([problem])
  })

  it('with a brace that is not closed is refused', () => {
    expect(findYamlProblems(toYaml('provider: baanx', `token: "x\${${canary}"`))).toEqual([
      'accounts.0.token: write ${NAME}: the closing brace is missing',
    ])
  })

  it('repeats nothing after a $ that may be a password', () => {
    const yaml = toYaml('provider: baanx', `token: $ecret_${canary.replaceAll('-', '_')}`)
    const problem = (name: string) => `accounts.0.token: write \${${name}}: without braces, the variable is not replaced`
    expect(findYamlProblems(yaml)).toEqual([problem('NAME')])
    expect(findYamlProblems(toYaml('provider: baanx', 'token: $eu_token'), { eu_token: canary })).toEqual([problem('eu_token')])
    expect(readYaml(toYaml('provider: baanx', 'token: ${KEY}'), { KEY: '$TOKEN' }).accounts).toMatchObject([{ token: '$TOKEN' }])
    expect(readYaml(toYaml('provider: baanx', 'token: a$TOKEN')).accounts).toMatchObject([{ token: 'a$TOKEN' }])
  })

  it('with a slug that is taken is refused, whoever has taken it', () => {
    const yaml = `
accounts:
  - { slug: verifik, provider: baanx, token: ${canary} }
  - { slug: same, provider: baanx, token: ${canary} }
  - { slug: same, provider: encrata, token: ${canary} }
`
    expect(findYamlProblems(yaml, { VERIFIK_TOKEN: canary })).toEqual([
      'accounts.0.slug: is already used by VERIFIK_TOKEN. Every account needs a unique slug',
      'accounts.2.slug: is already used by FILE: accounts.1. Every account needs a unique slug',
    ])
  })

  it('is refused with everything that is wrong with it and with the variables', () => {
    const yaml = `
colour: ${canary}
accounts:
  - slug: one
    provider: baanx
    token: \${MISSING}
    tokn: ${canary}
    baseUrl: http://${canary}.test
  - slug: one
    provider: ${canary}
    tokenFile: none.token
    headers: { host: ${canary} }
`
    const file = join(writeFiles(yaml), 'hookql.yaml')
    const environment = { HOOKQL_CONFIG: file, PORT: canary, HOOKQL_SANDBOX: canary, BAANX_ACCESS_TOKEN: `${canary}\n` }
    expect(findProblems(() => read(environment)).toSorted()).toEqual(
      [
        'BAANX_ACCESS_TOKEN: contains characters that are not allowed in a token (spaces, line breaks or non-ASCII)',
        'HOOKQL_SANDBOX: must be false or true',
        'PORT: must be an integer from 0 to 65535',
        `${file}: accounts.0.baseUrl: must use https. Plain http is allowed for loopback only`,
        `${file}: accounts.0.token: the environment variable MISSING is not set. Set it and start HookQL again`,
        `${file}: accounts.0: unknown key tokn`,
        `${file}: accounts.1.headers.host: is set by the gateway and cannot be configured`,
        `${file}: accounts.1.provider: must be one of ${providers.map(({ name }) => name).join(', ')}`,
        `${file}: accounts.1.slug: is already used by ${file}: accounts.0. Every account needs a unique slug`,
        `${file}: accounts.1.tokenFile: cannot be read. Check its path and permissions`,
        `${file}: unknown key colour`,
      ].toSorted(),
    )
  })

  it('that cannot be read is named', () => {
    const folder = writeFiles('')
    mkdirSync(join(folder, 'folder'))
    for (const file of [join(folder, 'none.yaml'), join(folder, 'folder')]) {
      expect(findProblems(() => read({ HOOKQL_CONFIG: file }))).toEqual([
        `${file}: cannot be read. Check the path in HOOKQL_CONFIG`,
      ])
    }
  })
})

describe('who may call', () => {
  const sha256 = 'ab'.repeat(32)
  const account = '  - { slug: main, provider: baanx, token: t }'

  it('is read with defaults', () => {
    const yaml = `accounts:
${account}
auth:
  apiKeys:
    - { name: ci, sha256: ${sha256}, scopes: [webhooks:read, deliveries:read], accounts: [main] }
    - { name: admin, sha256: ${sha256}, scopes: [webhooks:read, webhooks:write, secrets:write] }
  jwt: { issuer: https://login.acme.test, audience: hookql, jwksUrl: https://login.acme.test/jwks.json }
`
    const { apiKeys, jwt } = readYaml(yaml).auth ?? {}
    expect(apiKeys?.map(({ name, accounts }) => [name, accounts])).toEqual([
      ['ci', ['main']],
      ['admin', undefined],
    ])
    expect(jwt).toMatchObject({ issuer: 'https://login.acme.test', scopesClaim: 'scope' })
    expect(jwt?.accountsClaim).toBeUndefined()
  })

  it('may be configured beside accounts of the environment, or of the sandbox', () => {
    const yaml = (slug: string) =>
      `auth: { apiKeys: [{ name: ci, sha256: ${sha256}, scopes: [webhooks:read], accounts: [${slug}] }] }`
    expect(readYaml(yaml('encrata'), { ENCRATA_API_KEY: 'key' }).accounts).toHaveLength(1)
    expect(readYaml(yaml('verifik')).accounts).toEqual([])
    expect(findYamlProblems(yaml('verifik'), { ENCRATA_API_KEY: 'key' })).toEqual([
      'auth.apiKeys.0.accounts.0: no account has this slug',
    ])
  })

  it('is refused with everything that is wrong, and never a value', () => {
    const yaml = `auth:
  apiKeys:
    - { name: 'a ${canary}', sha256: ${canary}, scopes: [] }
    - { name: twice, sha256: ${sha256}, scopes: [${canary}] }
    - { name: twice, sha256: ${sha256}, scopes: [webhooks:read], accounts: [${canary}], key: ${canary} }
  jwt: { issuer: '', jwksUrl: 'http://${canary}.test/jwks.json' }
`
    expect(findYamlProblems(yaml).toSorted()).toEqual(
      [
        'auth.apiKeys.0.name: must be 1 to 63 letters, digits, dots, hyphens and underscores',
        'auth.apiKeys.0.sha256: must be the hash printed by hookql key',
        'auth.apiKeys.0.scopes: must have at least one scope',
        'auth.apiKeys.1.scopes.0: must be one of webhooks:read, webhooks:write, secrets:write, deliveries:read, journal:read, secrets:reveal',
        'auth.apiKeys.2.accounts.0: no account has this slug',
        'auth.apiKeys.2.name: is already used by another key',
        'auth.apiKeys.2: unknown key key',
        'auth.jwt.audience: is missing',
        'auth.jwt.issuer: is empty',
        'auth.jwt.jwksUrl: must use https. Plain http is allowed for loopback only',
      ].toSorted(),
    )
    expect(findYamlProblems('auth: {}')).toEqual(['auth: must have apiKeys or jwt. To disable authentication, omit auth'])
  })
})

describe('what may be asked, and what is told', () => {
  it('is read from the file', () => {
    const yaml = `
limits: { tokens: 500, upstreamCalls: 20 }
corsOrigins: ['https://console.acme.test', 'http://localhost:3000']
corsHeaders: [X-Datadog-Trace-Id]
trustedDocuments: { file: documents.json, only: true }
auditFile: logs/audit.log
allowPrivateTargets: true
`
    const config = readYaml(yaml, {}, { 'documents.json': '{"abc":"{ accounts { slug } }"}' })
    expect(config).toMatchObject({
      limits: { tokens: 500, upstreamCalls: 20 },
      corsOrigins: ['https://console.acme.test', 'http://localhost:3000'],
      corsHeaders: ['X-Datadog-Trace-Id'],
      trustedDocuments: { documents: new Map([['abc', '{ accounts { slug } }']]), only: true },
      auditFile: expect.stringMatching(/\/logs\/audit\.log$/),
      allowPrivateTargets: true,
    })
    expect(Object.keys(config.limits)).toEqual(['tokens', 'upstreamCalls'])
  })

  it('is refused where it cannot be meant', () => {
    const yaml = `
limits: { tokens: 0, depth: ${canary}, calls: 1 }
corsOrigins: ['*', 'https://console.acme.test/', 'https://${canary}.test/x']
trustedDocuments: { file: documents.json }
`
    expect(findYamlProblems(yaml, {}, { 'documents.json': '["{ a }"]' }).toSorted()).toEqual(
      ['limits: unknown key calls', 'limits.depth: must be an integer', 'limits.tokens: must be at least 1'].toSorted(),
    )
    const origins = `corsOrigins: ['*', 'https://console.acme.test/', 'https://${canary}.test/x']\ntrustedDocuments: { file: documents.json }`
    expect(findYamlProblems(origins, {}, { 'documents.json': '["{ a }"]' })).toEqual([
      ...[0, 1, 2].map((index) => `corsOrigins.${index}: must be an origin without a path, e.g. https://console.acme.example`),
      'trustedDocuments.file: cannot be read as a JSON object of hashes and documents',
    ])
    expect(findYamlProblems(`corsHeaders: ['*', 'a b', 'x: ${canary}', ok]`)).toEqual(
      [0, 1, 2].map((index) => `corsHeaders.${index}: must be a header name`),
    )
  })

  it('helps nobody to explore who has to show credentials in production', () => {
    const auth = `auth: { apiKeys: [{ name: ci, sha256: '${'ab'.repeat(32)}', scopes: [webhooks:read] }] }`
    const on = { introspection: true, graphiql: true }
    const off = { introspection: false, graphiql: false }
    const production = { NODE_ENV: 'production', HOOKQL_SANDBOX: 'true' }
    expect(readYaml(auth)).toMatchObject(on)
    expect(read(production)).toMatchObject(on)
    expect(readYaml(auth, production)).toMatchObject(off)
    const switched = { HOOKQL_INTROSPECTION: 'on', HOOKQL_GRAPHIQL: 'on', ...production }
    expect(readYaml(auth, switched)).toMatchObject(on)
    expect(read({ HOOKQL_INTROSPECTION: 'off', HOOKQL_GRAPHIQL: 'off' })).toMatchObject(off)
  })

  it('takes a port for operators and a level of the log', () => {
    expect(read({ HOOKQL_ADMIN_PORT: '9090', HOOKQL_LOG_LEVEL: 'warn' })).toMatchObject({ adminPort: 9090, logLevel: 'warn' })
    expect(findProblems(() => read({ HOOKQL_ADMIN_PORT: canary, HOOKQL_LOG_LEVEL: canary, HOOKQL_GRAPHIQL: canary }))).toEqual([
      'HOOKQL_ADMIN_PORT: must be an integer from 0 to 65535',
      'HOOKQL_GRAPHIQL: must be on or off',
      'HOOKQL_LOG_LEVEL: must be debug or info or warn or error',
    ])
  })
})

describe('where the journal is kept', () => {
  const hour = 3_600_000
  const key = Buffer.alloc(32, 'key').toString('base64')
  const otherKey = Buffer.alloc(32, 'other').toString('hex')
  const account = { ENCRATA_API_KEY: 'key' }
  const own = resolve('.hookql/hookql.db')

  it.each([
    ['without accounts, for the sandbox', {}, null],
    ['with the sandbox, whatever accounts there are', { ...account, HOOKQL_SANDBOX: 'true' }, null],
    ['with the sandbox in production', { HOOKQL_SANDBOX: 'true', NODE_ENV: 'production' }, null],
    ['with accounts', account, own],
    ['where memory is asked for', { ...account, HOOKQL_STORE: 'memory' }, null],
    ['where memory is asked for in production', { ...account, HOOKQL_STORE: 'memory', NODE_ENV: 'production' }, null],
    ['where a path is given', { ...account, HOOKQL_STORE: '/var/lib/hookql/hookql.db' }, '/var/lib/hookql/hookql.db'],
    ['where a path looks a little like a URL', { ...account, HOOKQL_STORE: '/data/env=prod/a:b.db' }, '/data/env=prod/a:b.db'],
    ['where a path begins with a drive', { ...account, HOOKQL_STORE: 'C:\\hookql\\hookql.db' }, resolve('C:\\hookql\\hookql.db')],
    ['where a path is given for the sandbox', { HOOKQL_STORE: 'data/x.db' }, resolve('data/x.db')],
  ])('is decided %s', (_, environment, storePath) => {
    expect(read(environment).storePath).toBe(storePath)
  })

  it('must be said in production, beside whatever else is missing', () => {
    const missing = expect.stringMatching(/^HOOKQL_STORE: .*production.* path .*such as \/.*memory/)
    expect(findProblems(() => read({ ...account, NODE_ENV: 'production' }))).toEqual([missing])
    const problems = findProblems(() => read({ NODE_ENV: 'production', PORT: canary, VERIFIK_BASE_URL: 'https://api.test' }))
    expect(problems).toEqual([
      expect.stringMatching(/^PORT: /),
      expect.stringMatching(/^NODE_ENV: /),
      missing,
      expect.stringMatching(/^VERIFIK_BASE_URL: /),
    ])
  })

  it.each([
    [`postgres://hookql:${canary}@db.test`, 'it names no database'],
    [`PostgreSQL://hookql:${canary}@db.test/hookql?pool_max=0`, 'pool_max must be a number from 1 to 1000'],
    ...[
      `mysql://hookql:${canary}@db.test/hookql`,
      `file:${canary}.db`,
      `jdbc:postgres://hookql:${canary}@db.test/hookql`,
      `"postgres://hookql:${canary}@db.test/hookql"`,
      `'postgres:///hookql?sslkey=${canary}'`,
      `//hookql:${canary}@db.test/hookql`,
      `hookql:${canary}@db.test/hookql`,
      `hookql:${canary}/a@db.test/hookql`,
      `host=db.test port=5432 user=hookql password=${canary} dbname=hookql`,
      `dbname = hookql passfile = /${canary}`,
      `Server=db.test;User Id=hookql;Password=${canary};Database=hookql`,
      `/cloudsql/hookql?user=hookql&password=${canary}`,
      `/db.test;Pwd = ${canary}`,
      `socket:/run/postgresql?user=hookql&password=${canary}`,
    ].map((text) => [
      text,
      'must be the path of a file without a scheme, the URL of a Postgres database like postgres://user:password@host/database, or memory',
    ]),
    [' ', 'must be a path or memory'],
    [':memory:', 'must be a path or memory'],
    ['Memory', 'must be a path or memory'],
    [`/${canary}/`, 'must be the path of a file, not of a directory'],
  ])('is not %s', (HOOKQL_STORE, issue) => {
    expect(findProblems(() => read({ HOOKQL_STORE, HOOKQL_STORE_KEY: key }))).toEqual([`HOOKQL_STORE: ${issue}`])
  })

  it('is a Postgres database that is named by a variable or a file, with a key of the operator', () => {
    const url = `postgres://hookql:${canary}@db.test/hookql`
    const readUrl = ({ storePath, storeUrl }: ReturnType<typeof read>) => [storePath, storeUrl && reveal(storeUrl)]
    const production = { ...account, NODE_ENV: 'production' }
    expect(readUrl(read({ ...production, HOOKQL_STORE: url, HOOKQL_STORE_KEY: key }))).toEqual([null, url])
    const files = { 'store.url': `${url}\n`, 'other.url': canary, 'store.key': key }
    const yaml = 'storeUrlFile: store.url\nstoreKeyFile: store.key'
    expect(readUrl(readYaml(yaml, production, files))).toEqual([null, url])
    expect(JSON.stringify(readYaml(yaml, production, files))).not.toContain(canary)
    const missing = expect.stringMatching(/^HOOKQL_STORE_KEY: is not set, and a database needs a key of yours.+openssl/)
    expect(findProblems(() => read({ ...production, HOOKQL_STORE: url }))).toEqual([missing])
    expect(findProblems(() => readYaml('storeUrlFile: store.url', production, files))).toEqual([missing])
    expect(findProblems(() => readYaml(yaml, { ...production, HOOKQL_STORE: 'memory' }, files))).toEqual([
      'HOOKQL_STORE: is set, and so is storeUrlFile. Remove one of them',
    ])
    expect(findYamlProblems('storeUrlFile: other.url', { ...account, HOOKQL_STORE_KEY: key }, files)).toEqual([
      'storeUrlFile: does not have the URL of a Postgres database',
    ])
  })

  it.each([' ', '\t', '\n', '\u00a0', '\ufeff'])('is the same with %j around it', (blank) => {
    const around = (text: string) => read({ ...account, HOOKQL_STORE: `${blank}${text}${blank}`, HOOKQL_STORE_KEY: key })
    const { storePath, storeUrl } = around(`postgres://hookql:${canary}@db.test/hookql`)
    expect([storePath, storeUrl && reveal(storeUrl)]).toEqual([null, `postgres://hookql:${canary}@db.test/hookql`])
    expect(around('memory').storePath).toBeNull()
    expect(around('/var/lib/hookql/hookql.db').storePath).toBe('/var/lib/hookql/hookql.db')
  })

  it('is sealed with the keys of the variable or of the file, in their order', () => {
    const readKeys = ({ storeKeys }: ReturnType<typeof read>) => storeKeys && parseKeys(reveal(storeKeys), '').map(({ id }) => id)
    const ids = parseKeys(`${key} ${otherKey}`, '').map(({ id }) => id)
    expect(readKeys(read({ HOOKQL_STORE_KEY: `${key},${otherKey}` }))).toEqual(ids)
    const file = { 'store.key': `${key}\n${otherKey}\n` }
    expect(readKeys(readYaml('storeKeyFile: store.key', {}, file))).toEqual(ids)
    expect(JSON.stringify(readYaml('storeKeyFile: store.key', {}, file))).not.toContain(key)
    expect(findProblems(() => readYaml('storeKeyFile: store.key', { HOOKQL_STORE_KEY: key }, file))).toEqual([
      'HOOKQL_STORE_KEY: is set, and so is storeKeyFile. Remove one of them',
    ])
  })

  it('is not sealed with anything else', () => {
    const issue = 'must be 32 bytes in base64 or hex'
    const others = { 'bad.key': `${key}\n${canary}`, 'empty.key': '\n' }
    expect(findProblems(() => read({ HOOKQL_STORE_KEY: canary }))).toEqual([
      expect.stringMatching(`^HOOKQL_STORE_KEY: key 1 ${issue}; .*openssl`),
    ])
    for (const [file, problem] of [
      ['bad.key', `key 2 ${issue}; `],
      ['empty.key', 'contains no key; '],
      ['none.key', 'cannot be read. Check its path and permissions'],
    ] as const) {
      expect(findYamlProblems(`storeKeyFile: ${file}`, {}, others)).toEqual([expect.stringMatching(`^storeKeyFile: ${problem}`)])
    }
    expect(findYamlProblems('storeKeyFile: "${MISSING}"')).toEqual([
      'storeKeyFile: the environment variable MISSING is not set. Set it and start HookQL again',
    ])
  })

  it.each([
    ['secretRetention: 0', 0, 90 * 24 * hour],
    ['secretRetention: "0"', 0, 90 * 24 * hour],
    ['secretRetention: 0s', 0, 90 * 24 * hour],
    ['secretRetention: 30m', hour / 2, 90 * 24 * hour],
    ['secretRetention: 7d\njournalRetention: 7d', 168 * hour, 168 * hour],
    ['secretRetention: 45s\njournalRetention: 1h', 45_000, hour],
  ])('is kept for as long as the file says: %j', (yaml, secretRetentionMs, journalRetentionMs) => {
    expect(readYaml(yaml)).toMatchObject({ secretRetentionMs, journalRetentionMs })
  })

  it.each([
    ...['24', '1.5h', '24 hours', '-1h', '01h', '1w', `"${canary}"`, '[24h]', 'true', 'null'].map((value) => [
      `secretRetention: ${value}`,
      'secretRetention: must be a duration such as 30m, 24h or 90d, or 0',
    ]),
    [
      'secretRetention: 91d',
      'secretRetention: 91d is longer than journalRetention (90d), and a secret is removed with its entry',
    ],
    [
      'journalRetention: 12h',
      'secretRetention: 24h is longer than journalRetention (12h), and a secret is removed with its entry',
    ],
    ...['0', '59m'].map((value) => [
      `journalRetention: ${value}`,
      'journalRetention: must be at least 1h: a repeated mutation finds its first outcome in the journal',
    ]),
    ['journalRetention: 3651d', 'journalRetention: must be at most 3650d'],
  ])('is not kept for a time that cannot be meant: %j', (yaml, problem) => {
    expect(findYamlProblems(yaml)).toEqual([problem])
  })
})
