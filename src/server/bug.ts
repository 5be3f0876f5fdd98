import { GraphQLError } from 'graphql'
import type { Logger } from 'pino'
import type { Gateway } from '../gateway/gateway.ts'
import { quietly } from '../observe/quietly.ts'
import { requests, toTraceId } from '../observe/request.ts'

/** Logs a bug, and returns a pointer to the log entry. */
export function createBugLog(log: Logger, gateway: Gateway): (bug: unknown) => string {
  return (bug) => {
    quietly('The log', () => logBug(bug, log, gateway))
    return `See the log entry for request ID ${requests.getStore()?.requestId}.`
  }
}

/** Passes intended errors through; replaces a bug with the request ID of its log entry. */
export function maskError(error: unknown, onBug: (bug: unknown) => string): GraphQLError {
  const cause = error instanceof GraphQLError ? error.originalError : error
  if (error instanceof GraphQLError && (cause === undefined || cause === null || cause instanceof GraphQLError)) return error
  const message = `Unexpected error. ${onBug(cause)}`
  const extensions = { code: 'INTERNAL_SERVER_ERROR', requestId: requests.getStore()?.requestId }
  if (!(error instanceof GraphQLError)) return new GraphQLError(message, { extensions })
  return new GraphQLError(message, { nodes: error.nodes ?? null, path: error.path ?? null, extensions })
}

function logBug(bug: unknown, log: Logger, gateway: Gateway): void {
  const { name, message, stack } = describeBug(bug)
  const error = { name, message: gateway.redact(message), stack: gateway.redact(stack) }
  log.error({ requestId: requests.getStore()?.requestId, error, ...toTraceId() }, 'unexpected error')
}

/** Describes any thrown value; even reading it can fail. */
function describeBug(bug: unknown): Readonly<Record<'name' | 'message' | 'stack', string>> {
  try {
    const {
      name,
      message,
      stack = '',
    }: Partial<Record<'name' | 'message' | 'stack', unknown>> = bug instanceof Error ? bug : new Error(String(bug))
    return { name: String(name), message: String(message), stack: String(stack) }
  } catch {
    return { name: 'Error', message: 'The thrown value could not be read.', stack: '' }
  }
}

/** The error for a request without a response: HTTP 500. */
export function toFailure({ message, extensions }: GraphQLError): GraphQLError {
  return new GraphQLError(message, { extensions: { ...extensions, http: { status: 500 } } })
}
