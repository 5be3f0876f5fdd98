import * as errors from '../../errors.ts'
import type { InputIssue, UnavailableReason, UpstreamFailure } from '../../errors.ts'
import type { AccountWebhook, Json } from '../../webhook.ts'
import { isRecord } from '../unchecked.ts'

// Results and errors as JSON of the store, and back. Neither contains secrets: those are stored apart, sealed.

/** JSON of a value; functions and what is undefined are left out. */
export function pack(value: unknown): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (Array.isArray(value)) return value.map(pack)
  if (!isRecord(value)) return null
  const entries = Object.entries(value).filter(([, each]) => each !== undefined && typeof each !== 'function')
  return Object.fromEntries(entries.map(([name, each]) => [name, pack(each)]))
}

/** The reverse of pack. The type is what this version, or an earlier one with the same migrations, packed. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
export function unpack<Value>(json: Json): Value {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return revive(json) as Value
}

function revive(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(revive)
  if (!isRecord(json)) return json
  // What an earlier version packed.
  if (typeof json['$date'] === 'string') return json['$date']
  return Object.fromEntries(Object.entries(json).map(([name, each]) => [name, revive(each)]))
}

/** A webhook without the provider's response, which may contain what its fields do not. */
export function toKept<Kept extends AccountWebhook>(webhook: Kept): Kept {
  return { ...webhook, raw: null }
}

interface PackedError {
  readonly name: string
  readonly message: string
  readonly retryAfterMs: number | null
  readonly upstream: UpstreamFailure | null
  readonly issues?: readonly InputIssue[]
  readonly provider?: string
  readonly path?: readonly string[]
  readonly field?: 'name' | 'url' | null
  readonly existing?: AccountWebhook | null
  readonly limit?: number | null
  readonly reason?: UnavailableReason
  readonly candidates?: readonly AccountWebhook[]
}

/** An error with all fields of its type, without its cause. */
export function packError(error: errors.WebhookError): Json {
  const fields = Object.fromEntries(Object.entries(error).filter(([name]) => name !== 'journalEntry'))
  const { name, message } = error
  const existing = error instanceof errors.ConflictError && error.existing !== null ? { existing: toKept(error.existing) } : {}
  const candidates = error instanceof errors.OutcomeUnknownError ? { candidates: error.candidates.map(toKept) } : {}
  return pack({ ...fields, name, message, ...existing, ...candidates })
}

const plain = {
  NotFoundError: errors.NotFoundError,
  CredentialsRejectedError: errors.CredentialsRejectedError,
  PermissionDeniedError: errors.PermissionDeniedError,
  RateLimitedError: errors.RateLimitedError,
  UpstreamContractError: errors.UpstreamContractError,
  UpstreamRejectedError: errors.UpstreamRejectedError,
  StoreUnavailableError: errors.StoreUnavailableError,
}

/** The reverse of packError. */
export function unpackError(json: Json): errors.WebhookError {
  const packed = unpack<PackedError>(json)
  const { name, message, upstream, retryAfterMs } = packed
  const facts = { upstream, retryAfterMs }
  switch (name) {
    case 'InvalidInputError':
      return new errors.InvalidInputError(packed.issues ?? [], facts)
    case 'UnsupportedError':
      return new errors.UnsupportedError(message, packed.provider ?? '', packed.path ?? [])
    case 'ConflictError':
      return new errors.ConflictError(message, packed.field ?? null, packed.existing ?? null, facts)
    case 'LimitReachedError':
      return new errors.LimitReachedError(message, packed.limit ?? null, facts)
    case 'UpstreamUnavailableError':
      return new errors.UpstreamUnavailableError(message, packed.reason ?? 'CONNECTION', facts)
    case 'NotFoundError':
    case 'CredentialsRejectedError':
    case 'PermissionDeniedError':
    case 'RateLimitedError':
    case 'UpstreamContractError':
    case 'UpstreamRejectedError':
    case 'StoreUnavailableError':
      return new plain[name](message, facts)
    default:
      return new errors.OutcomeUnknownError(message, packed.candidates ?? [], facts)
  }
}
