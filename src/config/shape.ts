import * as z from 'zod'
import { scopes } from '../caller.ts'
import { durationShape } from './duration.ts'
import { slugPattern } from '../id.ts'
import type { Provider } from '../provider/provider.ts'
import type { SettingStatements } from '../provider/settings.ts'

const slugIssue = 'must be 1 to 63 lowercase letters, digits and inner hyphens'
const nameIssue = 'must be 1 to 63 letters, digits, dots, hyphens and underscores'

const apiKeyShape = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,63}$/, nameIssue)
    .describe('Name of the key owner, as shown in logs.'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be the hash printed by hookql key')
    .describe('SHA-256 hash of the key in lowercase hex, as printed by hookql key.'),
  scopes: z.array(z.enum(scopes)).min(1, 'must have at least one scope').describe('Scopes of the key.'),
  accounts: z
    .array(z.string())
    .min(1, 'must have at least one account. To allow all, omit accounts')
    .optional()
    .describe('Slugs of the accounts that the key can use. Defaults to all.'),
})

const jwtShape = z.strictObject({
  issuer: z.string().min(1).describe('Expected iss claim.'),
  audience: z.string().min(1).describe('Expected aud claim.'),
  jwksUrl: z.string().describe('URL of the JSON Web Key Set.'),
  scopesClaim: z
    .string()
    .min(1)
    .default('scope')
    .describe('Name of the claim with the scopes, a list or a space-separated string.'),
  accountsClaim: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Name of the claim with account slugs. A token without the claim can use no account. If omitted, every token can use all accounts.',
    ),
})

const authShape = z.strictObject({
  apiKeys: z.array(apiKeyShape).min(1, 'must have at least one key').optional().describe('API keys.'),
  jwt: jwtShape.optional().describe('Signed tokens (JWT) from an OIDC identity provider.'),
})

const count = (maximum: number) => z.int().min(1).max(maximum).optional()

const limitsShape = z.strictObject({
  tokens: count(100_000).describe('Maximum lexical tokens in a document. Defaults to 2000.'),
  depth: count(100).describe('Maximum nesting depth. Defaults to 15.'),
  mutations: count(100).describe('Maximum mutations per operation. Defaults to 10.'),
  rootFields: count(1_000).describe('Maximum root fields per operation. Defaults to 100.'),
  upstreamCalls: count(100_000).describe('Maximum upstream requests per operation. Defaults to 250.'),
  planBytes: count(1_000_000_000).describe(
    'Maximum bytes of a request body with a plan of webhooks. Defaults to 5000000. Any other body has at most 100000.',
  ),
  answerFields: count(10_000_000).describe('Maximum fields in a response. Defaults to 40000.'),
  operationTimeoutMs: count(3_600_000).describe(
    'Timeout of a query, and time after which no further mutation of an operation starts, in milliseconds. Defaults to 30000.',
  ),
  requestsPerMinute: count(1_000_000).describe('Requests per minute per caller. Defaults to 6000.'),
  unsentBytes: count(100_000_000_000).describe(
    'Maximum bytes of responses waiting for clients to read them. Defaults to 100000000.',
  ),
  callerUnsentBytes: count(100_000_000_000).describe('Same as unsentBytes, per caller. Defaults to 20000000.'),
  sendTimeoutMs: count(3_600_000).describe(
    'Milliseconds a client has to read a response before it is disconnected. Defaults to 60000.',
  ),
})

const trustedDocumentsShape = z.strictObject({
  file: z.string().min(1).describe('JSON file that maps hashes to documents, relative to this file.'),
  only: z.boolean().default(false).describe('Whether to reject all other documents.'),
})

/** For editors, which settings the accounts of each provider have. The provider's statements are what counts. */
function toSettingsRules(providers: readonly Provider[]) {
  const without = providers.filter(({ settings }) => settings === undefined).map(({ name }) => name)
  const withSettings = providers.flatMap(({ name, settings }) => (settings ? [toRule([name], toSettingsRule(settings))] : []))
  return [toRule(without, { properties: { settings: false } }), ...withSettings]
}

function toRule(names: readonly string[], rule: object) {
  return { if: { properties: { provider: { not: { enum: names } } } }, else: rule }
}

