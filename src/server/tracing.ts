import { context, isSpanContextValid, propagation, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { ExecutionResult } from 'graphql'
import { quietly } from '../observe/quietly.ts'
import { requests } from '../observe/request.ts'
import { tracer } from '../observe/trace.ts'

/** A span for an operation, with the client's span as parent if it sent one. Contains no document and no variables. */
export async function traceOperation(
  headers: Readonly<Record<string, unknown>>,
  run: () => Promise<ExecutionResult>,
): Promise<ExecutionResult> {
  const { operation, type, requestId } = requests.getStore() ?? {}
  const attributes = {
    'graphql.operation.type': type ?? '',
    'graphql.operation.name': operation ?? '',
    'hookql.request_id': requestId ?? '',
  }
  const span = quietly('The tracer', () => {
    const parent = propagation.extract(context.active(), headers)
    const name = [type, operation].filter(Boolean).join(' ')
    return { parent, span: tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent) }
  })
  quietly('The tracer', () => noteTrace(span?.span))
  let result: Promise<ExecutionResult> | undefined
  // Runs once, even if tracing fails.
  const runOnce = () => (result ??= run())
  if (span !== undefined) quietly('The tracer', () => void context.with(trace.setSpan(span.parent, span.span), runOnce))
  try {
    const answered = await runOnce()
    if (answered.errors !== undefined) quietly('The tracer', () => span?.span.setStatus({ code: SpanStatusCode.ERROR }))
    return answered
  } finally {
    quietly('The tracer', () => span?.span.end())
  }
}

/** For the log lines of the request, including those after its span has ended. */
function noteTrace(span: Span | undefined): void {
  const request = requests.getStore()
  const spanContext = span?.spanContext()
  if (request === undefined || spanContext === undefined || !isSpanContextValid(spanContext)) return
  request.traceId = spanContext.traceId
}
