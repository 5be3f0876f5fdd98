import { Client, fetchExchange } from '@urql/core'
import { cacheExchange } from '@urql/exchange-graphcache'
import { relayPagination } from '@urql/exchange-graphcache/extras'
import type { DeleteWebhookMutation } from './generated/cached/graphql.ts'
import schema from './generated/introspection.json' with { type: 'json' }

const objects = schema.__schema.types.filter(({ kind }) => kind === 'OBJECT')
const isA = ({ interfaces }: (typeof objects)[number], type: string) => interfaces?.some(({ name }) => name === type) ?? false
const values = objects.filter((type) => !isA(type, 'Node'))
const webhooks = objects.filter((type) => isA(type, 'Webhook'))

const cache = cacheExchange({
  schema,
  globalIDs: true,
  keys: Object.fromEntries(values.map(({ name }) => [name, () => null])),
  resolvers: {
    Query: { webhooks: relayPagination() },
    Account: { webhooks: relayPagination() },
    ...Object.fromEntries(webhooks.map(({ name }) => [name, { deliveries: relayPagination() }])),
  },
  updates: {
    Mutation: {
      deleteWebhook({ deleteWebhook: result }: DeleteWebhookMutation, _, store) {
        if (result.__typename === 'DeleteWebhookSuccess') store.invalidate(result.deletedId)
      },
    },
  },
})

export function createUrqlClient(url: string, apiKey: string): Client {
  const fetchOptions = { headers: { authorization: `Bearer ${apiKey}` } }
  return new Client({ url, fetchOptions, preferGetMethod: false, exchanges: [cache, fetchExchange] })
}