function toSettingsRule(settings: SettingStatements) {
  const all = Object.entries(settings)
  const required = all.filter(([, { rule }]) => rule === 'REQUIRED').map(([name]) => name)
  const group = all.filter(([, { rule }]) => rule === 'EXACTLY_ONE').map(([name]) => ({ required: [name] }))
  const properties = all.map(([name, { shape, description, example }]) => {
    return [name, { description, pattern: shape.source, examples: [example] }] as const
  })
  return {
    properties: {
      settings: {
        properties: Object.fromEntries(properties),
        required,
        additionalProperties: false,
        ...(group.length > 0 && { oneOf: group }),
      },
    },
    required: required.length + group.length > 0 ? ['settings'] : [],
  }
}

/** The shape of the configuration file; its JSON Schema ships with the package. */
export function createFileShape(providers: readonly Provider[]) {
  // For editors only: empty tokens are rejected together with other invalid ones.
  const text = z.string().meta({ minLength: 1 })
  const account = z.strictObject({
    slug: z.string().regex(slugPattern, slugIssue).describe('Unique name of the account, used in mutation inputs.'),
    provider: z.enum(providers.map(({ name }) => name)).describe('Provider of the account.'),
    token: text.describe('Credential. ${NAME} is replaced by the environment variable.').optional(),
    tokenFile: text.describe('File that contains the credential, relative to this file.').optional(),
    baseUrl: z
      .string()
      .optional()
      .describe("Base URL of the API, before what apiVersion and settings add to it. Defaults to the provider's."),
    headers: z.record(z.string(), z.string()).optional().describe('Headers to send with every request, e.g. x-client-key.'),
    apiVersion: z.string().optional().describe('API version to request, if the provider has versions.'),
    settings: z
      .record(z.string(), z.string())
      .optional()
      .describe('What the provider needs besides the credential, such as a repository.'),
    rateLimit: z
      .strictObject({
        calls: z.int().min(1).describe('Requests per period.'),
        perMs: z.int().min(1).describe('Period in milliseconds.'),
      })
      .optional()
      .describe('Rate limit of the account. Defaults to what the provider documents.'),
    maxWebhooks: z.int().min(1).optional().describe('Maximum number of webhooks. Defaults to what the provider documents.'),
  })
  return z.strictObject({
    $schema: z.string().optional().describe('URL of this schema, for editors.'),
    accounts: z
      .array(account.meta({ oneOf: [{ required: ['token'] }, { required: ['tokenFile'] }], allOf: toSettingsRules(providers) }))
      .min(1, 'must have at least one account. If the file has none, omit accounts')
      .optional()
      .describe('Accounts to serve, in addition to those from environment variables.'),
    auth: authShape
      .optional()
      .describe('Authentication. If omitted, callers are not authenticated and the gateway listens on loopback only.'),
    limits: limitsShape.optional().describe('Limits per operation and per caller.'),
    corsOrigins: z
      .array(z.string())
      .min(1, 'must have at least one origin')
      .optional()
      .describe('Allowed origins of web pages, e.g. https://console.acme.example.'),
    corsHeaders: z
      .array(z.string())
      .min(1, 'must have at least one header')
      .optional()
      .describe('Additional headers that these pages can send, e.g. x-datadog-trace-id.'),
    trustedDocuments: trustedDocumentsShape
      .optional()
      .describe('Trusted documents (persisted queries) that clients send by hash.'),
    auditFile: z
      .string()
      .min(1)
      .optional()
      .describe('File for the audit log, relative to this file. Defaults to the application log.'),
    storeUrlFile: text
      .optional()
      .describe('File with the URL of the Postgres database for the store, relative to this file. Instead of HOOKQL_STORE.'),
    storeKeyFile: text
      .optional()
      .describe('File with the keys that seal secrets in the store, relative to this file. The first one seals, all open.'),
    secretRetention: durationShape
      .optional()
      .describe('How long a signing secret can be revealed after the write that returned it. 0 keeps none. Defaults to 24h.'),
    journalRetention: durationShape.optional().describe('How long the journal keeps settled writes. Defaults to 90d.'),
    allowPrivateTargets: z
      .boolean()
      .optional()
      .describe('Whether webhooks can point to this machine and to private networks. Defaults to false.'),
  })
}
