import { inspect } from 'node:util'
import { context, propagation, trace } from '@opentelemetry/api'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApiKey, hashApiKey } from '../../src/server/auth/api-key.ts'
import { scopes } from '../../src/caller.ts'
import { formatId } from '../../src/id.ts'
import { createCallLog } from '../../src/observe/call-log.ts'
import { createMetrics } from '../../src/observe/metrics.ts'
import { callTracer } from '../../src/observe/trace.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { isUnsupported } from '../../src/provider/unsupported.ts'
import { providers } from '../../src/providers/index.ts'
import type { FaultInput } from '../../src/sandbox/fault.ts'
import { toChange, toDraft } from '../helpers/draft.ts'
import { openEcho, repeatIn } from '../helpers/echo.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { coverPairs } from '../helpers/pairs.ts'
import { openStandIn } from '../helpers/stand-in.ts'

// Every operation of every provider, succeeding and failing, with a canary wherever there is a secret.

const exporter = new InMemorySpanExporter()
beforeAll(
  () => void trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })),
)
afterAll(() => {
  trace.disable()
  context.disable()
  propagation.disable()
})

const chosen = 'whk-canary+chosen/by~the-caller=='
const unpadded = chosen.slice(0, -2)
const webhook = '__typename id upstreamId name url secretHint raw account { slug }'
const failure = '__typename code message upstream { status code message }'
const entry = `id webhookId caller before { name url } after { name url } error { ${failure} } candidates { ${webhook} }`
const errors = `... on WebhookError { ${failure} journalEntry { ${entry} } } `
const issues = '... on InvalidInputError { issues { path message } } ... on UnsupportedError { path }'
const candidates = `... on OutcomeUnknownError { candidates { ${webhook} } }`

/** Each operation as a client sends it, with all that its answer may have. */
const operations: Readonly<Record<string, string>> = {
  list: `{ webhooks { edges { cursor node { ${webhook} } } pageInfo { endCursor } sources { error { message upstream { message } } } } }`,
  get: `query ($id: ID!) { webhook(id: $id) { ... on Webhook { ${webhook} } ${errors} } }`,
  node: `query ($id: ID!) { node(id: $id) { ... on Webhook { ${webhook} } } }`,
  deliveries: `query ($id: ID!) { webhook(id: $id) { ... on Webhook { deliveries { edges { cursor }
    nodes { id upstreamId eventId responseBody error } error { __typename ${errors} } } } } }`,
  journal: `mutation ($update: UpdateWebhookInput!) { r: updateWebhook(input: $update) { ... on UpdateWebhookSuccess { webhook {
    secretSetAt journal { edges { cursor node { ${entry} } } } } } ... on WebhookError { journalEntry { ${entry} webhook { ... on Webhook { ${webhook} } } } } } }`,
  create: `mutation ($create: CreateWebhookInput!) { r: createWebhook(input: $create) { ... on CreateWebhookSuccess { signingSecret
    journalEntry { ${entry} } webhook { ${webhook} }
    warnings { message } } ${errors} ${issues} ${candidates} ... on ConflictError { existing { ${webhook} } } } }`,
  previewCreate: `mutation ($create: CreateWebhookInput!) { r: createWebhook(input: $create) { ... on MutationPreview { requests { url body } } ${errors} } }`,
  update: `mutation ($update: UpdateWebhookInput!) { r: updateWebhook(input: $update) { ... on UpdateWebhookSuccess { journalEntry { ${entry} } webhook { ${webhook} } } ${errors} ${issues} ${candidates} } }`,
  previewUpdate: `mutation ($update: UpdateWebhookInput!) { r: updateWebhook(input: $update) { ... on MutationPreview { requests { url body } } ${errors} } }`,
  delete: `mutation ($id: ID!) { r: deleteWebhook(input: { id: $id }) { __typename ${errors} ${candidates} } }`,
  rotate: `mutation ($rotate: RotateWebhookSecretInput!) { r: rotateWebhookSecret(input: $rotate) { ... on RotateWebhookSecretSuccess { signingSecret
    journalEntry { ${entry} } webhook { ${webhook} } plan { requests { url body } } warnings { message } } ${errors} ${issues} ${candidates} } }`,
  plan: `mutation ($rotate: RotateWebhookSecretInput!) { r: rotateWebhookSecret(input: $rotate) { ... on RotationPlan { requests { url body } } ${errors} } }`,
  verify: `mutation ($id: ID!) { r: verifyWebhook(input: { id: $id }) { ... on VerifyWebhookSuccess { webhook { ${webhook} } } ${errors} ${candidates} } }`,
  test: `mutation ($id: ID!) { r: testWebhook(input: { id: $id }) { ... on TestWebhookSuccess { signature note } ${errors} ${candidates} } }`,
  redeliver: `mutation ($delivery: ID!) { r: redeliverEvent(input: { deliveryId: $delivery, allWebhooks: true }) { __typename ${errors} ${candidates} } }`,
}

