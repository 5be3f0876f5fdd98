import type { EventCatalogue } from '../provider/events.ts'
import { type FieldRule, listFields } from '../provider/fields.ts'
import { operationNames } from '../provider/operations.ts'
import { type OperationSupport, type Provider, toProviderName } from '../provider/provider.ts'
import { signsTime } from '../provider/signature.ts'
import { isUnsupported } from '../provider/unsupported.ts'
import type { Gateway } from '../gateway/gateway.ts'
import type { Builder } from './builder.ts'

export type ProviderNameRef = ReturnType<typeof addProviderName>

/** Enum of the registered provider names. */
export function addProviderName(builder: Builder, providers: readonly Provider[]) {
  return builder.enumType('ProviderName', {
    description: 'Name of a provider.',
    values: Object.fromEntries(
      providers.map((provider) => [
        toProviderName(provider),
        { value: provider.name, description: `${provider.displayName}: ${provider.docsUrl}` },
      ]),
    ),
  })
}

/** Providers, what they support, and their queries. None of them sends upstream requests. */
export function addProviders(builder: Builder, providerName: ProviderNameRef): void {
  const operation = builder.enumType('Operation', {
    description: 'An operation on a provider, with the GraphQL fields that use it.',
    values: {
      CREATE: { description: 'Create a webhook (`createWebhook`).' },
      GET: { description: 'Read a webhook (`webhook`, `node`, `Delivery.webhook`).' },
      LIST: { description: 'List webhooks (`webhooks`, `Account.webhooks`, `nodes`).' },
      UPDATE: { description: 'Update a webhook (`updateWebhook`).' },
      DELETE: { description: 'Delete a webhook (`deleteWebhook`).' },
      VERIFY: { description: 'Verify a webhook (`verifyWebhook`).' },
      ROTATE_SECRET: { description: 'Rotate a signing secret (`rotateWebhookSecret`).' },
      TEST: { description: 'Send a test event (`testWebhook`).' },
      LIST_DELIVERIES: { description: 'List deliveries (`Webhook.deliveries`, or `node` and `nodes` with a Delivery).' },
      REDELIVER: { description: 'Send an event again (`redeliverEvent`).' },
    },
  })
  const support = builder.enumType('Support', {
    description: 'How a provider supports an operation.',
    values: {
      NATIVE: { description: "Supported by the provider's API." },
      EMULATED: { description: 'The gateway combines several provider requests.' },
      UNSUPPORTED: { description: 'Not supported. See `note` for the reason.' },
    },
  })
  const fieldRule = builder.enumType('FieldRule', {
    description: 'Whether a provider accepts an input field.',
    values: {
      REQUIRED: { description: 'Required, and must not be empty.' },
      OPTIONAL: { description: 'Optional.' },
      UNSUPPORTED: { description: 'Rejected with UnsupportedError. See `note` for the reason.' },
    },
  })
  builder.objectType('OperationSupport', {
    description: 'Support for an operation at a provider.',
    fields: (t) => ({
      operation: t.field({ type: operation, description: 'The operation.', resolve: (parent) => parent.operation }),
      support: t.field({ type: support, description: 'How the provider supports it.', resolve: (parent) => parent.support }),
      note: t.exposeString('note', { nullable: true, description: 'Notes, or the reason if unsupported.' }),
      maxCalls: t.exposeInt('maxCalls', {
        description:
          'Maximum number of upstream requests, including reads before and after the operation. Excludes further list pages, retries, and checks after a lost response.',
      }),
    }),
  })
  const fieldValue = builder.objectRef<readonly [name: string, description: string]>('FieldValue').implement({
    description: 'A value that an input field accepts.',
    fields: (t) => ({
      name: t.string({ description: 'The enum value.', resolve: ([name]) => name }),
      description: t.string({ description: 'What it means.', resolve: ([, description]) => description }),
    }),
  })
  builder.objectType('FieldSupport', {
    description: 'Support for an input field at a provider.',
    fields: (t) => ({
      path: t.exposeString('path', { description: 'Path below `input`, e.g. name or options.<provider>.<option>.' }),
      type: t.exposeString('type', { description: 'GraphQL type of the value, e.g. String or [String!].' }),
      values: t.field({
        type: [fieldValue],
        nullable: true,
        description: 'All values, if the type is an enum of this provider.',
        resolve: ({ values }) => values && Object.entries(values),
      }),
      onCreate: t.field({ type: fieldRule, description: 'Rule in createWebhook.', resolve: ({ onCreate }) => toRule(onCreate) }),
      onUpdate: t.field({ type: fieldRule, description: 'Rule in updateWebhook.', resolve: ({ onUpdate }) => toRule(onUpdate) }),
      note: t.string({
        nullable: true,
        description: 'Notes, or the reason if unsupported.',
        resolve: ({ note, onCreate, onUpdate }) => note ?? [onCreate, onUpdate].find(isUnsupported)?.note ?? null,
      }),
    }),
  })
  builder.objectType('EventType', {
    description: 'An event type that a webhook can receive.',
    fields: (t) => ({
      name: t.exposeString('name', { description: 'Name for use in `eventTypes`.' }),
      description: t.exposeString('description', { nullable: true, description: 'When the event occurs, if described.' }),
    }),
  })

  const eventFilter = builder.objectRef<EventCatalogue>('EventFilter').implement({
    description: 'What `eventTypes` accepts at a provider.',
    fields: (t) => ({
      closed: t.exposeBoolean('closed', { description: 'Whether only known event types are accepted.' }),
      patterns: t.boolean({
        description: 'Whether patterns such as card.* are accepted.',
        resolve: ({ wildcards = false }) => wildcards,
      }),
      all: t.boolean({
        description: 'Whether `*` stands for all event types, in inputs and on webhooks.',
        resolve: ({ all = false, wildcards = false }) => all || wildcards,
      }),
      most: t.int({
        nullable: true,
        description: 'Maximum number of event types of a webhook. Null if the provider has none.',
        resolve: ({ most = null }) => most,
      }),
    }),
  })

  addSignature(builder)
  addLimits(builder)

  builder.objectType('Provider', {
    description: 'A SaaS provider, configured or not, and what it supports.',
    interfaces: ['Node'],
    fields: (t) => ({
      name: t.field({ type: providerName, description: 'Name for use in filters.', resolve: ({ name }) => name }),
      displayName: t.exposeString('displayName', { description: 'Human-readable name.' }),
      docsUrl: t.field({ type: 'URL', description: "URL of the provider's documentation.", resolve: ({ docsUrl }) => docsUrl }),
      operations: t.field({
        type: ['OperationSupport'],
        description: 'Support for each operation.',
        resolve: (provider, _, { gateway }) => listOperations(provider, gateway),
      }),
      fields: t.field({
        type: ['FieldSupport'],
        description: 'Support for each input field.',
        resolve: (provider) => listFields(provider),
      }),
      eventTypes: t.field({
        type: ['EventType'],
        description: 'Known event types. Empty if the provider has no event filter.',
        resolve: ({ eventTypes }) => eventTypes.known,
      }),
      eventFilter: t.field({
        type: eventFilter,
        nullable: true,
        description: 'What `eventTypes` accepts. Null if the provider has no event filter.',
        resolve: ({ eventTypes, fields }) => (isUnsupported(fields.eventTypes.onCreate) ? null : eventTypes),
      }),
      signature: t.expose('signature', {
        type: 'SignatureScheme',
        nullable: true,
        description: 'How the provider signs deliveries. Null if it does not. The hookql/verify module verifies signatures.',
      }),
      limits: t.field({
        type: 'ProviderLimits',
        description: 'Documented limits.',
        resolve: ({ limits, rates = [] }) => ({ ...limits, rates }),
      }),
      accounts: t.field({
        type: ['Account'],
        description: 'Configured accounts that the caller can use.',
        resolve: ({ name }, _, { gateway }) => gateway.accounts.filter(({ provider }) => provider === name),
      }),
    }),
  })

  builder.queryFields((t) => ({
    providers: t.field({
      type: ['Provider'],
      description: 'All providers, configured or not. Sends no upstream request.',
      resolve: (_, __, { gateway }) => gateway.providers,
    }),
    provider: t.field({
      type: 'Provider',
      description: 'Looks up a provider by name. Sends no upstream request.',
      args: { name: t.arg({ type: providerName, required: true, description: 'The provider name.' }) },
      resolve: (_, { name }, { gateway }) => gateway.getProvider(name),
    }),
  }))
}

