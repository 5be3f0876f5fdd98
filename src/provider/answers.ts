import { OutcomeUnknownError, WebhookError } from '../errors.ts'
import type { Http } from '../http/call.ts'
import { Secret } from '../secret.ts'
import type { Batch, Batches, Delivery, Instant, TestResult, Warning, Webhook } from '../webhook.ts'
import type { Created } from './operations.ts'

/** A webhook as a provider reports it. What it does not report can be omitted. */
interface Reported<D> extends Pick<Webhook<D>, 'upstreamId' | 'url' | 'enabled' | 'eventTypes' | 'raw' | 'details'> {
  readonly name: string | null | undefined
  readonly createdAt: Instant | null
  readonly updatedAt?: Instant | null | undefined
  readonly secretHint?: string | null
  /** Defaults to ACTIVE or DISABLED. */
  readonly status?: Webhook['status']
}

/** The webhook in a response. */
export function toReported<D>(reported: Reported<D>): Webhook<D> {
  const { upstreamId, name = null, url, enabled, status = enabled ? 'ACTIVE' : 'DISABLED', eventTypes, raw, details } = reported
  const { createdAt, updatedAt = null, secretHint = null } = reported
  return { upstreamId, name, url, enabled, status, eventTypes, createdAt, updatedAt, secretHint, raw, details }
}

type Untold = 'eventId' | 'eventType' | 'responseStatus' | 'responseBody' | 'error' | 'durationMs' | 'nextRetryAt'
export type ReportedDelivery = Omit<Delivery, Untold> & { readonly [Field in Untold]?: Delivery[Field] | undefined }

/** A delivery in a log. */
export function toReportedDelivery(reported: ReportedDelivery): Delivery {
  const { eventId = null, eventType = null, responseStatus = null, responseBody = null } = reported
  const { error = null, durationMs = null, nextRetryAt = null } = reported
  return { ...reported, eventId, eventType, responseStatus, responseBody, error, durationMs, nextRetryAt }
}

/** The result of a test event, as far as the provider reports it. */
export function toTested(accepted: boolean, note: string | null, more: Partial<TestResult> = {}): TestResult {
  return { endpointStatus: null, signature: null, ...more, accepted, note }
}

/** The result of a create or a rotation, from a webhook, its secret and what of the response could not be read. */
export function toMade<D>(
  webhook: Webhook<D>,
  signingSecret: Secret | null,
  { unreadable }: { readonly unreadable: readonly string[] },
  warnings: readonly Warning[] = [],
): Created<D> {
  return { webhook, signingSecret, warnings, unreadable }
}

/** Warning about a response that could be read only in part. */
export function toUnreadableWarnings(displayName: string, unreadable: readonly string[]): readonly Warning[] {
  if (unreadable.length === 0) return []
  const message =
    `The change was made, but some fields in the response from ${displayName} could not be read: ${unreadable.join(', ')}. ` +
    'They are null here or, if required, show the values you sent. Query the webhook to check them.'
  return [{ code: 'UNREADABLE_FIELD', message }]
}

/** Warning about a response without the event types that were sent. */
export function eventTypesUnconfirmed(displayName: string): Warning {
  const message = `${displayName} did not confirm the event types: the response contains none. The webhook may receive other events too.`
  return { code: 'EVENT_TYPES_UNCONFIRMED', message }
}

/** Throws an OutcomeUnknownError if a response shows something other than what was asked for. `fields` names what was. */
export function requireShown(displayName: string, fields: string, shown: object, asked: object): void {
  if (!showsAsked(shown, asked))
    throw new OutcomeUnknownError(`${displayName}'s response does not show the change of ${fields}.`, [])
}

/**
 * Whether a response shows the members that were asked for. One that either side leaves out counts as the same. URLs are compared by
 * their normal form, lists as sets, and secrets, which are masked, not at all.
 */
export function showsAsked(shown: object, asked: object): boolean {
  const told = new Map<string, unknown>(Object.entries(shown))
  return Object.entries(asked).every(([member, value]: [string, unknown]) => isSame(told.get(member), value))
}

function isSame(shown: unknown, asked: unknown): boolean {
  if (shown == null || asked == null || asked instanceof Secret) return true
  if (!Array.isArray(shown) || !Array.isArray(asked)) return toText(shown) === toText(asked)
  return new Set<unknown>(shown).symmetricDifference(new Set<unknown>(asked)).size === 0
}

/** The same for a number as for its digits. */
function toText(value: unknown): string {
  return typeof value === 'string' ? toHref(value) : JSON.stringify(value)
}

/** Canonical form of equivalent URLs. */
export function toHref(url: string): string {
  return URL.parse(url)?.href ?? url
}

/** Converts each item of a batch. */
export function mapBatch<From, To>({ items, unreadable }: Batch<From>, convert: (item: From) => To): Batch<To> {
  return { items: items.map(convert), unreadable }
}

/** Converts each item of every batch. */
export function mapBatches<From, To>(batches: Batches<From>, convert: (item: From) => To): Batches<To> {
  const mapOne = (batch: Batch<From>) => mapBatch(batch, convert)
  return batches instanceof Promise ? batches.then(mapOne) : mapEach(batches, mapOne)
}

async function* mapEach<From, To>(batches: AsyncIterable<From>, convert: (batch: From) => To): AsyncIterable<To> {
  for await (const batch of batches) yield convert(batch)
}

/** The webhook that was asked for, where the adapter itself builds on it. The gateway checks the reads of GET and before updates. */
export async function readExactly<Wire extends { readonly id: string }>(
  http: Http,
  id: string,
  read: Promise<Wire>,
): Promise<Wire> {
  const wire = await read
  if (wire.id !== id) throw http.toContractError('it contains a different webhook than requested')
  return wire
}

/**
 * A write after another one that was carried out, which `done` says. An error that says that nothing was changed would hide the first,
 * so that it becomes an OutcomeUnknownError.
 */
export async function afterAnother<T>(write: Promise<T>, done: string): Promise<T> {
  try {
    return await write
  } catch (error) {
    if (!(error instanceof WebhookError) || error instanceof OutcomeUnknownError) throw error
    const { upstream } = error
    const reason = upstream === null ? error.message : (upstream.message ?? `HTTP ${upstream.status}`)
    throw new OutcomeUnknownError(`${done} ${reason.replace(/\.?$/, '.')}`, [], { cause: error, upstream })
  }
}

/** A read after a write: null if it fails, because an error would discard the result of the write. */
export async function readBack<Read>(read: () => Promise<Read>): Promise<Read | null> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof WebhookError) return null
    throw error
  }
}
