import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import type { Dispatcher } from 'undici'
import { createGateway, type Gateway } from '../../src/gateway/gateway.ts'
import { createDispatcher } from '../../src/http/dispatcher.ts'
import { formatId } from '../../src/id.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { providers } from '../../src/providers/index.ts'
import { type StandIn, startStandIn } from '../../src/sandbox/server.ts'
import { createServer } from '../../src/server/server.ts'
import { createLedger, type Ledger } from '../../src/gateway/write/ledger.ts'
import { openHands } from '../hands/hands.ts'
import { type FrontCall, openFront } from './front.ts'
import { startSteadyClock } from '../helpers/steady.ts'
import type { Blow, Family, History } from './history.ts'
import { openProcesses } from './processes.ts'

const retry = { calls: 2, firstPauseMs: 1 }
export const breaker = { failures: 5, pauseMs: 20 }

/** A way in: one slug of one gateway. */
export interface Door {
  readonly gateway: number
  readonly slug: string
  toId(upstreamId: string): string
  /** The answer to a whole GraphQL request, as text. */
  ask(query: string, variables: object, signal: AbortSignal): Promise<string>
  /** Has its gateway read a configuration that has changed. */
  reload(): void
}

/** What serves the account. */
export interface Gateways {
  readonly doors: readonly Door[]
  /** What went wrong besides what callers were told. */
  readonly bugs: readonly string[]
  /** From now on, the process is to end. */
  stop(): void
  isStopping(): boolean
  /** What is to befall processes from now on. */
  arm(blows: readonly Blow[]): void
  /** A call was carried out: what is to befall a process then befalls it. */
  strike(call: FrontCall): void
  /** Resolves once no write is under way any more. */
  settle(): Promise<void>
  close(): Promise<void>
}

export type Rig = Awaited<ReturnType<typeof openRig>>

/** How long a write over processes has: it may wait for a process that is gone. */
const processesMs = 8_000

/** One upstream account behind a front, the gateways over it, and somebody at its dashboard. */
export async function openRig(provider: Provider, family: Family, history: History) {
  const isShared = history.processes > 0
  // Where it is not what matters: less than a provider asks to wait, and more than a busy machine takes.
  const { timeoutMs = isShared ? processesMs : 30_000, latencyMs = 0, mostPerPage } = family
  const variant = provider.sandbox.variants?.find((each) => each === history.variant)
  const standIn = await startStandIn(provider, { seeded: false, limited: false, variant, ...(mostPerPage && { mostPerPage }) })
  const clock = startSteadyClock()
  const agent = createDispatcher()
  const front = await openFront(provider.sandbox, standIn, agent, { latencyMs, skewMs: history.skewMs })
  const options = { provider, standIn, baseUrl: front.baseUrl, family, history, timeoutMs, agent, clock }
  const gateways = isShared ? await openProcesses(options) : openGateways(options)
  return {
    ...gateways,
    isShared,
    provider,
    front,
    clock,
    timeoutMs,
    hands: openHands(provider, standIn),
    async close(): Promise<void> {
      clock[Symbol.dispose]()
      await gateways.close()
      await agent.destroy()
      await front.close()
      await standIn.close()
    },
  }
}

interface GatewaysOptions {
  readonly provider: Provider
  readonly standIn: StandIn
  readonly baseUrl: string
  readonly family: Family
  readonly history: History
  readonly timeoutMs: number
  readonly agent: Dispatcher
}

/** Gateways in this process, each with a journal of its own. */
function openGateways({ provider, standIn, baseUrl, family, history, timeoutMs, agent }: GatewaysOptions): Gateways {
  const { pace } = family
  const bugs: string[] = []
  const log = pino({ level: 'error' }, { write: (line) => void bugs.push(line) })
  let writing = 0
  let stopping = false
  const isWriting = () => writing > 0

  const slugs = [provider.name, 'again'].slice(0, history.slugs)
  const accounts = slugs.map((slug, index) => ({
    slug,
    provider: provider.name,
    sandbox: true,
    token: standIn.token,
    settings: standIn.settings,
    // Another spelling of the same.
    baseUrl: `${baseUrl}${'/'.repeat(index)}`,
    ...(pace !== undefined && { rateLimit: { calls: pace, perMs: 100 } }),
  }))

  function openServer(ledger: Ledger, predecessor?: Gateway) {
    const gateway: Gateway = createGateway({
      providers,
      // A change that has each account opened anew.
      accounts: accounts.map((account) => (predecessor === undefined ? account : { ...account, maxWebhooks: 7 })),
      dispatcher: agent,
      predecessor,
      timeoutMs,
      looksMs: [0, 5, 20],
      ledger,
      door: { retry, breaker, pacing: pace !== undefined },
    })
    const server = createServer({
      gateway,
      log,
      auth: 'none',
      isStopping: () => stopping,
      onWriting: (change) => (writing += change),
    })
    return { gateway, server }
  }

  function openDoors(gateway: number): readonly Door[] {
    const ledger = createLedger()
    let opened = openServer(ledger)
    return slugs.map((slug) => ({
      gateway,
      slug,
      toId: (upstreamId) => formatId({ kind: 'webhook', slug, upstreamId }),
      async ask(query, variables, signal) {
        const headers = { 'content-type': 'application/json' }
        const sent = { method: 'POST', headers, body: JSON.stringify({ query, variables }), signal }
        const response = await opened.server.fetch('http://gateway.test/graphql', sent)
        return response.text()
      },
      reload(): void {
        opened = openServer(ledger, opened.gateway)
      },
    }))
  }

  return {
    doors: Array.from({ length: history.gateways }, (_, index) => openDoors(index)).flat(),
    stop(): void {
      stopping = true
    },
    isStopping: () => stopping,
    /** What was logged as an error. */
    bugs,
    arm() {},
    strike() {},
    async settle() {
      while (isWriting()) await sleep(5)
    },
    close: () => Promise.resolve(),
  }
}
