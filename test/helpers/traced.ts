import { trace } from '@opentelemetry/api'
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace'
import { start } from '../../src/cli/start.ts'

// A gateway with an SDK that keeps spans until it is told to send them, which takes a while, or forever with EXPORT_HANGS.

const exporter: SpanExporter = {
  export(spans, done) {
    if (process.env['EXPORT_HANGS'] === 'true') return
    setTimeout(() => {
      for (const { name } of spans) process.stdout.write(`sent span: ${name}\n`)
      done({ code: 0 })
    }, 100)
  },
  shutdown: () => Promise.resolve(),
}
const spanProcessors = [new BatchSpanProcessor({ exporter, scheduledDelayMillis: 3_600_000 })]
trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors }))
await start(process.env)
