import {
  type FieldRule,
  isUnsupported,
  listFields,
  operationNames,
  type OperationSupport,
  type Provider,
  toProviderName,
} from '../provider/provider.ts'
import type { Gateway } from '../gateway/gateway.ts'
import { formatId } from '../id.ts'
import type { Builder } from './builder.ts'

export type ProviderNameRef = ReturnType<typeof addProviderName>

/** The enum whose values are the registry's names. */
export function addProviderName(builder: Builder, providers: readonly Provider[]) {
  return builder.enumType('ProviderName', {
    description: 'A provider that the gateway can talk to.',
    values: Object.fromEntries(
      providers.map((provider) => [
        toProviderName(provider),
        { value: provider.name, description: `${provider.displayName}: ${provider.docsUrl}` },
      ]),
    ),
  })
}

/** Providers and what each can do, and the queries that list them. None of it calls upstream. */
export function addProviders(builder: Builder, providerName: ProviderNameRef): void {
  const operation = builder.enumType('Operation', {
    description: 'What the gateway can do with webhooks at a provider.',
    values: {
      CREATE: { description: 'createWebhook' },
      GET: { description: 'webhook, node' },
      LIST: { description: 'webhooks, nodes' },
      UPDATE: { description: 'updateWebhook' },
      DELETE: { description: 'deleteWebhook' },
      VERIFY: { description: 'verifyWebhook' },
      ROTATE_SECRET: { description: 'rotateWebhookSecret' },
      TEST: { description: 'testWebhook' },
      LIST_DELIVERIES: { description: 'Webhook.deliveries' },
      REDELIVER: { description: 'redeliverEvent' },
    },
  })
  const support = builder.enumType('Support', {
    description: 'How a provider serves an operation.',
    values: {
      NATIVE: { description: 'One documented upstream call.' },
      EMULATED: { description: 'The gateway composes it from several upstream calls.' },
      UNSUPPORTED: { description: 'The provider cannot; `note` says why.' },
    },
  })
  const fieldRule = builder.enumType('FieldRule', {
    description: 'What a provider does with an input field.',
    values: {
      REQUIRED: { description: 'It must be given, and not empty.' },
      OPTIONAL: { description: 'It may be left out.' },
      UNSUPPORTED: { description: 'It is refused with UnsupportedError; `note` says why.' },
    },
  })
  builder.objectType('OperationSupport', {
    description: 'How a provider serves one operation.',
    fields: (t) => ({
      operation: t.field({ type: operation, description: 'The operation.', resolve: (parent) => parent.operation }),
      support: t.field({ type: support, description: 'Whether and how it is served.', resolve: (parent) => parent.support }),
      note: t.exposeString('note', { nullable: true, description: 'What to know of it; the reason where it is unsupported.' }),
      maxCalls: t.exposeInt('maxCalls', {
        description: 'Upstream calls at most, of a list for each upstream page; without retries and looks after a lost answer.',
      }),
    }),
  })
  builder.objectType('FieldSupport', {
    description: 'What a provider does with one field of the mutation inputs.',
    fields: (t) => ({
      path: t.exposeString('path', {
        description: 'Path below `input`, e.g. name or options.<provider>.<option>.',
      }),
      onCreate: t.field({ type: fieldRule, description: 'In createWebhook.', resolve: ({ onCreate }) => toRule(onCreate) }),
      onUpdate: t.field({ type: fieldRule, description: 'In updateWebhook.', resolve: ({ onUpdate }) => toRule(onUpdate) }),
      note: t.string({
        nullable: true,
        description: 'What to know of it; the reason where it is unsupported.',
        resolve: ({ note, onCreate, onUpdate }) => note ?? [onCreate, onUpdate].find(isUnsupported)?.note ?? null,
      }),
    }),
  })
  builder.objectType('EventType', {
    description: 'One type of event that a webhook can be told of.',
    fields: (t) => ({
      name: t.exposeString('name', { description: 'As it goes into eventTypes.' }),
      description: t.exposeString('description', { nullable: true, description: 'When it happens.' }),
    }),
  })

  addSignature(builder)
  addLimits(builder)

  builder.objectType('Provider', {
    description: 'A SaaS provider, configured or not, and all that is special about it.',
    interfaces: [builder.nodeInterfaceRef()],
    fields: (t) => ({
      id: t.id({
        description: 'Global, opaque, stable over restarts.',
        resolve: ({ name }) => formatId({ kind: 'provider', name }),
      }),
      name: t.field({ type: providerName, description: 'Its name in filters.', resolve: ({ name }) => name }),
      displayName: t.exposeString('displayName', { description: 'Its name for people.' }),
      docsUrl: t.field({
        type: 'URL',
        description: "Where the provider's own documentation starts.",
        resolve: ({ docsUrl }) => docsUrl,
      }),
      operations: t.field({
        type: ['OperationSupport'],
        description: 'Every operation, with whether and how this provider serves it.',
        resolve: (provider, _, { gateway }) => listOperations(provider, gateway),
      }),
      fields: t.field({
        type: ['FieldSupport'],
        description: 'Every field of the mutation inputs that this provider has a rule for.',
        resolve: (provider) => listFields(provider),
      }),
      eventTypes: t.field({
        type: ['EventType'],
        description: 'Known event types; empty where there is no event filter. No enum: new names break no client.',
        resolve: ({ eventTypes }) => eventTypes.known,
      }),
      signature: t.expose('signature', {
        type: 'SignatureScheme',
        nullable: true,
        description: 'How it signs deliveries, if it does; hookql/verify checks that.',
      }),
      limits: t.field({
        type: 'ProviderLimits',
        description: 'What it documents of its limits.',
        resolve: ({ limits, rate }) => ({ ...limits, rates: rate === undefined ? [] : [rate] }),
      }),
      accounts: t.field({
        type: ['Account'],
        description: 'Its configured accounts; empty where there is none.',
        resolve: ({ name }, _, { gateway }) => gateway.accounts.filter(({ provider }) => provider === name),
      }),
    }),
  })

  builder.queryFields((t) => ({
    providers: t.field({
      type: ['Provider'],
      description: 'What the gateway can talk to, configured or not. Calls nobody.',
      resolve: (_, __, { gateway }) => gateway.providers,
    }),
    provider: t.field({
      type: 'Provider',
      description: 'One provider by its name. Calls nobody.',
      args: { name: t.arg({ type: providerName, required: true, description: 'Its name.' }) },
      resolve: (_, { name }, { gateway }) => gateway.getProvider(name),
    }),
  }))
}

