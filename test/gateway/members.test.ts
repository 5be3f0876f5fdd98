import { readFileSync } from 'node:fs'
import { buildSchema, getNamedType, isUnionType } from 'graphql'
import { describe, expect, it } from 'vitest'
import * as errors from '../../src/errors.ts'
import { allMembers, type ErrorClass, members, type Members, toMember } from '../../src/gateway/members.ts'
import { formatId } from '../../src/id.ts'
import { native, type Operation, operationNames } from '../../src/provider/operations.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { isUnsupported } from '../../src/provider/unsupported.ts'
import { providers } from '../../src/providers/index.ts'
import { createSchema } from '../../src/schema/index.ts'
import { readOperation } from '../../src/schema/validation.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { openStandIn } from '../helpers/stand-in.ts'

const account = { slug: 'baanx', provider: 'baanx', sandbox: true }
const facts = { upstream: { account, status: 418, code: null, message: null, attempts: 1 } }

/** One of each class, as a provider's answer would make it. */
const samples: Readonly<Record<string, errors.WebhookError>> = {
  InvalidInputError: new errors.InvalidInputError([{ path: ['input', 'url'], code: 'REJECTED_UPSTREAM', message: 'x' }], facts),
  UnsupportedError: new errors.UnsupportedError('x', 'baanx', ['x']),
  NotFoundError: new errors.NotFoundError('x', facts),
  ConflictError: new errors.ConflictError('x', 'name', null, facts),
  LimitReachedError: new errors.LimitReachedError('x', 5, facts),
  CredentialsRejectedError: new errors.CredentialsRejectedError('x', facts),
  PermissionDeniedError: new errors.PermissionDeniedError('x', facts),
  RateLimitedError: new errors.RateLimitedError('x', { ...facts, retryAfterMs: 1 }),
  UpstreamUnavailableError: new errors.UpstreamUnavailableError('x', 'SERVER_ERROR', facts),
  UpstreamContractError: new errors.UpstreamContractError('x', facts),
  UpstreamRejectedError: new errors.UpstreamRejectedError('x', facts),
  OutcomeUnknownError: new errors.OutcomeUnknownError('x', [], facts),
  StoreUnavailableError: new errors.StoreUnavailableError('x', facts),
}
const names = Object.keys(samples)

/** Those that the gateway makes too, before any request. */
const ownSamples: Readonly<Record<string, errors.WebhookError>> = {
  InvalidInputError: new errors.InvalidInputError([]),
  NotFoundError: new errors.NotFoundError('x'),
}

const contract = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'))

/** The field of each operation that has a union, by its name. */
const fields: Readonly<Partial<Record<Operation, string>>> = Object.fromEntries([
  ['GET', 'webhook'],
  ...Object.values(createSchema(providers).getMutationType()?.getFields() ?? {}).flatMap((field) => {
    const operation = readOperation(field)
    return operation === undefined ? [] : [[operation, field.name] as const]
  }),
])

/** The errors that an operation promises, by the schema that clients have. */
function listPromised(operation: Operation): readonly string[] {
  const name = fields[operation] ?? ''
  const field = contract.getMutationType()?.getFields()[name] ?? contract.getQueryType()?.getFields()[name]
  const type = field && getNamedType(field.type)
  return isUnionType(type)
    ? type
        .getTypes()
        .map((member) => member.name)
        .filter((member) => names.includes(member))
    : []
}

/** What a table has operations make of a failure that they promise to tell. */
function findBroken(table: Members): readonly string[] {
  return operationNames.flatMap((operation) =>
    listPromised(operation).flatMap((name) => {
      const sample = ownSamples[name] ?? samples[name]
      const isTold = toMember(sample, operation, table) === sample
      return isTold ? [] : [`${operation} ${name}`]
    }),
  )
}

