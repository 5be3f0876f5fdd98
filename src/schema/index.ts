import { type GraphQLSchema, lexicographicSortSchema, printSchema } from 'graphql'
import { createShapes } from '../gateway/shapes.ts'
import type { Provider } from '../provider/provider.ts'
import { addAccounts } from './account.ts'
import { createBuilder } from './builder.ts'
import { addDeliveries } from './delivery.ts'
import { addErrors } from './errors.ts'
import { addEndpointMutations } from './endpoint.ts'
import { addEscrow } from './escrow.ts'
import { createEnums } from './enum.ts'
import { addInputs } from './input.ts'
import { addJournal } from './journal.ts'
import { addMutations } from './mutation.ts'
import { addNodes } from './node.ts'
import { addPageInfo } from './page.ts'
import { addApply } from './plan-apply.ts'
import { addPlans } from './plan.ts'
import { addProviderName, addProviders } from './provider.ts'
import { addRotation } from './rotation.ts'
import { addSecretState } from './secret.ts'
import { toInvalidInputError } from './validation.ts'
import { addWebhookList } from './webhook-list.ts'
import { addWebhooks, addWebhookStatus } from './webhook.ts'

const built = new WeakMap<readonly Provider[], GraphQLSchema>()

/** The GraphQL schema for these providers, cached per list. */
export function createSchema(providers: readonly Provider[]): GraphQLSchema {
  const schema = built.get(providers) ?? buildSchema(providers)
  built.set(providers, schema)
  return schema
}

function buildSchema(providers: readonly Provider[]): GraphQLSchema {
  const builder = createBuilder({ toInvalidInputError })
  const shapes = createShapes(providers)
  const enums = createEnums(builder)
  const providerName = addProviderName(builder, providers)
  const status = addWebhookStatus(builder)
  const secretState = addSecretState(builder)
  addErrors(builder)
  addNodes(builder)
  addPageInfo(builder)
  addProviders(builder, providerName)
  addAccounts(builder, providerName)
  const webhookResult = addWebhooks(builder, providers, status, enums)
  addWebhookList(builder, providerName, status)
  addDeliveries(builder)
  addJournal(builder, status, webhookResult)
  addInputs(builder, providers, shapes, enums)
  const results = addMutations(builder, providers, secretState)
  addRotation(builder, shapes, secretState)
  addEndpointMutations(builder, shapes)
  addEscrow(builder, secretState)
  addPlans(builder, providers)
  addApply(builder, providers, results)
  return builder.toSchema()
}

/** The schema as stable text, as stored in `schema.graphql`. */
export function formatSchema(schema: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`
}
