import { AsyncLocalStorage } from 'node:async_hooks'

/** Information about the current request. */
export interface RequestInfo {
  readonly requestId: string
  /** Name of the caller; null before it is known. */
  caller: string | null
  /** Operation name from the client; null if it has none. */
  operation: string | null
  type: 'query' | 'mutation' | 'subscription' | null
  /** ID of its trace; null without tracing. */
  traceId: string | null
  /** Error codes in the response. */
  errors: readonly string[]
  /** Whether a write has started, so that the response may be the only one with a secret. */
  hasWritten: boolean
}

/** Carries the request through all its asynchronous work. */
export const requests = new AsyncLocalStorage<RequestInfo>()

/** The trace ID of the request for a log line, named as in OpenTelemetry. */
export function toTraceId(request: RequestInfo | undefined = requests.getStore()): { readonly trace_id?: string } {
  return request?.traceId == null ? {} : { trace_id: request.traceId }
}
