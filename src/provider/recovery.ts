import { isDeepStrictEqual } from 'node:util'
import type { Json, Webhook } from '../webhook.ts'
import type { Options, OptionStatements } from './fields.ts'
import type { Created, CreateInput } from './operations.ts'

/** Whether a webhook has the requested values; UNTOLD if the response does not show them. */
export type Shown = boolean | 'UNTOLD'

/** Combines several checks. A single mismatch makes the result false. */
export function areShown(each: readonly Shown[]): Shown {
  if (each.includes(false)) return false
  return each.includes('UNTOLD') ? 'UNTOLD' : true
}

/**
 * Compares each option with the detail of the same name. An option without one is UNTOLD, and so is a list that differs: it can come
 * back in another order or form. A list that was cleared with null is empty.
 */
export function showsDetails(details: object, options: Options): Shown {
  const shown = new Map<string, unknown>(Object.entries(details))
  return areShown(Object.entries(options).map(([name, asked]) => showsDetail(shown.get(name), asked)))
}

/** What a create gets: the given options, and the default of each other one that has a default. */
export function toComplete(statements: OptionStatements, given: Options): Options {
  const named = Object.entries(statements).map(([name, each]) => [name, each.default] as const)
  return { ...Object.fromEntries<Json | undefined>(named), ...given }
}

function showsDetail(shown: unknown, asked: Json | undefined): Shown {
  if (shown === undefined) return 'UNTOLD'
  if (isDeepStrictEqual(shown, Array.isArray(shown) ? (asked ?? []) : asked)) return true
  const isCleared = asked === null || (Array.isArray(asked) && asked.length === 0)
  return Array.isArray(shown) && !isCleared ? 'UNTOLD' : false
}

/** A webhook counts as the result of a create without a response only if it has the proof of that create. */
export interface Recovery<Api, D, Options> {
  readonly note: string
  /** Whether it replaces the signing secret, which was never shown. */
  readonly rotates: boolean
  /**
   * The proof in a webhook; null if it has none. Changes nothing. Omitted if no read shows one; the ID of a webhook proves it if a
   * repeated create is REFUSED.
   */
  readProof?(api: Api, upstreamId: string): Promise<string | null>
  /** The result of a create, from the webhook with its proof, including its signing secret. */
  recover(api: Api, webhook: Webhook<D>, input: CreateInput<Options>): Promise<Created<D>>
}
