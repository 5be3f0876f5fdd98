import { describe, expect, expectTypeOf, it } from 'vitest'
import * as z from 'zod'
import { formatProvidersPage } from '../../scripts/provider-page.ts'
import { formatId } from '../../src/id.ts'
import { mapBatches } from '../../src/provider/answers.ts'
import { listEventTypes } from '../../src/provider/events.ts'
import type { DetailStatements, DetailsOf, EnumType, OptionStatements, OptionsOf } from '../../src/provider/fields.ts'
import { type CreateInput, native, type UpdateInput } from '../../src/provider/operations.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { unsupported } from '../../src/provider/unsupported.ts'
import { providers } from '../../src/providers/index.ts'
import { createTabs } from '../../src/server/graphiql/tabs.ts'
import { createSchema, formatSchema } from '../../src/schema/index.ts'
import { schemes } from '../../src/verify/schemes.ts'
import type { Webhook, WebhookStatus } from '../../src/webhook.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { openStandIn } from '../helpers/stand-in.ts'

const contentType = {
  name: 'VerifikContentType',
  description: 'Format of a delivery.',
  values: { JSON: 'Sent as JSON.', FORM: 'Sent as a form.' },
} as const satisfies EnumType

const options = {
  contentType: { onCreate: 'OPTIONAL', onUpdate: 'OPTIONAL', type: contentType, description: 'Format.' },
  formats: { onCreate: 'OPTIONAL', onUpdate: 'OPTIONAL', type: contentType, list: true, nullable: true, description: 'Formats.' },
  strict: { onCreate: 'OPTIONAL', onUpdate: 'OPTIONAL', type: 'Boolean', description: 'Whether it is strict.' },
  perSecond: {
    onCreate: 'OPTIONAL',
    onUpdate: unsupported('It is set once. Create a new webhook.'),
    type: 'Int',
    description: 'Deliveries per second, 1 to 50.',
    shape: z.number().min(1).max(50),
  },
} as const satisfies OptionStatements

const details = {
  contentType: { type: contentType, required: true, description: 'Format.' },
  formats: { type: contentType, list: true, description: 'Formats.' },
} as const satisfies DetailStatements

function getProvider(name: string) {
  const provider = providers.find((each) => each.name === name)
  if (provider === undefined) throw new Error(`There is no provider ${name}.`)
  return provider
}

interface Changes {
  /** What the provider sends of a webhook. */
  readonly toWebhook?: (webhook: Webhook) => Webhook
  /** What it takes for a create. */
  readonly toCreate?: (input: CreateInput<object>) => CreateInput<object>
  readonly toUpdate?: (input: UpdateInput<object>) => UpdateInput<object>
}

/** A provider whose webhooks read and are written in another way. */
function change(provider: Provider, { toWebhook = (it) => it, toCreate = (it) => it, toUpdate = (it) => it }: Changes): Provider {
  const { LIST, GET, CREATE, UPDATE } = provider.operations
  if ('support' in LIST && LIST.support === 'UNSUPPORTED') throw new Error('It has no list.')
  if (GET.support === 'UNSUPPORTED' || CREATE.support === 'UNSUPPORTED' || UPDATE.support === 'UNSUPPORTED')
    throw new Error('It cannot write.')
  return {
    ...provider,
    operations: {
      ...provider.operations,
      LIST: native((api) => mapBatches(LIST.run(api), toWebhook)),
      GET: native(async (api, upstreamId) => toWebhook(await GET.run(api, upstreamId))),
      CREATE: native(async (api, input) => {
        const { webhook, ...rest } = await CREATE.run(api, toCreate(input))
        return { ...rest, webhook: toWebhook(webhook) }
      }),
      UPDATE: native(async (api, input) => {
        const { webhook, ...rest } = await UPDATE.run(api, toUpdate(input))
        return { ...rest, webhook: toWebhook(webhook) }
      }),
    },
  }
}

