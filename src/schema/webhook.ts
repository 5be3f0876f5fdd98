import type { Gateway } from '../gateway/gateway.ts'
import { members } from '../gateway/members.ts'
import type { Provider } from '../provider/provider.ts'
import type { AccountWebhook } from '../webhook.ts'
import type { Builder } from './builder.ts'
import { addDetails } from './detail.ts'
import type { Enums } from './enum.ts'
import { throwReadError } from './read-error.ts'

export type WebhookStatusRef = ReturnType<typeof addWebhookStatus>
export type WebhookResultRef = ReturnType<typeof addWebhooks>

/** The GraphQL type of a provider's webhooks. */
export function toWebhookType({ account }: AccountWebhook, gateway: Gateway): string {
  return `${gateway.getProvider(account.provider).displayName}Webhook`
}

export function addWebhookStatus(builder: Builder) {
  return builder.enumType('WebhookStatus', {
    description: 'Whether a webhook sends events, and if not, why.',
    values: {
      ACTIVE: { description: 'Enabled, and verified if the provider requires it.' },
      DISABLED: { description: 'Disabled. Sends nothing.' },
      SUSPENDED: { description: 'Disabled by the provider, e.g. after failed deliveries.' },
      PENDING_VERIFICATION: { description: 'Enabled, but sends nothing until the endpoint is verified.' },
    },
  })
}

/** The Webhook interface, its type for each provider, and the query for a single webhook. */
export function addWebhooks(builder: Builder, providers: readonly Provider[], status: WebhookStatusRef, enums: Enums) {
  builder.interfaceType('Webhook', {
    description: 'A webhook at any provider. Each provider has its own type, whose name ends in Webhook.',
    interfaces: ['Node'],
    resolveType: (webhook, { gateway }) => toWebhookType(webhook, gateway),
    fields: (t) => ({
      account: t.expose('account', { type: 'Account', description: 'The account.' }),
      upstreamId: t.exposeString('upstreamId', { description: "The provider's ID." }),
      name: t.exposeString('name', { nullable: true, description: 'Display name, if any.' }),
      url: t.expose('url', {
        type: 'URL',
        description: 'URL that receives deliveries, with credentials masked. Returned as is if invalid.',
      }),
      enabled: t.exposeBoolean('enabled', {
        description: 'Whether it is enabled. `status` shows whether it sends events.',
      }),
      status: t.expose('status', { type: status, description: 'Whether it sends events, and if not, why.' }),
      eventTypes: t.exposeStringList('eventTypes', {
        nullable: true,
        description:
          'Event types it receives. `*` stands for all. Null if the provider has no event filter, or does not report it.',
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', nullable: true, description: 'Creation time, if known.' }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', nullable: true, description: 'Time of the last change, if known.' }),
      secretHint: t.exposeString('secretHint', {
        nullable: true,
        description: 'The masked signing secret, if the provider shows one.',
      }),
      secretSetAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When its signing secret was last set through this gateway. Null if not known.',
        resolve: ({ id }, _, context) => context.getSecretTime(id).catch(throwReadError),
      }),
      raw: t.field({
        type: 'JSON',
        nullable: true,
        description: "Allowlisted fields of the provider's response, if known.",
        resolve: ({ raw }) => raw?.read() ?? null,
      }),
    }),
  })

  const found = providers.map(({ displayName, details }) => {
    const type = builder.objectRef<AccountWebhook>(`${displayName}Webhook`)
    type.implement({
      description: `A webhook at ${displayName}, with ${displayName}-specific fields.`,
      interfaces: ['Node', 'Webhook'],
    })
    addDetails(builder, enums, type, details, (webhook) => webhook.details)
    return type
  })

  const result = builder.errorUnion('WebhookResult', {
    description: "The webhook, as its provider's type, or why it could not be read.",
    types: [...found, ...members.GET],
    resolveType: (found, { gateway }) => (found instanceof Error ? undefined : toWebhookType(found, gateway)),
  })
  builder.queryField('webhook', (t) =>
    t.field({
      type: result,
      description:
        'Looks up a webhook by ID with one upstream request. Reading several webhooks of one account takes one list request, plus one for each webhook missing from it.',
      args: { id: t.arg.id({ required: true, description: 'The `id` of a Webhook.' }) },
      resolve: (_, { id }, context) => context.get(id),
    }),
  )
  return result
}
