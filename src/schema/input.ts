import type { Shapes } from '../gateway/shapes.ts'
import { mostEventTypes } from '../gateway/event-types.ts'
import type { ProviderOptions } from '../gateway/input.ts'
import { isEnum, type OptionStatement } from '../provider/fields.ts'
import type { Provider } from '../provider/provider.ts'
import type { Builder } from './builder.ts'
import type { Enums } from './enum.ts'
import { idempotencyKey, webhookId } from './describe.ts'
import { previewable } from './validation.ts'

/** Mutation inputs. Provider options come from the provider's declarations. */
export function addInputs(builder: Builder, providers: readonly Provider[], shapes: Shapes, enums: Enums): void {
  const configurable = providers.filter(({ options }) => Object.keys(options).length > 0)
  const options = configurable.map((provider) => ({ provider, type: addOptions(builder, provider, enums) }))

  // An input type without fields would make the schema invalid.
  const hasOptions = options.length > 0
  if (hasOptions)
    builder.inputType('ProviderOptionsInput', {
      isOneOf: true,
      description: "Provider-specific options. Set exactly one key: the account's provider.",
      fields: (t) =>
        Object.fromEntries(
          options.map(({ provider, type }) => [
            provider.name,
            t.field({ type, description: `Options for ${provider.displayName} accounts.` }),
          ]),
        ),
    })

  builder.inputType('CreateWebhookInput', {
    description: 'The webhook to create. Provider.fields lists what each provider requires and accepts.',
    validate: { schema: shapes.CREATE.extend(previewable) },
    fields: (t) => ({
      account: t.string({ required: true, description: 'Account slug, as listed by the accounts query.' }),
      url: t.field({
        type: 'URL',
        required: true,
        description: 'URL that receives deliveries. Must use https and contain no user name or password.',
      }),
      name: t.string({ description: 'Display name, 1 to 255 characters after trimming.' }),
      eventTypes: t.stringList({
        description: `Event types to receive, as listed by Provider.eventTypes. Up to ${mostEventTypes}, each up to 255 characters.`,
      }),
      enabled: t.boolean({
        defaultValue: true,
        description: "Whether the webhook is enabled, regardless of the provider's default.",
      }),
      ...(hasOptions && { options: t.field({ type: 'ProviderOptionsInput', description: 'Provider-specific options.' }) }),
      validateOnly: t.boolean({ defaultValue: false, description: validateOnly }),
      idempotencyKey: t.string(idempotencyKey),
    }),
  })

  builder.inputType('UpdateWebhookInput', {
    description: 'The fields to change. Omitted fields stay unchanged. Provider.fields lists what each provider accepts.',
    validate: { schema: shapes.UPDATE.extend(previewable) },
    fields: (t) => ({
      id: t.id(webhookId),
      url: t.field({
        type: 'URL',
        description: 'URL that receives deliveries. Must use https and contain no user name or password.',
      }),
      name: t.string({ description: 'Display name, 1 to 255 characters after trimming.' }),
      eventTypes: t.stringList({
        description: `Event types to receive. Replaces the whole list. Up to ${mostEventTypes}, each up to 255 characters.`,
      }),
      enabled: t.boolean({ description: 'Enables or disables the webhook.' }),
      ...(hasOptions && { options: t.field({ type: 'ProviderOptionsInput', description: 'Provider-specific options.' }) }),
      validateOnly: t.boolean({ defaultValue: false, description: validateOnly }),
      idempotencyKey: t.string(idempotencyKey),
    }),
  })

  builder.inputType('DeleteWebhookInput', {
    description: 'The webhook to delete.',
    validate: { schema: shapes.DELETE.extend(previewable) },
    fields: (t) => ({
      id: t.id(webhookId),
      validateOnly: t.boolean({ defaultValue: false, description: validateOnly }),
      idempotencyKey: t.string(idempotencyKey),
    }),
  })
}

const validateOnly = 'If true, changes nothing and returns a MutationPreview or an error.'

function addOptions(builder: Builder, { displayName, options }: Provider, enums: Enums) {
  const entries = Object.entries(options)
  return builder.inputRef<NonNullable<ProviderOptions[string]>>(`${displayName}OptionsInput`).implement({
    description: `Options specific to ${displayName}.`,
    fields: (t) =>
      Object.fromEntries(
        entries.map(([name, option]) => {
          const description = describeOption(option)
          const type = isEnum(option.type) ? enums(option.type) : option.type
          return [name, option.list === true ? t.field({ type: [type], description }) : t.field({ type, description })]
        }),
      ),
  })
}

function describeOption({ description, onCreate, onUpdate, note }: OptionStatement): string {
  const refusals = [
    ...(typeof onCreate === 'object' ? [`Omit on create. ${onCreate.note}`] : []),
    ...(typeof onUpdate === 'object' ? [`Omit on update. ${onUpdate.note}`] : []),
  ]
  return [description, note, ...refusals].filter(Boolean).join(' ')
}
