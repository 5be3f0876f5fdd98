import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { formatId } from '../../src/id.ts'
import type { Provider } from '../../src/provider/provider.ts'
import type { StandIn } from '../../src/sandbox/server.ts'
import type { Edit } from '../helpers/copy.ts'
import { createDatabase } from '../helpers/postgres.ts'
import { type RunningGateway, startGateway } from '../helpers/process.ts'
import type { SteadyClock } from '../helpers/steady.ts'
import { toStandInVariables } from '../helpers/variables.ts'
import { startWay, type Way } from '../helpers/way.ts'
import { openAudit } from './audit.ts'
import { createClient } from './client.ts'
import type { FrontCall } from './front.ts'
import type { Blow, History } from './history.ts'
import type { Gateways } from './rig.ts'

const leaseMs = 2_000
const edited = fileURLToPath(new URL('../helpers/edited.ts', import.meta.url))

/** What takes seconds or minutes otherwise. */
const quick: readonly Edit[] = [
  { file: 'store/lease.ts', from: 'const leaseMs = 15_000', to: `const leaseMs = ${leaseMs}` },
  { file: 'store/lease.ts', from: 'const heartbeatMs = 3_000', to: `const heartbeatMs = ${leaseMs / 10}` },
  // As their accounts, callers are not paced here: who is cut off would be refused for that.
  { file: 'store/lease.ts', from: 'isSure() ? told.living : Number.POSITIVE_INFINITY', to: 'told.living' },
  { file: 'store/lease.ts', from: 'id: randomUUID()', to: "id: process.env['HOOKQL_TEST_OWNER'] ?? randomUUID()" },
  { file: 'http/version.ts', from: '`hookql/${version}`', to: "`hookql/${version} ${process.env['HOOKQL_TEST_OWNER']}`" },
  { file: 'cli/interrupted.ts', from: 'everyMs = 2_000', to: 'everyMs = 200' },
  { file: 'cli/drain.ts', from: 'acceptMs = 3_000', to: 'acceptMs = 200' },
  { file: 'cli/upkeep.ts', from: 'lookMs = 2_000', to: 'lookMs = 100' },
  { file: 'gateway/gateway.ts', from: 'looksMs = [0, 500, 1_500, 3_000]', to: 'looksMs = [0, 5, 20]' },
  { file: 'http/door.ts', from: 'retry: { calls: 3, firstPauseMs: 200 }', to: 'retry: { calls: 2, firstPauseMs: 1 }' },
  { file: 'http/door.ts', from: 'breaker: { failures: 5, pauseMs: 10_000 }', to: 'breaker: { failures: 5, pauseMs: 20 }' },
]
/** The version after this one, which adds what this one can do without. */
const next: readonly Edit[] = [
  {
    file: 'store/migrations/migrate.ts',
    from: "  '0002-owners': { up: addOwners, isOptional: false },\n",
    to:
      "  '0002-owners': { up: addOwners, isOptional: false },\n" +
      "  '0003-next': { up: (schema) => schema.alterTable('entries').addColumn('next', 'text').execute(), isOptional: true },\n",
  },
]

interface ProcessesOptions {
  readonly provider: Provider
  readonly standIn: StandIn
  /** Of the provider, as the processes reach it. */
  readonly baseUrl: string
  readonly history: History
  readonly timeoutMs: number
  readonly clock: SteadyClock
}

interface Place {
  readonly way: Way
  version: 'THIS' | 'NEXT'
  owner: string
  gateway: RunningGateway
  /** How often it was stopped or ended. */
  blows: number
}

