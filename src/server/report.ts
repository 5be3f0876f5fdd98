import type { Logger } from 'pino'
import type { Metrics } from '../observe/metrics.ts'
import { quietly } from '../observe/quietly.ts'
import { toTraceId } from '../observe/request.ts'
import type { Answered } from './request-info.ts'

export interface ReportOptions {
  readonly log: Logger
  readonly metrics?: Pick<Metrics, 'observeRequest'> | undefined
  /** Called on failures, which never affect a response: it may be the only one with a secret. */
  onFailure(error: unknown): void
}

/** Logs and counts responses. */
export function createReport({ log, metrics, onFailure }: ReportOptions): (answered: Answered) => void {
  return (answered) => {
    quietly('The log', () => logRequest(answered, log), onFailure)
    quietly('The metrics', () => countAnswer(answered, metrics), onFailure)
  }
}

function logRequest(answered: Answered, log: Logger): void {
  const { requestId, caller, operation, type } = answered.request
  const { status, durationMs } = answered
  log.info(
    {
      requestId,
      caller,
      operation,
      type,
      status,
      outcome: toOutcome(answered),
      durationMs: Math.round(durationMs),
      ...toTraceId(answered.request),
    },
    'request',
  )
}

function countAnswer(answered: Answered, metrics: ReportOptions['metrics']): void {
  const { request, durationMs } = answered
  metrics?.observeRequest({ type: request.type ?? 'none', outcome: toOutcome(answered), durationMs })
}

function toOutcome({ request, status }: Answered): string {
  return request.errors[0] ?? (status < 400 ? 'OK' : `HTTP_${status}`)
}
