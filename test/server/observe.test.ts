import { context, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { pino } from 'pino'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createApiKey, hashApiKey } from '../../src/server/auth/api-key.ts'
import { scopes } from '../../src/caller.ts'
import { formatId } from '../../src/id.ts'
import { createMetrics } from '../../src/observe/metrics.ts'
import { callTracer } from '../../src/observe/trace.ts'
import { baanx } from '../../src/providers/baanx/index.ts'
import { encrata } from '../../src/providers/encrata/index.ts'
import type { ServerOptions } from '../../src/server/server.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { openStandIn } from '../helpers/stand-in.ts'

async function open(server: Partial<ServerOptions> = {}, door: Parameters<typeof openGateway>[0]['door'] = {}) {
  const standIns = { baanx: await openStandIn(baanx, { seeded: true }), encrata: await openStandIn(encrata, { seeded: true }) }
  const accounts = [toAccount(baanx, standIns.baanx), toAccount(encrata, standIns.encrata)]
  const id = formatId({ kind: 'webhook', slug: 'encrata', upstreamId: encrata.sandbox.seededId })
  return { standIns, id, ...openGateway({ accounts, server, ...(Object.keys(door).length > 0 && { door }) }) }
}

const update = `mutation Rename($id: ID!) { updateWebhook(input: { id: $id, name: "After" }) { __typename ... on WebhookError { code } } }`

describe('the log', () => {
  it('has a line for the request and for each call to a provider, with the same request id', async () => {
    const key = createApiKey()
    const { ask, readLog, logs, standIns } = await open({ auth: { apiKeys: [{ name: 'ci', sha256: hashApiKey(key), scopes }] } })
    standIns.baanx.fail({ status: 503 })
    const { headers } = await ask('query Webhooks { webhooks { complete } }', {}, { authorization: `Bearer ${key}` })
    const requestId = headers.get('x-request-id')
    const common = { requestId, caller: 'key:ci', operation: 'Webhooks' }
    expect(readLog('request')).toMatchObject([
      { ...common, type: 'query', status: 200, outcome: 'OK', durationMs: expect.any(Number) },
    ])
    const calls = readLog('upstream call').toSorted((a, b) => String(a['account']).localeCompare(String(b['account'])))
    expect(calls).toMatchObject([
      { ...common, level: 40, account: 'baanx', provider: 'baanx', method: 'GET', attempt: 1, outcome: 'UPSTREAM_UNAVAILABLE' },
      { ...common, level: 30, account: 'encrata', method: 'GET', attempt: 1, outcome: 'OK', durationMs: expect.any(Number) },
    ])
    expect(logs.join('')).not.toContain('trace_id')
  })

  it('names an operation with a hundred characters at most', async () => {
    const { ask, readLog } = await open()
    await ask(`query ${'x'.repeat(300)} { accounts { slug } }`)
    expect(readLog('request')).toMatchObject([{ operation: 'x'.repeat(100) }])
  })

  it.each(['deploy-4711.a_b', '0123456789abcdef'])('takes the request id %s from the client', async (requestId) => {
    const { ask, readLog } = await open()
    const { headers } = await ask('{ accounts { slug } }', {}, { 'x-request-id': requestId })
    expect(headers.get('x-request-id')).toBe(requestId)
    expect(readLog('request')).toMatchObject([{ requestId }])
  })

  it.each(['short', 'x'.repeat(129), 'has spaces in it', '{"level":60,"msg":"forged"}', 'tabs	are-injected'])(
    'makes its own where the client sends %j',
    async (requestId) => {
      const { ask } = await open()
      const { headers } = await ask('{ accounts { slug } }', {}, { 'x-request-id': requestId })
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    },
  )

  it('has no line for what probes and browsers ask for', async () => {
    const { ask, server, readLog } = await open()
    for (const path of ['/livez', '/readyz', '/', '/graphql', '/nothing']) {
      await server.fetch(`http://gateway.test${path}`, { redirect: 'manual', headers: { accept: 'application/json' } })
    }
    expect(readLog('request')).toEqual([])
    await ask('{ accounts { slug } }')
    expect(readLog('request')).toHaveLength(1)
  })

  it('names what was refused, and no caller where there is none', async () => {
    const { ask, readLog } = await open({ auth: { apiKeys: [{ name: 'ci', sha256: hashApiKey('x'), scopes }] } })
    await ask('{ accounts { slug } }')
    expect(readLog('request')).toMatchObject([{ caller: null, status: 401, outcome: 'UNAUTHENTICATED' }])
  })
})

