import * as z from 'zod'
import { scopes } from '../caller.ts'
import { slugPattern } from '../id.ts'
import type { Provider } from '../provider/provider.ts'

const slugIssue = 'give lower-case letters, digits and inner hyphens, at most 63'
const nameIssue = 'give letters, digits, dots, hyphens and underscores, at most 63'

const apiKeyShape = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,63}$/, nameIssue)
    .describe('Whose key it is: what logs show.'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'give the hash that hookql key prints')
    .describe('SHA-256 of the key in lower-case hex, as hookql key prints it.'),
  scopes: z.array(z.enum(scopes)).min(1, 'name at least one scope').describe('What it may do.'),
  accounts: z
    .array(z.string())
    .min(1, 'name at least one account, or leave accounts out for all')
    .optional()
    .describe('Slugs of the accounts that exist for it; left out: all.'),
})

const jwtShape = z.strictObject({
  issuer: z.string().min(1).describe('The iss claim of its tokens.'),
  audience: z.string().min(1).describe('What their aud claim must name.'),
  jwksUrl: z.string().describe('Where its public keys are.'),
  scopesClaim: z.string().min(1).default('scope').describe('The claim with the scopes: a list, or text with spaces.'),
  accountsClaim: z
    .string()
    .min(1)
    .optional()
    .describe('The claim with slugs of accounts; a token without it has none. Left out: every token has all accounts.'),
})

const authShape = z.strictObject({
  apiKeys: z.array(apiKeyShape).min(1, 'name at least one key').optional().describe('Keys of programs.'),
  jwt: jwtShape.optional().describe('Tokens of an identity provider (OIDC), signed with a public key.'),
})

const count = (maximum: number) => z.int().min(1).max(maximum).optional()

const limitsShape = z.strictObject({
  tokens: count(100_000).describe('Words and signs of a document; 2000.'),
  depth: count(100).describe('Fields within each other; 15.'),
  mutations: count(100).describe('Mutations in one operation; 10.'),
  rootFields: count(1_000).describe('Fields of Query in one operation; 100.'),
  upstreamCalls: count(100_000).describe('Calls to providers that one operation may come to; 250.'),
  answerFields: count(10_000_000).describe('Fields that the answer to one operation may have; 40000.'),
  operationTimeoutMs: count(3_600_000).describe('How long a query may take, and after how long no mutation begins; 30000.'),
  requestsPerMinute: count(1_000_000).describe('Requests of one caller in a minute; 6000.'),
  unsentBytes: count(100_000_000_000).describe('Bytes of answers that may wait for clients to read them; 100000000.'),
  callerUnsentBytes: count(100_000_000_000).describe('The same of one caller; 20000000.'),
  sendTimeoutMs: count(3_600_000).describe('How long a client may take to read an answer, until it is cut off; 60000.'),
})

const trustedDocumentsShape = z.strictObject({
  file: z.string().min(1).describe('JSON with documents by their hash, relative to this file.'),
  only: z.boolean().default(false).describe('Whether nothing else may be asked.'),
})

/** The shape of the configuration file; its JSON Schema ships with the package. */
export function createFileShape(providers: readonly Provider[]) {
  // Only editors need to be told here that it is not empty: what is, is refused with what else a token cannot be.
  const text = z.string().meta({ minLength: 1 })
  const account = z.strictObject({
    slug: z.string().regex(slugPattern, slugIssue).describe('Unique name of the account: what mutation inputs take.'),
    provider: z.enum(providers.map(({ name }) => name)).describe('Where it is an account.'),
    token: text.describe('The credential; ${NAME} is taken from the environment.').optional(),
    tokenFile: text.describe('A file that holds the credential, relative to this file.').optional(),
    baseUrl: z.string().optional().describe("What stands before /webhooks; left out: the provider's own."),
    headers: z.record(z.string(), z.string()).optional().describe('Headers to send with every call, e.g. x-client-key.'),
    apiVersion: z.string().optional().describe('Another version of an API that is asked for by version.'),
    rateLimit: z
      .strictObject({
        calls: z.int().min(1).describe('How many calls the account takes.'),
        perMs: z.int().min(1).describe('Within how many milliseconds.'),
      })
      .optional()
      .describe('How fast the account may be called; left out: what the provider documents.'),
    maxWebhooks: z
      .int()
      .min(1)
      .optional()
      .describe('How many webhooks the account can have; left out: what the provider documents.'),
  })
  return z.strictObject({
    $schema: z.string().optional().describe('Where this schema is, for editors.'),
    accounts: z
      .array(account.meta({ oneOf: [{ required: ['token'] }, { required: ['tokenFile'] }] }))
      .min(1, 'name at least one account')
      .optional()
      .describe('The accounts that the gateway serves, beside those of the environment.'),
    auth: authShape.optional().describe('Who may call. Left out: everybody, and the gateway serves loopback only.'),
    limits: limitsShape.optional().describe('What one operation may ask for, and how often a caller may ask.'),
    corsOrigins: z
      .array(z.string())
      .min(1, 'name at least one origin')
      .optional()
      .describe('Origins of web pages that may call, e.g. https://console.acme.example.'),
    corsHeaders: z
      .array(z.string())
      .min(1, 'name at least one header')
      .optional()
      .describe('Headers that these pages may send, beside those of common clients, e.g. x-datadog-trace-id.'),
    trustedDocuments: trustedDocumentsShape.optional().describe('Documents that clients may name instead of sending them.'),
    auditFile: z
      .string()
      .min(1)
      .optional()
      .describe('Where a line for each write goes, relative to this file; left out: to the log.'),
    allowPrivateTargets: z
      .boolean()
      .optional()
      .describe('Whether webhooks may lead to this machine and to private networks; false.'),
  })
}
