import DataLoader from 'dataloader'
import type { Caller } from '../caller.ts'
import { NotFoundError, OutcomeUnknownError, UpstreamContractError, UpstreamUnavailableError, WebhookError } from '../errors.ts'
import type { Gateway } from '../gateway/gateway.ts'
import type { Journaled } from '../gateway/journal/journaled.ts'
import { toState } from '../gateway/journal/outcome.ts'
import type { JournalOperation } from '../gateway/members.ts'
import type { Applied } from '../gateway/plan/apply.ts'
import type { ApplyFields, PlanFields } from '../gateway/plan/input.ts'
import type { WebhookPlan } from '../gateway/plan/planned.ts'
import type { Deliveries } from '../gateway/rules.ts'
import type { Listing } from '../gateway/listing.ts'
import { isSlug, parseId } from '../id.ts'
import type { JournalEntry, WebhookState } from '../journal.ts'
import type { Operation } from '../provider/operations.ts'
import { isUnsupported } from '../provider/unsupported.ts'
import { quietly } from '../observe/quietly.ts'
import type { Account, AccountWebhook, Instant, Warning, WebhookDelivery } from '../webhook.ts'
import type { Asker } from '../gateway/write/write.ts'

/** Context for resolvers: the gateway, and reads that an operation makes at most once. */
export interface Context {
  readonly caller: Caller
  /** Limited to the accounts that the caller can use. */
  readonly gateway: Gateway
  /**
   * Runs a write to completion, even if the client disconnects, and records its start and outcome. Fails harmlessly if the write
   * must not start: the operation timed out, the client disconnected, or the audit log cannot be written.
   */
  write<Result extends WriteAnswer>(target: WriteTarget, run: (asker: Asker) => Promise<Result>): Promise<Journaled<Result>>
  // Reads are shared within an operation until its next write.

  /** An account's list, read once per operation, or the cached list that one of these cursors belongs to. */
  list(account: Account, cursors: readonly string[]): Promise<Listing>
  /** What to do so that webhooks are as desired, from each account's list. */
  plan(input: PlanFields): Promise<WebhookPlan>
  /** Carries out a plan, each change like any other write of this caller. */
  applyPlan(input: ApplyFields, idempotencyKey: string | null | undefined): Promise<Applied>
  /** A webhook by global ID. One ID per account costs a get; several cost one list, and a get for each that is missing from it. */
  get(id: string): Promise<AccountWebhook>
  /** The deliveries of a webhook, read once per operation. */
  listDeliveries(webhook: AccountWebhook): Promise<Deliveries>
  /** A delivery by global ID. Costs one read of the webhook's delivery log. */
  getDelivery(id: string): Promise<WebhookDelivery>
  /** A journal entry by global ID; null if there is none. */
  getEntry(id: string): Promise<JournalEntry | null>
  /** When the secret of a webhook was last set through this gateway; null if not known. */
  getSecretTime(webhookId: string): Promise<Instant | null>
}

/** Target of a write: an account by slug, a webhook by ID, or both of a journal entry. */
export interface WriteTarget {
  readonly operation: Operation | JournalOperation
  readonly account?: string | undefined
  readonly id?: string | undefined
  /** The input without the ID. */
  readonly input?: object | undefined
  readonly idempotencyKey?: string | null | undefined
  /** ID of a journal entry. */
  readonly entry?: string | undefined
}

/** Fields that every successful write returns. */
export interface WriteAnswer {
  readonly webhook?: AccountWebhook
  readonly journalEntry?: JournalEntry | null
  readonly replayed?: boolean
  readonly warnings: readonly Warning[]
}

/** Audit record of a write. Contains no secrets. */
export interface WriteRecord {
  readonly operation: Operation | JournalOperation
  /** Defaults to the caller of the request. */
  readonly caller?: string
  readonly account: string | null
  /** ID of the webhook; null if there is none. */
  readonly webhook: string | null
  /** ID of the journal entry that the operation is about. */
  readonly entry?: string | undefined
  /** Null if it did not exist or was not read. */
  readonly before: WebhookState | null
  readonly after: WebhookState | null
  /** BEGUN before any request is sent, then DONE, REPLAYED if it was the outcome of an earlier write, the error code, or BUG. */
  readonly outcome: string
  /** Whether the client had disconnected by then. */
  readonly abandoned: boolean
  /** Whether the response to one of its requests was lost, even if the outcome was resolved later. */
  readonly responseLost: boolean
  readonly durationMs: number
}

