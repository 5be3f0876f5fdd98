import type { Gateway } from '../gateway.ts'
import { members } from '../gateway/members.ts'
import type { Provider } from '../provider.ts'
import type { AccountWebhook } from '../webhook.ts'
import type { Builder } from './builder.ts'
import { describeOutput } from './describe.ts'
import { addDetails } from './detail.ts'

export type WebhookStatusRef = ReturnType<typeof addWebhookStatus>

/** The GraphQL type of one provider's webhooks. */
export function toWebhookType({ account }: AccountWebhook, gateway: Gateway): string {
  return `${gateway.getProvider(account.provider).displayName}Webhook`
}

export function addWebhookStatus(builder: Builder) {
  return builder.enumType('WebhookStatus', {
    description: 'What a webhook does at the moment.',
    values: {
      ACTIVE: { description: 'Enabled, and verified where the provider asks for that.' },
      DISABLED: { description: 'Switched off: it sends nothing.' },
      SUSPENDED: { description: 'Switched off by the provider itself, for example after failed deliveries: it sends nothing.' },
      PENDING_VERIFICATION: { description: 'Enabled, but sends nothing until the endpoint is verified.' },
    },
  })
}

/** The interface Webhook, a type of it for every provider, and the query of one webhook. */
export function addWebhooks(builder: Builder, providers: readonly Provider[], status: WebhookStatusRef): void {
  builder.interfaceType('Webhook', {
    description: 'A webhook subscription at any provider. Fields that only one provider has are on its own type.',
    interfaces: [builder.nodeInterfaceRef()],
    resolveType: (webhook, { gateway }) => toWebhookType(webhook, gateway),
    fields: (t) => ({
      id: t.exposeID('id', {
        description: 'Global, opaque, stable over restarts; holds account and upstream id, never the GraphQL type name.',
      }),
      account: t.expose('account', { type: 'Account', description: 'The account it belongs to.' }),
      upstreamId: t.exposeString('upstreamId', { description: "The provider's own id." }),
      name: t.exposeString('name', {
        nullable: true,
        description: describeOutput('The human-readable label. Null where there is none.', providers, 'name'),
      }),
      url: t.expose('url', {
        type: 'URL',
        description: 'Where deliveries go. User name and password, where a URL has them, are masked.',
      }),
      enabled: t.exposeBoolean('enabled', {
        description: 'Whether it is switched on. An enabled webhook may still wait for verification: see `status`.',
      }),
      status: t.expose('status', { type: status, description: 'What it does at the moment.' }),
      eventTypes: t.exposeStringList('eventTypes', {
        nullable: true,
        description: describeOutput(
          'What it is told of. Null where the provider has no event filter, so that every event is sent, or where it does not tell.',
          providers,
          'eventTypes',
        ),
      }),
      createdAt: t.expose('createdAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it was created; null where the provider does not say.',
      }),
      updatedAt: t.expose('updatedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it was last changed; null where the provider does not say.',
      }),
      secretHint: t.exposeString('secretHint', {
        nullable: true,
        description:
          "The provider's own mask of the signing secret, to tell two apart; null where it shows none. Never a whole secret.",
      }),
      raw: t.field({
        type: 'JSON',
        nullable: true,
        description:
          'What the provider sent, under its own names: the fields that are known to be harmless. Null where the webhook was not ' +
          'read from an answer, or is nested more than 1,000 levels deep.',
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
        'One webhook by its id. One id of an account costs one upstream call; several ids of one account in one operation cost one list, and a call for each that it misses.',
      args: {
        id: t.arg.id({
          required: true,
          description: 'The `id` of a Webhook. One that names no webhook here is NotFoundError and calls nobody.',
        }),
      },
      resolve: (_, { id }, context) => context.get(id),
    }),
  )
}
