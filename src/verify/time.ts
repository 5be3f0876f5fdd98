import type { SignatureScheme } from '../provider/signature.ts'

/** Integers that a Date can be made of. */
export const timeForms = { seconds: /^\d{1,12}$/, milliseconds: /^\d{1,15}$/ }

type TimeReason = 'TIMESTAMP_MISSING' | 'TIMESTAMP_MALFORMED' | 'TIMESTAMP_TOO_OLD' | 'TIMESTAMP_TOO_NEW'

interface Clock {
  readonly nowMs: number
  readonly toleranceMs: number
}

/**
 * When a delivery was sent, or why that is not acceptable; null if the scheme signs no timestamp. Only for a delivery whose
 * signature matches: this parses the body if it contains the timestamp.
 */
export function judgeTime(signed: string, rawBody: Uint8Array, scheme: SignatureScheme, clock: Clock): Date | TimeReason | null {
  const { timestampHeader, timestampMember, timestampUnit, acceptsFuture } = scheme
  if (timestampHeader === null && timestampMember === null) return null
  const sent = timestampMember === null ? Number(signed) : readMember(rawBody, timestampMember, timeForms[timestampUnit])
  if (typeof sent === 'string') return sent
  const sentMs = timestampUnit === 'seconds' ? sent * 1000 : sent
  // A timestamp in seconds is compared with whole seconds of the clock.
  const nowMs = timestampUnit === 'seconds' ? Math.floor(clock.nowMs / 1000) * 1000 : clock.nowMs
  if (nowMs - sentMs > clock.toleranceMs) return 'TIMESTAMP_TOO_OLD'
  if (!acceptsFuture && sentMs - nowMs > clock.toleranceMs) return 'TIMESTAMP_TOO_NEW'
  return new Date(sentMs)
}

function readMember(rawBody: Uint8Array, member: string, form: RegExp): number | TimeReason {
  const body = parse(rawBody)
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return 'TIMESTAMP_MALFORMED'
  const value: unknown = Reflect.get(body, member) ?? null
  if (value === null) return 'TIMESTAMP_MISSING'
  return typeof value === 'number' && form.test(String(value)) ? value : 'TIMESTAMP_MALFORMED'
}

function parse(rawBody: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(rawBody))
  } catch {
    return null
  }
}
