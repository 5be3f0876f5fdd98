import { StoreUnavailableError } from '../../errors.ts'
import { StoreError } from '../../store/error.ts'
import type { Store } from '../../store/store.ts'

/** Reads what the journal says of a plan. Throws StoreUnavailableError if it cannot be read. */
export async function readJournal<Result>(
  openStore: () => Promise<Store>,
  read: (store: Store) => Promise<Result>,
): Promise<Result> {
  try {
    return await read(await openStore())
  } catch (cause) {
    throw cause instanceof StoreError ? new StoreUnavailableError(unreadable, { cause }) : cause
  }
}

const unreadable =
  'The journal cannot be read, so that nobody knows whether secrets of these webhooks were lost. Retry later, or contact the operator of the gateway.'