export interface ContextOptions {
  readonly gateway: Gateway
  readonly caller: Caller
  /** Aborts with the client's request, and aborts pending reads but no write. */
  readonly signal: AbortSignal
  /** Time after which no write starts, on the performance.now clock. */
  readonly deadlineMs: number
  /** Whether webhooks are read before a change, for the audit log. */
  readonly recordsBefore: boolean
  /** Throws if the record cannot be written. */
  record(entry: WriteRecord): void
  /** Whether the process is shutting down; no further write starts then. */
  isStopping?(): boolean
  /** Logs a bug in a write, and returns a pointer to the log entry. */
  onBug(bug: unknown): string
  /** Called with 1 when a write begins, and with -1 when it has ended. */
  onWriting(change: 1 | -1): void
}

export function createContext(options: ContextOptions): Context {
  const { gateway: whole, caller, signal } = options
  const gateway = caller.accounts === null ? whole : whole.restrictTo(caller.accounts)
  const listings = new Map<Account, Promise<Listing>>()

  function readList(account: Account): Promise<Listing> {
    const listing = listings.get(account) ?? gateway.list(account, signal)
    listings.set(account, listing)
    return listing
  }

  const webhooks = new DataLoader(async (ids: readonly string[]) => {
    const byAccount = Map.groupBy(ids, (id) => gateway.findAccountOf(id))
    return Promise.all(ids.map((id) => read(id, byAccount).catch(toError)))
  })

  async function read(id: string, byAccount: ReadonlyMap<Account | null, readonly string[]>): Promise<AccountWebhook> {
    const account = gateway.findAccountOf(id)
    if (account === null || byAccount.get(account)?.length === 1) return gateway.get(id, signal)
    const listing = await readList(account)
    const webhook = listing.webhooks.find((each) => each.id === id)
    if (webhook !== undefined) return webhook
    if (listing.unreadable.includes(id)) {
      const { displayName } = gateway.getProvider(account.provider)
      throw new UpstreamContractError(
        `The webhook exists but could not be read: the response from ${displayName} does not match its documentation.`,
      )
    }
    if (listing.state === 'FAILED' && listing.error !== null) throw listing.error
    // A webhook that moves between two pages during the read is on neither: only a get shows that it does not exist.
    return gateway.get(id, signal)
  }

  const deliveries = new DataLoader((ids: readonly string[]) =>
    Promise.all(ids.map((id) => gateway.listDeliveries(id, signal).catch(toError))),
  )

  async function getDelivery(id: string): Promise<WebhookDelivery> {
    const webhookId = gateway.findDelivery(id)?.webhookId
    const log = webhookId === undefined ? null : await deliveries.load(webhookId)
    const delivery = log?.deliveries.find((each) => each.id === id)
    if (delivery !== undefined) return delivery
    if (log !== null && log.unreadableCount > 0) {
      throw new UpstreamContractError('The delivery could not be found: some deliveries in the log could not be read.')
    }
    throw new NotFoundError('No delivery has this ID. It may have expired from the delivery log.')
  }

  /** Throws if no further write may start. */
  function checkMayBegin(): void {
    if (options.isStopping?.() !== true) return
    const message =
      'The gateway is shutting down and accepts no further writes. Nothing was changed. Retry once a gateway is available again.'
    throw new UpstreamUnavailableError(message, 'STOPPING')
  }

  function checkTime(): void {
    if (performance.now() > options.deadlineMs) {
      const message =
        'The GraphQL operation timed out before this field started. Nothing was changed. Send it in an operation of its own.'
      throw new UpstreamUnavailableError(message, 'TIMEOUT')
    }
  }

  const secretTimes = new DataLoader<string, Instant | null>(
    async (ids) => {
      const times = await gateway.journal.findSecretTimes(ids)
      return ids.map((id) => times.get(id) ?? null)
    },
    { maxBatchSize: 1_000 },
  )

  const entries = new DataLoader((ids: readonly string[]) =>
    Promise.all(ids.map((id) => gateway.journal.find(id).catch(toError))),
  )

  async function write<Result extends WriteAnswer>(
    target: WriteTarget,
    run: (asker: Asker) => Promise<Result>,
  ): Promise<Journaled<Result>> {
    const startedMs = performance.now()
    checkTime()
    checkMayBegin()
    const { operation, id } = target
    // Anything else may be a secret pasted into the wrong field.
    const slug = target.account !== undefined && isSlug(target.account) ? target.account : undefined
    const webhookId = id !== undefined && parseId(id)?.kind === 'webhook' ? id : null
    const before = options.recordsBefore && id !== undefined && mayChange(target) ? await readState(id) : null
    let responseLost = false
    const onLost = () => {
      responseLost = true
    }
    const record = (outcome: string, after: AccountWebhook | null, entry: JournalEntry | null = null) => {
      // An operation on an entry returns the entry of another write.
      const own = target.entry === undefined ? entry : null
      return options.record({
        operation,
        account: slug ?? (id === undefined ? null : (gateway.findAccountOf(id)?.slug ?? null)),
        webhook: own?.webhookId ?? after?.id ?? webhookId,
        entry: target.entry,
        before: own === null ? before : own.before,
        after: own === null ? after && toState(after) : own.after,
        outcome,
        abandoned: signal.aborted,
        responseLost,
        durationMs: Math.round(performance.now() - startedMs),
      })
    }
    try {
      record('BEGUN', null)
    } catch (cause) {
      const message =
        'The audit log could not be written, so no request was sent to the provider. Nothing was changed. Contact the operator of the gateway.'
      throw new UpstreamUnavailableError(message, 'AUDIT_FAILED', { cause })
    }
    // From here on, only the write itself determines the response.
    quietly('onWriting', () => options.onWriting(1))
    const recordOutcome = (outcome: string, after: AccountWebhook | null, entry: JournalEntry | null): boolean =>
      quietly('The audit', () => {
        record(outcome, after, entry)
        return true
      }) ?? false
    try {
      const idempotencyKey = target.idempotencyKey ?? undefined
      const result = await run({ signal, checkMayBegin, onLost, caller: caller.name, idempotencyKey, before })
      const isRecorded = recordOutcome(
        result.replayed === true ? 'REPLAYED' : 'DONE',
        result.webhook ?? null,
        result.journalEntry ?? null,
      )
      const warnings = isRecorded ? result.warnings : [...result.warnings, auditIncomplete]
      return { journalEntry: null, replayed: false, ...result, warnings }
    } catch (error) {
      const [outcome, entry] = error instanceof WebhookError ? [error.code, error.journalEntry] : ['BUG', null]
      recordOutcome(outcome, null, entry)
      // An error of the whole operation would discard the results of its other writes.
      throw error instanceof WebhookError ? error : new OutcomeUnknownError(describeBug(options.onBug(error)), [])
    } finally {
      // Earlier reads may be outdated now, whatever the outcome.
      listings.clear()
      for (const loader of [webhooks, deliveries, entries, secretTimes]) loader.clearAll()
      quietly('onWriting', () => options.onWriting(-1))
    }
  }

  /** Whether a write will change a webhook: a rejected write sends no request for the audit log either. */
  function mayChange({ operation, id, input = { id } }: WriteTarget): boolean {
    const account = id === undefined ? null : gateway.findAccountOf(id)
    if (account === null || !isChanging(operation)) return false
    const isSupported = !isUnsupported(gateway.getProvider(account.provider).operations[operation])
    return isSupported && gateway.inspect(operation, input).length === 0
  }

  async function readState(id: string): Promise<WebhookState | null> {
    try {
      return toState(await gateway.get(id))
    } catch (error) {
      if (error instanceof WebhookError) return null
      throw error
    }
  }

  return {
    caller,
    gateway,
    write,
    list(account, cursors) {
      const kept = cursors.map((cursor) => gateway.findKept(account, cursor)).find((listing) => listing !== null)
      return kept === undefined ? readList(account) : Promise.resolve(kept)
    },
    plan: (input) => gateway.plan(input, readList),
    async applyPlan(input, idempotencyKey) {
      checkTime()
      checkMayBegin()
      return gateway.applyPlan(input, idempotencyKey ?? undefined, {
        caller: caller.name,
        signal,
        mayCreate: caller.scopes.has('secrets:write'),
        revealsAll: caller.scopes.has('secrets:reveal'),
        mayContinue: () => performance.now() <= options.deadlineMs && options.isStopping?.() !== true && !signal.aborted,
        write,
      })
    },
    get: (id) => webhooks.load(id),
    listDeliveries(webhook) {
      // The deliveries belong to this webhook, even if reading it elsewhere failed.
      webhooks.clear(webhook.id).prime(webhook.id, webhook)
      return deliveries.load(webhook.id)
    },
    getDelivery,
    getEntry: (id) => entries.load(id),
    getSecretTime: (webhookId) => secretTimes.load(webhookId),
  }
}

function describeBug(place: string): string {
  return `Unexpected gateway error. ${place} The write may have been carried out. Check before you retry.`
}

const auditIncomplete: Warning = {
  code: 'AUDIT_INCOMPLETE',
  message: 'The write succeeded, but its outcome could not be written to the audit log, which only shows that it began.',
}

/** Whether an operation changes an existing webhook. */
export function isChanging(operation: string): operation is 'UPDATE' | 'DELETE' | 'ROTATE_SECRET' {
  return operation === 'UPDATE' || operation === 'DELETE' || operation === 'ROTATE_SECRET'
}

function toError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error('A read threw something that is not an Error', { cause })
}
