import type { Webhook } from '../webhook.ts'
import type { Created, CreateInput } from './operations.ts'

/** Whether a webhook has the requested values; UNTOLD if the response does not show them. */
export type Shown = boolean | 'UNTOLD'

/** Combines several checks. A single mismatch makes the result false. */
export function areShown(each: readonly Shown[]): Shown {
  if (each.includes(false)) return false
  return each.includes('UNTOLD') ? 'UNTOLD' : true
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
