import { inspect } from 'node:util'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { InvalidInputError, type InputIssue } from '../../src/errors.ts'
import type { Gateway } from '../../src/gateway/gateway.ts'
import { formatId } from '../../src/id.ts'
import { type Operation, operationNames } from '../../src/provider/operations.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { isUnsupported, unsupported } from '../../src/provider/unsupported.ts'
import { providers } from '../../src/providers/index.ts'
import { toDraft } from '../helpers/draft.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { openStandIn } from '../helpers/stand-in.ts'

async function open(known: readonly Provider[] = providers) {
  const opened = await Promise.all(known.map(async (provider) => ({ provider, standIn: await openStandIn(provider) })))
  const lines: string[] = []
  // With an audit of its own, webhooks are read before they are changed.
  const audit = pino({}, { write: (line) => void lines.push(line) })
  const accounts = opened.map(({ provider, standIn }) => toAccount(provider, standIn))
  return {
    ...openGateway({ accounts, providers: known, server: { audit } }),
    lines,
    calls: () => opened.flatMap(({ standIn }) => standIn.calls),
  }
}

type Write = Exclude<Operation, 'LIST' | 'GET' | 'LIST_DELIVERIES'>

/** The mutation of each operation, by name and type of its input. */
const mutations: Readonly<Record<Write, readonly [name: string, input: string]>> = {
  CREATE: ['createWebhook', 'CreateWebhookInput'],
  UPDATE: ['updateWebhook', 'UpdateWebhookInput'],
  DELETE: ['deleteWebhook', 'DeleteWebhookInput'],
  VERIFY: ['verifyWebhook', 'VerifyWebhookInput'],
  ROTATE_SECRET: ['rotateWebhookSecret', 'RotateWebhookSecretInput'],
  TEST: ['testWebhook', 'TestWebhookInput'],
  REDELIVER: ['redeliverEvent', 'RedeliverEventInput'],
}

/** What a caller of the package calls for each operation: the write, and its preview where it has one. */
function listCalls(gateway: Gateway, operation: Operation, given: unknown): readonly (() => Promise<unknown>)[] {
  const input = given as never
  const id = (typeof given === 'object' && given !== null && 'id' in given ? given.id : given) as never
  switch (operation) {
    case 'CREATE':
      return [() => gateway.create(input), () => gateway.previewCreate(input)]
    case 'UPDATE':
      return [() => gateway.update(input), () => gateway.previewUpdate(input)]
    case 'ROTATE_SECRET':
      return [() => gateway.rotateSecret(input), () => gateway.previewRotation(input)]
    case 'DELETE':
      return [() => gateway.remove(id), () => gateway.previewRemove(id)]
    case 'VERIFY':
      return [() => gateway.verify(id)]
    case 'TEST':
      return [() => gateway.test(id)]
    case 'REDELIVER':
      return [() => gateway.redeliver(input)]
    case 'LIST':
      return [() => gateway.list(input)]
    case 'GET':
      return [() => gateway.get(id)]
    case 'LIST_DELIVERIES':
      return [() => gateway.listDeliveries(id)]
  }
}

/** What a call rejects with. */
async function fail(call: () => Promise<unknown>): Promise<unknown> {
  return call().then(
    () => 'done',
    (error: unknown) => error,
  )
}

const url = 'https://hooks.acme.test/x'
const inputs: Readonly<Record<string, object>> = {
  baanx: { account: 'baanx', name: 'x', url, eventTypes: ['kyc.status.changed'] },
  encrata: { account: 'encrata', name: 'x', url, eventTypes: ['lookup.completed'] },
  fingerprint: { account: 'fingerprint', name: 'x', url },
  verifik: { account: 'verifik', name: 'x', url },
}
const toId = (slug: string) => formatId({ kind: 'webhook', slug, upstreamId: '9b2e1c6a-3f57-4c0e-8c55-0d7f2a6b1e11' })

type Expected = readonly (readonly [path: string, code: string, message: RegExp])[]
type Row = readonly [title: string, operation: Write, input: object, issues: Expected]

