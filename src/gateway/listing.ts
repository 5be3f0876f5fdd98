import { UpstreamContractError, type WebhookError } from '../errors.ts'
import type { Http } from '../http/call.ts'
import type { ListLimits } from '../http/door.ts'
import { createMeteredHttp, type Meter } from '../http/meter.ts'
import { ShiftedListError } from '../provider/numbered-pages.ts'
import type { Account, AccountWebhook, Batch, Webhook } from '../webhook.ts'

/** What one account's list came to. Never a rejection: a failure is data here. */
export interface Listing {
  readonly account: Account
  /**
   * TRUNCATED: it failed after the first page, some webhooks could not be read, it changed each time it was read, or there are
   * more than are read of one list.
   */
  readonly state: 'COMPLETE' | 'TRUNCATED' | 'FAILED'
  readonly webhooks: readonly AccountWebhook[]
  /** Global ids of the webhooks that are there but could not be read; null where not even the id could. */
  readonly unreadable: readonly (string | null)[]
  /** Whether there is nothing on the account that is in neither of the two by its id. */
  readonly knowsAllIds: boolean
  readonly error: WebhookError | null
  /** What it took to read it. */
  readonly cost: Meter
}

export interface ListSite {
  readonly account: Account
  readonly displayName: string
  readonly http: Http
  readonly limits: ListLimits
  run(http: Http): AsyncIterable<Batch<Webhook>>
  toId(upstreamId: string): string
  complete(webhook: Webhook): AccountWebhook
  /** What it failed with; throws a bug. */
  toError(cause: unknown): WebhookError
}

/** How often a list is read that changes while it is read. */
const mostReadings = 3

/** Reads a list to its end, from the start again where it was seen to change meanwhile. */
export async function readListing(site: ListSite): Promise<Listing> {
  let best: Listing | null = null
  for (let readings = 1; ; readings += 1) {
    const { listing, shifted } = await readOnce(site)
    // One that broke off knows less than the one before, which was read to its end.
    if (!shifted) return listing.error === null || listing.knowsAllIds || best === null ? listing : best
    best = listing
    if (readings === mostReadings) return listing
  }
}

async function readOnce(site: ListSite): Promise<{ readonly listing: Listing; readonly shifted: boolean }> {
  const { account, displayName, limits, toId } = site
  const webhooks = new Map<string, AccountWebhook>()
  const unreadable = new Set<string>()
  let nameless = 0
  const countAll = () => webhooks.size + unreadable.size + nameless
  const requireRoom = () => {
    if (countAll() >= limits.items) throw toTooLongError(site, `${limits.items} webhooks`, 'HOOKQL_MAX_LIST_ITEMS')
  }
  const { http, readMeter } = createMeteredHttp(site.http, limits.bytes, () => {
    throw toTooLongError(site, `${limits.bytes} bytes of webhooks`, 'HOOKQL_MAX_LIST_BYTES')
  })
  const toListing = (state: Listing['state'], error: WebhookError | null, ended: boolean): Listing => ({
    account,
    state,
    webhooks: [...webhooks.values()],
    unreadable: [...[...unreadable].map(toId), ...Array.from({ length: nameless }, () => null)],
    knowsAllIds: ended && nameless === 0,
    error,
    cost: readMeter(),
  })

  try {
    for await (const batch of site.run(http)) {
      for (const webhook of batch.items) {
        unreadable.delete(webhook.upstreamId)
        if (!webhooks.has(webhook.upstreamId)) requireRoom()
        webhooks.set(webhook.upstreamId, site.complete(webhook))
      }
      for (const id of batch.unreadable) {
        if (id !== null && (webhooks.has(id) || unreadable.has(id))) continue
        requireRoom()
        if (id === null) nameless += 1
        else unreadable.add(id)
      }
    }
  } catch (cause) {
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
  return { listing, shifted: false }
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