function addSignature(builder: Builder): void {
  const encoding = builder.enumType('SignatureEncoding', {
    description: 'Encoding of a signature.',
    values: {
      HEX: { value: 'hex', description: 'Lowercase hexadecimal.' },
      BASE64: { value: 'base64', description: 'Base64 with padding.' },
    },
  })
  const key = builder.enumType('SignatureKey', {
    description: 'How the key is derived from the signing secret.',
    values: {
      TEXT: { value: 'text', description: 'The whole secret as UTF-8, including any prefix.' },
      BASE64: { value: 'base64', description: 'The secret decoded from base64, without whsec_.' },
    },
  })
  const unit = builder.enumType('TimestampUnit', {
    description: 'Unit of a timestamp, since 1970.',
    values: {
      SECONDS: { value: 'seconds', description: 'Unix seconds.' },
      MILLISECONDS: { value: 'milliseconds', description: 'Milliseconds.' },
    },
  })
  builder.objectType('SignatureScheme', {
    description: 'How a provider signs deliveries.',
    fields: (t) => ({
      algorithm: t.exposeString('algorithm', { description: 'Signature algorithm. The key is the signing secret.' }),
      header: t.exposeString('header', { description: 'Header that carries the signature.' }),
      timestampHeader: t.exposeString('timestampHeader', {
        nullable: true,
        description: 'Header that carries the signed timestamp. It can be the header of the signature.',
      }),
      timestampPrefix: t.exposeString('timestampPrefix', {
        nullable: true,
        description: 'Prefix of the timestamp, if its header has several values.',
      }),
      timestampMember: t.exposeString('timestampMember', {
        nullable: true,
        description:
          'Member of the JSON body with the signed timestamp, if no header carries it. Parse the body only once its signature matches.',
      }),
      timestampUnit: t.field({
        type: unit,
        nullable: true,
        description: 'Unit of the timestamp. Null if none is signed.',
        resolve: (scheme) => (signsTime(scheme) ? scheme.timestampUnit : null),
      }),
      idHeader: t.exposeString('idHeader', { nullable: true, description: 'Header that carries the signed message ID.' }),
      signedContent: t.exposeString('signedContent', {
        description: 'The signed content: {body} (raw bytes), {timestamp}, {id}, {url}.',
      }),
      encoding: t.field({ type: encoding, description: 'Encoding of the signature.', resolve: (scheme) => scheme.encoding }),
      prefix: t.exposeString('prefix', { nullable: true, description: 'Prefix before the signature in the header, if any.' }),
      separator: t.exposeString('separator', {
        nullable: true,
        description: 'Separator between the values of the header, if it can have several. One of its signatures must match.',
      }),
      key: t.field({
        type: key,
        description: 'How the key is derived from the signing secret.',
        resolve: (scheme) => scheme.key,
      }),
      replayProtection: t.boolean({
        description: 'Whether a timestamp is signed, so that replayed deliveries can be rejected.',
        resolve: signsTime,
      }),
      acceptsFuture: t.exposeBoolean('acceptsFuture', {
        description: 'Whether a timestamp in the future is accepted, however far.',
      }),
      toleranceSeconds: t.exposeInt('toleranceSeconds', {
        nullable: true,
        description: 'Allowed clock difference in seconds. Null if no timestamp is signed.',
      }),
      documented: t.exposeBoolean('documented', {
        description: 'Whether the provider documents the scheme in full. If false, `note` lists assumptions.',
      }),
      note: t.exposeString('note', { nullable: true, description: 'Notes on the scheme.' }),
    }),
  })
}

