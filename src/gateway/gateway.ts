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
  /** Time budget per account within one operation. */
  readonly timeoutMs: number
  readonly door?: Partial<DoorOptions> | undefined
  /** Pauses before each read that checks the outcome of a write without a response. */
  readonly looksMs?: readonly number[] | undefined
  /** Whether webhooks can point to this machine and to private networks. */
  readonly allowPrivateTargets?: boolean | undefined
  /**
   * The gateway that this one replaces, with the same HTTP options. Unchanged accounts keep their pacing and circuit breaker
   * but drop the waits that their providers requested.
   */
  readonly predecessor?: Gateway | undefined
  /** State shared between writes. Defaults to the one that all gateways of this process share. */
  readonly ledger?: Ledger | undefined
  /** How long lists are cached for paging. */
  readonly snapshots?: Partial<SnapshotOptions> | undefined
}

/** Gateways can share upstream accounts; a reloaded gateway does. */
const ownLedger = createLedger()

export interface Gateway extends Rules {
  /** The same gateway, limited to these accounts. */
  restrictTo(slugs: ReadonlySet<string>): Gateway
}

/** Opens the accounts, and applies the rules to every operation on them. */
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
