import type { GraphQLField, GraphQLResolveInfo } from 'graphql'
import * as z from 'zod'
import { InvalidInputError } from '../errors.ts'
import { toUnchecked } from '../gateway/unchecked.ts'
import { type Operation, operationNames } from '../provider/operations.ts'
import type { Context } from './context.ts'

/** What the inputs of the schema have beside those of the gateway, which has a function of its own for previews. */
export const previewable = { validateOnly: z.boolean().nullish() }

/** What a mutation does upstream; undefined for every other field. */
export function readOperation({ extensions }: GraphQLField<unknown, unknown>): Operation | undefined {
  return operationNames.find((operation) => operation === extensions['operation'])
}

/** Every issue at once: what is wrong with the shape of an input, and what the gateway's rules add. */
export function toInvalidInputError(
  error: z.ZodError,
  { input }: Record<string, unknown>,
  { gateway }: Context,
  { parentType, fieldName }: GraphQLResolveInfo,
): Error {
  const field = parentType.getFields()[fieldName]
  const operation = field && readOperation(field)
  if (operation === undefined) return error
  const { validateOnly: _, ...asked } = toUnchecked(input)
  return new InvalidInputError(gateway.inspect(operation, asked))
}
