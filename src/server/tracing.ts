import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { ExecutionResult } from 'graphql'
import { requests } from '../observe/request.ts'
import { tracer } from '../observe/trace.ts'

/** A span for an operation, below that of the client, if it sent one. It holds no document and no variable. */
export async function traceOperation(
  headers: Readonly<Record<string, unknown>>,
  run: () => Promise<ExecutionResult>,
): Promise<ExecutionResult> {
  const { operation, type, requestId } = requests.getStore() ?? {}
  const parent = propagation.extract(context.active(), headers)
  const attributes = {
    'graphql.operation.type': type ?? '',
    'graphql.operation.name': operation ?? '',
    'hookql.request_id': requestId ?? '',
  }
  const span = tracer.startSpan([type, operation].filter(Boolean).join(' '), { kind: SpanKind.SERVER, attributes }, parent)
  try {
    const result = await context.with(trace.setSpan(parent, span), run)
    if (result.errors !== undefined) span.setStatus({ code: SpanStatusCode.ERROR })
    return result
  } finally {
    span.end()
  }
}