/** A text in each of the encodings that docs/security.md names. */
function encode(secret: string): readonly string[] {
  const bytes = Buffer.from(secret)
  const base64 = ['', 'u:', 'user:'].map((user) => Buffer.from(`${user}${secret}`).toString('base64'))
  const base64Url = base64.map((text) => text.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_'))
  const each = (text: string, escape: (sign: string, index: number) => string) => Array.from(text, escape).join('')
  const percent = (sign: string) => `%${sign.charCodeAt(0).toString(16)}`
  const unit = (sign: string) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`
  return [
    secret.replace(/=+$/, ''),
    encodeURI(secret),
    encodeURIComponent(secret).replaceAll('%2F', '/'),
    ...['+', '='].map((sign) => secret.replaceAll(sign, percent)),
    ...['+', '='].map((sign) => secret.replaceAll(sign, unit)),
    ...base64,
    ...base64Url,
    ...base64.flatMap((text) => [encodeURIComponent(text), each(text, percent), text.replaceAll('=', unit)]),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    each(bytes.toString('hex'), (digit, index) => (index % 3 === 0 ? digit.toUpperCase() : digit)),
    each(secret, percent),
    each(secret, percent).toUpperCase(),
    secret.replaceAll('-', '%2d'),
    secret.replace('-', '%2D'),
    each(secret, (sign, index) => (index % 2 === 0 ? sign : percent(sign))),
    each(secret, (sign, index) => [sign, percent(sign), unit(sign)][index % 3] ?? sign),
    each(secret, unit),
    secret.replaceAll('-', String.raw`\u002D`),
    secret.replaceAll('-', String.raw`\-`),
  ]
}

/** A text and all that can be read out of it by somebody who decodes what looks encoded. */
function decode(text: string): string {
  const unescaped = text.replaceAll(/\\+u([0-9a-f]{4})/gi, (_, unit: string) => String.fromCharCode(parseInt(unit, 16)))
  const unquoted = unescaped.replaceAll(/%([0-9a-f]{2})/gi, (_, byte: string) => String.fromCharCode(parseInt(byte, 16)))
  const base64 = [...unquoted.matchAll(/[\w+/-]{12,}/g)].flatMap(([run]) =>
    [0, 1, 2, 3].map((from) => toText(run.slice(from), 'base64')),
  )
  const hex = [...unquoted.matchAll(/[0-9a-f]{16,}/gi)].flatMap(([run]) => [0, 1].map((from) => toText(run.slice(from), 'hex')))
  return [text, unescaped, unquoted, unquoted.replaceAll('\\', ''), ...base64, ...hex].join('\n')
}

function toText(encoded: string, encoding: 'base64' | 'hex'): string {
  return Buffer.from(encoded, encoding).toString('latin1')
}

/** What an upstream says that repeats a credential wherever it can. */
const echoes = (secrets: readonly string[]) => {
  const plain = `${secrets.join(' ')} ${secrets.map((secret) => `Bearer ${secret}`).join(' ')}`
  const text = `${plain} ${secrets.flatMap(encode).join(' ')}`
  const body = JSON.stringify({ message: text, error: text, code: text, data: [{ id: text }], errors: [text] })
  return { text, body }
}

type ToAnswer = Parameters<typeof openEcho>[1]
type ToFault = (echo: ReturnType<typeof echoes>) => FaultInput | null
const faults: Readonly<Record<string, ToFault>> = {
  ...Object.fromEntries(
    [400, 401, 403, 404, 409, 422, 429, 500].map((status): [string, ToFault] => [
      `${status} that repeats it`,
      ({ body }) => ({ status, body, ...(status === 429 && { headers: { 'retry-after': '0' } }) }),
    ]),
  ),
  '200 that repeats it': ({ body }) => ({ status: 200, body }),
  'HTML that repeats it': ({ text }) => ({ status: 502, body: `<html>${text}</html>` }),
  'a redirect that repeats it': ({ text }) => ({
    status: 302,
    body: '',
    headers: { location: `https://evil.test/?token=${encodeURIComponent(text)}` },
  }),
  'broken JSON that repeats it': ({ text }) => ({ status: 200, body: `{"data":{"id":"${text}` }),
  'a lost answer': () => ({ cut: 'connection', when: 'after' }),
  'a cut answer': ({ body }) => ({ cut: 'body', status: 200, body, when: 'after' }),
}

