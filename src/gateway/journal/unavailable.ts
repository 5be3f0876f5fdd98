import { StoreUnavailableError, UpstreamUnavailableError } from '../../errors.ts'
import { StoreError } from '../../store/error.ts'
import type { Warning } from '../../webhook.ts'
import type { Durability } from './commit.ts'

// What callers are told if the journal cannot be used.

export function toTakenOver(): UpstreamUnavailableError {
  return new UpstreamUnavailableError(
    'Another process has taken this write over, because this one was stopped for too long. Nothing more was sent.',
    'TIMEOUT',
  )
}

export function toUnsure(cause: StoreError): UpstreamUnavailableError {
  return new UpstreamUnavailableError(
    'The journal cannot be used, so that another process may have taken this write over. Nothing more was sent.',
    'TIMEOUT',
    { cause },
  )
}

const journalIncomplete: Warning = {
  code: 'JOURNAL_INCOMPLETE',
  message:
    'The write succeeded, but its outcome could not be recorded in the journal. It is recorded later, unless another process takes the ' +
    'write over or the gateway stops before. If there is a signing secret, store it now: otherwise it may be lost, or replaced to recover it.',
}

const takenOver: Warning = {
  code: 'JOURNAL_INCOMPLETE',
  message:
    'The write succeeded, but the gateway was interrupted for so long that another process took it over, and the journal entry does not ' +
    'show the outcome. If there is a signing secret, store it now, and check that deliveries pass verification. If the entry is open, settle it.',
}

/** What the journal does not show of a write that succeeded. */
export function toJournalWarnings(durability: Durability): readonly Warning[] {
  switch (durability) {
    case 'DURABLE':
      return []
    case 'LATE':
      return [journalIncomplete]
    case 'TAKEN_OVER':
      return [takenOver]
  }
}

export function toUnavailable(cause: unknown): StoreUnavailableError {
  if (!(cause instanceof StoreError)) throw cause
  return new StoreUnavailableError(
    'The journal cannot be used, so this request was not sent to the provider. Retry later, or contact the operator of the gateway.',
    { cause },
  )
}

export function toUnavailableError(error: unknown): never {
  throw error instanceof StoreError ? toUnavailable(error) : error
}
