import { once } from 'node:events'
import { createServer as createHttpServer, type Server } from 'node:http'
import { pino } from 'pino'
import { type Config, ConfigError, type Environment, readConfig } from '../config.ts'
import { createGateway } from '../gateway.ts'
import { createDispatcher } from '../http/http.ts'
import { providers } from '../providers/index.ts'
import { startSandbox } from '../sandbox/index.ts'
import { createServer } from '../server.ts'

const drainMs = 4_000

/** Serves until it is told to stop. Resolves when it does so. */
export async function start(environment: Environment): Promise<void> {
  const config = readConfig(environment, providers)
  const log = pino()
  const sandbox = config.sandbox || config.accounts.length === 0 ? await startSandbox(providers) : undefined
  const { accounts } = sandbox ?? config
  const dispatcher = createDispatcher(config.maxResponseBytes)
  const { auth, loopbackOnly, upstreamTimeoutMs: timeoutMs, pacing, sharing } = config
  const gateway = createGateway({ providers, accounts, dispatcher, timeoutMs, door: { pacing, sharing } })
  let draining = false
  const app = createServer({ gateway, log, auth, loopbackOnly, isReady: () => !draining })
  const server = createHttpServer((request, response) => void app(request, response))
  await listen(server, config)

  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : config.port
  const host = config.host.includes(':') ? `[${config.host}]` : config.host
  const source = sandbox === undefined ? '' : ' from the embedded sandbox: no real provider is called and nothing is kept'
  if (auth === null && !loopbackOnly) log.warn('HOOKQL_INSECURE: whoever reaches this port manages the webhooks of every account')
  log.info({ accounts: accounts.map(({ slug }) => slug) }, `HookQL serves http://${host}:${port}/graphql${source}`)

  async function stop(): Promise<void> {
    draining = true
    setTimeout(() => {
      log.warn('Some requests did not end in time and are cut.')
      process.exit(0)
    }, drainMs).unref()
    const closed = once(server, 'close')
    server.close()
    await closed
    await app.dispose()
    await dispatcher.close()
    await sandbox?.close()
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info(`${signal}: draining`)
      void stop().then(() => process.exit(0))
    })
  }
}

/** Opens the port, or throws what an operator can do about it. */
async function listen(server: Server, { port, host }: Config): Promise<void> {
  const advice: Readonly<Record<string, string>> = {
    EADDRINUSE: `PORT: ${port} is taken by another process; give another one`,
    EACCES: `PORT: ${port} may not be opened by this user; give one above 1023`,
    EADDRNOTAVAIL: 'HOST: this machine has no such address',
    ENOTFOUND: 'HOST: no such host is known',
    EAI_AGAIN: 'HOST: no such host is known',
  }
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (error) {
    const problem = error instanceof Error && 'code' in error ? advice[String(error.code)] : undefined
    throw problem === undefined ? error : new ConfigError([problem])
  }
}
