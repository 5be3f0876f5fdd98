import { isDeepStrictEqual } from 'node:util'
import { UpstreamContractError, type WebhookError } from '../errors.ts'
import type { Http } from '../http/call.ts'
import type { ListLimits } from '../http/door.ts'
import { createMeteredHttp, type Meter } from '../http/meter.ts'
import { ShiftedListError } from '../provider/numbered-pages.ts'
import type { Account, AccountWebhook, Batch, Batches, Webhook } from '../webhook.ts'
import { type Recognition, Unmodified } from './unmodified.ts'

/** The result of listing one account. A failure is data here, never a rejection. */
export interface Listing {
  readonly account: Account
  /**
   * TRUNCATED: it failed after the first page, some webhooks could not be read, it changed during each read, or it exceeds
   * the limit for one list.
   */
  readonly state: 'COMPLETE' | 'TRUNCATED' | 'FAILED'
  readonly webhooks: readonly AccountWebhook[]
  /** Global IDs of the webhooks that exist but could not be read; null if the ID is unreadable too. */
  readonly unreadable: readonly (string | null)[]
  /** Whether the IDs of all webhooks on the account are known. */
  readonly knowsAllIds: boolean
  readonly error: WebhookError | null
  /** Cost of reading it. */
  readonly cost: Meter
  /** Number of writes to the account, by this process, before this read started; undefined if it is not known. */
  readonly writesBefore?: number
}

export interface ListSite {
  readonly account: Account
  readonly displayName: string
  readonly http: Http
  readonly limits: ListLimits
  readonly recognition: Recognition
  run(http: Http): Batches<Webhook>
  toId(upstreamId: string): string
  complete(webhook: Webhook): AccountWebhook
  /** The error it failed with; rethrows bugs. */
  toError(cause: unknown): WebhookError
}

/** How many times a list that changes during the read is read. */
const mostReadings = 3

/** Reads a full list, and starts over if it changes during the read. */
export async function readListing(site: ListSite): Promise<Listing> {
  let best: Listing | null = null
  for (let readings = 1; ; readings += 1) {
    const { listing, shifted } = await readOnce(site)
    // The previous, complete read has more information than an interrupted one.
    if (!shifted) return listing.error === null || listing.knowsAllIds || best === null ? listing : best
    best = listing
    if (readings === mostReadings) return listing
  }
}

async function readOnce(site: ListSite): Promise<{ readonly listing: Listing; readonly shifted: boolean }> {
  const { account, displayName, limits, toId } = site
  const webhooks = new Map<string, AccountWebhook>()
  const unreadable = new Set<string>()
  /** IDs under which different webhooks are listed, so that none of them can be trusted. */
  const contradicted = new Set<string>()
  let nameless = 0
  const countAll = () => webhooks.size + unreadable.size + nameless
  const requireRoom = () => {
    if (countAll() >= limits.items) throw toTooLongError(site, `${limits.items} webhooks`, 'HOOKQL_MAX_LIST_ITEMS')
  }
  const { http: metered, readMeter } = createMeteredHttp(site.http, limits.bytes, () => {
    throw toTooLongError(site, `${limits.bytes} bytes of webhooks`, 'HOOKQL_MAX_LIST_BYTES')
  })
  const { http, keep } = site.recognition.open(metered)
  const toListing = (state: Listing['state'], error: WebhookError | null, ended: boolean): Listing => ({
    account,
    state,
    webhooks: [...webhooks.values()],
    unreadable: [...[...unreadable].map(toId), ...Array.from({ length: nameless }, () => null)],
    knowsAllIds: ended && nameless === 0,
    error,
    cost: readMeter(),
  })

  function add({ items, unreadable: ids }: Batch<Webhook>): void {
    for (const webhook of items) {
      const id = webhook.upstreamId
      if (contradicted.has(id)) continue
      const completed = site.complete(webhook)
      const listed = webhooks.get(id)
      if (listed !== undefined && !isSame(listed, completed)) {
        contradicted.add(id)
        webhooks.delete(id)
        unreadable.add(id)
        continue
      }
      unreadable.delete(id)
      if (listed === undefined) requireRoom()
      webhooks.set(id, completed)
    }
    for (const id of ids) {
      if (id !== null && (webhooks.has(id) || unreadable.has(id))) continue
      requireRoom()
      if (id === null) nameless += 1
      else unreadable.add(id)
    }
  }

  try {
    const batches = site.run(http)
    if (batches instanceof Promise) add(await batches)
    else for await (const batch of batches) add(batch)
  } catch (cause) {
    if (cause instanceof Unmodified) {
      return { listing: { ...toListing('COMPLETE', null, true), webhooks: cause.webhooks }, shifted: false }
    }
    const state = countAll() > 0 ? 'TRUNCATED' : 'FAILED'
    const shifted = cause instanceof ShiftedListError
    const error = shifted ? toShiftedError(site, cause) : site.toError(cause)
    return { listing: toListing(state, error, false), shifted }
  }
  const left = unreadable.size + nameless
  const listing =
    left === 0
      ? toListing('COMPLETE', null, true)
      : toListing('TRUNCATED', toUnreadableError(displayName, left, countAll()), true)
  if (left === 0 && listing.cost.calls === 1) keep(listing.webhooks)
  return { listing, shifted: false }
}

/** Whether two readings of an ID are of one webhook as it is now. */
function isSame(one: AccountWebhook, other: AccountWebhook): boolean {
  return isDeepStrictEqual(toFacts(one), toFacts(other))
}

/** Without what providers count, which changes with every event. */
function toFacts({ name, url, enabled, eventTypes }: AccountWebhook): readonly unknown[] {
  return [name, url, enabled, eventTypes?.toSorted() ?? null]
}

function toShiftedError({ displayName, account }: ListSite, cause: ShiftedListError): UpstreamContractError {
  return new UpstreamContractError(
    `The ${displayName} list for account "${account.slug}" changed during each of ${mostReadings} reads, or reports a wrong ` +
      `total: ${cause.message}. Webhooks may be missing. Query the list again.`,
    { cause },
  )
}

function toUnreadableError(displayName: string, count: number, total: number): UpstreamContractError {
  return new UpstreamContractError(
    `${count} of ${total} webhooks could not be read and ${count === 1 ? 'is' : 'are'} left out: the response from ` +
      `${displayName} does not match its documentation.`,
  )
}

export function toTooLongError(
  { displayName, account }: Pick<ListSite, 'displayName' | 'account'>,
  most: string,
  variable: string,
): UpstreamContractError {
  return new UpstreamContractError(
    `${displayName} lists more than ${most} for account "${account.slug}", the most that the gateway reads of one list. To raise the limit, set ${variable}.`,
  )
}
