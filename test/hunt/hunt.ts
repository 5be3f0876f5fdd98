import fc from 'fast-check'
import { families, sharedFamilies } from './families.ts'
import { type Family, historyOf } from './history.ts'
import { live } from './steps.ts'

export interface HuntOptions {
  readonly seed: number
  /** Histories. */
  readonly runs: number
  /** Where one history is to be lived again: what a report says. */
  readonly path?: string | undefined
  /** By the clock of performance.now: then no further history begins. */
  readonly untilMs: number
}

export interface Hunted {
  readonly histories: number
  /** The shrunk history, with its seed, and what is wrong with it; null where nothing is. */
  readonly found: string | null
}

/** How long a history that was found is made smaller. */
const shrinkMs = 20_000

/** Lives random histories of one family, until one is found that is not as it should be. */
export async function hunt(family: Family, { seed, runs, path, untilMs }: HuntOptions): Promise<Hunted> {
  let histories = 0
  let shrinksUntilMs = Number.POSITIVE_INFINITY
  const property = fc.asyncProperty(historyOf(family), async (history) => {
    // What is not lived any more is as it should be; one is lived however late it is.
    if (histories > 0 && performance.now() > Math.min(untilMs, shrinksUntilMs)) return
    histories += 1
    const violations = await live(family, history)
    if (violations.length === 0) return
    shrinksUntilMs = Math.min(shrinksUntilMs, performance.now() + shrinkMs)
    throw new Error(violations.join('\n'))
  })
  const details = await fc.check(property, { seed, numRuns: runs, ...(path !== undefined && { path, endOnFailure: true }) })
  if (!details.failed) return { histories, found: null }
  const { counterexample, counterexamplePath, errorInstance, numShrinks } = details
  const reason =
    errorInstance instanceof Error
      ? [errorInstance.message, errorInstance.cause ?? ''].map(String).join('\n')
      : String(errorInstance)
  const found = [
    `Family "${family.name}", seed ${seed}, shrunk ${numShrinks} times: ${fc.stringify(counterexample?.[0])}`,
    reason,
    `Again: npm run hunt -- --family '${family.name}' --seed ${seed} --path ${counterexamplePath}`,
  ]
  return { histories, found: found.join('\n') }
}

export function findFamily(name: string): Family {
  const all = [...families, ...sharedFamilies]
  const family = all.find((each) => each.name === name)
  if (family === undefined) throw new TypeError(`There is no family ${name}: ${all.map((each) => each.name).join(', ')}.`)
  return family
}
