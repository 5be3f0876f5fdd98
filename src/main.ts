#!/usr/bin/env node
import { once } from 'node:events'
import { createServer as createHttpServer, type Server } from 'node:http'
import { pino } from 'pino'
import { type Config, ConfigError, readConfig } from './config.ts'
import { createGateway } from './gateway.ts'
import { createDispatcher } from './http/http.ts'
import { providers } from './providers/index.ts'
import { startSandbox } from './sandbox/index.ts'
import { createServer } from './server.ts'

// Starts the process: environment → accounts → gateway → server. The only reader of the environment.

const drainMs = 4_000

async function main(): Promise<void> {
  const config = readConfig(process.env, providers)
  const log = pino()
  const sandbox = config.sandbox || config.accounts.length === 0 ? await startSandbox(providers) : undefined
  const { accounts } = sandbox ?? config
  const dispatcher = createDispatcher(config.maxResponseBytes)
  const { upstreamTimeoutMs: timeoutMs, pacing, sharing } = config
  const gateway = createGateway({ providers, accounts, dispatcher, timeoutMs, door: { pacing, sharing } })
  let draining = false
  const app = createServer({ gateway, log, isReady: () => !draining })
  const server = createHttpServer((request, response) => void app(request, response))
  await listen(server, config)

  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : config.port
  const host = config.host.includes(':') ? `[${config.host}]` : config.host
  const source = sandbox === undefined ? '' : ' from the embedded sandbox: no real provider is called and nothing is kept'
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

main().catch((error: unknown) => {
  if (!(error instanceof ConfigError)) throw error
  for (const problem of error.problems) process.stderr.write(`${problem}\n`)
  process.exit(1)
})
