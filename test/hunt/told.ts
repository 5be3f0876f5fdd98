import * as z from 'zod'

const failed = '... on WebhookError { message retry retryAfterMs } ... on UpstreamUnavailableError { reason }'
const refused = `${failed} ... on OutcomeUnknownError { candidates { upstreamId } }`
const success = 'signingSecret webhook { upstreamId name url secretHint } warnings { code }'
const created = `{ __typename ... on CreateWebhookSuccess { ${success} } ${refused} }`
/** The same, with how many there are then. */
const counted = created.replace('upstreamId', 'upstreamId account { webhooks { totalCount } }')

/** What is sent, by what it is to do. */
export const documents = {
  update: `mutation ($input: UpdateWebhookInput!) { told: updateWebhook(input: $input) { __typename
    ... on UpdateWebhookSuccess { webhook { upstreamId name url } warnings { code } } ${refused} } }`,
  delete: `mutation ($input: DeleteWebhookInput!) { told: deleteWebhook(input: $input) { __typename
    ... on DeleteWebhookSuccess { alreadyAbsent warnings { code } } ${refused} } }`,
  rotate: `mutation ($input: RotateWebhookSecretInput!) { told: rotateWebhookSecret(input: $input) { __typename
    ... on RotateWebhookSecretSuccess { ${success} } ${refused} } }`,
  verify: `mutation ($input: VerifyWebhookInput!) { told: verifyWebhook(input: $input) { __typename
    ... on VerifyWebhookSuccess { webhook { upstreamId name url } warnings { code } } ${refused} } }`,
  get: `query ($id: ID!) { told: webhook(id: $id) { __typename ... on Webhook { upstreamId } ${failed} } }`,
  getBeside: `query ($id: ID!, $other: ID!) { told: webhook(id: $id) { __typename ... on Webhook { upstreamId } ${failed} }
    other: webhook(id: $other) { __typename } }`,
  /** One page of a list, the oldest first. */
  page: `query ($slug: String!, $after: String) { told: webhooks(first: 100, after: $after,
    filter: { accounts: [$slug] }, orderBy: { field: CREATED_AT, direction: ASC }) {
    __typename complete pageInfo { hasNextPage endCursor } nodes { upstreamId } } }`,
  list: `query ($slug: String!) { told: webhooks(first: 200, filter: { accounts: [$slug] }) { __typename complete totalCount
    nodes { upstreamId } sources { error { __typename ${failed} } } } }`,
}

/** One operation that makes so many; of several it asks how many there are after each. */
export function toCreates(count: number): string {
  const indexes = Array.from({ length: count }, (_, index) => index)
  const variables = indexes.map((index) => `$input${index}: CreateWebhookInput!`)
  const fields = indexes.map((index) => `told${index}: createWebhook(input: $input${index}) ${count > 1 ? counted : created}`)
  return `mutation (${variables.join(', ')}) { ${fields.join(' ')} }`
}

const identified = z.object({ upstreamId: z.string() })
const told = z.object({
  __typename: z.string(),
  message: z.string().default(''),
  retry: z.string().nullish(),
  retryAfterMs: z.number().nullish(),
  reason: z.string().nullish(),
  candidates: z.array(identified).default([]),
  warnings: z
    .array(z.object({ code: z.string() }))
    .transform((warnings) => warnings.map(({ code }) => code))
    .default([]),
  webhook: identified
    .extend({
      name: z.string().nullable(),
      url: z.string(),
      secretHint: z.string().nullish(),
      account: z.object({ webhooks: z.object({ totalCount: z.number().nullable() }) }).optional(),
    })
    .optional(),
  signingSecret: z.string().nullish(),
  alreadyAbsent: z.boolean().default(false),
  complete: z.boolean().optional(),
  totalCount: z.number().nullish(),
  nodes: z.array(identified).default([]),
  pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }).optional(),
  sources: z
    .array(
      z.object({
        error: z
          .object({
            __typename: z.string(),
            reason: z.string().nullish(),
            retry: z.string().nullish(),
            retryAfterMs: z.number().nullish(),
          })
          .loose()
          .nullable(),
      }),
    )
    .default([]),
})

/** What a caller is told of one field. */
export type Told = z.output<typeof told>

const answers = z.object({ data: z.record(z.string(), z.unknown()).nullish(), errors: z.array(z.unknown()).optional() })

/** The answers by field, in the order in which they were asked for. Throws where there are errors beside them. */
export function readTold(text: string): readonly Told[] {
  const { data, errors } = answers.parse(JSON.parse(text))
  if (errors !== undefined) throw new Error(`errors: ${JSON.stringify(errors)}`)
  return Object.entries(data ?? {}).flatMap(([name, value]) => (name.startsWith('told') ? [told.parse(value)] : []))
}

/** Whether it was told as done, as not done, or as neither: null stands for a caller who did not wait. */
export function toOutcome(given: Told | null): 'DONE' | 'NOT_DONE' | 'UNKNOWN' {
  if (given === null || given.__typename === 'OutcomeUnknownError') return 'UNKNOWN'
  return given.__typename.endsWith('Error') ? 'NOT_DONE' : 'DONE'
}
