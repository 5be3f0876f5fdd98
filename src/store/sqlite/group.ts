import type { Statement } from './engine.ts'

type Transaction = readonly Statement[]

interface Waiting {
  readonly transaction: Transaction
  readonly ended: PromiseWithResolvers<void>
}

/** Runs transactions in groups: those that arrive while the disk is busy share the next commit. */
export function createGroup(run: (transactions: readonly Transaction[]) => readonly unknown[]) {
  let waiting: Waiting[] = []

  function runAll(): void {
    const group = waiting
    waiting = []
    try {
      const problems = run(group.map(({ transaction }) => transaction))
      for (const [index, { ended }] of group.entries()) {
        if (problems[index] === null) ended.resolve()
        else ended.reject(problems[index])
      }
    } catch (error) {
      for (const { ended } of group) ended.reject(error)
    }
  }

  /** Resolves once the transaction is durable, or rejects with what prevented it. */
  return (transaction: Transaction): Promise<void> => {
    const ended = Promise.withResolvers<void>()
    // The disk blocks the thread: what has arrived meanwhile is read first.
    if (waiting.length === 0) setImmediate(runAll)
    waiting.push({ transaction, ended })
    return ended.promise
  }
}
