import type { Problem, Statement } from './protocol.ts'

type Transaction = readonly Statement[]

interface Waiting {
  readonly transaction: Transaction
  readonly ended: PromiseWithResolvers<Problem | null>
}

/** Hands over transactions in groups: those that arrive while the disk is busy share the next commit. */
export function createGroup(run: (transactions: readonly Transaction[]) => Promise<readonly (Problem | null)[]>) {
  let waiting: Waiting[] = []
  let running: Promise<void> | undefined

  async function runAll(): Promise<void> {
    while (waiting.length > 0) {
      const group = waiting
      waiting = []
      try {
        const problems = await run(group.map(({ transaction }) => transaction))
        for (const [index, { ended }] of group.entries()) ended.resolve(problems[index] ?? null)
      } catch (error) {
        for (const { ended } of group) ended.reject(error)
      }
    }
    running = undefined
  }

  /** Resolves once the transaction is durable, or with the problem that prevented it. */
  return (transaction: Transaction): Promise<Problem | null> => {
    const ended = Promise.withResolvers<Problem | null>()
    waiting.push({ transaction, ended })
    running ??= runAll()
    return ended.promise
  }
}
