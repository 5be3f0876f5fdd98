import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { Observer } from './observer.ts'

/** Does nothing unless the process has set up an OpenTelemetry SDK. */
export const tracer = trace.getTracer('hookql')

/** Flushes the SDK's spans, if it supports that. Never rejects, and takes at most `timeoutMs`. */
export async function flushTraces(timeoutMs: number): Promise<void> {
  const given: unknown = trace.getTracerProvider()
  // The registered provider is a proxy for the SDK's, which may come from another copy of the package.
  const provider: unknown = hasMethod(given, 'getDelegate') ? given.getDelegate() : given
  if (!hasMethod(provider, 'forceFlush')) return
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => void (timer = setTimeout(resolve, timeoutMs)))
  // In a promise, so that synchronous errors are handled the same way.
  const flushed = Promise.resolve()
    .then(() => provider.forceFlush())
    .catch(() => undefined)
  await Promise.race([flushed, late])
  clearTimeout(timer)
}

function hasMethod<Name extends string>(value: unknown, name: Name): value is Readonly<Record<Name, () => unknown>> {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, name) === 'function'
}

/** A span for each upstream request, which propagates its context. Contains no URL and no body. */
export const callTracer: Observer = {
  startCall({ account, method, attempt }) {
    const span = tracer.startSpan(`${method} ${account.provider}`, {
      kind: SpanKind.CLIENT,
      attributes: {
        'http.request.method': method,
        'hookql.account': account.slug,
        'hookql.provider': account.provider,
        ...(attempt > 1 && { 'http.request.resend_count': attempt - 1 }),
      },
    })
    const headers: Record<string, string> = {}
    propagation.inject(trace.setSpan(context.active(), span), headers)
    return {
      headers,
      end({ outcome }) {
        span.setAttribute('hookql.outcome', outcome)
        if (outcome !== 'OK') span.setStatus({ code: SpanStatusCode.ERROR, message: outcome })
        span.end()
      },
    }
  },
}