describe('the audit', () => {
  it('has a line for each write, in the log where nothing else is configured', async () => {
    const { ask, readLog, id } = await open()
    await ask(update, { id })
    await ask('mutation { deleteWebhook(input: { id: "none" }) { __typename } }')
    expect(readLog('audit')).toMatchObject([
      { caller: 'anybody', operation: 'UPDATE', account: 'encrata', webhook: id, after: null, outcome: 'BEGUN' },
      {
        caller: 'anybody',
        operation: 'UPDATE',
        account: 'encrata',
        webhook: id,
        before: null,
        after: { name: 'After' },
        outcome: 'DONE',
      },
      { operation: 'DELETE', account: null, webhook: null, outcome: 'BEGUN' },
      { operation: 'DELETE', account: null, webhook: null, before: null, after: null, outcome: 'NOT_FOUND' },
    ])
  })

  it('names accounts and webhooks that are not there, and nothing that none can be', async () => {
    const { ask, readLog } = await open()
    const create = `mutation ($account: String!) { createWebhook(input: { account: $account, name: "x", url: "https://hooks.acme.test/" }) {
      __typename } }`
    const absent = formatId({ kind: 'webhook', slug: 'nowhere', upstreamId: '1' })
    await ask(create, { account: 'nowhere' })
    await ask(update, { id: absent })
    // The last one has not even the shape of a slug or an id, so that no write begins.
    for (const secret of ['whsec_Canary/1+2=', 'canary'.repeat(40), 'canary'.repeat(15_000)]) {
      await ask(create, { account: secret })
      await ask(update, { id: secret })
    }
    const lines = readLog('audit').filter(({ outcome }) => outcome !== 'BEGUN')
    expect(lines.map(({ account, webhook }) => [account, webhook])).toEqual([
      ['nowhere', null],
      [null, absent],
      ...Array.from({ length: 4 }, () => [null, null]),
    ])
  })

  it('has what was there before too where it has a destination of its own, and then is not in the log', async () => {
    const lines: Record<string, unknown>[] = []
    const audit = pino({}, { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) })
    const { ask, readLog, id } = await open({ audit })
    const { headers } = await ask(update, { id })
    await ask('mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { __typename } }', { id })
    const before = {
      name: expect.any(String),
      url: expect.stringMatching(/^https:/),
      enabled: true,
      status: 'ACTIVE',
      eventTypes: expect.any(Array),
    }
    expect(lines).toMatchObject([
      { requestId: headers.get('x-request-id'), operation: 'UPDATE', before, after: null, outcome: 'BEGUN' },
      {
        requestId: headers.get('x-request-id'),
        operation: 'UPDATE',
        before,
        after: { ...before, name: 'After' },
        outcome: 'DONE',
      },
      { operation: 'DELETE', before: { ...before, name: 'After' }, after: null, outcome: 'BEGUN' },
      { operation: 'DELETE', before: { ...before, name: 'After' }, after: null, outcome: 'DONE' },
    ])
    expect(readLog('audit')).toEqual([])
  })

  it('leaves out what wrote nothing', async () => {
    const { ask, readLog, id } = await open()
    await ask(`mutation ($id: ID!) { updateWebhook(input: { id: $id, name: "x", validateOnly: true }) { __typename } }`, { id })
    await ask('{ webhooks { complete } }')
    expect(readLog('audit')).toEqual([])
  })
})

