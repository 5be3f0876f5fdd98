import { createGateway, type GatewayOptions } from '../../src/gateway/gateway.ts'
import { createDispatcher } from '../../src/http/dispatcher.ts'
import type { DoorOptions } from '../../src/http/door.ts'
import type { Provider } from '../../src/provider/provider.ts'
import type { FaultInput } from '../../src/sandbox/fault.ts'
import { type StartOptions, startStandIn } from '../../src/sandbox/server.ts'
import { createLedger } from '../../src/gateway/write/ledger.ts'
import { getWays, openHands, type Operation, type StoredWebhook } from '../hands/hands.ts'
import { toList } from '../helpers/list.ts'
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
} as const satisfies Record<Operation, string>

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

export type { Operation, StoredWebhook }
export type Stored = Omit<StoredWebhook, 'enabled'>

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
    providers: toList([provider]),
    accounts: slugs.map((slug) => ({ slug, provider: provider.name, sandbox: true, token, baseUrl, settings })),
    timeoutMs,
    looksMs: [0, 5, 5],
    door: { pacing: false, retry: { calls: 3, firstPauseMs: 1 }, ...door },
  }
  const { own } = getWays(provider)
  const hands = openHands(provider, standIn)
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
      const targets = own[operation]
      if (refuse !== undefined) wire.refuse(refuse === 'always' ? undefined : targets)
      for (const fault of [first, next])
        if (fault !== undefined) for (const target of targets) standIn.fail({ ...target, ...fault })
    },
    /** What another process has: its calls go another way, and of the writes of this one it knows nothing. */
    openOther: (others: Partial<GatewayOptions> = {}) =>
      createGateway({ ...options, dispatcher: agent, ledger: createLedger(), ...others }),
    /** The way to the stand-in that nothing breaks. */
    dispatcher: agent,
    /** The operation's own next call comes no further than here, until it is told. */
    holdNext: (operation: Operation) => wire.holdNext(own[operation]),
    /** From now on, nothing gets through after this many writes. */
    cutOffAfter: (writes: number) => wire.cutOffAfter(writes),
    /** How often the operation's own call was tried, whether it got through or not. */
    countAttempts: (operation: Operation, since: number) => wire.countAttempts(own[operation], since),
    dispatched: () => wire.dispatched(),
    /** Heals everything, lets what is under way come to its end, and reads what is upstream. */
    async readStored(): Promise<readonly StoredWebhook[]> {
      wire.heal()
      standIn.heal()
      await standIn.settled()
      return hands.look()
    },
    hands,
    async close(): Promise<void> {
      await agent.destroy()
      await standIn.close()
    },
  }
}
