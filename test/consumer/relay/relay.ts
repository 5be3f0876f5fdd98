import { Environment, type GraphQLResponse, Network, RecordSource, Store, graphql } from 'relay-runtime'

export function createEnvironment(url: string, apiKey: string): Environment {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` }
  return new Environment({
    store: new Store(new RecordSource()),
    network: Network.create(async ({ text }, variables) => {
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query: text, variables }) })
      return (await response.json()) as GraphQLResponse
    }),
  })
}

export const webhooksQuery = graphql`
  query relayWebhooksQuery($first: Int!, $after: String) {
    webhooks(first: $first, after: $after) @connection(key: "relay_webhooks") {
      __id
      edges {
        node {
          id
          name
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`

export const deliveriesQuery = graphql`
  query relayDeliveriesQuery($id: ID!, $first: Int!, $after: String) {
    node(id: $id) {
      ... on Webhook {
        deliveries(first: $first, after: $after) @connection(key: "relay_deliveries") {
          edges {
            node {
              id
              state
            }
          }
          pageInfo {
            hasNextPage
            endCursor
          }
          error {
            message
          }
        }
      }
    }
  }
`

export const createMutation = graphql`
  mutation relayCreateMutation($input: CreateWebhookInput!, $connections: [ID!]!) {
    createWebhook(input: $input) {
      ... on CreateWebhookSuccess {
        webhook @prependNode(connections: $connections, edgeTypeName: "WebhookEdge") {
          id
          name
        }
        signingSecret
      }
      ... on WebhookError {
        message
      }
    }
  }
`

export const deleteMutation = graphql`
  mutation relayDeleteMutation($input: DeleteWebhookInput!, $connections: [ID!]!) {
    deleteWebhook(input: $input) {
      ... on DeleteWebhookSuccess {
        deletedId @deleteEdge(connections: $connections)
      }
      ... on WebhookError {
        message
      }
    }
  }
`