const creates: readonly (readonly [string, string, object, Expected])[] = [
  ['no name', 'encrata', { name: undefined }, [['name', 'REQUIRED', /Encrata requires name/]]],
  ['null as a name', 'fingerprint', { name: null }, [['name', 'REQUIRED', /Fingerprint requires name/]]],
  ['an empty name', 'verifik', { name: '' }, [['name', 'TOO_SMALL', /1 to 255/]]],
  ['a name of blanks', 'verifik', { name: ' \n ' }, [['name', 'TOO_SMALL', /1 to 255/]]],
  ['a name that is too long', 'verifik', { name: 'x'.repeat(256) }, [['name', 'TOO_BIG', /1 to 255/]]],
  ['no URL at all', 'verifik', { url: 'hooks' }, [['url', 'INVALID', /absolute URL/]]],
  ['plain http', 'verifik', { url: 'http://hooks.acme.test' }, [['url', 'INVALID', /https/]]],
  ['a private target', 'verifik', { url: 'https://169.254.169.254/latest' }, [['url', 'PRIVATE_TARGET', /public host name/]]],
  ['a blank in the URL', 'verifik', { url: 'https://hooks.acme.test/a b' }, [['url', 'INVALID', /percent-encode them/]]],
  ['a blank before the URL', 'verifik', { url: ' https://hooks.acme.test/' }, [['url', 'INVALID', /percent-encode them/]]],
  ['a line end after the URL', 'verifik', { url: 'https://hooks.acme.test/\n' }, [['url', 'INVALID', /percent-encode them/]]],
  ['a tab in the host', 'verifik', { url: 'https://hooks.acme\t.test/' }, [['url', 'INVALID', /percent-encode them/]]],
  ['a control character', 'verifik', { url: 'https://hooks.acme.test/\u0085' }, [['url', 'INVALID', /percent-encode them/]]],
  ['a wide blank', 'verifik', { url: 'https://hooks.acme.test/\u3000' }, [['url', 'INVALID', /percent-encode them/]]],
  ['backslashes', 'verifik', { url: 'https:\\\\hooks.acme.test\\x' }, [['url', 'INVALID', /percent-encode them/]]],
  ['a private target behind dots', 'verifik', { url: 'https://localhost./' }, [['url', 'PRIVATE_TARGET', /public host name/]]],
  ['two dots behind the host', 'verifik', { url: 'https://hooks.acme.test../' }, [['url', 'INVALID', /extra dots/]]],
  ['encoded dots', 'verifik', { url: 'https://hooks.acme.test%2e%2E/' }, [['url', 'INVALID', /extra dots/]]],
  ['two dots in the host', 'verifik', { url: 'https://hooks。.acme.test/' }, [['url', 'INVALID', /extra dots/]]],
  ['a dot before the host', 'verifik', { url: 'https://.hooks.acme.test/' }, [['url', 'INVALID', /extra dots/]]],
  ['nothing but a dot', 'verifik', { url: 'https://./' }, [['url', 'INVALID', /extra dots/]]],
  [
    'credentials in the URL',
    'verifik',
    { url: 'https://user:canary@hooks.acme.test' },
    [['url', 'INVALID', /Remove the user name and password/]],
  ],
  [
    'an unknown event type',
    'baanx',
    { eventTypes: ['kyc.status.changed', 'kyc.changed'] },
    [['eventTypes.1', 'UNKNOWN_EVENT_TYPE', /Did you mean kyc\.status\.changed/]],
  ],
  [
    'an event type with a typo',
    'baanx',
    { eventTypes: ['card.activate'] },
    [['eventTypes.0', 'UNKNOWN_EVENT_TYPE', /Did you mean card\.activated\?$/]],
  ],
  [
    'an event type like no other',
    'baanx',
    { eventTypes: ['invoice.paid'] },
    [['eventTypes.0', 'UNKNOWN_EVENT_TYPE', /"invoice\.paid"\. See Provider\.eventTypes/]],
  ],
  ['an empty event type', 'verifik', { eventTypes: [''] }, [['eventTypes.0', 'TOO_SMALL', /name of an event type/]]],
  ['no event types where they are needed', 'encrata', { eventTypes: [] }, [['eventTypes', 'EMPTY', /at least one/]]],
  [
    'left out event types where they are needed',
    'baanx',
    { eventTypes: null },
    [['eventTypes', 'REQUIRED', /Baanx requires eventTypes/]],
  ],
  [
    'options of another provider',
    'baanx',
    { options: { verifik: { description: 'x' } } },
    [['options.verifik', 'WRONG_PROVIDER', /options\.baanx/]],
  ],
  [
    'options where there are none',
    'encrata',
    { options: { baanx: { metadata: {} } } },
    [['options.baanx', 'WRONG_PROVIDER', /Omit options/]],
  ],
  [
    'metadata that is no object',
    'baanx',
    { options: { baanx: { metadata: [1] } } },
    [['options.baanx.metadata', 'INVALID', /JSON object/]],
  ],
  [
    'a masked secret of stars',
    'verifik',
    { options: { verifik: { secret: 'whk_****...****7f2a' } } },
    [['options.verifik.secret', 'MASKED_SECRET', /masked secret, not the secret itself\. Provide the actual value\.$/]],
  ],
  [
    'a masked secret of dots',
    'verifik',
    { options: { verifik: { secret: '••••••••' } } },
    [['options.verifik.secret', 'MASKED_SECRET', /mask/]],
  ],
  [
    'options that are too long',
    'verifik',
    {
      options: {
        verifik: { secret: 'canary'.repeat(50), description: 'canary'.repeat(200), linkProjectFlowIds: ['x'.repeat(257)] },
      },
    },
    [
      ['options.verifik.description', 'TOO_BIG', /^Provide at most 1,000 characters\.$/],
      ['options.verifik.linkProjectFlowIds.0', 'TOO_BIG', /^Provide at most 256 characters\.$/],
      ['options.verifik.secret', 'TOO_BIG', /^Provide at most 256 characters\.$/],
    ],
  ],
  [
    'an empty environment',
    'fingerprint',
    { options: { fingerprint: { environmentId: '' } } },
    [['options.fingerprint.environmentId', 'TOO_SMALL', /^Provide at least 1 character\.$/]],
  ],
  ...(
    [
      ['verifik', 'name', { name: 'a [secret]' }],
      ['encrata', 'url', { url: 'https://hooks.acme.test/?key=[secret]' }],
      ['encrata', 'eventTypes.1', { eventTypes: ['lookup.completed', '[secret]'] }],
      ['verifik', 'options.verifik.secret', { options: { verifik: { secret: '[secret]' } } }],
      ['verifik', 'options.verifik.description', { options: { verifik: { description: '[secret]' } } }],
      ['verifik', 'options.verifik.linkProjectFlowIds.0', { options: { verifik: { linkProjectFlowIds: ['[secret]'] } } }],
      ['fingerprint', 'options.fingerprint.environmentId', { options: { fingerprint: { environmentId: '[secret]' } } }],
      ['baanx', 'options.baanx.metadata', { options: { baanx: { metadata: { canary: [{ canary: 'a [secret]' }] } } } }],
      ['baanx', 'options.baanx.metadata', { options: { baanx: { metadata: { canary: { '[secret]': 1 } } } } }],
    ] as const
  ).map(([name, path, more]): (typeof creates)[number] => {
    return [`what stands for a secret in ${path}`, name, more, [[path, 'MASKED_SECRET', /\[secret\] is a placeholder for/]]]
  }),
  [
    'everything at once',
    'baanx',
    { name: ' ', url: 'ftp://x', eventTypes: ['nope'], options: { fingerprint: { environmentId: 'x' } } },
    [
      ['url', 'INVALID', /https/],
      ['name', 'TOO_SMALL', /1 to 255/],
      ['eventTypes.0', 'UNKNOWN_EVENT_TYPE', /nope/],
      ['options.fingerprint', 'WRONG_PROVIDER', /options\.baanx/],
    ],
  ],
  [
    'something wrong beside something unsupported',
    'fingerprint',
    { name: '', eventTypes: ['x'] },
    [
      ['name', 'TOO_SMALL', /1 to 255/],
      ['eventTypes', 'UNSUPPORTED', /no event filter/],
    ],
  ],
]