describe('the table of what operations can fail with', () => {
  it('has every class of errors', () => {
    const classes = Object.values(errors).filter(
      (each) => typeof each === 'function' && each.prototype instanceof errors.WebhookError,
    )
    expect(new Set(classes)).toEqual(new Set(allMembers))
    expect((classes as readonly ErrorClass[]).map(({ name }) => name).toSorted()).toEqual(names.toSorted())
  })

  it('is what the unions of the schema have', () => {
    expect(Object.keys(fields).toSorted()).toEqual(
      operationNames.filter((name) => name !== 'LIST' && name !== 'LIST_DELIVERIES').toSorted(),
    )
    for (const operation of operationNames.filter((name) => fields[name] !== undefined)) {
      expect(listPromised(operation).toSorted()).toEqual(members[operation].map(({ name }) => name).toSorted())
    }
    expect(findBroken(members)).toEqual([])
  })

  it('has for a single webhook whatever its list can fail with: several of one account are read by it', () => {
    expect(members.LIST.filter((type: ErrorClass) => !members.GET.some((other: ErrorClass) => other === type))).toEqual([])
  })

  const rows = operationNames.filter((name) => fields[name] !== undefined)
  it.each(rows.flatMap((operation) => members[operation].map((type: ErrorClass) => ({ operation, type, name: type.name }))))(
    'is seen to be broken without $name of $operation',
    ({ operation, type, name }) => {
      const broken = { ...members, [operation]: members[operation].filter((each: ErrorClass) => each !== type) }
      expect(findBroken(broken)).toEqual([`${operation} ${name}`])
    },
  )
})

const find = (name: string): Provider => {
  const provider = providers.find((each) => each.name === name)
  if (provider === undefined) throw new Error(`There is no provider ${name}.`)
  return provider
}

let thrown = new Error('none')
const failingLists = new Map<Operation, readonly Provider[]>()

/** The provider whose operation fails. It is the same for every error, because a list of providers has a schema of its own. */
function listFailing(provider: Provider, failing: Operation, error: Error): readonly Provider[] {
  thrown = error
  const list = failingLists.get(failing) ?? [toFailing(provider, failing)]
  failingLists.set(failing, list)
  return list
}

/** A provider that can do everything, but for one operation that fails. */
function toFailing(provider: Provider, failing: Operation): Provider {
  const fail = () => {
    throw thrown
  }
  const able = { ...provider.operations, VERIFY: native(() => Promise.resolve()), TEST: native(fail) }
  return { ...provider, operations: { ...able, [failing]: { ...able[failing], run: fail } } }
}

const url = 'https://hooks.acme.test/x'
const failure = '... on WebhookError { __typename code message retry upstream { status } }'
const deliveryId = formatId({ kind: 'delivery', slug: 'baanx', upstreamId: 'x', key: 'x' })
const documents: Readonly<Record<Operation, string>> = {
  LIST: `query { webhooks { sources { answer: error { ${failure} } } } }`,
  GET: `query ($id: ID!) { answer: webhook(id: $id) { ${failure} } }`,
  CREATE: `mutation { answer: createWebhook(input: { account: "baanx", name: "y", url: "${url}/y", eventTypes: ["*"] }) { ${failure} } }`,
  UPDATE: `mutation ($id: ID!) { answer: updateWebhook(input: { id: $id, name: "z" }) { ${failure} } }`,
  DELETE: `mutation ($id: ID!) { answer: deleteWebhook(input: { id: $id }) { __typename ${failure} } }`,
  VERIFY: `mutation ($id: ID!) { answer: verifyWebhook(input: { id: $id }) { __typename ${failure} } }`,
  ROTATE_SECRET: `mutation ($id: ID!) { answer: rotateWebhookSecret(input: { id: $id }) { ${failure} } }`,
  TEST: `mutation ($id: ID!) { answer: testWebhook(input: { id: $id }) { ${failure} } }`,
  LIST_DELIVERIES: `query ($id: ID!) { webhook(id: $id) { ... on Webhook { deliveries { error { ${failure} } } } } }`,
  REDELIVER: `mutation { answer: redeliverEvent(input: { deliveryId: "${deliveryId}" }) { ${failure} } }`,
}

