import type { GraphQLField, GraphQLResolveInfo } from 'graphql'
import * as z from 'zod'
import { InvalidInputError } from '../errors.ts'
import { inspectKey, keyShape } from '../gateway/journal/key.ts'
import { toUnchecked } from '../gateway/unchecked.ts'
import { type Operation, operationNames } from '../provider/operations.ts'
import type { Context } from './context.ts'

// Fields of schema inputs that gateway inputs lack.

/** The gateway gets the key apart from the input. */
export const repeatable = { idempotencyKey: keyShape }
/** The gateway has separate functions for previews. */
export const previewable = { ...repeatable, validateOnly: z.boolean().nullish() }

/** The upstream operation of a mutation; undefined for any other field. */
export function readOperation({ extensions }: GraphQLField<unknown, unknown>): Operation | undefined {
  return operationNames.find((operation) => operation === extensions['operation'])
}

/** All issues at once: those of the input's shape and those of the gateway's rules. */
export function toInvalidInputError(
  error: z.ZodError,
  { input }: Record<string, unknown>,
  { gateway }: Context,
  { parentType, fieldName }: GraphQLResolveInfo,
): Error {
  const field = parentType.getFields()[fieldName]
  const operation = field && readOperation(field)
  if (operation === undefined) return error
  const { validateOnly: _, idempotencyKey, ...asked } = toUnchecked(input)
  return new InvalidInputError([...gateway.inspect(operation, asked), ...inspectKey(idempotencyKey)])
}