const bad: readonly Row[] = [
  ...creates.map(([title, name, more, issues]): Row => {
    return [`${title} (${name})`, 'CREATE', { enabled: true, ...inputs[name], ...more }, issues]
  }),
  ['an empty account', 'CREATE', { enabled: true, ...inputs['baanx'], account: '' }, [['account', 'TOO_SMALL', /slug/]]],
  ['an update of no webhook', 'UPDATE', { id: '', name: 'x' }, [['id', 'TOO_SMALL', /Provide an ID/]]],
  ...Object.keys(inputs).map((slug): Row => {
    return [`nothing to change (${slug})`, 'UPDATE', { id: toId(slug) }, [['', 'NOTHING_TO_CHANGE', /at least one field/]]]
  }),
  ...['url', 'name', 'enabled', 'eventTypes'].map((field): Row => {
    return [`null for ${field}`, 'UPDATE', { id: toId('baanx'), [field]: null }, [[field, 'NULL', /Omit it/]]]
  }),
  [
    'an update with everything wrong',
    'UPDATE',
    {
      id: toId('verifik'),
      url: 'x',
      name: '',
      eventTypes: [''],
      enabled: null,
      options: { verifik: { secret: 'canary', linkProjectFlowIds: [''] } },
    },
    [
      ['url', 'INVALID', /absolute URL/],
      ['name', 'TOO_SMALL', /1 to 255/],
      ['eventTypes.0', 'TOO_SMALL', /event type/],
      ['options.verifik.linkProjectFlowIds.0', 'TOO_SMALL', /^Provide at least 1 character\.$/],
      ['options.verifik.secret', 'TOO_SMALL', /^Provide at least 8 characters\.$/],
      ['enabled', 'NULL', /Omit it/],
    ],
  ],
  [
    'what stands for a secret in an update',
    'UPDATE',
    { id: toId('verifik'), name: '[secret]', options: { verifik: { description: '[secret]' } } },
    [
      ['name', 'MASKED_SECRET', /keep the current one/],
      ['options.verifik.description', 'MASKED_SECRET', /keep the current one/],
    ],
  ],
  [
    'the mask of a secret in an update',
    'UPDATE',
    { id: toId('verifik'), options: { verifik: { secret: 'canary****canary' } } },
    [['options.verifik.secret', 'MASKED_SECRET', /masked.*omit the field to keep the current one\.$/]],
  ],
  [
    'what stands for a secret in a rotation',
    'ROTATE_SECRET',
    { id: toId('verifik'), newSecret: '[secret]canary' },
    [['newSecret', 'MASKED_SECRET', /\[secret\] is a placeholder for/]],
  ],
  ...['{"__proto__":"canary"}', '{"a":[{"__proto__":{"canary":1}}]}'].map((metadata): Row => [
    `a member that would be lost in ${metadata.replaceAll('canary', '')}`,
    'UPDATE',
    { id: toId('baanx'), options: { baanx: { metadata: JSON.parse(metadata) } } },
    [['options.baanx.metadata', 'INVALID', /__proto__ is not allowed/]],
  ]),
  [
    'a list that is too long',
    'UPDATE',
    { id: toId('baanx'), eventTypes: Array(301).fill('canary') },
    [['eventTypes', 'TOO_BIG', /at most 300/]],
  ],
  ...(['DELETE', 'VERIFY', 'TEST'] as const).flatMap((operation): readonly Row[] => [
    ['an empty id', operation, { id: '' }, [['id', 'TOO_SMALL', /Provide an ID/]]],
    ['an id that is too long', operation, { id: 'canary'.repeat(400) }, [['id', 'TOO_BIG', /at most 2,000/]]],
  ]),
  ['a rotation of nothing', 'ROTATE_SECRET', { id: '' }, [['id', 'TOO_SMALL', /Provide an ID/]]],
  [
    'a secret that is too short',
    'ROTATE_SECRET',
    { id: toId('verifik'), newSecret: 'canary' },
    [['newSecret', 'TOO_SMALL', /^Provide at least 8 characters\.$/]],
  ],
  [
    'the mask of a secret',
    'ROTATE_SECRET',
    { id: toId('verifik'), newSecret: 'canary****canary' },
    [['newSecret', 'MASKED_SECRET', /masked.* Provide your own secret, or omit the field and the gateway generates one\.$/]],
  ],
  ['no delivery', 'REDELIVER', { deliveryId: '' }, [['deliveryId', 'TOO_SMALL', /Provide an ID/]]],
  ['more than an id', 'REDELIVER', { deliveryId: 'x'.repeat(4_001) }, [['deliveryId', 'TOO_BIG', /4,000/]]],
]