describe('metrics', () => {
  it('take no answer away when they fail, and have nothing done twice', async () => {
    const failing = {
      ...createMetrics(),
      observeRequest() {
        throw new Error('canary: the metrics are gone')
      },
    }
    const { ask, id, readLog, standIns } = await open({ metrics: failing })
    const { data, text } = await ask(update, { id })
    expect(data).toEqual({ updateWebhook: { __typename: 'UpdateWebhookSuccess' } })
    expect(text).not.toContain('canary')
    expect(standIns.encrata.calls.filter(({ method }) => method === 'PUT')).toHaveLength(1)
    expect(readLog('unexpected error')).toHaveLength(1)
  })

  it('count a request whose line in the log cannot be written', async () => {
    const metrics = createMetrics()
    const write = (): never => {
      throw new Error('canary: the log is gone')
    }
    const { ask } = await open({ metrics, log: pino({}, { write }) })
    expect((await ask('{ accounts { slug } }')).errors).toBeUndefined()
    expect(await metrics.format()).toContain('hookql_request_duration_seconds_count{type="query",outcome="OK"} 1')
  })

  async function openMetered() {
    const metrics = createMetrics()
    const door = {
      observers: [metrics.observer],
      retry: { calls: 1, firstPauseMs: 0 },
      breaker: { failures: 2, pauseMs: 10_000 },
    }
    const read = async (name: string) => {
      const lines = (await metrics.format()).split('\n').filter((line) => line.startsWith(name))
      return Object.fromEntries(
        lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
      )
    }
    return { ...(await open({ metrics }, door)), metrics, read }
  }

  it('count requests and calls by what came of them', async () => {
    const { ask, standIns, read } = await openMetered()
    await ask('{ webhooks { complete } }')
    standIns.baanx.fail({ status: 401 })
    await ask('{ webhooks { complete } }')
    await ask('{ nothing }')
    expect(await read('hookql_request_duration_seconds_count')).toEqual({
      'hookql_request_duration_seconds_count{type="query",outcome="OK"}': 2,
      'hookql_request_duration_seconds_count{type="none",outcome="GRAPHQL_VALIDATION_FAILED"}': 1,
    })
    expect(await read('hookql_upstream_call_duration_seconds_count')).toEqual({
      'hookql_upstream_call_duration_seconds_count{provider="baanx",kind="read",outcome="OK"}': 1,
      'hookql_upstream_call_duration_seconds_count{provider="baanx",kind="read",outcome="CREDENTIALS_REJECTED"}': 1,
      'hookql_upstream_call_duration_seconds_count{provider="encrata",kind="read",outcome="OK"}': 2,
    })
  })

  it('tell how long the event loop stood still', async () => {
    const { read } = await openMetered()
    const name = 'hookql_event_loop_delay_seconds'
    const readLong = async () => {
      const until = performance.now() + 600
      while (performance.now() < until);
      const counts = await read(name)
      return (counts[`${name}_count`] ?? 0) - (counts[`${name}_bucket{le="0.25"}`] ?? 0)
    }
    await expect.poll(readLong).toBeGreaterThan(0)
  })

  it('tell of the circuit breaker and of calls that wait', async () => {
    const { ask, standIns, read } = await openMetered()
    const baanxBreaker = 'hookql_circuit_breaker_state{provider="baanx",account="baanx"}'
    expect((await read('hookql_circuit_breaker_state'))[baanxBreaker]).toBe(0)
    standIns.baanx.fail({ status: 500, times: 2 })
    for (let count = 0; count < 2; count += 1) await ask('{ webhooks { complete } }')
    expect((await read('hookql_circuit_breaker_state'))[baanxBreaker]).toBe(2)
    expect(await read('hookql_upstream_calls_waiting')).toEqual({
      'hookql_upstream_calls_waiting{provider="baanx"}': 0,
      'hookql_upstream_calls_waiting{provider="encrata"}': 0,
    })
  })

  it('tell of writes whose answer was lost, and whether it was found out what became of them', async () => {
    const { ask, standIns, read, readLog, id } = await openMetered()
    await ask(update, { id })
    standIns.encrata.fail({ method: 'PUT', when: 'after', cut: 'connection' })
    await ask(update, { id })
    standIns.encrata.fail({ method: 'POST', when: 'before', cut: 'connection' })
    const create =
      'mutation { createWebhook(input: { account: "encrata", name: "x", url: "https://hooks.acme.test/x", eventTypes: ["lookup.completed"] }) { __typename } }'
    expect((await ask(create)).data.createWebhook.__typename).toBe('OutcomeUnknownError')
    expect(await read('hookql_unknown_outcomes_total')).toEqual({
      'hookql_unknown_outcomes_total{provider="encrata",resolution="resolved"}': 1,
      'hookql_unknown_outcomes_total{provider="encrata",resolution="unresolved"}': 1,
    })
    const ended = readLog('audit').filter(({ outcome }) => outcome !== 'BEGUN')
    expect(ended.map(({ outcome, responseLost }) => [outcome, responseLost])).toEqual([
      ['DONE', false],
      ['DONE', true],
      ['OUTCOME_UNKNOWN', true],
    ])
  })

  it('have labels of few values: no ids, no URLs, no callers', async () => {
    const { ask, metrics, id } = await openMetered()
    await ask(update, { id })
    const labels = [...(await metrics.format()).matchAll(/^hookql_\w+\{([^}]*)\}/gm)].flatMap(([, text = '']) => {
      return [...text.matchAll(/(\w+)=/g)].map(([, name]) => name)
    })
    expect(new Set(labels)).toEqual(new Set(['le', 'type', 'outcome', 'provider', 'kind', 'account']))
    expect(await metrics.format()).not.toContain(id)
  })
})

