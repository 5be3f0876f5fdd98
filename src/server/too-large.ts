import { GraphQLError } from 'graphql'

export function toTooLarge(): GraphQLError {
  const extensions = { code: 'REQUEST_ENTITY_TOO_LARGE', http: { status: 413 } }
  return new GraphQLError('The request body is too large. Send a smaller one.', { extensions })
}
