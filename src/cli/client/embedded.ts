import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { ConfigError, type Environment, readConfig } from '../../config/config.ts'
import { createGateway } from '../../gateway/gateway.ts'
import { recordAllLate } from '../../gateway/journal/commit.ts'
import { createDispatcher } from '../../http/dispatcher.ts'
import { openAudit } from '../audit.ts'
import type { JournalEntry } from '../../journal.ts'
import { providers } from '../../providers/index.ts'
import { startSandbox } from '../../sandbox/index.ts'
import { recordSettled } from '../../server/audit.ts'
import { createServer } from '../../server/server.ts'
import { openConfiguredStore } from '../store.ts'
import { keepUp } from '../upkeep.ts'
import { type Client, createSend } from './client.ts'

/** Runs a gateway in this process, from the configuration of `hookql serve`. Throws ConfigError. */
export async function embedGateway(environment: Environment, warn: (line: string) => void): Promise<Client> {
  const config = readConfig(environment, providers)
  const { store } = await openConfiguredStore(config).catch(explain)
  // What goes wrong on the way is part of the answer; only what is not is told here.
  const log = pino({ level: 'error' }, pino.destination({ dest: 2, sync: true }))
  const audit = config.auditFile === null ? undefined : openAudit(config.auditFile)
  const sandbox = config.sandbox || config.accounts.length === 0 ? await startSandbox(providers) : undefined
  if (sandbox !== undefined) warn('The embedded sandbox is used: no requests go to real providers.')
  const dispatcher = createDispatcher(config.maxResponseBytes)
  const { upstreamTimeoutMs: timeoutMs, pacing, sharing, allowPrivateTargets, secretRetentionMs } = config
  const { accounts } = sandbox ?? config
  const door = { pacing, sharing, list: { items: config.maxListItems, bytes: config.maxListBytes } }
  const gateway = createGateway({
    providers,
    accounts,
    dispatcher,
    timeoutMs,
    door,
    allowPrivateTargets,
    store,
    secretRetentionMs,
  })
  const onSettled = (entry: JournalEntry) => recordSettled(entry, { gateway, log, audit })
  // What an earlier run has left is settled before anything is planned.
  const interrupted = await gateway.listInterrupted()
  if (interrupted.length > 0) await gateway.settleInterrupted(interrupted, onSettled)
  const endUpkeep = keepUp({
    store,
    log,
    getRetentionMs: () => config.journalRetentionMs,
    getSecretRetentionMs: () => secretRetentionMs,
    onLook: () => recordAllLate(store),
  })
  // Whoever runs this has the credentials themselves.
  const server = createServer({
    ...config,
    auth: 'none',
    gateway,
    log,
    audit,
    introspection: false,
    graphiql: false,
    trustedDocuments: null,
  })

  async function close(): Promise<void> {
    endUpkeep()
    await server.dispose()
    await dispatcher.close()
    await sandbox?.close()
    for (let tries = 0; tries < 12 && !(await recordAllLate(store)); tries += 1) await sleep(250)
    await store.close()
  }

  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  const post = async (body: string) => {
    const response = await server.fetch('http://localhost/graphql', { method: 'POST', headers, body })
    return { status: response.status, text: await response.text() }
  }
  return {
    send: createSend(post, 'hookql'),
    keepsJournal: config.storePath !== null || config.storeUrl !== null,
    isSandbox: sandbox !== undefined,
    isSandboxUnasked: sandbox !== undefined && !config.sandbox,
    close,
  }
}

/** A store that another process holds is not opened twice. */
function explain(error: unknown): never {
  if (!(error instanceof ConfigError)) throw error
  throw new ConfigError(
    error.problems.map((problem) =>
      problem.replace(
        /(another process has this store open); .*/,
        '$1. Ask a running server with --server and --token, or wait until another command has ended',
      ),
    ),
  )
}
