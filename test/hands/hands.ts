import type { Provider } from '../../src/provider/provider.ts'
import type { FaultInput } from '../../src/sandbox/fault.ts'
import type { StandIn } from '../../src/sandbox/server.ts'
import { type Ask, createAsk } from './ask.ts'
import type { Call } from './call.ts'
import { baanx } from './baanx.ts'
import { encrata } from './encrata.ts'
import { fingerprint } from './fingerprint.ts'
import { github } from './github.ts'
import { linear } from './linear.ts'
import { shopify } from './shopify.ts'
import { stripe } from './stripe.ts'
import { verifik } from './verifik.ts'

// What somebody at the dashboard of a provider sees and does: it goes through no gateway, and shares none of its code.

export type Operation =
  | 'create'
  | 'update'
  | 'delete'
  | 'get'
  | 'list'
  | 'rotate'
  | 'verify'
  | 'test'
  | 'deliveries'
  | 'redeliver'

/** A webhook as the stand-in itself tells it. */
export interface StoredWebhook {
  readonly id: string
  readonly url: string
  readonly name: string
  /** Whether it is switched on. */
  readonly enabled: boolean
  /** Whether it sends. */
  readonly active: boolean
}

export interface Made {
  readonly id: string
  readonly secret: string | null
}

export interface Hands {
  /** All that is there. */
  look(): Promise<readonly StoredWebhook[]>
  /** The webhook and its secret; null where it is refused. */
  create(name: string, url: string): Promise<Made | null>
  /** The same as the create of a gateway with this body, without what the gateway adds to know its own. */
  createLike(body: object): Promise<void>
  disable(webhook: StoredWebhook): Promise<void>
  remove(id: string): Promise<void>
  /** Whether a secret is the one of this webhook, as far as the stand-in tells. */
  isAlive(id: string, secret: string): Promise<boolean>
}

/** Which calls are those of an operation, and of no other part of it: all that is stated must fit. */
export type Target = Pick<FaultInput, 'method' | 'path' | 'field'>

export interface Ways {
  readonly own: Readonly<Record<Operation, readonly Target[]>>
  /** Whether a call makes a webhook. */
  makes(call: Call): boolean
  open(ask: Ask, events: readonly string[]): Hands
}

const all: Readonly<Record<string, Ways>> = { baanx, encrata, fingerprint, github, linear, shopify, stripe, verifik }

export function getWays({ name }: Pick<Provider, 'name'>): Ways {
  const ways = all[name]
  if (ways === undefined) throw new Error(`Nobody has hands at ${name}: write test/hands/${name}.ts.`)
  return ways
}

export function openHands(provider: Provider, standIn: StandIn): Hands {
  const events = provider.eventTypes.known.slice(0, 1).map(({ name }) => name)
  return getWays(provider).open(createAsk(provider, standIn), events)
}