/** What a failure becomes that its operation settles, or that it does not have. */
const settled: Readonly<Record<string, string>> = {
  // It is not about a webhook, because a create names none.
  'CREATE NotFoundError': 'UpstreamRejectedError',
  // The list still has it.
  'DELETE NotFoundError': 'OutcomeUnknownError',
  'VERIFY OutcomeUnknownError': 'VerifyWebhookSuccess',
}

async function open(name: string) {
  const provider = find(name)
  const standIn = await openStandIn(provider)
  const accounts = [toAccount(provider, standIn)]
  const { gateway } = openGateway({ accounts })
  const eventTypes = provider.eventTypes.known.slice(0, 1).map((eventType) => eventType.name)
  const { webhook } = await gateway.create({ account: name, name: 'x', url, eventTypes })
  return { provider, accounts, id: webhook.id, eventTypes }
}

describe('a failure of a provider', () => {
  const cases = operationNames.flatMap((operation) => names.map((name) => ({ operation, name })))

  it.each(cases)('is told as a member, never masked: $name of $operation', async ({ operation, name }) => {
    const { provider, accounts, id } = await open('baanx')
    const error = samples[name] ?? new Error(name)
    const { ask, logs } = openGateway({ accounts, providers: listFailing(provider, operation, error) })
    const { data, errors: bugs } = await ask(documents[operation], { id })
    expect(bugs).toBeUndefined()
    const answer = data.answer ?? data.webhook?.deliveries.error ?? data.webhooks.sources[0].answer
    const told =
      fields[operation] === undefined ? members[operation].map((type: ErrorClass) => type.name) : listPromised(operation)
    const isOthers = name === 'InvalidInputError' && operation !== 'CREATE' && operation !== 'UPDATE'
    const other = name === 'OutcomeUnknownError' ? 'UpstreamUnavailableError' : 'UpstreamRejectedError'
    expect(answer.__typename).toBe(settled[`${operation} ${name}`] ?? (told.includes(name) && !isOthers ? name : other))
    expect(logs.filter((line) => line.includes('"level":50'))).toEqual([])
  })
})

describe('a new secret', () => {
  it.each(names)('is handed out whatever the list before a create fails with (%s)', async (name) => {
    const { provider, accounts } = await open('baanx')
    const { ask } = openGateway({ accounts, providers: listFailing(provider, 'LIST', samples[name] ?? new Error(name)) })
    const { data, errors: bugs } = await ask(documents.CREATE.replace(failure, '... on CreateWebhookSuccess { signingSecret }'))
    expect(bugs).toBeUndefined()
    expect(data.answer.signingSecret).toEqual(expect.any(String))
  })

  it.each(names)('is handed out whatever becomes of the old webhook (%s)', async (name) => {
    const { provider, accounts, id } = await open('encrata')
    const { DELETE } = provider.operations
    if (isUnsupported(DELETE)) throw new Error('Encrata deletes webhooks.')
    const run: typeof DELETE.run = async (...args) => {
      // A dry run ends here.
      await DELETE.run(...args)
      throw samples[name] ?? new Error(name)
    }
    const failing = { ...provider, operations: { ...provider.operations, DELETE: { ...DELETE, run } } }
    const { ask } = openGateway({ accounts, providers: providers.map((each) => (each === provider ? failing : each)) })
    const rotate = `mutation ($id: ID!) { answer: rotateWebhookSecret(input: { id: $id, strategy: REPLACEMENT }) {
      ... on RotateWebhookSecretSuccess { signingSecret } ${failure} } }`
    const { data, errors: bugs } = await ask(rotate, { id })
    expect(bugs).toBeUndefined()
    expect(data.answer.signingSecret).toEqual(expect.any(String))
  })
})
