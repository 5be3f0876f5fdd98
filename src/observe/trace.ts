import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { Observer } from '../http/observe.ts'

/** Does nothing until the process has set an OpenTelemetry SDK up. */
export const tracer = trace.getTracer('hookql')

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