// One for all gateways: what each leaves behind in it stays, and each would watch the event loop by itself.
const metrics = createMetrics()

async function open(provider: Provider, echoed?: (listSent: (method: string) => readonly string[]) => ToAnswer) {
  const standIn = await openStandIn(provider, { seeded: true })
  const key = createApiKey()
  const clientKey = 'canary-client-key'
  const audited: string[] = []
  const logged: string[] = []
  const log = pino({ level: 'trace' }, { write: (line) => void logged.push(line) })
  const sandboxed = toAccount(provider, standIn)
  const account = echoed === undefined ? sandboxed : { ...sandboxed, baseUrl: await openEcho(standIn, echoed(listSent)) }
  const { ask, logs, gateway } = openGateway({
    // Baanx is the one that takes a header of the account's.
    accounts: [provider.name === 'baanx' ? { ...account, headers: { 'x-client-key': clientKey } } : account],
    timeoutMs: 3_000,
    door: { observers: [createCallLog(log), metrics.observer, callTracer], retry: { calls: 2, firstPauseMs: 0 } },
    server: {
      auth: { apiKeys: [{ name: 'ci', sha256: hashApiKey(key), scopes }] },
      audit: pino({}, { write: (line) => void audited.push(line) }),
      metrics,
    },
  })
  /** The secrets that a call of the method carries, and that its answer could repeat. */
  function listSent(method: string): readonly string[] {
    return [
      standIn.token,
      ...(provider.name === 'baanx' ? [clientKey] : []),
      ...(provider.name === 'verifik' && ['POST', 'PUT'].includes(method) ? [chosen] : []),
    ]
  }
  const { seededId, seededEventId = 'evt' } = provider.sandbox
  const id = formatId({ kind: 'webhook', slug: provider.name, upstreamId: seededId })
  const secretOption = Object.entries(provider.options).find(([, { secret }]) => secret === true)?.[0]
  const withSecret = secretOption === undefined ? {} : { options: { [provider.name]: { [secretOption]: chosen } } }
  const rotation = provider.operations.ROTATE_SECRET
  const own =
    rotation.support === 'UNSUPPORTED'
      ? {}
      : { strategy: rotation.strategy, ...(rotation.strategy === 'CALLER_CHOSEN' && { newSecret: chosen }) }
  const create = { ...toDraft(provider, { name: 'Canary', url: 'https://hooks.acme.test/canary' }), ...withSecret }
  const update = { id, ...toChange(provider, 'Changed'), ...withSecret }
  const rotate = { id, ...own }
  const run = (name: string) => {
    const validateOnly = name.startsWith('preview') || name === 'plan'
    const toInput = (input: object) => (validateOnly ? { ...input, validateOnly } : input)
    const all = {
      id,
      delivery: formatId({ kind: 'delivery', slug: provider.name, upstreamId: seededId, key: seededEventId }),
      create: toInput(create),
      update: toInput(update),
      rotate: toInput(rotate),
    }
    const query = operations[name] ?? ''
    const variables = Object.fromEntries(Object.entries(all).filter(([variable]) => query.includes(`$${variable}:`)))
    return ask(query, variables, { authorization: `Bearer ${key}` })
  }
  const secrets = [standIn.token, key, clientKey, unpadded]
  /** The first calls of a write are reads: every method gets its turn. */
  const breakNext = (toFault: ToFault) => {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      const fault = toFault(echoes(listSent(method)))
      if (fault !== null) standIn.fail({ ...fault, method, times: 1 })
    }
  }
  return {
    standIn,
    breakNext,
    gateway,
    secrets,
    run,
    create,
    update,
    rotate,
    id,
    readWritten: () => [...logs, ...logged, ...audited].join('\n'),
  }
}

