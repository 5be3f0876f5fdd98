import { StoreError } from './error.ts'

/** A check of a store that takes longer has failed. */
export const checkMs = 3_000

/** Rejects with StoreError if a call takes too long, whatever becomes of it. */
export async function within<Result>(mostMs: number, call: Promise<Result>, message: string): Promise<Result> {
  const late = Promise.withResolvers<never>()
  // An aborted sleep would cost each commit several times as much.
  const timer = setTimeout(() => late.reject(new StoreError(message)), mostMs).unref()
  try {
    return await Promise.race([call, late.promise])
  } finally {
    clearTimeout(timer)
    call.catch(() => {})
  }
}
