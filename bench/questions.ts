import * as z from 'zod'

// The operations sent to the servers. They have names because raw, which does not parse GraphQL, selects responses by name.

export interface Question {
  readonly operationName: string
  readonly query: string
  readonly variables?: object
}

const seven = 'id name url enabled status eventTypes createdAt'

export const list: Question = { operationName: 'List', query: `query List { webhooks(first: 50) { nodes { ${seven} } } }` }

export const create: Question = {
  operationName: 'Create',
  query: `mutation Create($input: CreateWebhookInput!) {
    r: createWebhook(input: $input) { ... on CreateWebhookSuccess { signingSecret webhook { ${seven} } } } }`,
  variables: {
    input: { account: 'verifik-1', name: 'New', url: 'https://hooks.acme.test/new', eventTypes: ['validation.completed'] },
  },
}

export const toOne = (id: string): Question => ({
  operationName: 'One',
  query: `query One($id: ID!) { webhook(id: $id) { ... on Webhook { ${seven} } } }`,
  variables: { id },
})

export const toTwenty = (ids: readonly string[]): Question => ({
  operationName: 'Twenty',
  query: `query Twenty { ${ids.map((id, index) => `w${index}: webhook(id: "${id}") { ... on Webhook { ${seven} } }`).join(' ')} }`,
  variables: { ids },
})

/** The list of certain accounts. */
export const toListOf = (slugs: readonly string[], first = 50): Question => ({
  ...list,
  query: list.query.replace('first: 50', `first: ${first}, filter: { accounts: ${JSON.stringify(slugs)} }`),
})

const listShape = z.object({ data: z.object({ webhooks: z.object({ nodes: z.array(z.object({ id: z.string() })) }) }) })

/** The ids in the response to a list. */
export function readIds(answer: unknown): readonly string[] {
  return listShape.parse(answer).data.webhooks.nodes.map(({ id }) => id)
}