async function open(provider: Provider) {
  const standIn = await openStandIn(provider)
  const { ask } = openGateway({ providers: [provider], accounts: [toAccount(provider, standIn)] })
  const fields = `id name url enabled status eventTypes ... on ${provider.displayName}Webhook { __typename }`
  const failure = `... on WebhookError { __typename message } ... on InvalidInputError { issues { path code message } }
    ... on UnsupportedError { path } ... on OutcomeUnknownError { candidates { ${fields} } }`
  const write = async (mutation: string, type: string, input: object) => {
    const success = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Success`
    const query = `mutation ($input: ${type}!) { result: ${mutation}(input: $input) { ... on ${success} { webhook { ${fields} } warnings { code } }
      ... on MutationPreview { requests { body } } ${failure} } }`
    const { data, errors } = await ask(query, { input })
    return { ...data?.result, errors: errors?.map(({ message }) => message) }
  }
  return {
    standIn,
    ask,
    create: (input: object) =>
      write('createWebhook', 'CreateWebhookInput', { account: provider.name, url: 'https://hooks.acme.test/x', ...input }),
    update: (input: object) => write('updateWebhook', 'UpdateWebhookInput', input),
  }
}

describe('options and details of every type', () => {
  const verifik = getProvider('verifik')
  const wide: Provider = {
    ...change(verifik, {
      toWebhook: ({ details: own, ...webhook }) => ({
        ...webhook,
        details: { ...own, contentType: 'FORM', formats: ['FORM', 'JSON'] },
      }),
      toCreate: ({ options: given, ...input }) => ({ ...input, options: { description: JSON.stringify(given) } }),
    }),
    options,
    details: { ...verifik.details, ...details },
  }

  it('have the TypeScript types of their statements', () => {
    expectTypeOf<OptionsOf<typeof options>>().toEqualTypeOf<{
      readonly contentType?: 'JSON' | 'FORM'
      readonly formats?: readonly ('JSON' | 'FORM')[] | null
      readonly strict?: boolean
      readonly perSecond?: number
    }>()
    expectTypeOf<DetailsOf<typeof details>>().toEqualTypeOf<{
      readonly contentType: 'JSON' | 'FORM'
      readonly formats: readonly ('JSON' | 'FORM')[] | null
    }>()
    const sdl = formatSchema(createSchema([wide]))
    expect(sdl).toContain('"""Format of a delivery."""\nenum VerifikContentType {\n  """Sent as a form."""\n  FORM\n')
    expect(sdl).toMatch(/input VerifikOptionsInput \{[^}]*contentType: VerifikContentType\n/)
    expect(sdl).toMatch(/input VerifikOptionsInput \{[^}]*formats: \[VerifikContentType!\]\n/)
    expect(sdl).toMatch(/input VerifikOptionsInput \{[^}]*perSecond: Int\n[^}]*strict: Boolean\n/)
    expect(sdl).toMatch(/type VerifikWebhook [^}]*contentType: VerifikContentType!\n/)
  })

  it('reach the adapter as they were given, and read back', async () => {
    const { create, ask, standIn } = await open(wide)
    const given = { contentType: 'FORM', formats: ['JSON', 'FORM'], strict: false, perSecond: 50 }
    const preview = await create({ name: 'x', options: { verifik: given }, validateOnly: true })
    expect(JSON.parse(preview.requests[0].body.description)).toEqual(given)
    expect(standIn.calls.filter(({ effect }) => effect === 'WRITE')).toEqual([])
    expect(await create({ name: 'x', options: { verifik: given } })).toMatchObject({ webhook: { name: 'x' } })
    const { data } = await ask('{ webhooks { nodes { ... on VerifikWebhook { description contentType formats } } } }')
    const [{ description, ...read }] = data.webhooks.nodes
    expect(JSON.parse(description)).toEqual(given)
    expect(read).toEqual({ contentType: 'FORM', formats: ['FORM', 'JSON'] })
    const nulled = await create({ name: 'y', options: { verifik: { formats: null, strict: null } }, validateOnly: true })
    expect(JSON.parse(nulled.requests[0].body.description)).toEqual({ formats: null })
  })

  it.each([
    ['a number outside its range', { perSecond: 51 }, 'perSecond', 'TOO_BIG', /at most 50/],
    ['an empty list', { formats: [] }, 'formats', 'EMPTY', /at least one item/],
  ])('are refused before any call: %s', async (_, given, option, code, message) => {
    const { create, standIn } = await open(wide)
    expect(await create({ name: 'x', options: { verifik: given } })).toMatchObject({
      __typename: 'InvalidInputError',
      issues: [{ path: ['input', 'options', 'verifik', option], code, message: expect.stringMatching(message) }],
    })
    expect(standIn.calls).toEqual([])
  })

  it('are refused to callers of the package as to clients', async () => {
    const { standIn } = await open(wide)
    const { gateway } = openGateway({ providers: [wide], accounts: [toAccount(wide, standIn)] })
    const given = { contentType: 'form', strict: 'yes', perSecond: 2 ** 31, formats: ['XML'] }
    const input = { account: 'verifik', name: 'x', url: 'https://hooks.acme.test/x', options: { verifik: given } }
    await expect(gateway.create(input)).rejects.toMatchObject({
      issues: [
        { path: ['input', 'options', 'verifik', 'contentType'], message: 'Must be one of JSON, FORM.' },
        { path: ['input', 'options', 'verifik', 'formats', '0'], message: 'Must be one of JSON, FORM.' },
        { path: ['input', 'options', 'verifik', 'strict'], message: 'Must be true or false.' },
        { path: ['input', 'options', 'verifik', 'perSecond'], code: 'TOO_BIG' },
      ],
    })
    const fraction = { ...input, options: { verifik: { perSecond: 1.5 } } }
    await expect(gateway.create(fraction)).rejects.toMatchObject({ issues: [{ message: 'Must be an integer.' }] })
    expect(standIn.calls).toEqual([])
  })

  it('are listed with their types and values, in GraphQL and in the documentation', async () => {
    const { ask } = await open(wide)
    const { data } = await ask('{ provider(name: VERIFIK) { fields { path type values { name description } } } }')
    const values = [
      { name: 'JSON', description: 'Sent as JSON.' },
      { name: 'FORM', description: 'Sent as a form.' },
    ]
    expect(data.provider.fields).toEqual([
      { path: 'name', type: 'String', values: null },
      { path: 'url', type: 'URL', values: null },
      { path: 'eventTypes', type: '[String!]', values: null },
      { path: 'enabled', type: 'Boolean', values: null },
      { path: 'options.verifik.contentType', type: 'VerifikContentType', values },
      { path: 'options.verifik.formats', type: '[VerifikContentType!]', values },
      { path: 'options.verifik.strict', type: 'Boolean', values: null },
      { path: 'options.verifik.perSecond', type: 'Int', values: null },
    ])
    expect(formatProvidersPage([wide])).toContain(
      '- `options.verifik.contentType`, optional: Format. Values: `JSON` (Sent as JSON), `FORM` (Sent as a form).',
    )
  })
})

describe('a provider that does not allow every name', () => {
  const verifik = getProvider('verifik')
  const shape = z
    .string()
    .regex(/^[a-z-]*$/, 'Use lowercase letters and hyphens only.')
    .max(20)
  const strict: Provider = { ...verifik, fields: { ...verifik.fields, name: { ...verifik.fields.name, shape } } }

  it.each([
    ['with spaces', [{ path: ['input', 'name'], code: 'INVALID', message: 'Use lowercase letters and hyphens only.' }]],
    ['a'.repeat(21), [{ path: ['input', 'name'], code: 'TOO_BIG', message: 'Provide at most 20 characters.' }]],
  ])('refuses %j before any call, on create and on update', async (name, issues) => {
    const { create, update, standIn } = await open(strict)
    const { id } = (await create({ name: 'allowed' })).webhook
    const calls = standIn.calls.length
    expect(await create({ name })).toMatchObject({ __typename: 'InvalidInputError', issues })
    expect(await create({ name, validateOnly: true })).toMatchObject({ __typename: 'InvalidInputError', issues })
    expect(await update({ id, name })).toMatchObject({ __typename: 'InvalidInputError', issues })
    expect(standIn.calls.slice(calls)).toEqual([])
  })

  it('checks the name as it is sent', async () => {
    const { create } = await open(strict)
    expect(await create({ name: '  spaced  ' })).toMatchObject({ webhook: { name: 'spaced' } })
  })
})

describe('a provider without names and without a switch', () => {
  const always = unsupported('Its webhooks are always enabled. Delete the webhook instead.')
  const nameless = unsupported('Its webhooks have no name.')
  const bare: Provider = {
    ...change(getProvider('verifik'), {
      toWebhook: (webhook) => ({ ...webhook, name: null }),
      toCreate: (input) => ({ ...input, name: input.name === '' ? `hidden ${input.url}` : 'named after all' }),
    }),
    fields: {
      ...getProvider('verifik').fields,
      name: { onCreate: nameless, onUpdate: nameless },
      enabled: { onCreate: always, onUpdate: always },
    },
  }

  it('has webhooks that are created, listed, sorted and found by their URL', async () => {
    const { create, ask, standIn } = await open(bare)
    expect(await create({})).toMatchObject({ webhook: { name: null, enabled: true, status: 'ACTIVE' } })
    expect(await create({ url: 'https://hooks.acme.test/y', enabled: true })).toMatchObject({ webhook: { name: null } })
    expect(JSON.stringify(standIn.calls)).not.toContain('named after all')
    const query = `{ webhooks(orderBy: { field: NAME, direction: ASC }, filter: { search: "/Y" }) { nodes { name url } }
      all: webhooks(orderBy: { field: NAME, direction: ASC }, first: 1) { totalCount pageInfo { hasNextPage endCursor } } }`
    const { data } = await ask(query)
    expect(data.webhooks.nodes).toEqual([{ name: null, url: 'https://hooks.acme.test/y' }])
    expect(data.all).toMatchObject({ totalCount: 2, pageInfo: { hasNextPage: true } })
  })

  it('refuses a name and a switch before any call, on create and on update', async () => {
    const { create, update, standIn } = await open(bare)
    const id = (await create({})).webhook.id
    const start = standIn.calls.length
    expect(await create({ name: 'x' })).toMatchObject({ __typename: 'UnsupportedError', path: ['input', 'name'] })
    expect(await create({ enabled: false })).toMatchObject({
      __typename: 'UnsupportedError',
      path: ['input', 'enabled'],
      message: expect.stringContaining('Delete the webhook instead.'),
    })
    expect(await update({ id, enabled: true })).toMatchObject({ __typename: 'UnsupportedError', path: ['input', 'enabled'] })
    expect(await update({ id, name: 'x' })).toMatchObject({ __typename: 'UnsupportedError', path: ['input', 'name'] })
    expect(standIn.calls).toHaveLength(start)
  })

  it('is created at in the examples without a name, and another one is renamed and switched off', async () => {
    const encrata = getProvider('encrata')
    const accounts = [toAccount(bare, await openStandIn(bare)), toAccount(encrata, await openStandIn(encrata))]
    const { gateway } = openGateway({ providers: [bare, encrata], accounts })
    const queries = createTabs(gateway).map(({ query }) => query)
    const creating = queries.find((query) => query.includes('mutation Create ')) ?? ''
    expect(creating).toContain('account: "verifik"')
    expect(creating).not.toContain('name: "')
    const id = formatId({ kind: 'webhook', slug: 'encrata', upstreamId: encrata.sandbox.seededId })
    const changing = queries.find((query) => query.includes('mutation Update ')) ?? ''
    expect(changing.split(`id: "${id}"`)).toHaveLength(4)
  })

  it('has a webhook found again whose create was lost', async () => {
    const { create, standIn } = await open(bare)
    standIn.fail({ method: 'POST', cut: 'connection', when: 'after' })
    expect(await create({})).toMatchObject({ webhook: { name: null }, warnings: [{ code: 'RECOVERED' }] })
  })

  it('has a webhook found again that the provider named itself', async () => {
    const { create, standIn } = await open({
      ...change(bare, { toWebhook: (webhook) => ({ ...webhook, name: 'Webhook 1' }) }),
      fields: { ...bare.fields, name: { onCreate: 'OPTIONAL', onUpdate: 'OPTIONAL' } },
    })
    standIn.fail({ method: 'POST', cut: 'connection', when: 'after' })
    expect(await create({})).toMatchObject({ webhook: { name: 'Webhook 1' }, warnings: [{ code: 'RECOVERED' }] })
  })
})

describe('a field that cannot be changed in place', () => {
  it('is refused with the way out, and no call', async () => {
    const verifik = getProvider('verifik')
    const fixed = unsupported('The URL is fixed. Create a new webhook, and delete this one.')
    const { create, update, standIn } = await open({
      ...verifik,
      fields: { ...verifik.fields, url: { onCreate: 'REQUIRED', onUpdate: fixed } },
      options,
    })
    const { id } = (await create({ name: 'x' })).webhook
    const start = standIn.calls.length
    expect(await update({ id, url: 'https://hooks.acme.test/y' })).toMatchObject({
      __typename: 'UnsupportedError',
      path: ['input', 'url'],
      message: 'Verifik does not support url: The URL is fixed. Create a new webhook, and delete this one.',
    })
    expect(await update({ id, options: { verifik: { perSecond: 2 } } })).toMatchObject({
      __typename: 'UnsupportedError',
      path: ['input', 'options', 'verifik', 'perSecond'],
    })
    expect(standIn.calls).toHaveLength(start)
  })
})

describe('a status that the provider has set', () => {
  it('is not taken for a webhook that was enabled, after a lost answer', async () => {
    let status: WebhookStatus = 'SUSPENDED'
    const { create, update, standIn } = await open(
      change(getProvider('verifik'), { toWebhook: (webhook) => ({ ...webhook, status }) }),
    )
    const { id } = (await create({ name: 'x' })).webhook
    standIn.fail({ method: 'PUT', cut: 'connection', when: 'before' })
    standIn.fail({ method: 'PATCH', cut: 'connection', when: 'before' })
    expect(await update({ id, enabled: true })).toMatchObject({
      __typename: 'OutcomeUnknownError',
      candidates: [{ enabled: true, status: 'SUSPENDED' }],
    })
    status = 'ACTIVE'
    expect(await update({ id, enabled: true })).toMatchObject({ webhook: { status: 'ACTIVE' } })
  })
})

describe('event types', () => {
  const names = [
    'push',
    'pull_request',
    ...Array.from({ length: 276 }, (_, index) => `customer.source.number${index}`),
    'orders/create',
  ]
  const toProvider = (rules: Partial<Provider['eventTypes']>, onUpdate = getProvider('verifik').fields.eventTypes.onUpdate) => ({
    ...getProvider('verifik'),
    fields: { ...getProvider('verifik').fields, eventTypes: { onCreate: 'REQUIRED', onUpdate } as const },
    eventTypes: { known: listEventTypes(names), closed: true, ...rules },
  })

  it('are one per webhook where the provider takes only one, which an update cannot change', async () => {
    const topic = unsupported('A webhook keeps its topic. Create a new webhook.')
    const { create, update, standIn } = await open(toProvider({ most: 1 }, topic))
    expect(await create({ name: 'x', eventTypes: ['push', 'pull_request'] })).toMatchObject({
      __typename: 'InvalidInputError',
      issues: [
        {
          path: ['input', 'eventTypes'],
          code: 'TOO_BIG',
          message: 'A webhook at Verifik has at most 1 event type. Create another webhook for the others.',
        },
      ],
    })
    expect(await create({ name: 'x' })).toMatchObject({ issues: [{ code: 'REQUIRED' }] })
    expect(standIn.calls).toEqual([])
    // A repeated name is one event type.
    const { webhook } = await create({ name: 'x', eventTypes: ['push', 'push'] })
    expect(webhook).toMatchObject({ eventTypes: ['push'] })
    const start = standIn.calls.length
    expect(await update({ id: webhook.id, eventTypes: ['pull_request'] })).toMatchObject({
      __typename: 'UnsupportedError',
      message: expect.stringContaining('Create a new webhook.'),
    })
    expect(standIn.calls).toHaveLength(start)
  })

  it('are all for a star, alone', async () => {
    const { create, ask, standIn } = await open(toProvider({ all: true }))
    for (const [eventTypes, path, code] of [
      [['*', 'push'], ['input', 'eventTypes'], 'INVALID'],
      [['push.*'], ['input', 'eventTypes', '0'], 'UNKNOWN_EVENT_TYPE'],
    ] as const)
      expect(await create({ name: 'x', eventTypes })).toMatchObject({ issues: [{ path, code }] })
    expect(standIn.calls).toEqual([])
    expect(await create({ name: 'x', eventTypes: ['*'] })).toMatchObject({ webhook: { eventTypes: ['*'] } })
    const { data } = await ask('{ webhooks(filter: { eventType: "pull_request" }) { totalCount } }')
    expect(data.webhooks.totalCount).toBe(1)
  })

  it.each([true, false])('know no star where the provider has none, with a closed catalogue: %s', async (closed) => {
    const { create, standIn } = await open(toProvider({ closed }))
    expect(await create({ name: 'x', eventTypes: ['push', '*'] })).toMatchObject({
      issues: [{ path: ['input', 'eventTypes', '1'], code: 'UNKNOWN_EVENT_TYPE' }],
    })
    expect(standIn.calls).toEqual([])
  })

  it('are suggested from a long list, whatever the notation', async () => {
    const { create } = await open(toProvider({}))
    const { issues } = await create({ name: 'x', eventTypes: ['ORDERS_CREATE', 'pull-request', 'customer.source.number17x'] })
    expect(issues).toMatchObject([
      { message: expect.stringMatching(/Did you mean orders\/create/) },
      { message: expect.stringMatching(/Did you mean pull_request/) },
      { message: expect.stringMatching(/Did you mean customer\.source\.number17/) },
    ])
  })

  it('say what the filter takes, and are counted instead of printed where they are many', async () => {
    const { ask } = await open(toProvider({ all: true, most: 1 }))
    const query = '{ provider(name: VERIFIK) { eventTypes { name description } eventFilter { closed patterns all most } } }'
    const { data } = await ask(query)
    expect(data.provider.eventTypes).toHaveLength(279)
    expect(data.provider.eventTypes[0]).toEqual({ name: 'push', description: null })
    expect(data.provider.eventFilter).toEqual({ closed: true, patterns: false, all: true, most: 1 })
    const unfiltered = await open(getProvider('fingerprint'))
    expect((await unfiltered.ask('{ provider(name: FINGERPRINT) { eventFilter { all } } }')).data.provider.eventFilter).toBeNull()
    const page = formatProvidersPage([toProvider({ all: true, most: 1 })])
    expect(page).toContain('Verifik has 279 known event types, which `Provider.eventTypes` lists.')
    expect(page).toContain('- `["*"]` stands for all event types.\n- A webhook has at most 1 event type.')
    expect(page).not.toContain('number17')
  })
})

describe('a signature', () => {
  const members =
    'header timestampHeader timestampPrefix timestampMember timestampUnit idHeader signedContent encoding prefix separator key replayProtection acceptsFuture toleranceSeconds'

  it.each([
    [
      'with the time beside it',
      schemes.stripe,
      {
        header: 'Stripe-Signature',
        timestampHeader: 'Stripe-Signature',
        timestampPrefix: 't=',
        timestampMember: null,
        timestampUnit: 'SECONDS',
        idHeader: null,
        signedContent: '{timestamp}.{body}',
        encoding: 'HEX',
        prefix: 'v1=',
        separator: ',',
        key: 'TEXT',
        replayProtection: true,
        acceptsFuture: true,
        toleranceSeconds: 300,
      },
    ],
    [
      'with the time in the body',
      schemes.linear,
      {
        header: 'Linear-Signature',
        timestampHeader: null,
        timestampPrefix: null,
        timestampMember: 'webhookTimestamp',
        timestampUnit: 'MILLISECONDS',
        idHeader: null,
        signedContent: '{body}',
        encoding: 'HEX',
        prefix: null,
        separator: null,
        key: 'TEXT',
        replayProtection: true,
        acceptsFuture: false,
        toleranceSeconds: 60,
      },
    ],
    [
      'without a time, of a URL',
      schemes.square,
      { signedContent: '{url}{body}', encoding: 'BASE64', timestampUnit: null, replayProtection: false, toleranceSeconds: null },
    ],
    ['with an ID', schemes['standard-webhooks'], { idHeader: 'webhook-id', key: 'BASE64', timestampUnit: 'SECONDS' }],
  ])('is described as it is: %s', async (_, signature, described) => {
    const { ask } = await open({ ...getProvider('verifik'), signature })
    const { data } = await ask(`{ provider(name: VERIFIK) { signature { ${members} } } }`)
    expect(data.provider.signature).toMatchObject(described)
  })
})
