import type { Client } from '@urql/core'
import { initGraphQLTada, type ResultOf, type VariablesOf } from 'gql.tada'
import type { introspection } from './generated/graphql-env.d.ts'

const graphql = initGraphQLTada<{
  introspection: introspection
  scalars: { DateTime: string; URL: string; JSON: unknown }
}>()

const createMutation = graphql(`
  mutation CreateWebhook($input: CreateWebhookInput!) {
    createWebhook(input: $input) {
      __typename
      ... on CreateWebhookSuccess {
        webhook {
          id
          status
        }
        signingSecret
      }
      ... on WebhookError {
        message
      }
      ... on InvalidInputError {
        issues {
          path
        }
      }
    }
  }
`)

export type CreateInput = VariablesOf<typeof createMutation>['input']
export type CreateResult = ResultOf<typeof createMutation>['createWebhook']

export async function createWebhook(client: Client, input: CreateInput): Promise<CreateResult | undefined> {
  const { data } = await client.mutation(createMutation, { input })
  return data?.createWebhook
}
