import type { FieldRule } from '../provider/fields.ts'
import { operationNames } from '../provider/operations.ts'
import { listFields, type OperationSupport, type Provider, toProviderName } from '../provider/provider.ts'
import { isUnsupported } from '../provider/unsupported.ts'
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
    description: 'What the gateway can do at a provider, by the fields that need it.',
    values: {
      CREATE: { description: 'createWebhook' },
      GET: { description: 'webhook, node, Delivery.webhook' },
      LIST: { description: 'webhooks, Account.webhooks, nodes' },
      UPDATE: { description: 'updateWebhook' },
      DELETE: { description: 'deleteWebhook' },
      VERIFY: { description: 'verifyWebhook' },
      ROTATE_SECRET: { description: 'rotateWebhookSecret' },
      TEST: { description: 'testWebhook' },
      LIST_DELIVERIES: { description: 'Webhook.deliveries, and node and nodes of a Delivery' },
      REDELIVER: { description: 'redeliverEvent' },
    },
  })
  const support = builder.enumType('Support', {
    description: 'How a provider serves an operation.',
    values: {
      NATIVE: { description: 'The provider has a call for it.' },
      EMULATED: { description: 'The provider has no single call for it; the gateway combines several.' },
      UNSUPPORTED: { description: 'The provider cannot do it; `note` says why.' },
    },
  })
  const fieldRule = builder.enumType('FieldRule', {
    description: 'What a provider does with an input field.',
    values: {
      REQUIRED: { description: 'It must be given and not be empty.' },
      OPTIONAL: { description: 'It may be left out.' },
      UNSUPPORTED: { description: 'It is refused with UnsupportedError; `note` says why.' },
    },
  })
  builder.objectType('OperationSupport', {
    description: 'How a provider serves one operation.',
    fields: (t) => ({
      operation: t.field({ type: operation, description: 'The operation.', resolve: (parent) => parent.operation }),
      support: t.field({
        type: support,
        description: 'Whether and how the provider serves it.',
        resolve: (parent) => parent.support,
      }),
      note: t.exposeString('note', { nullable: true, description: 'What to know about it; the reason where it is unsupported.' }),
      maxCalls: t.exposeInt('maxCalls', {
        description:
          'Upstream calls at most, with what the gateway reads before and after. Not counted: further pages of a list, retries, and checks after a lost response.',
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
        description: 'What to know about it; the reason where it is unsupported.',
        resolve: ({ note, onCreate, onUpdate }) => note ?? [onCreate, onUpdate].find(isUnsupported)?.note ?? null,
      }),
    }),
  })
  builder.objectType('EventType', {
    description: 'A type of event that a webhook can receive.',
    fields: (t) => ({
      name: t.exposeString('name', { description: 'As `eventTypes` takes it.' }),
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
      displayName: t.exposeString('displayName', { description: 'Its name, for people.' }),
      docsUrl: t.field({
        type: 'URL',
        description: "Where the provider's own documentation starts.",
        resolve: ({ docsUrl }) => docsUrl,
      }),
      operations: t.field({
        type: ['OperationSupport'],
        description: 'Whether and how it serves each operation.',
        resolve: (provider, _, { gateway }) => listOperations(provider, gateway),
      }),
      fields: t.field({
        type: ['FieldSupport'],
        description: 'What it does with each field of the mutation inputs.',
        resolve: (provider) => listFields(provider),
      }),
      eventTypes: t.field({
        type: ['EventType'],
        description: 'Known event types; empty where there is no event filter.',
        resolve: ({ eventTypes }) => eventTypes.known,
      }),
      signature: t.expose('signature', {
        type: 'SignatureScheme',
        nullable: true,
        description: 'How it signs deliveries; null where it does not. The module hookql/verify checks it.',
      }),
      limits: t.field({
        type: 'ProviderLimits',
        description: 'Its documented limits.',
        resolve: ({ limits, rate }) => ({ ...limits, rates: rate === undefined ? [] : [rate] }),
      }),
      accounts: t.field({
        type: ['Account'],
        description: 'Its configured accounts that the caller may use.',
        resolve: ({ name }, _, { gateway }) => gateway.accounts.filter(({ provider }) => provider === name),
      }),
    }),
  })

  builder.queryFields((t) => ({
    providers: t.field({
      type: ['Provider'],
      description: 'All providers, configured or not. No upstream call.',
      resolve: (_, __, { gateway }) => gateway.providers,
    }),
    provider: t.field({
      type: 'Provider',
      description: 'One provider by its name. No upstream call.',
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
      algorithm: t.exposeString('algorithm', { description: 'What makes the signature; its key is the signing secret.' }),
      header: t.exposeString('header', { description: 'The header that has the signature.' }),
      timestampHeader: t.exposeString('timestampHeader', {
        nullable: true,
        description: 'The header with the signed time of sending, in Unix seconds.',
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
        description: 'What precedes it in the header, if anything.',
      }),
      replayProtection: t.boolean({
        description: 'Whether a replayed delivery can be refused, because its time is signed.',
        resolve: ({ timestampHeader }) => timestampHeader !== null,
      }),
      toleranceSeconds: t.exposeInt('toleranceSeconds', {
        nullable: true,
        description: 'Seconds by which the signed time may be off; null where none is signed.',
      }),
      documented: t.exposeBoolean('documented', {
        description: 'False where something had to be assumed: see `note`.',
      }),
      note: t.exposeString('note', { nullable: true, description: 'What to know about it.' }),
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
    description: 'A limit on calls in a period.',
    fields: (t) => ({
      calls: t.exposeInt('calls', { description: 'How many calls.' }),
      perSeconds: t.float({ description: 'The period, in seconds.', resolve: ({ perMs }) => perMs / 1_000 }),
      scope: t.expose('per', { type: scope, description: 'What is counted together.' }),
    }),
  })
  builder.objectType('ProviderLimits', {
    description: 'The documented limits of a provider; null where it documents none.',
    fields: (t) => ({
      maxWebhooks: t.exposeInt('maxWebhooks', { nullable: true, description: 'Webhooks that an account can have.' }),
      rates: t.expose('rates', {
        type: ['RateLimit'],
        description: 'How many calls it allows, unless an account is configured otherwise.',
      }),
      receiverTimeoutMs: t.exposeInt('receiverTimeoutMs', {
        nullable: true,
        description: 'Milliseconds that an endpoint may take to respond.',
      }),
      deliveryRetries: t.exposeInt('deliveryRetries', {
        nullable: true,
        description: 'How often a failed delivery is sent again.',
      }),
      note: t.exposeString('note', { nullable: true, description: 'What to know about them.' }),
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
