import { isDeepStrictEqual } from 'node:util'
import { ConflictError } from '../../errors.ts'
import type { Options } from '../../provider/fields.ts'
import type { WriteInput } from '../../provider/operations.ts'
import type { Provider } from '../../provider/provider.ts'
import { toComplete } from '../../provider/recovery.ts'
import type { AccountWebhook } from '../../webhook.ts'
import type { Visit } from '../connection.ts'
import { isSameUrl } from './compare.ts'

/** A create, or an update of the webhook with this ID. */
type Asked = WriteInput<Options> & { readonly upstreamId?: string }
interface Wanted extends Pick<AccountWebhook, 'url' | 'eventTypes'> {
  readonly details: Readonly<Record<string, unknown>>
}

/** Adds the conflicting webhook to a conflict, if the account's list shows it. */
export async function findInTheWay(error: ConflictError, { connection, budget }: Visit, asked: Asked): Promise<ConflictError> {
  const { field } = error
  if (field === null) return error
  const { webhooks } = await connection.within(budget).list()
  const own = webhooks.find(({ upstreamId }) => upstreamId === asked.upstreamId)
  const wanted = toWanted(connection.provider, asked, own)
  const isInTheWay = (webhook: AccountWebhook) =>
    field === 'name' ? webhook.name === asked.name : wanted !== null && clashes(connection.provider, webhook, wanted)
  const [existing = null, ...others] = webhooks.filter((webhook) => webhook !== own && isInTheWay(webhook))
  return new ConflictError(error.message, field, others.length === 0 ? existing : null, error)
}

/** What the write would have come to; null if that is not known. */
function toWanted({ options, sharedUrl }: Provider, asked: Asked, own: AccountWebhook | undefined): Wanted | null {
  if (asked.upstreamId !== undefined && own === undefined) return null
  const url = asked.url ?? own?.url
  const eventTypes = asked.eventTypes ?? own?.eventTypes ?? sharedUrl?.eventTypes ?? null
  const details = own === undefined ? toComplete(options, asked.options) : { ...own.details, ...asked.options }
  return url === undefined ? null : { url, eventTypes, details }
}

function clashes({ sharedUrl }: Provider, one: Wanted, other: Wanted): boolean {
  if (!isSameUrl(one.url, other.url)) return false
  if (sharedUrl === undefined) return true
  const { options = [] } = sharedUrl
  return overlaps(one, other) && options.every((name) => isDeepStrictEqual(one.details[name], other.details[name]))
}

function overlaps({ eventTypes: one }: Wanted, { eventTypes: other }: Wanted): boolean {
  if (one === null || other === null) return true
  return one.includes('*') || other.includes('*') || one.some((name) => other.includes(name))
}
