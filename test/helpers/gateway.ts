import { pino } from 'pino'
import { onTestFinished } from 'vitest'
import type { AccountSettings } from '../../src/connection.ts'
import { createGateway } from '../../src/gateway.ts'
import { createDispatcher, type DoorOptions } from '../../src/http/http.ts'
import { createCallLog, unknownCounter } from '../../src/observe/call-log.ts'
import type { Provider } from '../../src/provider.ts'
import { providers } from '../../src/providers/index.ts'
import type { StandIn } from '../../src/sandbox/server.ts'
import { createServer, type ServerOptions } from '../../src/server.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** The answer as it went over the wire. */
  readonly text: string
  // What a test digs out of an answer is checked by the expectation itself.
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
  readonly server?: Partial<ServerOptions>
}

/** Each call is made once, so that a test sees what one failure does. */
const once: Partial<DoorOptions> = {
  retry: { calls: 1, firstPauseMs: 0 },
  breaker: { failures: 1_000, pauseMs: 10_000 },
  pacing: false,
}

/** A whole gateway for one test: whole GraphQL requests in, real HTTP out. `logs` has every line it logged. */
export function openGateway({
  accounts,
  providers: known = providers,
  timeoutMs = 5_000,
  door,
  looksMs = [0],
  allowPrivateTargets,
  server: more,
}: GatewayOptions) {
  const dispatcher = createDispatcher()
  onTestFinished(() => dispatcher.destroy())
  const logs: string[] = []
  const log = pino({ level: 'trace' }, { write: (line) => void logs.push(line) })
  const observers = [createCallLog(log), unknownCounter]
  const gateway = createGateway({
    providers: known,
    accounts,
    dispatcher,
    timeoutMs,
    looksMs,
    allowPrivateTargets,
    door: { ...once, observers, ...door },
  })
  const server = createServer({
    gateway,
    log,
    isReady: () => true,
    ...more,
  })

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

/** An account that a stand-in serves, with the provider's name as slug unless told otherwise. */
export function toAccount(provider: Provider, standIn: StandIn, slug: string = provider.name): AccountSettings {
  return { slug, provider: provider.name, sandbox: true, token: standIn.token, baseUrl: standIn.baseUrl }
}
