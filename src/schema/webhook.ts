import type { Gateway } from '../gateway/gateway.ts'
import { members } from '../gateway/members.ts'
import type { Provider } from '../provider/provider.ts'
import type { AccountWebhook } from '../webhook.ts'
import type { Builder } from './builder.ts'
import { addDetails } from './detail.ts'

export type WebhookStatusRef = ReturnType<typeof addWebhookStatus>

/** The GraphQL type of one provider's webhooks. */
export function toWebhookType({ account }: AccountWebhook, gateway: Gateway): string {
  return `${gateway.getProvider(account.provider).displayName}Webhook`
}

export function addWebhookStatus(builder: Builder) {
  return builder.enumType('WebhookStatus', {
    description: 'Whether a webhook sends events, and if not, why.',
    values: {
      ACTIVE: { description: 'Enabled, and verified where the provider requires that.' },
      DISABLED: { description: 'Switched off; it sends nothing.' },
      SUSPENDED: { description: 'Switched off by the provider, e.g. after failed deliveries.' },
      PENDING_VERIFICATION: { description: 'Enabled, but sends nothing until the endpoint is verified.' },
    },
  })
}

/** The interface Webhook, a type of it for every provider, and the query of one webhook. */
export function addWebhooks(builder: Builder, providers: readonly Provider[], status: WebhookStatusRef): void {
  builder.interfaceType('Webhook', {
    description: 'A webhook at any provider. Each provider has a type of its own, whose name ends in Webhook.',
    interfaces: [builder.nodeInterfaceRef()],
    resolveType: (webhook, { gateway }) => toWebhookType(webhook, gateway),
    fields: (t) => ({
      id: t.exposeID('id', {
        description: 'Global, opaque, stable over restarts.',
      }),
      account: t.expose('account', { type: 'Account', description: 'Its account.' }),
      upstreamId: t.exposeString('upstreamId', { description: 'Its id at the provider.' }),
      name: t.exposeString('name', {
        nullable: true,
        description: 'Its label, if it has one.',
      }),
      url: t.expose('url', {
        type: 'URL',
        description: 'Where deliveries go, credentials masked. What is not a URL is shown as it is.',
      }),
      enabled: t.exposeBoolean('enabled', {
        description: 'Whether it is on; `status` says whether it sends.',
      }),
      status: t.expose('status', { type: status, description: 'Whether it sends events, and if not, why.' }),
      eventTypes: t.exposeStringList('eventTypes', {
        nullable: true,
        description: 'Event types it receives; null: all, or not known.',
      }),
      createdAt: t.expose('createdAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it was created, where known.',
      }),
      updatedAt: t.expose('updatedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it was last changed, where known.',
      }),
      secretHint: t.exposeString('secretHint', {
        nullable: true,
        description: 'The signing secret as masked by the provider, where it shows one.',
      }),
      raw: t.field({
        type: 'JSON',
        nullable: true,
        description: 'What the provider sent, by an allow-list, where known.',
        resolve: ({ raw }) => raw?.read() ?? null,
      }),
    }),
  })

  const found = providers.map(({ displayName, details }) => {
    const type = builder.objectRef<AccountWebhook>(`${displayName}Webhook`)
    type.implement({
      description: `A webhook at ${displayName}, with what only ${displayName} has.`,
      interfaces: [builder.nodeInterfaceRef(), 'Webhook'],
    })
    addDetails(builder, type, details, (webhook) => webhook.details)
    return type
  })

  const result = builder.errorUnion('WebhookResult', {
    description: 'The webhook, as the type of its provider, or why it could not be read.',
    types: [...found, ...members.GET],
    resolveType: (found, { gateway }) => (found instanceof Error ? undefined : toWebhookType(found, gateway)),
  })
  builder.queryField('webhook', (t) =>
    t.field({
      type: result,
      description:
        'One webhook by its id, with one upstream call. Several of one account cost one list and a call for each that it misses.',
      args: {
        id: t.arg.id({
          required: true,
          description: 'The `id` of a Webhook.',
        }),
      },
      resolve: (_, { id }, context) => context.get(id),
    }),
  )
}
