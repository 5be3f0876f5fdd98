import { OutcomeUnknownError, type WebhookError } from '../../errors.ts'
import type { WebhookState } from '../../journal.ts'
import type { Secret } from '../../secret.ts'
import type { Outcome } from '../../store/store.ts'
import type { AccountWebhook, Warning } from '../../webhook.ts'
import { pack, packError, toKept } from './record.ts'

/** What the journal keeps of a result. */
export interface Recordable {
  readonly webhook?: AccountWebhook
  readonly signingSecret?: Secret | null
  /** Whether it was made for whoever settles the write, not by the write. */
  readonly isNewSecret?: true
  /** Whether the webhook has one that nobody has. */
  readonly isSecretLost?: boolean
  readonly warnings: readonly Warning[]
}

/** The outcome of a success. */
export function toSucceeded(result: Recordable, settledMs: number, setsSecret: boolean, secretRetentionMs: number): Outcome {
  const { webhook, signingSecret, isNewSecret: _, isSecretLost = false, ...rest } = result
  const isKept = signingSecret != null && secretRetentionMs > 0
  return {
    state: 'SUCCEEDED',
    webhook: webhook?.upstreamId ?? null,
    after: webhook === undefined ? null : pack(toState(webhook)),
    result: pack({
      ...rest,
      ...(webhook && { webhook: toKept(webhook) }),
      ...(signingSecret !== undefined && { hadSecret: signingSecret !== null }),
    }),
    error: null,
    candidates: null,
    recovered: result.warnings.some(({ code }) => code === 'RECOVERED'),
    signingSecret: isKept ? signingSecret.reveal() : null,
    secretUntilMs: isKept ? settledMs + secretRetentionMs : isSecretLost ? 0 : null,
    holdsKey: true,
    // A result without a secret shows no time at which it was set.
    setsSecret: setsSecret && signingSecret !== null,
    settledMs,
  }
}

/** The outcome of an error: UNKNOWN answers its key until somebody settles it; any other changed nothing and frees it. */
export function toFailed(
  error: WebhookError,
  settledMs: number,
  knownSecret: string | null = null,
  secretRetentionMs = 0,
): Outcome {
  const isUnknown = error instanceof OutcomeUnknownError
  // It may be in use.
  const isKept = isUnknown && knownSecret !== null && secretRetentionMs > 0
  return {
    state: isUnknown ? 'UNKNOWN' : 'FAILED',
    webhook: null,
    after: null,
    result: null,
    error: packError(error),
    candidates: isUnknown ? pack(error.candidates.map(toKept)) : null,
    recovered: false,
    signingSecret: isKept ? knownSecret : null,
    secretUntilMs: isKept ? settledMs + secretRetentionMs : null,
    holdsKey: isUnknown,
    setsSecret: false,
    settledMs,
  }
}

/** What the journal and the audit log show of a webhook. */
export function toState({ name, url, enabled, status, eventTypes }: AccountWebhook): WebhookState {
  return { name, url, enabled, status, eventTypes }
}