function addSignature(builder: Builder): void {
  const encoding = builder.enumType('SignatureEncoding', {
    description: 'How the bytes of a signature are written.',
    values: {
      HEX: { value: 'hex', description: 'In hexadecimal, lower case.' },
      BASE64: { value: 'base64', description: 'In Base64, with padding.' },
    },
  })
  builder.objectType('SignatureScheme', {
    description: 'How a provider signs deliveries.',
    fields: (t) => ({
      algorithm: t.exposeString('algorithm', { description: 'What makes the signature, with the signing secret as its key.' }),
      header: t.exposeString('header', { description: 'Header of a delivery that has the signature.' }),
      timestampHeader: t.exposeString('timestampHeader', {
        nullable: true,
        description: 'Header with the time of sending, in Unix seconds, where it is signed.',
      }),
      signedContent: t.exposeString('signedContent', {
        description: 'What is signed: {body} (raw bytes), {timestamp}, {id}, {url}.',
      }),
      encoding: t.field({
        type: encoding,
        description: 'How the signature is written.',
        resolve: (scheme) => scheme.encoding,
      }),
      prefix: t.exposeString('prefix', {
        nullable: true,
        description: 'What stands before it in the header; null where nothing does.',
      }),
      replayProtection: t.boolean({
        description: 'Whether what is sent again can be refused: a time is signed.',
        resolve: ({ timestampHeader }) => timestampHeader !== null,
      }),
      toleranceSeconds: t.exposeInt('toleranceSeconds', {
        nullable: true,
        description: 'Seconds by which the signed time may be off; null where none is.',
      }),
      documented: t.exposeBoolean('documented', {
        description: 'False where something had to be assumed: see `note`.',
      }),
      note: t.exposeString('note', { nullable: true, description: 'What to know of it.' }),
    }),
  })
}

function addLimits(builder: Builder): void {
  const scope = builder.enumType('RateLimitScope', {
    description: 'What is counted together.',
    values: {
      ACCOUNT: { value: 'account', description: 'All calls of an account.' },
      ENDPOINT: { value: 'endpoint', description: 'Calls of one method and path.' },
    },
  })
  builder.objectType('RateLimit', {
    description: 'So many calls in so much time.',
    fields: (t) => ({
      calls: t.exposeInt('calls', { description: 'How many.' }),
      perSeconds: t.float({ description: 'In how many seconds.', resolve: ({ perMs }) => perMs / 1_000 }),
      scope: t.expose('per', { type: scope, description: 'What is counted together.' }),
    }),
  })
  builder.objectType('ProviderLimits', {
    description: 'What a provider documents of its limits; null where it names none.',
    fields: (t) => ({
      maxWebhooks: t.exposeInt('maxWebhooks', { nullable: true, description: 'Webhooks that an account can have.' }),
      rates: t.expose('rates', {
        type: ['RateLimit'],
        description: 'How many calls it takes, unless an account is configured otherwise.',
      }),
      receiverTimeoutMs: t.exposeInt('receiverTimeoutMs', {
        nullable: true,
        description: 'Milliseconds that an endpoint may take to answer a delivery.',
      }),
      deliveryRetries: t.exposeInt('deliveryRetries', {
        nullable: true,
        description: 'How often a failed delivery is sent again.',
      }),
      note: t.exposeString('note', { nullable: true, description: 'What to know of them.' }),
    }),
  })
}

/** Every operation of the spec with this provider's answer. */
function listOperations(provider: Provider, gateway: Gateway): readonly OperationSupport[] {
  const { operations } = provider
  return operationNames.map((operation) => ({
    operation,
    support: operations[operation].support,
    note: operations[operation].note,
    maxCalls: isUnsupported(operations[operation]) ? 0 : gateway.bound(provider, operation).calls,
  }))
}

function toRule(rule: FieldRule) {
  return typeof rule === 'object' ? rule.support : rule
}