/** Processes over one database, each with a way to it of its own. */
export async function openProcesses(options: ProcessesOptions): Promise<Gateways> {
  const { provider, standIn, baseUrl, history, timeoutMs, clock } = options
  const database = await createDatabase()
  const key = randomBytes(32).toString('base64')
  const bugs: string[] = []
  const report = (violation: string) => void (violation === '' ? 0 : bugs.push(violation))

  function start(way: Way, version: Place['version'], owner: string): Promise<RunningGateway> {
    return startGateway({
      ...toStandInVariables(provider, { ...standIn, baseUrl }),
      HOOKQL_STORE: way.url,
      HOOKQL_STORE_KEY: key,
      HOOKQL_PACING: 'off',
      HOOKQL_UPSTREAM_TIMEOUT_MS: String(timeoutMs),
      NODE_OPTIONS: `--import=${edited}`,
      HOOKQL_TEST_OWNER: owner,
      HOOKQL_TEST_EDITS: JSON.stringify(version === 'NEXT' ? [...quick, ...next] : quick),
    })
  }

  async function openPlace(): Promise<Place> {
    const [way, owner] = [await startWay(database.url), randomUUID()]
    return { way, owner, version: 'THIS', gateway: await start(way, 'THIS', owner), blows: 0 }
  }

  const places = await Promise.all(Array.from({ length: history.processes }, openPlace))
  const audit = await openAudit(database.url)

  async function send(index: number, query: string, variables: object): Promise<string> {
    const place = places[index % places.length]
    if (place === undefined) throw new TypeError('There is no process')
    const [startedMs, blows] = [clock.now(), place.blows]
    const { text, errors } = await place.gateway.ask(query, { ...variables })
    const tookMs = clock.now() - startedMs
    if (errors !== undefined) report(`errors: ${JSON.stringify(errors)}`)
    const isLate = tookMs > 2 * leaseMs + 1.5 * timeoutMs && place.blows === blows
    if (isLate) report(`a request took ${Math.round(tookMs)} ms, longer than lease and budget`)
    return text
  }

  const ask = createClient(places.length, send, report)
  /** Whether what a process has sent cannot be fenced. */
  const isPaused = history.rounds.some(({ blows }) => blows.some(({ kind }) => kind === 'pause' || kind === 'nap'))

  async function restart(place: Place, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const { gateway } = place
    place.blows += 1
    gateway.kill(signal)
    readLog(gateway, (await gateway.exited).stdout)
    if (signal === 'SIGTERM') place.version = place.version === 'THIS' ? 'NEXT' : 'THIS'
    place.owner = randomUUID()
    await place.way.heal()
    place.gateway = await start(place.way, place.version, place.owner)
  }

  function readLog(_: RunningGateway, text: string): void {
    const lines = text.split('\n').filter((line) => /"level":60|"msg":"unexpected error/.test(line))
    for (const line of lines) report(line)
  }

  async function pause(place: Place): Promise<void> {
    const { gateway, owner } = place
    place.blows += 1
    gateway.kill('SIGSTOP')
    for (let tries = 0; tries < 200 && !(await audit.isTakenOver(owner)); tries += 1) await sleep(50)
    gateway.kill('SIGCONT')
  }

  async function whileAfflicted({ way }: Place, afflict: () => unknown, ms: number): Promise<void> {
    await afflict()
    await sleep(ms)
    await way.heal()
  }

  function strikeAt(place: Place, kind: Blow['kind']): Promise<void> {
    const { way, gateway } = place
    switch (kind) {
      case 'kill':
        return restart(place, 'SIGKILL')
      case 'roll':
        return restart(place, 'SIGTERM')
      case 'pause':
        return pause(place)
      case 'nap':
        return whileAfflicted(place, () => gateway.kill('SIGSTOP'), leaseMs / 4).finally(() => gateway.kill('SIGCONT'))
      case 'break':
        return whileAfflicted(place, () => way.break(), 0)
      case 'cut':
        return whileAfflicted(place, () => way.cut(), 1.5 * leaseMs)
      case 'hold':
        return whileAfflicted(place, () => way.hold(), leaseMs / 2)
      case 'slow':
        return whileAfflicted(place, () => way.slow(20), leaseMs)
      case 'lose':
        return whileAfflicted(place, () => way.loseAnswer(/COMMIT/), leaseMs / 2)
    }
  }

  let armed: readonly Blow[] = []
  let calls = 0
  let mending: Promise<void>[] = []
  const busy = new Set<Place>()

  /** What one blow has begun ends before the next one to the same process. */
  function strike({ agent }: FrontCall): void {
    calls += 1
    for (const { kind, process, atCall } of armed) {
      const place = process === null ? places.find(({ owner }) => agent.endsWith(owner)) : places[process % places.length]
      if (place === undefined || atCall !== calls || busy.has(place)) continue
      busy.add(place)
      mending.push(strikeAt(place, kind).finally(() => busy.delete(place)))
    }
  }

  /** Everything that was interrupted comes to its end by itself, as soon as leases and budgets permit. */
  async function settle(): Promise<void> {
    await Promise.all(mending)
    mending = []
    const startedMs = clock.now()
    for (let isLate = false; !isLate && (await audit.countUnderWay()) > 0; await sleep(20)) {
      isLate = clock.now() - startedMs > 3 * leaseMs + 2 * timeoutMs
      if (isLate) report('an entry is under way for longer than lease and budget')
    }
    for (const violation of await audit.findViolations()) report(violation)
  }

  return {
    doors: places.map((_, index) => ({
      gateway: isPaused ? index : 0,
      slug: provider.name,
      toId: (upstreamId) => formatId({ kind: 'webhook', slug: provider.name, upstreamId }),
      ask: (query, variables, caller) => ask(index, query, variables, caller),
      reload() {},
    })),
    bugs,
    stop() {},
    isStopping: () => false,
    arm(blows) {
      armed = blows
      calls = 0
    },
    strike,
    settle,
    async close() {
      await Promise.allSettled(mending)
      for (const { gateway } of places) readLog(gateway, gateway.output())
      await Promise.all(places.map(({ gateway }) => gateway.stop()))
      for (const { way } of places) way.close()
      await audit.close()
      await database.drop()
    },
  }
}
