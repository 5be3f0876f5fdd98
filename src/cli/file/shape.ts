import * as z from 'zod'
import { boundList, eventTypeShape, idShape, nameShape, toValueShape, urlShape } from '../../gateway/shapes.ts'
import { mostEventTypes } from '../../gateway/event-types.ts'
import { slugPattern } from '../../id.ts'
import type { EventCatalogue } from '../../provider/events.ts'
import type { FieldStatement, OptionStatement } from '../../provider/fields.ts'
import type { Provider } from '../../provider/provider.ts'
import type { Json } from '../../webhook.ts'
import { ownSink, secret, type Sink, sink } from './sink-shape.ts'

// The shape of a file of webhooks.

export const slugIssue = 'must be the slug of an account'

/** What a webhook has at any provider, for those who read it. */
export interface FileWebhookShape {
  readonly id?: string | undefined
  readonly name?: string | undefined
  readonly url: string
  readonly eventTypes?: readonly string[] | undefined
  readonly enabled?: boolean | undefined
  readonly options?: Readonly<Record<string, Json | undefined>> | undefined
  readonly secret?: { readonly env: string } | undefined
  readonly secrets?: Sink | undefined
}

export interface FileAccountShape {
  readonly provider: string
  readonly prune?: boolean | undefined
  readonly secrets?: Sink | undefined
  readonly defaults?: Partial<Omit<FileWebhookShape, 'id' | 'name' | 'url' | 'secrets'>> | undefined
  readonly webhooks: readonly FileWebhookShape[]
}

export interface WebhooksFileShape {
  readonly secrets?: Sink | undefined
  readonly accounts: Readonly<Record<string, FileAccountShape>>
}

export function createWebhooksFileShape(providers: readonly Provider[]): z.ZodType<WebhooksFileShape> {
  const [first, ...others] = providers.map(toAccountShape)
  if (first === undefined) throw new Error('There are no providers.')
  return z.strictObject({
    $schema: z.string().optional().describe('URL of this schema, for editors.'),
    secrets: sink.optional().describe('Where signing secrets go that a provider makes, for all accounts.'),
    accounts: z
      .record(z.string().regex(slugPattern, slugIssue), z.discriminatedUnion('provider', [first, ...others]))
      .describe('Accounts by slug.'),
  })
}

/** One webhook of an account of this provider. */
export function createWebhookShape(provider: Provider): z.ZodType<FileWebhookShape> {
  return z.strictObject(toWebhookFields(provider))
}

function toAccountShape(provider: Provider) {
  const { eventTypes, enabled, options, secret, ...own } = toWebhookFields(provider)
  const shared = { eventTypes, enabled, options, secret }
  return z.strictObject({
    provider: z.literal(provider.name).describe('Provider of the account.'),
    prune: z.boolean().optional().describe('Whether webhooks that are in no file are deleted. Defaults to false.'),
    secrets: sink.optional().describe('Where signing secrets go that the provider makes, for this account.'),
    defaults: z.strictObject(shared).optional().describe('What each webhook has that does not say otherwise.'),
    webhooks: z.array(z.strictObject({ ...own, ...shared })).describe('The webhooks that there should be.'),
  })
}

function toWebhookFields(provider: Provider) {
  const { fields, eventTypes } = provider
  return {
    id: idShape.optional().describe('ID of the webhook that is meant. Defaults to the one with the name, or else the URL.'),
    name: field(fields.name, nameShape.describe('Display name.')),
    url: urlShape.describe('URL that receives deliveries. ${WEBHOOKS_…} is replaced by the environment variable.'),
    eventTypes: field(
      fields.eventTypes,
      boundList(toEventTypeShape(eventTypes), mostEventTypes)
        .min(1, 'must have at least one item. Leave it out if it is not to be managed')
        .describe('Event types it receives. If omitted, they are not managed.'),
    ),
    enabled: field(fields.enabled, z.boolean().describe('Whether it is enabled. If omitted, that is not managed.')),
    options: toOptionsShape(provider),
    // A secret in a file would be a secret in its repository.
    secret:
      findSecretOption(provider) === undefined
        ? refused(`${provider.displayName} makes the secret: see secrets`)
        : secret.optional(),
    secrets: ownSink.optional().describe('Where its signing secret goes if the provider makes it.'),
  }
}

/** The option that sets the signing secret. */
export function findSecretOption({ options }: Provider): string | undefined {
  return Object.entries(options).find(([, { secret, onCreate }]) => secret === true && typeof onCreate !== 'object')?.[0]
}

function toOptionsShape({ options }: Provider) {
  const shapes = Object.entries(options).map(([name, statement]) => [name, toOptionShape(statement)] as const)
  return z.strictObject(Object.fromEntries(shapes)).optional().describe('What only this provider has.')
}

function toOptionShape(statement: OptionStatement) {
  const { secret: isSecret, onCreate, list, nullable, description, note } = statement
  if (isSecret === true) return refused('A file shows no secret. Set secret: { env: NAME } beside options')
  if (typeof onCreate === 'object') return refused(onCreate.note)
  const own = toValueShape(statement)
  const shape = (list === true ? boundList(own) : own).describe([description, note].filter(Boolean).join(' '))
  return (nullable === true ? shape.nullable() : shape).optional()
}

function field<Shape extends z.ZodType>({ onCreate, note }: FieldStatement, shape: Shape) {
  if (typeof onCreate === 'object') return refused(onCreate.note)
  return (note === undefined ? shape : shape.describe([shape.description, note].filter(Boolean).join(' '))).optional()
}

/** A field that the provider does not have. */
function refused(note: string) {
  return z.never({ error: note }).optional().describe(note)
}

/** The known names, for editors; whether another one exists is for the provider to say. */
function toEventTypeShape({ known, closed, wildcards, all }: EventCatalogue) {
  const names = known.map(({ name }) => name)
  const isOpen = !closed || wildcards === true || names.length === 0
  const listed = [...names, ...(wildcards === true || all === true ? ['*'] : [])]
  return eventTypeShape.meta(isOpen ? { anyOf: [{ enum: listed }, { type: 'string' }] } : { enum: listed })
}
