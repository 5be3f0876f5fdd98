import type { Dispatcher } from 'undici'
import { OutcomeUnknownError, WebhookError } from '../errors.ts'
import type { Budget } from '../http/budget.ts'
import type { Http } from '../http/call.ts'
import { createDoor, type DoorOptions } from '../http/door.ts'
import type { Endpoint } from '../http/exchange.ts'
import type { Rate } from '../http/pace.ts'
import { createRehearsal, RehearsalEnd } from '../http/rehearsal.ts'
import { createSharing, type Sharing } from '../http/share.ts'
import type { Listing } from './listing.ts'
import { bindOperations, type AccountOperations } from './operations.ts'
import type { Provider } from '../provider/provider.ts'
import { reveal, type Secret } from '../secret.ts'
import type { Account, AccountWebhook, Batch, Delivery, UpstreamRequest } from '../webhook.ts'
import type { Ledger } from './write/ledger.ts'

/** What an operator configures of one account. */
export interface AccountSettings extends Account {
  readonly token: Secret | string
  /** What stands before `/webhooks`; the provider's own where left out. */
  readonly baseUrl?: string | undefined
  /** Sent with every call, beside the provider's own. */
  readonly headers?: Readonly<Record<string, Secret | string>> | undefined
  readonly apiVersion?: string | undefined
  /** How many calls it takes; left out: what the provider documents. */
  readonly rateLimit?: Rate | undefined
  /** How many webhooks it takes; left out: what the provider documents. */
  readonly maxWebhooks?: number | undefined
}

/** A provider's operations at one account. */
export type Connection = ReturnType<typeof connect>

/** An account, and the time that an operation has there. */
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
  const account: Account = { slug: settings.slug, provider: provider.name, sandbox: settings.sandbox }
  const baseUrl = (settings.baseUrl ?? provider.baseUrl).replace(/\/+$/, '')
  const secrets = listSecrets(settings)
  const book = ledger.open(baseUrl)
  const door = createDoor(toEndpoint(provider, account, settings, baseUrl, dispatcher), options)
  const bind = bindOperations({ provider, account, secrets, listLimits: options.list })
  /** The provider's operations for as long as a budget lasts; `onLost` is called when the answer to a write was lost. */
  const within = (budget: Budget, onLost?: () => void): AccountOperations => bind(noteWrites(door.within(budget), book, onLost))
  // Of the upstream account, and not of the slug: whoever was told of a write through another one reads no state from before it.
  const openSharing = <T>(): Sharing<T> =>
    options.sharing ? createSharing<T>(book.countWrites) : (_, budget, read) => read(budget)
  const [shareList, shareGet, shareDeliveries] = [
    openSharing<Listing>(),
    openSharing<AccountWebhook>(),
    openSharing<Batch<Delivery>>(),
  ]
  const writesBefore = new WeakMap<Listing, number>()

  return {
    account,
    provider,
    ledger: book,
    forgetWaits: door.forgetWaits,
    /** How many webhooks the account takes; null where nobody says. */
    maxWebhooks: settings.maxWebhooks ?? provider.limits.maxWebhooks,
    within,
    // Read once for those who ask at the same time. What is read for a write is never shared: another process may have written since.

    getTogether: (upstreamId: string, budget: Budget): Promise<AccountWebhook> =>
      shareGet(upstreamId, budget, (own) => within(own).get(upstreamId)),
    listDeliveriesTogether: (upstreamId: string, budget: Budget): Promise<Batch<Delivery>> =>
      shareDeliveries(upstreamId, budget, (own) => within(own).listDeliveries(upstreamId)),
    /** Never rejects: a failure is data of the listing. */
    async listTogether(budget: Budget): Promise<Listing> {
      try {
        return await shareList('', budget, async (own) => {
          const writes = book.countWrites()
          const read = await within(own).list()
          writesBefore.set(read, writes)
          return read
        })
      } catch (error) {
        if (!(error instanceof WebhookError)) throw error
        return { account, state: 'FAILED', webhooks: [], unreadable: [], knowsAllIds: false, error, cost: { calls: 0, bytes: 0 } }
      }
    },
    /** Whether this process has written nothing to the upstream account since this was begun to be read. */
    isCurrent: (read: Listing): boolean => writesBefore.get(read) === book.countWrites(),
    /** The writes that operations would send, by the code that sends them. Reads are made, nothing is written. */
    async rehearse(
      budget: Budget,
      run: (operations: AccountOperations) => Promise<unknown>,
    ): Promise<readonly UpstreamRequest[]> {
      const rehearsal = createRehearsal(door.within(budget), baseUrl)
      try {
        await run(bind(rehearsal.http))
      } catch (error) {
        if (!(error instanceof RehearsalEnd)) throw error
      }
      return rehearsal.requests
    },
  }
}

/** A door that tells the ledger of each write: before, and when it has ended, which is when it was carried out at the latest. */
function noteWrites(http: Http, ledger: ReturnType<Ledger['open']>, onLost?: () => void): Http {
  return {
    ...http,
    async send(call) {
      if (call.method === 'GET') return http.send(call)
      ledger.noteWrite()
      try {
        return await http.send(call)
      } catch (error) {
        if (error instanceof OutcomeUnknownError) onLost?.()
        throw error
      } finally {
        ledger.noteWrite()
      }
    },
  }
}

/** What no text may show of an account. Short header values are flags, and words of every second sentence. */
export function listSecrets({ token, headers = {} }: AccountSettings): readonly string[] {
  return [token, ...Object.values(headers)].map(reveal).filter((value, index) => index === 0 || value.length >= 8)
}

function toEndpoint(
  provider: Provider,
  account: Account,
  settings: AccountSettings,
  baseUrl: string,
  dispatcher: Dispatcher,
): Endpoint {
  const { apiVersion } = provider
  const { token, headers = {} } = settings
  return {
    account,
    provider,
    baseUrl,
    headers: {
      ...provider.headers,
      ...(apiVersion && { [apiVersion.header]: settings.apiVersion ?? apiVersion.default }),
      ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, reveal(value)])),
      authorization: `Bearer ${reveal(token)}`,
    },
    secrets: listSecrets(settings),
    dispatcher,
    rate: settings.rateLimit === undefined ? provider.rate : { per: 'account', ...provider.rate, ...settings.rateLimit },
  }
}
