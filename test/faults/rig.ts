import { request } from 'undici'
import * as z from 'zod'
import { createGateway, type GatewayOptions } from '../../src/gateway/gateway.ts'
import { createDispatcher } from '../../src/http/dispatcher.ts'
import type { DoorOptions } from '../../src/http/door.ts'
import { toReach } from '../../src/gateway/reach.ts'
import type { Provider } from '../../src/provider/provider.ts'
import type { FaultInput } from '../../src/sandbox/fault.ts'
import { type StandIn, type StartOptions, startStandIn } from '../../src/sandbox/server.ts'
import { createLedger } from '../../src/gateway/write/ledger.ts'
import { createWire } from './wire.ts'

/** Every operation, by the name that the spec has for it. */
const names = {
  create: 'CREATE',
  update: 'UPDATE',
  delete: 'DELETE',
  get: 'GET',
  list: 'LIST',
  rotate: 'ROTATE_SECRET',
  verify: 'VERIFY',
  test: 'TEST',
  deliveries: 'LIST_DELIVERIES',
  redeliver: 'REDELIVER',
} as const
export type Operation = keyof typeof names

/** What a provider can do, in the order of the table. */
export function listOperations({ operations }: Provider): readonly Operation[] {
  const all = Object.keys(names) as Operation[]
  return all.filter((operation) => operations[names[operation]].support !== 'UNSUPPORTED')
}

/** What goes wrong once with the operation's own call: the stand-in's answer, or the way there. */
export interface Fault {
  /** Nobody listens where the call goes: once, or as long as the operation lasts. */
  readonly refuse?: 'once' | 'always'
  readonly standIn?: FaultInput
  /** What the stand-in answers when the call is sent again. */
  readonly next?: FaultInput
}

/** Whether reads after it show what was before. */
export function isStale({ standIn }: Fault): boolean {
  return standIn?.staleReads !== undefined
}

/** A webhook as the stand-in itself tells it, read by none of the gateway's code. */
export type Stored = Omit<StoredWebhook, 'enabled'>
export type StoredWebhook = z.output<typeof stored>
const stored = z
  .object({
    id: z.string().optional(),
    _id: z.string().optional(),
    url: z.string(),
    name: z.string().optional(),
    description: z.string().nullish(),
    isActive: z.boolean().optional(),
    is_active: z.boolean().optional(),
    status: z.string().optional(),
    verified: z.boolean().default(true),
  })
  .transform(({ id, _id = id, url, name, description, isActive, is_active: active = isActive, status, verified }) => ({
    id: _id ?? '',
    url,
    name: name ?? description ?? '',
    /** Whether it is switched on. */
    enabled: active ?? status === 'enabled',
    /** Whether it sends. */
    active: (active ?? status === 'enabled') && verified,
  }))
const storedList = z.union([z.array(stored), z.object({ data: z.array(stored) }).transform(({ data }) => data)])

// A write's own call is its first that is not a GET; no provider uses both PUT and PATCH.
const ownMethods: Readonly<Record<Operation, readonly string[]>> = {
  create: ['POST'],
  update: ['PUT', 'PATCH'],
  delete: ['DELETE'],
  get: ['GET'],
  list: ['GET'],
  rotate: ['POST', 'PUT'],
  verify: ['POST'],
  test: ['POST'],
  deliveries: ['GET'],
  redeliver: ['POST'],
}
const maxBytes = 50_000

export type Rig = Awaited<ReturnType<typeof openRig>>

export interface RigOptions extends StartOptions {
  readonly door?: Partial<DoorOptions>
  /** By which the one account is known. */
  readonly slugs?: readonly string[]
}

/** A gateway with one account, and the stand-in behind it: empty unless told otherwise. */
export async function openRig(
  provider: Provider,
  timeoutMs: number,
  { door = {}, slugs = [provider.name], ...more }: RigOptions = {},
) {
  const standIn = await startStandIn(provider, { seeded: false, limited: false, ...more })
  const { token, baseUrl, settings } = standIn
  const agent = createDispatcher(maxBytes)
  const wire = createWire(agent)
  const options = {
    providers: [provider],
    accounts: slugs.map((slug) => ({ slug, provider: provider.name, sandbox: true, token, baseUrl, settings })),
    timeoutMs,
    looksMs: [0, 5, 5],
    door: { pacing: false, retry: { calls: 3, firstPauseMs: 1 }, ...door },
  }
  const ledger = createLedger()
  const gateway = createGateway({ ...options, dispatcher: wire.dispatcher, ledger })
  const patient = createGateway({ ...options, dispatcher: wire.dispatcher, ledger, timeoutMs: 300_000 })

  return {
    provider,
    standIn,
    gateway,
    /** The same, with all the time: for what comes before. */
    patient,
    /** From now on, the operation's own calls meet this fault; what was broken before is not. */
    break(operation: Operation, { refuse, standIn: first, next }: Fault): void {
      const methods = ownMethods[operation]
      if (refuse !== undefined) wire.refuse(refuse === 'always' ? undefined : methods)
      for (const fault of [first, next]) if (fault !== undefined) for (const method of methods) standIn.fail({ method, ...fault })
    },
    /** What another process has: its calls go another way, and of the writes of this one it knows nothing. */
    openOther: (others: Partial<GatewayOptions> = {}) =>
      createGateway({ ...options, dispatcher: agent, ledger: createLedger(), ...others }),
    /** The way to the stand-in that nothing breaks. */
    dispatcher: agent,
    /** The operation's own next call comes no further than here, until it is told. */
    holdNext: (operation: Operation) => wire.holdNext(ownMethods[operation]),
    /** From now on, nothing gets through after this many writes. */
    cutOffAfter: (writes: number) => wire.cutOffAfter(writes),
    /** How often the operation's own call was tried, whether it got through or not. */
    countAttempts: (operation: Operation, since: number) => wire.countAttempts(ownMethods[operation], since),
    dispatched: () => wire.dispatched(),
    /** Heals everything, lets what is under way come to its end, and reads what is upstream. */
    async readStored(): Promise<readonly StoredWebhook[]> {
      wire.heal()
      standIn.heal()
      await standIn.settled()
      return readStored(provider, standIn)
    },
    /** A call of nobody's gateway. */
    ask: (method: 'GET' | 'POST', path: string, body?: object) => ask(provider, standIn, method, path, body),
    async close(): Promise<void> {
      await agent.destroy()
      await standIn.close()
    },
  }
}

/** What is upstream, or on one page of it. */
export async function readStored(provider: Provider, standIn: StandIn, query = ''): Promise<readonly StoredWebhook[]> {
  return storedList.parse(await ask(provider, standIn, 'GET', `/webhooks${query}`))
}

/** A call of nobody's gateway; null where the answer is empty. */
export async function ask(
  provider: Provider,
  standIn: StandIn,
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  sent?: object,
): Promise<unknown> {
  const { baseUrl, headers } = toReach(provider, standIn)
  const { body } = await request(`${baseUrl}${path}`, {
    method,
    headers: {
      ...headers,
      ...(sent && { 'content-type': 'application/json' }),
    },
    body: sent === undefined ? null : JSON.stringify(sent),
  })
  const text = await body.text()
  return text === '' ? null : JSON.parse(text)
}