/** How the library of the shapes words its own messages. */
const libraryWords = /invalid|too (?:big|small)|expected|received|unrecognized/i

describe('a bad input', () => {
  it.each(bad)(
    'is refused with every issue by both ways in, and nobody is called: %s, %s',
    async (_, operation, input, expected) => {
      const { ask, gateway, calls, lines } = await open()
      const [name, type] = mutations[operation]
      const query = `mutation ($input: ${type}!) { answer: ${name}(input: $input) {
      ... on WebhookError { __typename code message retry upstream { status } } ... on InvalidInputError { issues { path code message } } } }`
      const direct = listCalls(gateway, operation, input)
      const previews = direct.length > 1 ? [{ validateOnly: true }] : []
      const answers = await Promise.all([{}, ...previews].map((more) => ask(query, { input: { ...input, ...more } })))
      const errors = await Promise.all(direct.map(fail))

      const issues: readonly InputIssue[] = answers[0]?.data.answer.issues
      expect(issues).toEqual(
        expected.map(([path, code, message]) => ({
          path: ['input', ...path.split('.').filter((part) => part !== '')],
          code,
          message: expect.stringMatching(message),
        })),
      )
      for (const { message } of issues) expect(message).not.toMatch(libraryWords)
      for (const { data, errors: bugs, text } of answers) {
        expect(bugs).toBeUndefined()
        expect(data.answer).toMatchObject({ __typename: 'InvalidInputError', retry: 'AFTER_FIX', upstream: null, issues })
        expect(text).not.toContain('canary')
      }
      for (const error of errors) {
        expect(error).toBeInstanceOf(InvalidInputError)
        expect(error).toMatchObject({ retry: 'AFTER_FIX', upstream: null, issues, message: answers[0]?.data.answer.message })
        expect(JSON.stringify(error)).not.toContain('canary')
      }
      expect(calls()).toEqual([])
      expect(lines.join('')).not.toContain('canary')
    },
  )

  it.each(['UPDATE', 'DELETE', 'ROTATE_SECRET'] as const)('for what no provider can do calls nobody (%s)', async (operation) => {
    const unable = providers.map((each) => ({
      ...each,
      operations: { ...each.operations, [operation]: unsupported('It cannot.') },
    }))
    const { ask, calls } = await open(unable)
    const [name, type] = mutations[operation]
    const input = { id: toId('baanx'), ...(operation === 'UPDATE' && { name: 'x' }) }
    const query = `mutation ($input: ${type}!) { answer: ${name}(input: $input) { ... on WebhookError { __typename retry } } }`
    expect((await ask(query, { input })).data.answer).toEqual({ __typename: 'UnsupportedError', retry: 'NEVER' })
    expect(calls()).toEqual([])
  })

  it('of the wrong shape begins no write: the audit has no line', async () => {
    const { ask, lines } = await open()
    for (const [operation, input] of [
      ['CREATE', { ...inputs['baanx'], url: 'x' }],
      ['UPDATE', { id: toId('baanx'), name: '' }],
      ['DELETE', { id: '' }],
      ['VERIFY', { id: '' }],
      ['ROTATE_SECRET', { id: '' }],
      ['TEST', { id: '' }],
      ['REDELIVER', { deliveryId: '' }],
    ] as const) {
      const [name, type] = mutations[operation]
      const { data } = await ask(`mutation ($input: ${type}!) { answer: ${name}(input: $input) { __typename } }`, { input })
      expect(data.answer.__typename).toBe('InvalidInputError')
    }
    expect(lines).toEqual([])
  })
})

