import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { Observer } from './observer.ts'

/** Does nothing until the process has set an OpenTelemetry SDK up. */
export const tracer = trace.getTracer('hookql')

/** Has the SDK send the spans that it still holds, if it can be told to. Never rejects, and takes `timeoutMs` at most. */
export async function flushTraces(timeoutMs: number): Promise<void> {
  const given: unknown = trace.getTracerProvider()
  // What is registered is a stand-in for the provider of the SDK, which may come from another copy of the package.
  const provider: unknown = hasMethod(given, 'getDelegate') ? given.getDelegate() : given
  if (!hasMethod(provider, 'forceFlush')) return
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => void (timer = setTimeout(resolve, timeoutMs)))
  // In a promise, so that what it throws at once is no other case.
  const flushed = Promise.resolve()
    .then(() => provider.forceFlush())
    .catch(() => undefined)
  await Promise.race([flushed, late])
  clearTimeout(timer)
}

function hasMethod<Name extends string>(value: unknown, name: Name): value is Readonly<Record<Name, () => unknown>> {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, name) === 'function'
}

/** A span for each call to a provider; the call carries its context on, without a URL and without a body. */
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
