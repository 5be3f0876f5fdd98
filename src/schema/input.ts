import type { Shapes } from '../gateway/shapes.ts'
import type { ProviderOptions } from '../gateway/input.ts'
import type { OptionStatement } from '../provider/fields.ts'
import type { Provider } from '../provider/provider.ts'
import type { Builder } from './builder.ts'
import { previewable } from './validation.ts'

/** The inputs of the mutations; the options of a provider come from its statements. */
export function addInputs(builder: Builder, providers: readonly Provider[], shapes: Shapes): void {
  const configurable = providers.filter(({ options }) => Object.keys(options).length > 0)
  const options = configurable.map((provider) => ({ provider, type: addOptions(builder, provider) }))

  // An input without fields would make the whole schema invalid.
  const hasOptions = options.length > 0
  if (hasOptions)
    builder.inputType('ProviderOptionsInput', {
      isOneOf: true,
      description: "Options that only one provider has. Give one key: the account's provider.",
      fields: (t) =>
        Object.fromEntries(
          options.map(({ provider, type }) => [
            provider.name,
            t.field({ type, description: `For accounts at ${provider.displayName}.` }),
          ]),
        ),
    })

  builder.inputType('CreateWebhookInput', {
    description: 'The webhook to create. Provider.fields says what its provider requires and accepts.',
    validate: { schema: shapes.CREATE.extend(previewable) },
    fields: (t) => ({
      account: t.string({ required: true, description: 'Slug of the account; the accounts query lists them.' }),
      url: t.field({
        type: 'URL',
        required: true,
        description: 'Where deliveries go: https only, without user name and password.',
      }),
      name: t.string({
        description: 'The human-readable label, trimmed, of 1 to 255 characters.',
      }),
      eventTypes: t.stringList({
        description: 'Up to 100 event types to receive, of up to 255 characters; Provider.eventTypes has the names.',
      }),
      enabled: t.boolean({
        defaultValue: true,
        description: "Whether it is switched on, whatever the provider's own default.",
      }),
      ...(hasOptions && {
        options: t.field({ type: 'ProviderOptionsInput', description: "Options that only the account's provider has." }),
      }),
      validateOnly: t.boolean({ defaultValue: false, description: validateOnly }),
    }),
  })

  builder.inputType('UpdateWebhookInput', {
    description: 'What to change. A field left out stays as it is. Provider.fields says what the provider accepts.',
    validate: { schema: shapes.UPDATE.extend(previewable) },
    fields: (t) => ({
      id: t.id({ required: true, description: 'The `id` of the webhook, up to 2,000 characters.' }),
      url: t.field({
        type: 'URL',
        description: 'Where deliveries go: https only, without user name and password.',
      }),
      name: t.string({
        description: 'The human-readable label, trimmed, of 1 to 255 characters.',
      }),
      eventTypes: t.stringList({
        description: 'Up to 100 event types to receive, of up to 255 characters: the whole list, not an addition.',
      }),
      enabled: t.boolean({ description: 'Switches it on or off.' }),
      ...(hasOptions && {
        options: t.field({ type: 'ProviderOptionsInput', description: "Options that only the webhook's provider has." }),
      }),
      validateOnly: t.boolean({ defaultValue: false, description: validateOnly }),
    }),
  })

  builder.inputType('DeleteWebhookInput', {
    description: 'The webhook to delete.',
    validate: { schema: shapes.DELETE.extend(previewable) },
    fields: (t) => ({
      id: t.id({ required: true, description: 'The `id` of the webhook, up to 2,000 characters.' }),
      validateOnly: t.boolean({ defaultValue: false, description: validateOnly }),
    }),
  })
}

const validateOnly = 'If true, nothing is written: the result is a MutationPreview or an error.'

function addOptions(builder: Builder, { displayName, options }: Provider) {
  const entries = Object.entries(options)
  return builder.inputRef<NonNullable<ProviderOptions[string]>>(`${displayName}OptionsInput`).implement({
    description: `Options that only ${displayName} has.`,
    fields: (t) =>
      Object.fromEntries(
        entries.map(([name, option]) => {
          const description = describeOption(option)
          return [
            name,
            option.list === true ? t.field({ type: [option.type], description }) : t.field({ type: option.type, description }),
          ]
        }),
      ),
  })
}

function describeOption({ description, onCreate, onUpdate, note }: OptionStatement): string {
  const refusals = [
    ...(typeof onCreate === 'object' ? [`Not on create. ${onCreate.note}`] : []),
    ...(typeof onUpdate === 'object' ? [`Not on update. ${onUpdate.note}`] : []),
  ]
  return [description, note, ...refusals].filter(Boolean).join(' ')
}
