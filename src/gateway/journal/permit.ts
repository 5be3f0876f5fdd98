import type { Permit } from '../../http/call.ts'
import { StoreError, TakenOverError } from '../../store/error.ts'
import type { Store } from '../../store/store.ts'
import { inTime } from './commit.ts'
import { toTakenOver, toUnsure } from './unavailable.ts'

/** Whether a write may send requests: while its entry is this process' own. One without an entry sends none that can change something. */
export function createPermit(store: Store, entryId: () => string | null): Permit {
  return {
    async confirm() {
      const id = entryId()
      if (id === null || store.isSure(id)) return
      try {
        await inTime(store.confirm(id))
      } catch (error) {
        if (error instanceof TakenOverError) throw toTakenOver()
        throw error instanceof StoreError ? toUnsure(error) : error
      }
    },
    isSure() {
      const id = entryId()
      return id === null || store.isSure(id)
    },
  }
}
