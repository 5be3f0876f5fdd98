import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { pino } from 'pino'
import { request } from 'undici'
import { onTestFinished } from 'vitest'
import type { AccountSettings } from '../../src/gateway/account.ts'
import { createGateway, type Gateway } from '../../src/gateway/gateway.ts'
import { createDispatcher } from '../../src/http/dispatcher.ts'
import type { DoorOptions } from '../../src/http/door.ts'
import { createCallLog } from '../../src/observe/call-log.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { providers } from '../../src/providers/index.ts'
import type { StandIn } from '../../src/sandbox/server.ts'
import { createServer, type ServerOptions } from '../../src/server/server.ts'
import type { SnapshotOptions } from '../../src/gateway/snapshots.ts'
import { createLedger, type Ledger } from '../../src/gateway/write/ledger.ts'
import type { Store } from '../../src/store/store.ts'
import { toList } from './list.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** The response as sent. */
  readonly text: string
  // Values that a test reads from a response are checked by its expectations.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly data: any
  readonly errors:
    | readonly { readonly message: string; readonly path?: readonly unknown[]; readonly extensions?: Record<string, unknown> }[]
    | undefined
}

export interface GatewayOptions {
  readonly accounts: readonly AccountSettings[]
  readonly providers?: readonly Provider[]
  readonly timeoutMs?: number
  readonly door?: Partial<DoorOptions>
  readonly looksMs?: readonly number[]
  readonly allowPrivateTargets?: boolean
  readonly predecessor?: Gateway
  readonly server?: Partial<ServerOptions>
  /** A separate one simulates another process. */
  readonly ledger?: Ledger
  readonly snapshots?: Partial<SnapshotOptions>
  readonly store?: Store
  readonly secretRetentionMs?: number
}

/** Sends each request once, so that a test sees the effect of a single failure. */
const single: Partial<DoorOptions> = {
  retry: { calls: 1, firstPauseMs: 0 },
  breaker: { failures: 1_000, pauseMs: 10_000 },
  pacing: false,
}

/** Writes shared by the gateways of one test only, because a later test may reuse a stand-in's port. */
let ledgerOfTest: Ledger | undefined

export function openLedger(): Ledger {
  onTestFinished(() => {
    ledgerOfTest = undefined
  })
  return (ledgerOfTest ??= createLedger())
}

/** A complete gateway for one test: full GraphQL requests in, real HTTP out. `logs` contains every log line. */
export function openGateway({
  accounts,
  providers: known = providers,
  // However busy the machine is.
  timeoutMs = 30_000,
  door,
  looksMs = [0],
  allowPrivateTargets,
  predecessor,
  ledger = openLedger(),
  snapshots,
  store,
  secretRetentionMs,
  server: more,
}: GatewayOptions) {
  const dispatcher = createDispatcher()
  onTestFinished(() => dispatcher.destroy())
  const logs: string[] = []
  const log = pino({ level: 'trace' }, { write: (line) => void logs.push(line) })
  const observers = [createCallLog(log)]
  const gateway = createGateway({
    providers: toList(known),
    accounts,
    dispatcher,
    timeoutMs,
    looksMs,
    allowPrivateTargets,
    predecessor,
    ledger,
    snapshots,
    store,
    secretRetentionMs,
    door: { ...single, observers, ...door },
  })
  const listens = process.env['HOOKQL_TEST_WAY'] === 'listener'
  const app = createServer({ gateway, log, auth: 'none', ...more })
  const server = listens ? openListener(app) : app

  async function ask(
    query: string,
    variables: Record<string, unknown> = {},
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const response = await server.fetch('http://gateway.test/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, ...(JSON.parse(text) as Pick<Answer, 'data' | 'errors'>) }
  }

  /** The lines with this message, as objects. */
  const readLog = (message: string): readonly Record<string, unknown>[] => {
    const lines = logs.map((line) => JSON.parse(line) as Record<string, unknown>)
    return lines.filter(({ msg }) => msg === message)
  }
  return { ask, logs, readLog, server, gateway }
}

/** Same, on a port of its own, for clients that know only its URL. */
export async function serveGateway(options: GatewayOptions) {
  const gateway = openGateway(options)
  const { origin, end } = serve(gateway.server)
  return { ...gateway, origin: await origin, url: `${await origin}/graphql`, end }
}

/** Serves on loopback for one test. */
function serve(listener: RequestListener) {
  const http = createHttpServer(listener)
  const end = () => http.close().closeAllConnections()
  onTestFinished(end)
  const origin = once(http.listen(0, '127.0.0.1'), 'listening').then(() => {
    const address = http.address()
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  })
  return { origin, end }
}

/** The app, asked over HTTP for any host in the request. */
function openListener(app: ReturnType<typeof createServer>) {
  const { origin } = serve((...exchange) => app(...exchange))
  async function fetch(input: string | Request, init: RequestInit = {}): Promise<Response> {
    const given = new Request(input, init)
    const { host, pathname, search } = new URL(given.url)
    const { statusCode, headers, body } = await request(`${await origin}${pathname}${search}`, {
      method: given.method,
      // A Request sets a content type for text if it has none.
      headers: { ...Object.fromEntries(given.headers), ...Object.fromEntries(new Headers(init.headers)), host },
      body: given.method === 'GET' ? null : Buffer.from(await given.arrayBuffer()),
    })
    const text = await body.text()
    const answered = new Headers()
    for (const [name, value] of Object.entries(headers)) if (value !== undefined) answered.set(name, String(value))
    return new Response(statusCode === 204 || statusCode === 304 ? null : text, { status: statusCode, headers: answered })
  }
  return Object.assign(app, { fetch })
}

/** An account served by a stand-in. Its slug defaults to the provider's name. */
export function toAccount(provider: Provider, standIn: StandIn, slug: string = provider.name): AccountSettings {
  const { token, baseUrl, settings } = standIn
  return { slug, provider: provider.name, sandbox: true, token, baseUrl, settings }
}
