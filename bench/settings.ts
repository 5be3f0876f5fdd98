import { parseArgs } from 'node:util'

// The options of the command line, and the durations of the measurements.

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false }, only: { type: 'string' } } })

/** Whether to measure everything briefly, only to check that it works. */
export const quick = values.quick

/** The selected parts. Null means all. */
export const only: readonly string[] | null = values.only?.split(',') ?? null

/** How often and for how long each server is loaded. */
export interface Effort {
  readonly rounds: number
  readonly seconds: number
}

/** For measurements that a goal depends on. */
export const thorough: Effort = quick ? { rounds: 3, seconds: 0.6 } : { rounds: 7, seconds: 2 }
/** For measurements that only appear in tables. */
export const brief: Effort = quick ? { rounds: 1, seconds: 0.6 } : { rounds: 3, seconds: 1 }

/** How long a server is loaded before it is measured. V8 compiles hot code for about twenty seconds (`node --trace-opt`). */
export const warmSeconds = quick ? 1 : 30
