import DataLoader from 'dataloader'
import type { Logger } from 'pino'
import type { Caller } from '../auth/caller.ts'
import { NotFoundError, WebhookError } from '../errors.ts'
import type { Deliveries, Gateway } from '../gateway.ts'
import type { Listing } from '../operations.ts'
import type { Account, AccountWebhook } from '../webhook.ts'

/** What resolvers get: the gateway, and reads that one operation makes at most once. */
export interface Context {
  readonly caller: Caller
  /** With the accounts that exist for the caller. */
  readonly gateway: Gateway
  /** Runs what hands a secret out, whether or not the caller waits: what it has abandoned is logged with its outcome. */
  handOut<Result extends HandedOut>(target: HandOutTarget, run: () => Promise<Result>): Promise<Result>
  /** One account's list: read once, however often it is asked for. */
  list(account: Account): Promise<Listing>
  /** One webhook by its global id: one id of an account costs a get, several of one account cost its list. */
  get(id: string): Promise<AccountWebhook>
  /** What became of the events of a webhook: read once, however often it is asked for. */
  listDeliveries(webhook: AccountWebhook): Promise<Deliveries>
}

/** What is asked for: slug of an account, or id of a webhook. */
type HandOutTarget =
  { readonly operation: 'CREATE'; readonly account: string } | { readonly operation: 'ROTATE_SECRET'; readonly id: string }

/** What comes with a secret. */
interface HandedOut {
  readonly webhook: AccountWebhook
}

export interface ContextOptions {
  readonly gateway: Gateway
  readonly caller: Caller
  /** Ends with the client's request and takes the reads that are still under way with it, but no write. */
  readonly signal: AbortSignal
  readonly log: Logger
}

export function createContext({ gateway: whole, caller, signal, log }: ContextOptions): Context {
  const gateway = caller.accounts === null ? whole : whole.restrictTo(caller.accounts)
  const listings = new DataLoader((accounts: readonly Account[]) =>
    Promise.all(accounts.map((each) => gateway.list(each, signal))),
  )

  const webhooks = new DataLoader(async (ids: readonly string[]) => {
    const byAccount = Map.groupBy(ids, (id) => gateway.findAccountOf(id))
    return Promise.all(ids.map((id) => read(id, byAccount).catch(toError)))
  })

  async function read(id: string, byAccount: ReadonlyMap<Account | null, readonly string[]>): Promise<AccountWebhook> {
    const account = gateway.findAccountOf(id)
    if (account === null || byAccount.get(account)?.length === 1) return gateway.get(id, signal)
    const listing = await listings.load(account)
    const webhook = listing.webhooks.find((each) => each.id === id)
    if (webhook !== undefined) return webhook
    throw listing.error ?? new NotFoundError(`Account "${account.slug}" has no webhook with this id; it may have been deleted.`)
  }

  const deliveries = new DataLoader((ids: readonly string[]) =>
    Promise.all(ids.map((id) => gateway.listDeliveries(id, signal).catch(toError))),
  )

  async function handOut<Result extends HandedOut>(target: HandOutTarget, run: () => Promise<Result>): Promise<Result> {
    const report = (outcome: string, webhook: string | null) => {
      if (signal.aborted) log.warn({ ...target, outcome, webhook }, 'a write was abandoned by its caller')
    }
    try {
      const result = await run()
      report('DONE', result.webhook.id)
      return result
    } catch (error) {
      report(error instanceof WebhookError ? error.code : 'BUG', null)
      throw error
    }
  }

  return {
    caller,
    gateway,
    handOut,
    list: (account) => listings.load(account),
    get: (id) => webhooks.load(id),
    listDeliveries: ({ id }) => deliveries.load(id),
  }
}

function toError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error('A read failed with something that is no error', { cause })
}
