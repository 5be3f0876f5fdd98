import { randomBytes } from 'node:crypto'
import type { Dispatcher } from 'undici'
import { defaultDoor, type DoorOptions } from '../http/door.ts'
import { createRedaction } from '../http/redact.ts'
import type { Provider } from '../provider/provider.ts'
import { type AccountSettings, connect, type Connection, listSecrets } from './connection.ts'
import { findProvider } from './directory.ts'
import { leaveToSuccessor, takeOver } from './predecessor.ts'
import { createRules, type Rules } from './rules.ts'
import { createSnapshots, type SnapshotOptions } from './snapshots.ts'
import { parseKeys } from '../store/keys.ts'
import { openStore } from '../store/open.ts'
import type { Store } from '../store/store.ts'
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
  /** The journal's store; pass it on when you replace a gateway. Defaults to one in memory, opened when it is first used. */
  readonly store?: Store | undefined
  /** How long signing secrets that were handed out are kept in the journal; 0 for not at all. Defaults to 24 hours. */
  readonly secretRetentionMs?: number | undefined
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
  store,
  secretRetentionMs = 86_400_000,
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
  const openOnce = createStoreOpener(store)
  const gateway = open(current.map(({ connection }) => connection))
  leaveToSuccessor(gateway, current)
  return gateway

  function open(visible: readonly Connection[]): Gateway {
    return {
      ...createRules({
        providers,
        connections: visible,
        snapshots,
        redact,
        allowPrivateTargets,
        timeoutMs,
        looksMs,
        openStore: openOnce,
        secretRetentionMs,
      }),
      restrictTo: (slugs) => open(visible.filter(({ account }) => slugs.has(account.slug))),
    }
  }
}

/** The given store, or one in memory, which is opened once. */
function createStoreOpener(store: Store | undefined): () => Promise<Store> {
  let opened: Promise<Store> | null = store === undefined ? null : Promise.resolve(store)
  return () => (opened ??= openStore({ path: null, keys: parseKeys(randomBytes(32).toString('base64'), 'memory') }))
}
