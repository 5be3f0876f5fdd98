import { context, type ContextManager, ROOT_CONTEXT, trace, type Span } from '@opentelemetry/api'
import { type Logger, pino } from 'pino'
import { afterEach, describe, expect, it } from 'vitest'
import { formatId } from '../../src/id.ts'
import { createMetrics } from '../../src/observe/metrics.ts'
import { callTracer } from '../../src/observe/trace.ts'
import { combineObservers, type Observer } from '../../src/observe/observer.ts'
import { createLedger } from '../../src/gateway/write/ledger.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { providers } from '../../src/providers/index.ts'
import type { ServerOptions } from '../../src/server/server.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { openStandIn } from '../helpers/stand-in.ts'

// Whoever watches a write, at each of its moments, fails; the answer comes all the same, and its secret.

const errors = '... on WebhookError { code message retry }'
const create = (account: string, more = '') => ({
  account,
  operation: `mutation { r: createWebhook(input: { account: "${account}", name: "New", url: "https://hooks.acme.test/new" ${more} }) {
    ... on CreateWebhookSuccess { signingSecret webhook { name } warnings { code } } ${errors} } }`,
  expected: /"signingSecret":"[^"]{8,}","webhook":\{"name":"New"\}/,
})

interface Mutation {
  readonly account: string
  /** Left out: the one that is seeded for examples. */
  readonly upstreamId?: string
  readonly operation: string
  readonly expected: RegExp
}

const mutations: Readonly<Record<string, Mutation>> = {
  'createWebhook at Baanx': create('baanx', 'eventTypes: ["card.activated"]'),
  'createWebhook at Encrata': create('encrata', 'eventTypes: ["credits.low"]'),
  'createWebhook at Fingerprint': create('fingerprint'),
  'createWebhook at Verifik': create('verifik'),
  updateWebhook: {
    account: 'baanx',
    operation: `mutation ($id: ID!) { r: updateWebhook(input: { id: $id, name: "New" }) {
      ... on UpdateWebhookSuccess { webhook { name } warnings { code } } ${errors} } }`,
    expected: /"webhook":\{"name":"New"\}/,
  },
  deleteWebhook: {
    account: 'baanx',
    operation: `mutation ($id: ID!) { r: deleteWebhook(input: { id: $id }) {
      ... on DeleteWebhookSuccess { alreadyAbsent warnings { code } } ${errors} } }`,
    expected: /"alreadyAbsent":false/,
  },
  rotateWebhookSecret: {
    account: 'baanx',
    operation: `mutation ($id: ID!) { r: rotateWebhookSecret(input: { id: $id, strategy: PROVIDER }) {
      ... on RotateWebhookSecretSuccess { signingSecret warnings { code } } ${errors} } }`,
    expected: /"signingSecret":"[^"]{8,}"/,
  },
  verifyWebhook: {
    account: 'fingerprint',
    // One that is not verified, so that it comes to a call.
    upstreamId: 'wh_A8s7D6f5G4h3J2',
    operation: `mutation ($id: ID!) { r: verifyWebhook(input: { id: $id }) {
      __typename ... on VerifyWebhookSuccess { warnings { code } } ${errors} } }`,
    expected: /"VerifyWebhookSuccess"/,
  },
  testWebhook: {
    account: 'encrata',
    operation: `mutation ($id: ID!) { r: testWebhook(input: { id: $id }) {
      ... on TestWebhookSuccess { accepted warnings { code } } ${errors} } }`,
    expected: /"accepted":true/,
  },
  redeliverEvent: {
    account: 'baanx',
    operation: `mutation ($delivery: ID!) { r: redeliverEvent(input: { deliveryId: $delivery }) {
      __typename ... on RedeliverEventSuccess { warnings { code } } ${errors} } }`,
    expected: /"RedeliverEventSuccess"/,
  },
}

/** How often a sink has failed: one that nobody tells anything proves nothing. */
let failures = 0

const fail = (): never => {
  failures += 1
  throw new Error('canary: this sink is broken')
}

/** An unhandled rejection ends a process, and fails these tests. */
const reject = (): unknown => {
  failures += 1
  return Promise.reject(new Error('canary: this sink is broken'))
}

interface Broken {
  readonly observer?: Observer
  readonly server?: Partial<ServerOptions>
  readonly tracer?: Partial<Span> | 'start'
  readonly context?: ContextManager['with']
}

const failingLog: Logger = pino({ level: 'trace' }, { write: fail })
const silent = pino({ level: 'silent' })
const nothing = { end: () => undefined }

/** Everything that is told of a write, failing. */
const sinks: Readonly<Record<string, () => Broken>> = {
  'an observer when a call starts': () => ({ observer: { startCall: fail } }),
  'an observer when a call ends': () => ({ observer: { startCall: () => ({ end: fail }) } }),
  'the headers of an observer': () => ({
    observer: {
      startCall: () => ({
        ...nothing,
        get headers() {
          return fail()
        },
      }),
    },
  }),
  'an observer of breakers': () => ({ observer: { onBreaker: fail } }),
  'the log': () => ({ server: { log: failingLog, audit: silent } }),
  'onWriting when a write begins': () => ({ server: { onWriting: (change) => (change === 1 ? fail() : undefined) } }),
  'onWriting when a write has ended': () => ({ server: { onWriting: (change) => (change === -1 ? fail() : undefined) } }),
  'onWriting later': () => ({ server: { onWriting: () => reject() } }),
  'the metrics': () => ({ server: { metrics: { ...createMetrics(), observeRequest: fail, countUnknown: fail } } }),
  'the second line of the audit': () => {
    let lines = 0
    return { server: { audit: pino({}, { write: () => ((lines += 1) > 1 ? fail() : undefined) }) } }
  },
  'the second line of the audit, and the log': () => {
    let lines = 0
    return { server: { log: failingLog, audit: pino({}, { write: () => ((lines += 1) > 1 ? fail() : undefined) }) } }
  },
  'a tracer when a span starts': () => ({ tracer: 'start' }),
  'a tracer when a span ends': () => ({ tracer: { end: fail } }),
  'a tracer at every moment of a span': () => ({ tracer: { end: fail, setStatus: fail, setAttribute: fail, spanContext: fail } }),
  'the context of a trace': () => ({ context: fail }),
  'the context of a trace when it is left': () => ({
    context: (_, run, self, ...args) => {
      run.call(self as ThisParameterType<typeof run>, ...args)
      return fail()
    },
  }),
}