function addLimits(builder: Builder): void {
  const scope = builder.enumType('RateLimitScope', {
    description: 'Which requests share a rate limit.',
    values: {
      ACCOUNT: { value: 'account', description: 'All requests of an account.' },
      ENDPOINT: { value: 'endpoint', description: 'Requests with the same method and path.' },
    },
  })
  const unit = builder.enumType('RateLimitUnit', {
    description: 'What a rate limit counts.',
    values: {
      REQUESTS: { description: 'Requests.' },
      WRITES: { description: 'Requests that can change something.' },
      POINTS: { description: 'Points, of which each request costs a number.' },
    },
  })
  builder.objectType('RateLimit', {
    description: 'A rate limit. If there are several, a request must fit all that count it.',
    fields: (t) => ({
      calls: t.exposeInt('calls', { description: 'Number of requests, or of points, per period.' }),
      counts: t.field({ type: unit, description: 'What it counts.', resolve: ({ counts = 'REQUESTS' }) => counts }),
      perSeconds: t.float({ description: 'Period in seconds.', resolve: ({ perMs }) => perMs / 1_000 }),
      scope: t.expose('per', { type: scope, description: 'Which requests share the limit.' }),
    }),
  })
  builder.objectType('ProviderLimits', {
    description: 'Documented limits of a provider. Null fields are not documented.',
    fields: (t) => ({
      maxWebhooks: t.exposeInt('maxWebhooks', { nullable: true, description: 'Maximum number of webhooks per account.' }),
      rates: t.expose('rates', { type: ['RateLimit'], description: 'Rate limits, unless configured otherwise for an account.' }),
      receiverTimeoutMs: t.exposeInt('receiverTimeoutMs', {
        nullable: true,
        description: 'Milliseconds an endpoint has to respond.',
      }),
      deliveryRetries: t.exposeInt('deliveryRetries', {
        nullable: true,
        description: 'Number of retries for a failed delivery.',
      }),
      note: t.exposeString('note', { nullable: true, description: 'Notes on the limits.' }),
    }),
  })
}

/** Every operation with this provider's support for it. */
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
