import { setFlagsFromString } from 'node:v8'
import { createKeySets } from '../server/auth/key-set.ts'
import { type Config, ConfigError, type Environment, readConfig } from '../config/config.ts'
import { createGateway, type Gateway } from '../gateway/gateway.ts'
import { createDispatcher } from '../http/dispatcher.ts'
import { recordAllLate } from '../gateway/journal/commit.ts'
import { createCallLog } from '../observe/call-log.ts'
import { openLog } from '../observe/log.ts'
import { createMetrics } from '../observe/metrics.ts'
import type { JournalEntry } from '../journal.ts'
import { callTracer } from '../observe/trace.ts'
import { providers } from '../providers/index.ts'
import { startSandbox } from '../sandbox/index.ts'
import { recordSettled } from '../server/audit.ts'
import { createServer } from '../server/server.ts'
import { createAdmin } from '../server/admin.ts'
import { openAudit } from './audit.ts'
import { createHttpServer } from './connect.ts'
import { defaultLimits } from '../server/limits.ts'
import { createBacklog, createOutbox } from '../server/outbox.ts'
import { rereadTokens } from '../config/token-file.ts'
import { findInterrupted, takeOver } from './interrupted.ts'
import { listen } from './listen.ts'
import { listRestarts } from './restart.ts'
import { createLife, stopOnSignals } from './stop.ts'
import { describePlace, logUnopened, measureStore, openConfiguredStore, watchStore } from './store.ts'
import { createStyle } from './style.ts'
import { keepUp } from './upkeep.ts'
import { createWatch } from './watch.ts'

const authGone = 'auth was removed. Restore it, or restart the gateway to run without authentication'

/** Starts serving. Resolves once it is ready. */
export async function start(environment: Environment): Promise<void> {
  // V8 guesses from a few objects which allocation sites create long-lived ones. A wrong guess retains everything they refer to
  // until the next full collection, and no object of a request lives long.
  setFlagsFromString('--no-allocation-site-pretenuring')
  const config = readConfig(environment, providers)
  const audit = config.auditFile === null ? undefined : openAudit(config.auditFile)
  const { store: opened, newKeyFile } = await openConfiguredStore(config)
  const { log, end: endLog } = openLog(config.logLevel, createStyle(environment))
  const metrics = createMetrics()
  const store = logUnopened(measureStore(opened, metrics), log)
  const keySets = createKeySets(log)
  const backlog = createBacklog()
  const sandbox = config.sandbox || config.accounts.length === 0 ? await startSandbox(providers) : undefined
  const dispatcher = createDispatcher(config.maxResponseBytes)
  const observers = [createCallLog(log), metrics.observer, callTracer]
  const life = createLife()
  const { isReady, isStopping, onWriting } = life
  const isStoreHealthy = () => store.isHealthy()

  /** The server for a configuration. */
  function open(current: Config, predecessor?: Gateway) {
    const {
      upstreamTimeoutMs: timeoutMs,
      pacing,
      sharing,
      allowPrivateTargets,
      maxListItems: items,
      maxListBytes: bytes,
      secretRetentionMs,
    } = current
    const { accounts } = sandbox ?? current
    const door = { pacing, sharing, observers, list: { items, bytes } }
    const kept = { store, secretRetentionMs, predecessor }
    const gateway = createGateway({ providers, accounts, dispatcher, timeoutMs, door, allowPrivateTargets, ...kept })
    const app = createServer({
      ...current,
      auth: current.auth ?? 'none',
      gateway,
      keySets,
      backlog,
      log,
      audit,
      metrics,
      isReady,
      isStoreHealthy,
      countProcesses: () => store.countOwners(),
      isStopping,
      onWriting,
    })
    return { config: current, gateway, app }
  }

  let serving = open(config)
  const onSettled = (entry: JournalEntry) => recordSettled(entry, { gateway: serving.gateway, log, audit, metrics })
  const settle = await findInterrupted(serving.gateway, log, onSettled)
  // Before they know of it, the others use the share of this process too.
  await store.meetOthers()
  const server = createHttpServer((request, response) => serving.app(request, response))
  const { host } = config
  const outbox = createOutbox({ ...defaultLimits, ...config.limits })
  const options = { metrics, log, outbox, host, isReady, isStoreHealthy }
  const admin = config.adminPort === null ? undefined : createHttpServer(createAdmin(options))
  const port = await listen(server, host, config.port, 'PORT')
  const adminPort = admin && (await listen(admin, host, config.adminPort ?? 0, 'HOOKQL_ADMIN_PORT'))

  watchStore(store, metrics)
  settle()
  const endTakingOver = takeOver({ store, getGateway: () => serving.gateway, log, onSettled })
  const endUpkeep = keepUp({
    store,
    log,
    getRetentionMs: () => serving.config.journalRetentionMs,
    getSecretRetentionMs: () => serving.config.secretRetentionMs,
    onLook: () => recordAllLate(store),
  })

  function reload(): void {
    try {
      const next = readConfig(environment, providers, 'RELOAD')
      // Editing or losing a file must not disable authentication.
      if (serving.config.auth !== null && next.auth === null) throw new ConfigError([authGone])
      serving = open(next, serving.gateway)
      watch(next.tokenFiles.map(({ path }) => path))
      log.info({ accounts: serving.gateway.accounts.map(({ slug }) => slug) }, 'configuration reloaded')
      const settings = listRestarts(config, next)
      if (settings.length > 0) log.warn({ settings }, 'restart needed: some changed settings apply after a restart')
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      log.error({ problems: error.problems }, 'configuration not reloaded: the previous one stays in effect')
    }
  }
  /** Reads only tokens: the rest of the configuration may be half edited. */
  function onTokenFile(): void {
    const { accounts, changed, problems } = rereadTokens(serving.config.accounts, serving.config.tokenFiles, providers)
    if (problems.length > 0) log.error({ problems }, 'token not reloaded: the previous one stays in effect')
    if (changed.length === 0) return
    serving = open({ ...serving.config, accounts }, serving.gateway)
    log.info({ accounts: changed }, 'tokens reloaded')
  }
  const watch = createWatch(onTokenFile)
  watch(config.tokenFiles.map(({ path }) => path))
  process.on('SIGHUP', reload)

  stopOnSignals({
    life,
    config,
    server,
    store,
    log,
    endLog,
    redact: (text) => serving.gateway.redact(text),
    endWork() {
      endTakingOver()
      watch([])
    },
    endUpkeep,
    async release() {
      await serving.app.dispose()
      await dispatcher.close()
      await sandbox?.close()
      admin?.close()
    },
  })

  const origin = `http://${host.includes(':') ? `[${host}]` : host}`
  const source = sandbox === undefined ? '' : ' with the embedded sandbox: no requests go to real providers'
  if (config.auth === null && !config.loopbackOnly) {
    log.warn('HOOKQL_INSECURE: anyone who can reach this port can manage the webhooks of every account')
  }
  if (config.unknownVariables.length > 0) {
    log.warn({ variables: config.unknownVariables }, 'unknown HookQL variables')
  }
  if (newKeyFile !== null) log.warn({ file: newKeyFile }, 'store key created: keep a copy of this file, apart from the store')
  log.info({ store: describePlace(config) }, 'store opened: secrets in it are sealed')
  log.info(
    { accounts: serving.gateway.accounts.map(({ slug }) => slug), ...(admin && { admin: `${origin}:${adminPort}` }) },
    `HookQL serves ${origin}:${port}/graphql${source}`,
  )
}