// Set once: whoever has asked for a tracer keeps to the first one that there is.
let tracer: Broken['tracer']
const span = trace.wrapSpanContext({ traceId: '1'.repeat(32), spanId: '1'.repeat(16), traceFlags: 1 })
const startSpan = (): Span => {
  if (tracer === 'start') return fail()
  return Object.assign(Object.create(span), tracer)
}
trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan, startActiveSpan: fail }) })

afterEach(() => {
  failures = 0
  tracer = undefined
  context.disable()
})

function breakContext(run: ContextManager['with']): void {
  const manager: ContextManager = {
    active: () => ROOT_CONTEXT,
    with: run,
    bind: (_, target) => target,
    enable: () => manager,
    disable: () => manager,
  }
  context.setGlobalContextManager(manager)
}

async function open(
  { account: slug, upstreamId }: Mutation,
  broken: Broken,
  change: (provider: Provider) => Provider = (provider) => provider,
) {
  const known = providers.find(({ name }) => name === slug)
  if (known === undefined) throw new Error(`There is no ${slug}.`)
  const provider = change(known)
  tracer = broken.tracer
  if (broken.context !== undefined) breakContext(broken.context)
  const standIn = await openStandIn(provider, { seeded: true })
  const { ask } = openGateway({
    accounts: [toAccount(provider, standIn)],
    // What was acknowledged to an earlier stand-in, whose port this one may have, is nothing to it.
    ledger: createLedger(),
    providers: provider === known ? providers : providers.map((each) => (each === known ? provider : each)),
    door: { observers: [callTracer, ...(broken.observer === undefined ? [] : [broken.observer])] },
    ...(broken.server && { server: broken.server }),
  })
  const { seededId, seededEventId = '' } = provider.sandbox
  const variables = {
    id: formatId({ kind: 'webhook', slug, upstreamId: upstreamId ?? seededId }),
    delivery: formatId({ kind: 'delivery', slug, upstreamId: seededId, key: seededEventId }),
  }
  const run = (operation: string) =>
    ask(operation, Object.fromEntries(Object.entries(variables).filter(([name]) => operation.includes(`$${name}:`))))
  return { run, standIn }
}

const cells = Object.keys(mutations).flatMap((mutation) => Object.keys(sinks).map((sink) => ({ mutation, sink })))

describe('a write', () => {
  it.each(cells)('$mutation is answered whole though $sink fails', async ({ mutation, sink }) => {
    const asked = mutations[mutation] ?? fail()
    const { operation, expected } = asked
    const { run } = await open(asked, (sinks[sink] ?? fail)())
    const { status, text } = await run(operation)
    expect(text).toMatch(expected)
    expect(text).not.toContain('canary')
    expect(status).toBe(200)
    expect(text.includes('AUDIT_INCOMPLETE')).toBe(sink.startsWith('the second line'))
    expect(failures).toBeGreaterThan(0)
  })

  it.each(Object.keys(mutations))('%s calls nobody where the audit cannot have its first line', async (mutation) => {
    const asked = mutations[mutation] ?? fail()
    const { operation } = asked
    const { run, standIn } = await open(asked, { server: { audit: failingLog } })
    const { data, text } = await run(operation)
    expect(data.r).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retry: 'SAFE' })
    expect(text).not.toContain('canary')
    // What was there before is read for the audit.
    expect(standIn.calls.filter(({ method }) => method !== 'GET')).toEqual([])
  })

  it.each(['the log', 'a tracer at every moment of a span'])(
    'hands out its secret though its webhook cannot be shown and %s fails',
    async (sink) => {
      const asked = mutations['createWebhook at Baanx'] ?? fail()
      const { run } = await open(asked, (sinks[sink] ?? fail)(), breakShown)
      const { text } = await run(asked.operation.replace('{ name }', '{ name raw }'))
      expect(text).toMatch(/"signingSecret":"[^"]{8,}","webhook":\{"name":"New","raw":null\}/)
      expect(text).toContain('INTERNAL_SERVER_ERROR')
      expect(text).not.toContain('canary')
      expect(failures).toBeGreaterThan(1)
    },
  )

  it('goes on though an observer of waiting calls fails', () => {
    combineObservers([{ onWaiting: fail }]).onWaiting({ slug: 'baanx', provider: 'baanx', sandbox: true }, 1)
    expect(failures).toBe(1)
  })
})

/** The provider, with a bug in what shows the webhooks that it has created. */
function breakShown(provider: Provider): Provider {
  const { CREATE } = provider.operations
  if (CREATE.support === 'UNSUPPORTED') throw new Error(CREATE.note)
  const run: typeof CREATE.run = async (...args) => {
    const created = await CREATE.run(...args)
    return { ...created, webhook: { ...created.webhook, raw: { read: fail, seal: fail } } }
  }
  return { ...provider, operations: { ...provider.operations, CREATE: { ...CREATE, run } } }
}
