import type { Environment } from '../config/config.ts'
import { toMilliseconds } from '../config/duration.ts'
import { providers } from '../providers/index.ts'
import type { Client } from './client/client.ts'
import { connect, findServer, type ServerOptions } from './client/connect.ts'
import { type ConfiguredOptions, toEnvironment } from './environment.ts'
import { readWebhooksFiles } from './file/read.ts'
import { endWithReader } from './output.ts'
import { runApply } from './plan/apply.ts'
import { runDrift } from './plan/drift.ts'
import { runPlan } from './plan/plan.ts'
import { pullWebhooks } from './pull/pull.ts'
import { openTerminal, type Terminal } from './terminal.ts'
import { UsageError } from './usage.ts'

// The commands that compare a file with what exists. Each asks a gateway, and ends with its exit code.

interface AskingOptions extends ConfiguredOptions, ServerOptions {
  readonly file?: readonly string[] | undefined
}

interface PullOptions extends AskingOptions {
  readonly account?: readonly string[] | undefined
}

export async function pull({ file = [], account = [], ...options }: PullOptions, given: Environment): Promise<void> {
  const environment = toOwnEnvironment(given, options)
  await withGateway(options, environment, async (client, terminal) => {
    await pullWebhooks({ file, account, environment, folder: process.cwd() }, client, terminal)
    return 0
  })
}

interface PlanOptions extends AskingOptions {
  readonly json?: boolean | undefined
  readonly exitCode?: boolean | undefined
}

export async function plan({ json = false, exitCode = false, ...options }: PlanOptions, given: Environment): Promise<void> {
  const environment = toOwnEnvironment(given, options)
  const file = readFiles(options, environment)
  await withGateway(options, environment, (client, terminal) => runPlan({ json, exitCode }, file, client, terminal))
}

interface ApplyOptions extends AskingOptions {
  readonly yes?: boolean | undefined
  readonly force?: boolean | undefined
  readonly only?: readonly string[] | undefined
}

export async function apply(
  { yes = false, force = false, only = [], ...options }: ApplyOptions,
  given: Environment,
): Promise<void> {
  const environment = toOwnEnvironment(given, options)
  const file = readFiles(options, environment, true)
  await withGateway(options, environment, (client, terminal) => {
    const signal = endOnSignal(() => terminal.note('Ending after what has begun. Again to end at once.'))
    return runApply({ yes, force, only, environment, signal }, file, client, terminal)
  })
}

interface DriftOptions extends AskingOptions {
  readonly json?: boolean | undefined
  readonly watch?: string | undefined
}

export async function drift({ json = false, watch, ...options }: DriftOptions, given: Environment): Promise<void> {
  const watchMs = watch === undefined ? null : readDuration(watch)
  if (watchMs !== null) endWithReader()
  const environment = toOwnEnvironment(given, options)
  const read = () => readFiles(options, environment)
  const file = read()
  const signal = endOnSignal()
  await withGateway(options, environment, (client, terminal) => runDrift({ json, watchMs, signal, read }, file, client, terminal))
}

function toOwnEnvironment(given: Environment, options: AskingOptions): Environment {
  const environment = toEnvironment(given, options)
  // Before anything else: what is meant for a gateway is not to end in the sandbox.
  findServer(options, environment)
  return environment
}

function readFiles({ file = [] }: AskingOptions, environment: Environment, needsSecrets = false) {
  return readWebhooksFiles({ files: file, folder: process.cwd(), environment, providers, needsSecrets, isPlanned: true })
}

async function withGateway(
  options: AskingOptions,
  environment: Environment,
  run: (client: Client, terminal: Terminal) => Promise<number>,
) {
  const terminal = openTerminal(environment)
  const client = await connect(options, environment, terminal.note)
  try {
    process.exitCode = await run(client, terminal)
  } finally {
    terminal.progress(null)
    await client.close()
  }
}

/** A watch needs time between its looks, and no timer waits for longer than 2^31 ms. */
function readDuration(text: string): number {
  const ms = /^[1-9]\d{0,8}[smhd]$/.test(text) ? toMilliseconds(text) : 0
  if (ms === 0) throw new UsageError('--watch: must be a duration such as 30s, 5m or 1h')
  if (ms > toMilliseconds('24d')) throw new UsageError('--watch: must be at most 24d. For longer, run hookql drift from cron')
  return ms
}

/** Aborted when the process is told to end: a look that has begun is ended first. */
function endOnSignal(onSignal = () => {}): AbortSignal {
  const controller = new AbortController()
  const end = () => {
    onSignal()
    controller.abort()
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end)
  return controller.signal
}
