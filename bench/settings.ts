import { parseArgs } from 'node:util'

// What the command line asks for, and how long is measured.

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false }, only: { type: 'string' } } })

/** Whether everything is measured shortly: to see that it works, not for its figures. */
export const quick = values.quick

/** The parts that are asked for; null: all. */
export const only: readonly string[] | null = values.only?.split(',') ?? null

/** How often and how long servers are loaded in turn. */
export interface Effort {
  readonly rounds: number
  readonly seconds: number
}

/** What a goal depends on. */
export const thorough: Effort = quick ? { rounds: 3, seconds: 0.6 } : { rounds: 7, seconds: 2 }
/** What stands in a table and in no goal. */
export const brief: Effort = quick ? { rounds: 1, seconds: 0.6 } : { rounds: 3, seconds: 1 }

/** How long a server is loaded before it is measured: until then, V8 has not compiled what is called often. */
export const warmSeconds = quick ? 1 : 6
