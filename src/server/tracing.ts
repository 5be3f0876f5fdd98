import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { Plugin } from 'graphql-yoga'
import { tracer } from '../observe/trace.ts'
import { requests } from '../observe/request.ts'
import type { Context } from '../schema/context.ts'
import { listErrors } from './request-info.ts'

/** A span for each operation, below that of the client, if it sent one. It holds no document and no variable. */
export function useTracing(): Plugin<Context> {
  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      const { operation, type, requestId } = requests.getStore() ?? {}
      const { request }: { readonly request: Request } = args.contextValue
      const parent = propagation.extract(context.active(), Object.fromEntries(request.headers))
      const attributes = {
        'graphql.operation.type': type ?? '',
        'graphql.operation.name': operation ?? '',
        'hookql.request_id': requestId ?? '',
      }
      const span = tracer.startSpan([type, operation].filter(Boolean).join(' '), { kind: SpanKind.SERVER, attributes }, parent)
      const inside = trace.setSpan(parent, span)
      setExecuteFn(context.bind(inside, executeFn))
      return {
        onExecuteDone({ result }) {
          if (listErrors(result).length > 0) span.setStatus({ code: SpanStatusCode.ERROR })
          span.end()
        },
      }
    },
  }
}
