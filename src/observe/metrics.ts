import { monitorEventLoopDelay } from 'node:perf_hooks'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { BreakerState, EndedCall, Observer } from './observer.ts'

/** A completed request. */
export interface AnsweredRequest {
  readonly type: string
  /** OK, or the code of the first error. */
  readonly outcome: string
  readonly durationMs: number
}

/** What metrics show of the store. */
export interface WatchedStore {
  isHealthy(): boolean
  countOpen(state: OpenState): Promise<number>
}

const openStates = ['RUNNING', 'UNKNOWN'] as const
type OpenState = (typeof openStates)[number]

export type Metrics = ReturnType<typeof createMetrics>

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const states: Readonly<Record<BreakerState, number>> = { closed: 0, 'half-open': 1, open: 2 }

/** Metrics for Prometheus. Labels have few values: providers, accounts and codes, never IDs, URLs or callers. */
export function createMetrics() {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const requestSeconds = new Histogram({
    name: 'hookql_request_duration_seconds',
    help: 'Duration of GraphQL requests.',
    labelNames: ['type', 'outcome'],
    buckets: seconds,
    registers,
  })
  const callSeconds = new Histogram({
    name: 'hookql_upstream_call_duration_seconds',
    help: 'Duration of upstream requests, each attempt counted separately.',
    labelNames: ['provider', 'kind', 'outcome'],
    buckets: seconds,
    registers,
  })
  const breakers = new Gauge({
    name: 'hookql_circuit_breaker_state',
    help: 'Circuit breaker state of an account: 0 closed, 1 half-open, 2 open.',
    labelNames: ['provider', 'account'],
    registers,
  })
  const waiting = new Gauge({
    name: 'hookql_upstream_calls_waiting',
    help: 'Upstream requests waiting because of pacing or concurrency.',
    labelNames: ['provider'],
    registers,
  })
  const unknown = new Counter({
    name: 'hookql_unknown_outcomes_total',
    help: 'Writes whose response was lost, by whether the outcome was resolved.',
    labelNames: ['provider', 'resolution'],
    registers,
  })

  const commitSeconds = new Histogram({
    name: 'hookql_store_commit_duration_seconds',
    help: 'Time until a step of a write is durable in the journal.',
    buckets: seconds,
    registers,
  })
  const setStore = watchStore(registers)
  watchEventLoop(registers)

  const callWatch = {
    end({ account: { provider }, effect, outcome, durationMs }: EndedCall): void {
      callSeconds.observe({ provider, kind: effect === 'READ' ? 'read' : 'write', outcome }, durationMs / 1_000)
    },
  }

  const observer: Observer = {
    startCall: () => callWatch,
    onBreaker({ provider, slug }, state) {
      breakers.set({ provider, account: slug }, states[state])
      // Creates the series of each account's breaker and its provider's waiting requests at the start.
      waiting.inc({ provider }, 0)
    },
    onWaiting: ({ provider }, change) => waiting.inc({ provider }, change),
  }
  return {
    observer,
    observeRequest({ type, outcome, durationMs }: AnsweredRequest): void {
      requestSeconds.observe({ type, outcome }, durationMs / 1_000)
    },
    countUnknown(provider: string, resolution: 'resolved' | 'unresolved'): void {
      unknown.inc({ provider, resolution })
    },
    observeCommit(durationMs: number): void {
      commitSeconds.observe(durationMs / 1_000)
    },
    setStore,
    contentType: registry.contentType,
    /** In the Prometheus text format. */
    format: (): Promise<string> => registry.metrics(),
  }
}

/** Gauges of the store, read with each scrape. Returns a function that sets the store. */
function watchStore(registers: Registry[]): (store: WatchedStore) => void {
  let watched: WatchedStore | undefined
  const healthy: Gauge = new Gauge({
    name: 'hookql_store_healthy',
    help: 'Whether the store can be written: 1 yes, 0 no.',
    registers,
    collect: () => healthy.set(watched?.isHealthy() === false ? 0 : 1),
  })
  const open: Gauge<'state'> = new Gauge({
    name: 'hookql_journal_open_entries',
    help: 'Journal entries without a known outcome, by state. At most 1000 of each are counted.',
    labelNames: ['state'],
    registers,
    async collect() {
      open.reset()
      for (const state of openStates) {
        // The other metrics matter most while the store fails.
        const count = await watched?.countOpen(state).catch(() => undefined)
        if (count !== undefined) open.set({ state }, count)
      }
    },
  })
  return (store) => {
    watched = store
  }
}

/** Sampling interval of the event loop delay, and interval at which the maximum is recorded. */
const [sampleMs, countMs] = [10, 1_000]

/**
 * The longest delay of each second, as a histogram: the default gauges reset with each scrape, so that two scrapers interfere,
 * and they include the sampling interval.
 */
function watchEventLoop(registers: Registry[]): void {
  const delays = new Histogram({
    name: 'hookql_event_loop_delay_seconds',
    help: 'Longest event loop delay in each second.',
    buckets: seconds,
    registers,
  })
  const samples = monitorEventLoopDelay({ resolution: sampleMs })
  samples.enable()
  const timer = setInterval(() => {
    delays.observe(Math.max(0, samples.max / 1e9 - sampleMs / 1_000))
    samples.reset()
  }, countMs)
  // The timer must not keep the process alive.
  timer.unref()
}
