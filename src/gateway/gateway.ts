import type { Dispatcher } from 'undici'
import { defaultDoor, type DoorOptions } from '../http/door.ts'
import { createRedaction } from '../http/redact.ts'
import type { Provider } from '../provider/provider.ts'
import { type AccountSettings, connect, type Connection, listSecrets } from './connection.ts'
import { findProvider } from './directory.ts'
import { leaveToSuccessor, takeOver } from './predecessor.ts'
import { createRules, type Rules } from './rules.ts'
import { createSnapshots, type SnapshotOptions } from './snapshots.ts'
import { createLedger, type Ledger } from './write/ledger.ts'

export interface GatewayOptions {
  readonly providers: readonly Provider[]
  readonly accounts: readonly AccountSettings[]
  readonly dispatcher: Dispatcher
  /** The whole budget of one account within one operation. */
  readonly timeoutMs: number
  readonly door?: Partial<DoorOptions> | undefined
  /** Pauses before each look at what became of a write without an answer. */
  readonly looksMs?: readonly number[] | undefined
  /** Whether webhooks may lead to this machine and to private networks. */
  readonly allowPrivateTargets?: boolean | undefined
  /**
   * A gateway with the same door that this one takes over from: accounts that have not changed keep pace and breaker, and
   * forget the waits that their providers asked for.
   */
  readonly predecessor?: Gateway | undefined
  /** What its writes know of those of others; left out: of all that gateways of this process make. */
  readonly ledger?: Ledger | undefined
  /** How long lists are kept for those who go through their pages. */
  readonly snapshots?: Partial<SnapshotOptions> | undefined
}

/** Gateways may share upstream accounts, and one that is reloaded does. */
const ownLedger = createLedger()

export interface Gateway extends Rules {
  /** The same gateway for somebody to whom no other accounts exist. */
  restrictTo(slugs: ReadonlySet<string>): Gateway
}

/** Opens the accounts, and lets those who may see them work with them by the rules. */
export function createGateway({
  providers,
  accounts,
  dispatcher,
  timeoutMs,
  door,
  looksMs = [0, 500, 1_500, 3_000],
  allowPrivateTargets = false,
  predecessor,
  ledger = ownLedger,
  snapshots: snapshotOptions,
}: GatewayOptions): Gateway {
  const snapshots = createSnapshots(snapshotOptions)
  const { redact } = createRedaction(accounts.flatMap(listSecrets))
  const current = takeOver(predecessor, accounts, (settings) =>
    connect(
      findProvider(providers, settings.provider),
      settings,
      dispatcher,
      { ...defaultDoor, leastMs: Math.min(defaultDoor.leastMs, timeoutMs / 10), ...door },
      ledger,
    ),
  )
  const gateway = open(current.map(({ connection }) => connection))
  leaveToSuccessor(gateway, current)
  return gateway

  function open(visible: readonly Connection[]): Gateway {
    return {
      ...createRules({ providers, connections: visible, snapshots, redact, allowPrivateTargets, timeoutMs, looksMs }),
      restrictTo: (slugs) => open(visible.filter(({ account }) => slugs.has(account.slug))),
    }
  }
}
