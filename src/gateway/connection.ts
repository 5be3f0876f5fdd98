import { createHash } from 'node:crypto'
import type { Dispatcher } from 'undici'
import { OutcomeUnknownError, WebhookError } from '../errors.ts'
import type { Budget } from '../budget.ts'
import type { Http, Permit } from '../http/call.ts'
import { createDoor, type DoorOptions } from '../http/door.ts'
import { toWindows } from '../http/rate.ts'
import { createRehearsal, RehearsalEnd } from '../http/rehearsal.ts'
import { createSharing, type Sharing } from '../http/share.ts'
import type { Listing } from './listing.ts'
import { bindOperations, type AccountOperations } from './operations.ts'
import type { Provider } from '../provider/provider.ts'
import type { Account, AccountWebhook, Batch, Delivery, UpstreamRequest } from '../webhook.ts'
import type { AccountSettings } from './account.ts'
import { listSecrets, requireReachable, toReach } from './reach.ts'
import type { Ledger } from './write/ledger.ts'

/** A provider's operations on one account. */
export type Connection = ReturnType<typeof connect>

/** An account, and the time budget of an operation on it. */
export interface Visit {
  readonly connection: Connection
  readonly budget: Budget
}

export function connect(
  provider: Provider,
  settings: AccountSettings,
  dispatcher: Dispatcher,
  options: DoorOptions,
  ledger: Ledger,
) {
  requireReachable(provider, settings)
  const account: Account = {
    slug: settings.slug,
    provider: provider.name,
    sandbox: settings.sandbox,
    settings: settings.settings,
  }
  const { upstream, ...reach } = toReach(provider, settings)
  // A new version of the gateway sends the same for the same.
  const { 'user-agent': _, ...ownHeaders } = reach.headers
  const secrets = listSecrets(provider, settings)
  const book = ledger.open(upstream)
  const windows = toWindows(provider.rates, settings.rateLimit)
  const door = createDoor({ account, provider, ...reach, secrets, dispatcher, windows }, options)
  const operations = bindOperations({ provider, account, secrets, listLimits: options.list })
  /** The provider's operations within a time budget. */
  const within = (budget: Budget, hooks: WriteHooks = {}): AccountOperations =>
    operations.within(noteWrites(door.within(budget, hooks.permit), book, hooks.onLost))
  // Per upstream account rather than per slug: after a write through one slug, a read through another must not return an older state.
  const openSharing = <T>(): Sharing<T> =>
    options.sharing ? createSharing<T>(book.countWrites) : (_, budget, read) => read(budget)
  const [shareList, shareGet, shareDeliveries] = [
    openSharing<Listing>(),
    openSharing<AccountWebhook>(),
    openSharing<Batch<Delivery>>(),
  ]

  return {
    account,
    provider,
    ledger: book,
    /** Differs if a provider may not take two requests for the same, because the base URL, credentials or headers changed in between. */
    sender: createHash('sha256')
      .update(JSON.stringify([reach.baseUrl, ownHeaders]))
      .digest('base64url'),
    forgetWaits: door.forgetWaits,
    /** Maximum number of webhooks of the account; null if unknown. */
    maxWebhooks: settings.maxWebhooks ?? provider.limits.maxWebhooks,
    within,
    // Concurrent reads are shared. Reads for a write are never shared, because another process may have written since.

    getTogether: (upstreamId: string, budget: Budget): Promise<AccountWebhook> =>
      shareGet(upstreamId, budget, (own) => within(own).get(upstreamId)),
    listDeliveriesTogether: (upstreamId: string, budget: Budget): Promise<Batch<Delivery>> =>
      shareDeliveries(upstreamId, budget, (own) => within(own).listDeliveries(upstreamId)),
    /** Never rejects: a failure is part of the listing. */
    async listTogether(budget: Budget): Promise<Listing> {
      try {
        return await shareList('', budget, (own) => {
          const writesBefore = book.countWrites()
          return operations.list(door.within(own)).then((read) => ({ ...read, writesBefore }))
        })
      } catch (error) {
        if (!(error instanceof WebhookError)) throw error
        return { account, state: 'FAILED', webhooks: [], unreadable: [], knowsAllIds: false, error, cost: { calls: 0, bytes: 0 } }
      }
    },
    /** Whether this process has made no write to the upstream account since this read started. */
    isCurrent: (read: Listing): boolean => read.writesBefore === book.countWrites(),
    /** The writes that operations would send, from the code that sends them. Sends reads but no writes. */
    async rehearse(
      budget: Budget,
      run: (operations: AccountOperations) => Promise<unknown>,
    ): Promise<readonly UpstreamRequest[]> {
      const rehearsal = createRehearsal(door.within(budget), reach.baseUrl)
      try {
        await run(operations.within(rehearsal.http))
      } catch (error) {
        if (!(error instanceof RehearsalEnd)) throw error
      }
      return rehearsal.requests
    },
  }
}

interface WriteHooks {
  /** Called if the response to a request was lost. */
  readonly onLost?: (() => void) | undefined
  readonly permit?: Permit
}

/** An HTTP client that reports each write to the ledger: before it starts and after it ends, the latest time it can take effect. */
function noteWrites(http: Http, ledger: ReturnType<Ledger['open']>, onLost: WriteHooks['onLost']): Http {
  return {
    ...http,
    async write(write) {
      ledger.noteWrite()
      try {
        return await http.write(write)
      } catch (error) {
        if (error instanceof OutcomeUnknownError) onLost?.()
        throw error
      } finally {
        ledger.noteWrite()
      }
    },
  }
}
