import type { Logger } from 'pino'
import { WebhookError } from '../errors.ts'
import type { Gateway } from '../gateway/gateway.ts'
import type { JournalEntry } from '../journal.ts'
import type { Metrics } from '../observe/metrics.ts'
import { quietly } from '../observe/quietly.ts'
import { requests, toTraceId } from '../observe/request.ts'
import type { WriteRecord } from '../schema/context.ts'

export interface AuditOptions {
  readonly gateway: Gateway
  readonly log: Logger
  /** Destination of the lines; defaults to the log. */
  readonly audit?: Logger | undefined
  readonly metrics?: Pick<Metrics, 'countUnknown'> | undefined
}

/** Throws if the audit log cannot be written, and logs that too. */
export function record(entry: WriteRecord, options: AuditOptions): void {
  const { log, audit = log } = options
  const { requestId, caller } = requests.getStore() ?? {}
  quietly('The metrics', () => countUnknown(entry, options))
  try {
    audit.info({ requestId, caller, ...entry, ...toTraceId() }, 'audit')
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN'
    const { operation, account, webhook, outcome } = entry
    quietly('The log', () =>
      log.error({ requestId, caller, operation, account, webhook, outcome, reason, ...toTraceId() }, 'audit failed'),
    )
    throw error
  }
}

/** Records the outcome of a write whose process died before it could. */
export function recordSettled(entry: JournalEntry, options: AuditOptions): void {
  const { operation, caller, account, webhookId, before, after, error, startedAt, settledAt } = entry
  if (settledAt === null) return
  record(
    {
      operation,
      caller,
      account: account.slug,
      webhook: webhookId,
      before,
      after,
      outcome: error instanceof WebhookError ? error.code : 'DONE',
      abandoned: true,
      responseLost: true,
      durationMs: Date.parse(settledAt) - Date.parse(startedAt),
    },
    options,
  )
}

function countUnknown({ outcome, account, responseLost }: WriteRecord, { gateway, metrics }: AuditOptions): void {
  const provider = responseLost ? gateway.findAccount(account ?? '')?.provider : undefined
  if (provider !== undefined) metrics?.countUnknown(provider, outcome === 'OUTCOME_UNKNOWN' ? 'unresolved' : 'resolved')
}
