import { NotFoundError, OutcomeUnknownError } from '../../errors.ts'
import type { Warning } from '../../webhook.ts'
import { confirmGone } from './find.ts'
import type { Write } from './write.ts'

// A write whose response was lost may still be carried out, after a later one.

const earlierUnresolved: Warning = {
  code: 'EARLIER_WRITE_UNRESOLVED',
  message:
    'The response to an earlier write to this webhook was lost less than a minute ago. If the provider carries it out late, it ' +
    'overrides this one. Query the webhook again.',
}

/** Runs a write to a webhook, and warns if an earlier one may take effect after it. */
export async function warnOfEarlier<Result extends { readonly warnings: readonly Warning[] }>(
  { connection: { ledger }, others }: Write,
  upstreamId: string,
  run: (inDoubt: boolean) => Promise<Result>,
): Promise<Result> {
  await others?.learn(upstreamId)
  const inDoubt = ledger.isInDoubt(upstreamId)
  const result = await run(inDoubt)
  return inDoubt ? { ...result, warnings: [...result.warnings, earlierUnresolved] } : result
}

/** Same, for a write that checks whether the webhook exists: the list must then confirm that it does not. */
export function runAfterEarlier<Result extends { readonly warnings: readonly Warning[] }>(
  write: Write,
  upstreamId: string,
  run: (write: Write) => Promise<Result>,
): Promise<Result> {
  return warnOfEarlier(write, upstreamId, async (inDoubt) => {
    try {
      return await run(write)
    } catch (error) {
      throw inDoubt && error instanceof NotFoundError ? await confirm(error, write, upstreamId) : error
    }
  })
}

async function confirm(error: NotFoundError, write: Write, upstreamId: string) {
  const found = await confirmGone(error, write, upstreamId)
  if (found instanceof NotFoundError) return found
  const message = `${error.message} The response to an earlier write to it was lost, and the list does not confirm that it is gone. Check again.`
  return new OutcomeUnknownError(message, found === null ? [] : [found], error)
}