describe('an input', () => {
  it('is sent in its normal form: without blanks around the name, each event type once, enabled where nobody says', async () => {
    const { ask, calls } = await open()
    const url = 'https://hooks.acme.test./normal'
    const eventTypes = ['card.activated', 'kyc.status.changed', 'card.activated']
    const create = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { ... on CreateWebhookSuccess { webhook { id } } } }`
    const { data } = await ask(create, { input: { account: 'baanx', name: '  Normal ', url, eventTypes } })
    const { id } = data.createWebhook.webhook
    const update = 'mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { __typename } }'
    await ask(update, { input: { id, name: ' Again  ' } })
    expect(calls().flatMap(({ effect, body }) => (effect === 'READ' ? [] : [body]))).toMatchObject([
      {
        name: 'Normal',
        url: 'https://hooks.acme.test/normal',
        event_types: ['card.activated', 'kyc.status.changed'],
        is_active: true,
      },
      { name: 'Again' },
    ])
  })

  it('of an update may not lead to a private network either', async () => {
    const { ask, calls } = await open()
    const id = formatId({ kind: 'webhook', slug: 'baanx', upstreamId: 'any' })
    const update = `mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) {
      ... on InvalidInputError { issues { path code } } } }`
    const { data } = await ask(update, { input: { id, url: 'https://169.254.169.254/latest' } })
    expect(data.updateWebhook).toEqual({ issues: [{ path: ['input', 'url'], code: 'PRIVATE_TARGET' }] })
    expect(calls()).toEqual([])
  })

  it('of a program is told all that its provider has to say of it', async () => {
    const { gateway } = await open()
    const input = {
      account: 'baanx',
      url: 'https://169.254.169.254/',
      name: 'x',
      eventTypes: ['card.x', 'card.y'],
      enabled: true,
    }
    const error = await fail(() => gateway.create(input))
    expect((error as InvalidInputError).issues.map(({ code }) => code)).toEqual([
      'UNKNOWN_EVENT_TYPE',
      'UNKNOWN_EVENT_TYPE',
      'PRIVATE_TARGET',
    ])
  })
})

describe('nonsense from a program', () => {
  const nonsense = [
    undefined,
    null,
    42,
    'canary',
    true,
    [],
    ['canary'],
    {},
    { canary: 'canary' },
    Symbol('canary'),
    10n,
    () => 'canary',
  ]
  const cases = operationNames.flatMap((operation) => nonsense.map((input, index) => ({ operation, input, index })))

  it.each(cases)('is InvalidInputError, whatever it is ($operation, $index)', async ({ operation, input }) => {
    const { gateway, calls } = await open()
    const isText = typeof input === 'string' && !['LIST', 'CREATE', 'UPDATE', 'ROTATE_SECRET', 'REDELIVER'].includes(operation)
    for (const call of listCalls(gateway, operation, input)) {
      const error = await fail(call)
      expect(error).toMatchObject({ code: isText ? 'NOT_FOUND' : 'INVALID_INPUT' })
      expect(String(error)).not.toContain('canary')
      expect(JSON.stringify(error)).not.toContain('canary')
    }
    expect(calls()).toEqual([])
  })

  const fields: readonly (readonly [
    title: string,
    input: Readonly<Record<string, unknown>>,
    issues: readonly (readonly [string, string])[],
  ])[] = [
    [
      'fields left out',
      { account: 'baanx' },
      [
        ['url', 'REQUIRED'],
        ['name', 'REQUIRED'],
        ['eventTypes', 'REQUIRED'],
      ],
    ],
    [
      'fields of other types',
      { account: 'baanx', url: 42, name: {}, enabled: 'canary', eventTypes: 'canary', options: 'canary' },
      ['url', 'name', 'enabled', 'eventTypes', 'options'].map((field) => [field, 'INVALID']),
    ],
    [
      'items of other types',
      { ...inputs['baanx'], enabled: true, eventTypes: ['card.x', 42, null] },
      [
        ['eventTypes.0', 'UNKNOWN_EVENT_TYPE'],
        ['eventTypes.1', 'INVALID'],
        ['eventTypes.2', 'REQUIRED'],
      ],
    ],
    [
      'a field that there is none',
      { ...inputs['baanx'], enabled: true, validateOnly: true, canary: 'canary' },
      [['', 'INVALID']],
    ],
    [
      'options that there are none',
      { ...inputs['baanx'], enabled: true, options: { canary: 'canary' } },
      [['options', 'INVALID']],
    ],
    ...[{}, { baanx: null }, { baanx: {}, verifik: {} }, { verifik: undefined }, new Map([['baanx', {}]]), new Date(0)].map(
      (options) =>
        [
          `options of no provider or of several, ${inspect(options)}`,
          { ...inputs['baanx'], options },
          [['options', 'INVALID']],
        ] as const,
    ),
    ...[new Map([['metadata', {}]]), new Date(0), []].map(
      (baanx) =>
        [
          `options that are no object of fields, ${inspect(baanx)}`,
          { ...inputs['baanx'], options: { baanx } },
          [['options.baanx', 'INVALID']],
        ] as const,
    ),
    [
      'options of other types',
      { ...inputs['verifik'], enabled: true, options: { verifik: { secret: 42, linkProjectFlowIds: [null], canary: 1 } } },
      [
        ['options.verifik', 'INVALID'],
        ['options.verifik.linkProjectFlowIds.0', 'REQUIRED'],
        ['options.verifik.secret', 'INVALID'],
      ],
    ],
    [
      'a number that JSON does not have',
      { ...inputs['baanx'], enabled: true, options: { baanx: { metadata: { canary: Number.NaN } } } },
      [['options.baanx.metadata', 'INVALID']],
    ],
    [
      'metadata that is no JSON',
      { ...inputs['baanx'], enabled: true, options: { baanx: { metadata: { canary: { canary: 10n } } } } },
      [['options.baanx.metadata', 'INVALID']],
    ],
  ]
  it.each(fields)('names every field: %s', async (_, input, expected) => {
    const { gateway, calls } = await open()
    const [error, preview] = await Promise.all(listCalls(gateway, 'CREATE', input).map(fail))
    expect(error).toBeInstanceOf(InvalidInputError)
    expect(preview).toEqual(error)
    const { issues } = error as InvalidInputError
    expect(new Set(issues.map(({ path, code }) => `${path.slice(1).join('.')} ${code}`))).toEqual(
      new Set(expected.map((each) => each.join(' '))),
    )
    for (const { message } of issues) expect(message).not.toMatch(libraryWords)
    expect(JSON.stringify(issues)).not.toContain('canary')
    expect(calls()).toEqual([])
  })
  it('is told of in words of ours: a rotation', async () => {
    const { gateway } = await open()
    const issues = gateway.inspect('ROTATE_SECRET', { id: 42, strategy: 'canary', graceSeconds: 1.5, newSecret: true })
    expect(issues.map(({ path, message }) => [path[1], message])).toEqual([
      ['id', 'Must be a string.'],
      ['strategy', 'Must be one of PROVIDER, CALLER_CHOSEN, REPLACEMENT.'],
      ['newSecret', 'Must be a string.'],
      ['graceSeconds', 'Must be an integer.'],
    ])
  })

  it('is refused in an update too: options that name no provider', async () => {
    const { gateway, calls } = await open()
    for (const options of [{}, { baanx: null }, new Map(), new Date(0)]) {
      for (const call of listCalls(gateway, 'UPDATE', { id: toId('baanx'), name: 'x', options })) {
        const issues = [{ path: ['input', 'options'], code: 'INVALID', message: expect.stringMatching(/exactly one of baanx/) }]
        expect(await fail(call)).toMatchObject({ code: 'INVALID_INPUT', issues })
      }
    }
    expect(calls()).toEqual([])
  })

  it('is not what is left out as undefined: options of one provider', async () => {
    const { gateway } = await open()
    const options = { baanx: { metadata: {} }, verifik: undefined }
    expect(gateway.inspect('CREATE', { ...inputs['baanx'], options })).toEqual([])
  })
})

describe.each(providers.filter(({ eventTypes }) => eventTypes.most === undefined))('a create at $displayName', (provider) => {
  it('may name all of its event types', async (context) => {
    const { onCreate } = provider.fields.eventTypes
    if (isUnsupported(onCreate)) return context.skip(onCreate.note)
    const { ask, calls } = await open([provider])
    const draft = toDraft(provider, { name: 'All', url: 'https://hooks.acme.test/all' })
    const eventTypes = provider.eventTypes.known.map(({ name }) => name)
    const create = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { __typename
      ... on WebhookError { message } } }`
    const { data } = await ask(create, { input: { ...draft, eventTypes, validateOnly: true } })
    expect(data.createWebhook).toEqual({ __typename: 'MutationPreview' })
    expect(calls().filter(({ effect }) => effect === 'WRITE')).toEqual([])
  })
})
