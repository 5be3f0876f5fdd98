import { StoreError } from '../../src/store/error.ts'
import type { Store } from '../../src/store/store.ts'

/** A store that stops for good after so many commits, as if the process had been killed there. */
export function dying(store: Store, commits: number): Store {
  let left = commits
  const orDie = async <Result>(run: () => Promise<Result>): Promise<Result> => {
    left -= 1
    if (left < 0) throw new StoreError('The process was killed')
    return run()
  }
  return {
    ...store,
    begin: (...args) => orDie(() => store.begin(...args)),
    note: (...args) => orDie(() => store.note(...args)),
    settle: (...args) => orDie(() => store.settle(...args)),
  }
}
