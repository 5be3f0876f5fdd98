import type { Dispatcher } from 'undici'
import { defaultDoor, type DoorOptions } from '../http/door.ts'
import { createRedaction } from '../http/redact.ts'
import type { Provider } from '../provider/provider.ts'
import type { AccountSettings } from './account.ts'
import { connect, type Connection } from './connection.ts'
import { findProvider } from './directory.ts'
import { leaveToSuccessor, takeOver, takeOverStore } from './predecessor.ts'
import type { Settled, SettleInput } from './journal/journaled.ts'
import { createJournalView, type JournalView, type Reader } from './journal/view.ts'
import { listSecrets } from './reach.ts'
import { createRules, type Rules } from './rules.ts'
import { createSnapshots, type SnapshotOptions } from './snapshots.ts'
import type { Store } from '../store/store.ts'
import { createLedger, type Ledger } from './write/ledger.ts'
import type { Asker } from './write/write.ts'

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
  /** The journal's store; pass it on when you replace a gateway. Defaults to the predecessor's, or one in memory. */
  readonly store?: Store | undefined
  /** How long signing secrets that were handed out are kept in the journal; 0 for not at all. Defaults to 24 hours. */
  readonly secretRetentionMs?: number | undefined
  /** How long lists are cached for paging. */
  readonly snapshots?: Partial<SnapshotOptions> | undefined
}

/** Gateways can share upstream accounts; a reloaded gateway does. */
const ownLedger = createLedger()

export interface Journal extends JournalView {
  /** Whether webhooks are read before a change, so that their entries show it: where somebody keeps the store. */
  readonly recordsBefore: boolean
  /** Settles an entry whose outcome is not known. An adoption hands out a secret to this reader. */
  settle(input: SettleInput, reader: Reader, asker?: Asker): Promise<Settled>
}

export interface Gateway extends Rules {
  /** The record of all writes. */
  readonly journal: Journal
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
  const { redact } = createRedaction(
    accounts.flatMap((settings) => listSecrets(findProvider(providers, settings.provider), settings)),
  )
  const current = takeOver(predecessor, accounts, (settings) =>
    connect(
      findProvider(providers, settings.provider),
      settings,
      dispatcher,
      {
        ...defaultDoor,
        leastMs: Math.min(defaultDoor.leastMs, timeoutMs / 10),
        countProcesses: () => store?.countOwners() ?? 1,
        ...door,
      },
      ledger,
    ),
  )
  const openStore = takeOverStore(predecessor, store)
  const gateway = open(
    current.map(({ connection }) => connection),
    null,
  )
  leaveToSuccessor(gateway, current, openStore)
  return gateway

  function open(visible: readonly Connection[], slugs: ReadonlySet<string> | null): Gateway {
    const rules = createRules({
      providers,
      connections: visible,
      snapshots,
      redact,
      allowPrivateTargets,
      timeoutMs,
      looksMs,
      openStore,
      secretRetentionMs,
    })
    const view = createJournalView({ openStore, connections: visible, slugs })
    return {
      ...rules,
      journal: {
        ...view,
        recordsBefore: store !== undefined,
        async settle(input, reader, asker = {}) {
          const { id, account } = await view.locate(input.id)
          return rules.settleEntry(id, input, account, reader, asker)
        },
      },
      restrictTo: (kept) =>
        open(
          visible.filter(({ account }) => kept.has(account.slug)),
          slugs === null ? kept : kept.intersection(slugs),
        ),
    }
  }
}
