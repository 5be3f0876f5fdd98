import type { Lease } from './lease.ts'

/** In which term of its lease this process knew each of its entries to be its own. */
export function createTerms({ getTerm }: Pick<Lease, 'getTerm'>) {
  const terms = new Map<string, number>()
  return {
    /** Runs what shows it: the term before counts, because this process may be stopped meanwhile. */
    async show(id: string, run: () => Promise<void>): Promise<void> {
      const term = getTerm()
      await run()
      if (term !== null) terms.set(id, term)
    },
    isSure(id: string): boolean {
      const term = getTerm()
      return term !== null && terms.get(id) === term
    },
    drop: (id: string): void => void terms.delete(id),
  }
}