/** Everything secret that has been said by the stand-in or to it: tokens, keys and what it made up for its webhooks. */
function listSecrets(given: readonly string[], text: string): readonly string[] {
  const made = /"signingSecret":"([^"]+)"/.exec(text)?.[1]
  return made === undefined ? given : [...given, made]
}

/** The answer without the one place in which a secret is handed over. */
function withoutHandover(text: string): string {
  return text.replace(/"signingSecret":"[^"]+"/, '')
}

const cells = providers.flatMap((provider) =>
  Object.keys(operations).map((operation) => ({ provider, name: provider.displayName, operation })),
)

const titles = Object.keys(faults)
/** Each without a fault, and some with one: each operation and each provider with every one. */
function toBroken<Cell extends { readonly name: string; readonly operation: string }>(all: readonly Cell[]) {
  const failing = all.flatMap((cell) => titles.map((title) => ({ ...cell, title })))
  const chosen = coverPairs(failing, ({ name, operation, title }) => [name, operation, title])
  return [...all.map((cell) => ({ ...cell, title: 'no fault' })), ...chosen]
}

const toFault = (title: string): ToFault => faults[title] ?? (() => null)
const broken = toBroken(cells)

/** The same operations without GraphQL. */
const runs = {
  get: ({ gateway, id }) => gateway.get(id),
  list: ({ gateway }, { name }) => gateway.list({ slug: name, provider: name, sandbox: true }),
  create: ({ gateway, create }) => gateway.create({ enabled: true, ...create }),
  update: ({ gateway, update }) => gateway.update(update),
  rotate: ({ gateway, rotate }) => gateway.rotateSecret(rotate),
  remove: ({ gateway, id }) => gateway.remove(id),
} as const satisfies Record<string, (opened: Awaited<ReturnType<typeof open>>, provider: Provider) => Promise<unknown>>

const brokenRuns = toBroken(
  providers.flatMap((provider) =>
    (Object.keys(runs) as (keyof typeof runs)[]).map((operation) => ({ provider, name: provider.displayName, operation })),
  ),
)

/** The secrets of the operations below. */
const used = new Set<string>()