describe('traces', () => {
  function openExporter() {
    const exporter = new InMemorySpanExporter()
    trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }))
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    propagation.setGlobalPropagator(new W3CTraceContextPropagator())
    onTestFinished(() => {
      trace.disable()
      context.disable()
      propagation.disable()
    })
    return exporter
  }

  it('are a tree: the client, the operation, each call to a provider, and on from there', async () => {
    const exporter = openExporter()
    const { ask, standIns, logs } = await open({}, { observers: [callTracer] })
    standIns.baanx.fail({ status: 404, body: '{"message":"Not found"}' })
    const traceId = '0af7651916cd43dd8448eb211c80319c'
    const traceparent = `00-${traceId}-b7ad6b7169203331-01`
    await ask('query Webhooks { webhooks(filter: { search: "canary-search" }) { complete } }', {}, { traceparent })
    const spans = exporter.getFinishedSpans()
    const operation = spans.find(({ name }) => name === 'query Webhooks')
    const calls = spans.filter(({ name }) => name.startsWith('GET '))
    expect(spans).toHaveLength(3)
    expect(operation?.spanContext().traceId).toBe(traceId)
    expect(operation?.parentSpanContext?.spanId).toBe('b7ad6b7169203331')
    expect(calls.map(({ name }) => name).toSorted()).toEqual(['GET baanx', 'GET encrata'])
    for (const call of calls) {
      expect(call.parentSpanContext?.spanId).toBe(operation?.spanContext().spanId)
      const sent = standIns[call.name === 'GET baanx' ? 'baanx' : 'encrata'].calls[0]?.headers['traceparent']
      expect(sent).toBe(`00-${traceId}-${call.spanContext().spanId}-01`)
    }
    const text = JSON.stringify(spans.map(({ name, attributes, events, status }) => ({ name, attributes, events, status })))
    expect(text).not.toMatch(/canary|https?:|\?|webhooks\(/)
    expect(text).toContain('"hookql.outcome":"NOT_FOUND"')
    expect(logs.join('')).not.toContain('canary')
  })

  it('are named in every log line of what belongs to them', async () => {
    openExporter()
    const { ask, logs, id } = await open()
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    await ask(update, { id }, { traceparent })
    const lines = logs.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(new Set(lines.map(({ msg }) => msg))).toEqual(new Set(['upstream call', 'audit', 'request']))
    expect(new Set(lines.map(({ trace_id }) => trace_id))).toEqual(new Set(['0af7651916cd43dd8448eb211c80319c']))
  })

  it('are nothing, and add no header, where no SDK is set up', async () => {
    const { ask, standIns } = await open({}, { observers: [callTracer] })
    await ask('{ webhooks { complete } }', {}, { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' })
    expect(standIns.baanx.calls[0]?.headers['traceparent']).toBeUndefined()
  })
})
