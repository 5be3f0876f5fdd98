#!/usr/bin/env node
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { pino } from 'pino'
import { ConfigError, readConfig } from './config.ts'
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
  const dispatcher = createDispatcher()
  const gateway = createGateway({ providers, accounts, dispatcher, timeoutMs: config.upstreamTimeoutMs })
  let draining = false
  const app = createServer({ gateway, log, isReady: () => !draining })
  const server = createHttpServer(app)
  server.listen(config.port, config.host)
  await once(server, 'listening')

  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : config.port
  const host = config.host.includes(':') ? `[${config.host}]` : config.host
  log.info({ accounts: accounts.map(({ slug }) => slug) }, `HookQL serves http://${host}:${port}/graphql`)
  if (sandbox !== undefined) {
    log.info('All accounts are served by the embedded sandbox: no real provider is called and nothing is kept.')
  }

  async function stop(): Promise<void> {
    draining = true
    const closed = once(server, 'close')
    server.close()
    server.closeIdleConnections()
    setTimeout(() => server.closeAllConnections(), drainMs).unref()
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

main().catch((error: unknown) => {
  if (!(error instanceof ConfigError)) throw error
  for (const problem of error.problems) process.stderr.write(`${problem}\n`)
  process.exit(1)
})
