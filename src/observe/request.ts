import { AsyncLocalStorage } from 'node:async_hooks'

/** What is known of the request that is being served. */
export interface RequestInfo {
  readonly requestId: string
  /** Name of the caller; null before it is known. */
  caller: string | null
  /** Name of the operation, as the client chose it; null where it has none. */
  operation: string | null
  type: 'query' | 'mutation' | 'subscription' | null
  /** The trace that its span is part of; null where nobody traces. */
  traceId: string | null
  /** Codes of the errors in the answer. */
  errors: readonly string[]
  /** Whether a write has begun, so that its answer can be the only one with a secret. */
  hasWritten: boolean
}

/** Follows a request through everything that it has done. */
export const requests = new AsyncLocalStorage<RequestInfo>()

/** The member of a log line that leads to the trace of the request, by the name that OpenTelemetry gives it. */
export function toTraceId(request: RequestInfo | undefined = requests.getStore()): { readonly trace_id?: string } {
  return request?.traceId == null ? {} : { trace_id: request.traceId }
}
