import { GraphQLError } from 'graphql'
import { WebhookError } from '../errors.ts'

/** The error that a field without a union throws, with everything that the union's member would contain. */
export function toReadError(cause: unknown): unknown {
  if (!(cause instanceof WebhookError)) return cause
  const { code, retry, retryAfterMs, upstream } = cause
  return new GraphQLError(cause.message, {
    extensions: { code, retry, retryAfterMs, upstream: upstream && { ...upstream, account: upstream.account.slug } },
  })
}

/** Rejects with that error. */
export function throwReadError(cause: unknown): never {
  throw toReadError(cause)
}