describe('a secret', () => {
  it.each(cells)('is nowhere in what $operation says and leaves behind at $name', async ({ provider, operation }) => {
    for (const { title } of broken.filter((cell) => cell.provider === provider && cell.operation === operation)) {
      exporter.reset()
      const { secrets, breakNext, run, readWritten } = await open(provider)
      breakNext(toFault(title))
      const { text, headers } = await run(operation)
      const written = readWritten()
      const spans = inspect(
        exporter.getFinishedSpans().map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
        { depth: null },
      )
      const places = { answer: withoutHandover(text), written, spans, headers: JSON.stringify([...headers]) }
      const decoded = Object.entries(places).map(([place, content]) => [place, decode(content)] as const)
      for (const secret of listSecrets(secrets, text)) {
        used.add(secret)
        const leaks = decoded.filter(([, content]) => content.includes(secret))
        expect(leaks.map(([place]) => `${title}: ${place}`)).toEqual([])
      }
      expect(headers.get('cache-control')).toBe('no-store')
    }
  })

  it.each(cells)(
    'that $name repeats in data, in any encoding, is nowhere in what $operation says',
    async ({ provider, operation }) => {
      const spell = { text: (secret: string) => ` ${[secret, ...encode(secret)].join(' ')}` }
      const { secrets, run, readWritten } = await open(provider, (listSent) => (answer, method) => {
        return JSON.stringify(repeatIn(answer, listSent(method).map(spell.text).join(' ')))
      })
      const { text } = await run(operation)
      const [told, written] = [decode(withoutHandover(text)), decode(readWritten())]
      for (const secret of secrets) {
        used.add(secret)
        expect(told).not.toContain(secret)
        expect(written).not.toContain(secret)
      }
      // What is cut out is all that is missing.
      const isTold = ['list', 'get', 'node', 'create', 'update'].includes(operation)
      if (isTold) expect(text).toContain('[secret]')
    },
  )

  it('is in no metric of all these operations', async () => {
    const counted = decode(await metrics.format())
    expect(used.size).toBeGreaterThan(cells.length)
    expect([...used].filter((secret) => counted.includes(secret))).toEqual([])
  })

  it.each(providers)('in an id of $displayName becomes no global id and no cursor', async (provider) => {
    const { run, secrets } = await open(provider, (listSent) => (answer, method) => {
      const [token = ''] = listSent(method)
      const text = JSON.stringify(answer)
      const numbered = text.replaceAll(/"id":(\d+)/g, '"id":"$1"')
      return numbered.replaceAll(provider.sandbox.seededId, `id-${token}`).replaceAll(/"(_?id)":"/g, `"$1":"${token}-`)
    })
    for (const operation of ['list', 'get', 'node', 'create']) {
      const { text } = await run(operation)
      expect(text).toMatch(/"UPSTREAM_CONTRACT"|"OUTCOME_UNKNOWN"|"node":null|does not match its documentation/)
      const told = decode(text)
      for (const secret of secrets) expect(told).not.toContain(secret)
    }
  })

  it('that is cut out of what was read is not overwritten by the rest', async () => {
    const encrata = providers.find(({ name }) => name === 'encrata')
    if (encrata === undefined) throw new Error('There is no Encrata.')
    const { run, standIn } = await open(
      encrata,
      (listSent) => (answer, method) => JSON.stringify(repeatIn(answer, `?key=${listSent(method).join()}`)),
    )
    for (const operation of ['update', 'rotate']) {
      const { text } = await run(operation)
      expect(text).toContain('"code":"INVALID_INPUT"')
      expect(text).toContain('it contains a secret of account \\"encrata\\"')
    }
    expect(standIn.calls.filter(({ effect }) => effect === 'WRITE')).toEqual([])
  })

  it.each(providers)('is in no error of $displayName and in no cause of one', async (provider) => {
    for (const { title, operation } of brokenRuns.filter((cell) => cell.provider === provider)) {
      const opened = await open(provider)
      opened.breakNext(toFault(title))
      const outcome = await runs[operation](opened, provider).catch((error: unknown) => error)
      const text = inspect(outcome, { depth: null, showHidden: true })
      expect(opened.secrets.filter((secret) => text.includes(secret)).map(() => title)).toEqual([])
    }
  })

  it.each(providers)('that $displayName made is shown by no read, no list and no preview afterwards', async (provider) => {
    const { run } = await open(provider)
    const made: string[] = []
    for (const name of ['create', 'rotate']) {
      const { text } = await run(name)
      const secret = /"signingSecret":"([^"]+)"/.exec(text)?.[1]
      if (secret !== undefined) made.push(secret)
    }
    // Where nothing can be rotated, webhooks have no secrets of their own.
    expect(made.length > 0).toBe(!isUnsupported(provider.operations.ROTATE_SECRET))
    for (const name of ['list', 'get', 'node', 'deliveries', 'previewUpdate', 'plan', 'update', 'delete']) {
      const { text } = await run(name)
      expect(made.filter((secret) => text.includes(secret))).toEqual([])
    }
  })
})
