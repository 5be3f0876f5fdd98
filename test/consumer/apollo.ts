import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client'
import { relayStylePagination } from '@apollo/client/utilities'
import { DeleteWebhookDocument, type DeleteWebhookInput } from './generated/cached/graphql.ts'
import introspection from './generated/possible-types.ts'

export function createApolloClient(uri: string, apiKey: string): ApolloClient {
  const cache = new InMemoryCache({
    possibleTypes: introspection.possibleTypes,
    // No two objects have the same id, whatever their types: a deletedId alone tells what to evict.
    dataIdFromObject: ({ id }) => (typeof id === 'string' ? id : undefined),
    typePolicies: {
      Query: { fields: { webhooks: relayStylePagination(['filter', 'orderBy']) } },
      Account: { fields: { webhooks: relayStylePagination(['filter', 'orderBy']) } },
      Webhook: { fields: { deliveries: relayStylePagination() } },
    },
  })
  // A later release may have providers and errors that this schema does not know.
  cache.policies.addPossibleTypes({ Webhook: ['.*Webhook'], WebhookError: ['.*Error'] })
  return new ApolloClient({ cache, link: new HttpLink({ uri, headers: { authorization: `Bearer ${apiKey}` } }) })
}

export function deleteWebhook(client: ApolloClient, input: DeleteWebhookInput) {
  return client.mutate({
    mutation: DeleteWebhookDocument,
    variables: { input },
    update(cache, { data }) {
      if (data?.deleteWebhook.__typename === 'DeleteWebhookSuccess') cache.evict({ id: data.deleteWebhook.deletedId })
      cache.gc()
    },
  })
}
