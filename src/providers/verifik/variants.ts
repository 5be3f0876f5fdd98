import * as z from 'zod'
import type { Instant, Sent } from '../../webhook.ts'
import * as w from '../../provider/wire.ts'

// The documentation of Verifik shows a webhook in three variants with different names and fields: A (resource pages), B (create
// page and related ones), C (overview page). B and C echo `secret` in plain text. It is in no webhook schema, so parsing drops
// it; it is read separately, only for comparison.

/** A webhook of any variant; null fields are not in the variant or this response. */
export interface WireWebhook {
  readonly variant: 'A' | 'B' | 'C'
  readonly id: string
  readonly name: string | null
  readonly url: string
  readonly isActive: boolean
  readonly description: string | null
  readonly client: string | null
  readonly projectFlow: readonly string[]
  readonly events: readonly string[] | null
  readonly retryPolicy: z.output<typeof wireRetryPolicy> | null
  readonly statistics: z.output<typeof wireStatistics> | null
  readonly createdAt: Instant
  readonly updatedAt: Instant
  readonly raw: Sent | null
}

/** An ID, or the object that it refers to, which otherwise contains personal data. */
export const wireReference = z.union([w.wireId, z.object({ _id: w.wireId }).transform(({ _id }) => _id)])

const wireRetryPolicy = z.object({ maxRetries: w.wireInt, retryDelay: w.wireInt, timeout: w.wireInt })

/** Empty until the first delivery. */
const wireStatistics = z.object({
  totalRequests: w.wireInt.optional(),
  successfulRequests: w.wireInt.optional(),
  failedRequests: w.wireInt.optional(),
  lastTriggered: w.wireInstant.nullish(),
})

const wireNotification = z.object({
  success: z.boolean().optional().catch(undefined),
  fail: z.boolean().optional().catch(undefined),
})

const wireRecord = z.object({
  _id: w.wireId,
  name: w.wireName,
  url: w.wireText,
  isActive: z.boolean(),
  description: w.wireName.nullish(),
  client: wireReference,
  projectFlow: w.wireArray(wireReference),
  statistics: wireStatistics.optional(),
  createdAt: w.wireInstant,
  updatedAt: w.wireInstant,
})

type ReadWebhook = Omit<WireWebhook, 'raw'>

/** A record of A or B, with the fields that the other one lacks. */
function toRead(
  {
    _id: id,
    description,
    projectFlow,
    statistics,
    ...same
  }: Omit<z.output<typeof wireRecord>, 'projectFlow'> & { readonly projectFlow?: readonly string[] | null | undefined },
  own: Pick<ReadWebhook, 'variant' | 'events' | 'retryPolicy'>,
): ReadWebhook {
  return { ...same, ...own, id, description: description ?? null, projectFlow: projectFlow ?? [], statistics: statistics ?? null }
}

const variantA = wireRecord
  // Of these two the vendor's page of the object says that they need not be there; of events and of a retry policy it knows nothing.
  .extend({
    notification: wireNotification.nullish(),
    projectFlow: w.wireArray(wireReference).nullish(),
    events: z.undefined().optional(),
    retryPolicy: z.undefined().optional(),
  })
  .transform((record) => toRead(record, { variant: 'A', events: null, retryPolicy: null }))

const variantB = wireRecord
  .extend({ events: w.wireTexts, retryPolicy: wireRetryPolicy.optional() })
  .transform((record) => toRead(record, { variant: 'B', events: record.events, retryPolicy: record.retryPolicy ?? null }))

const recordC = z.object({
  id: w.wireId,
  url: w.wireText,
  events: w.wireTexts,
  active: z.boolean(),
  createdAt: w.wireInstant,
  updatedAt: w.wireInstant,
})
const untold = { name: null, description: null, client: null, projectFlow: [], retryPolicy: null, statistics: null }
const variantC = recordC.transform(({ active, ...same }): ReadWebhook => {
  return { ...same, ...untold, variant: 'C', isActive: active }
})

const anyVariant = z.union([variantB, variantA, variantC])

/** The fields of a webhook that are always readable. Any other field may be null. */
export type KnownWebhook = w.Salvaged<WireWebhook, 'variant' | 'id' | 'url' | 'isActive' | 'raw'>
type SalvagedWebhook = w.Salvaged<WireWebhook, 'variant' | 'id' | 'raw'> & w.Unread

const salvaged = z.union([
  w
    .wireSalvaged(
      wireRecord.partial({ projectFlow: true }).extend({
        notification: w.wireAside(wireNotification),
        events: w.wireTexts.optional(),
        retryPolicy: wireRetryPolicy.optional(),
      }),
      ['_id'],
    )
    .transform(({ _id: id, events, retryPolicy, ...same }): SalvagedWebhook => {
      const variant = events == null && retryPolicy == null ? 'A' : 'B'
      return {
        ...same,
        variant,
        id,
        events: events ?? null,
        retryPolicy: retryPolicy ?? null,
        description: same.description ?? null,
        projectFlow: same.projectFlow ?? null,
        statistics: same.statistics ?? null,
      }
    }),
  w.wireSalvaged(recordC, ['id']).transform(({ active, ...same }): SalvagedWebhook => {
    return { ...untold, ...same, variant: 'C', isActive: active }
  }),
])
const anyId = z.union([
  z.object({ _id: w.wireId }).transform(({ _id }) => _id),
  z.object({ id: w.wireId }).transform(({ id }) => id),
])

export const wireWebhook = w.wireShown(anyVariant)
export const wireWholeWebhook = wireWebhook.transform((read): w.Unread & typeof read => ({ ...read, unreadable: [] }))
export const wireWebhooks = w.wireShownList(anyVariant, anyId)
/** For responses that must not be lost: a field that cannot be read costs that field only. */
export const wireSalvagedWebhook = z.union([wireWholeWebhook, salvaged])
