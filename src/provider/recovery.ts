import type { Webhook } from '../webhook.ts'
import type { Created, CreateInput } from './operations.ts'

/** Whether a webhook shows what was asked for; UNTOLD where what was read of it does not tell. */
export type Shown = boolean | 'UNTOLD'

/** Whether it shows all of it: one thing that is otherwise is enough to say that it does not. */
export function areShown(each: readonly Shown[]): Shown {
  if (each.includes(false)) return false
  return each.includes('UNTOLD') ? 'UNTOLD' : true
}

/** A webhook is taken for the outcome of a create without an answer only when it shows the proof of that very create. */
export interface Recovery<Api, D, Options> {
  readonly note: string
  /** The proof that a webhook shows; null where it shows none. Changes nothing. */
  readProof(api: Api, upstreamId: string): Promise<string | null>
  /** The outcome of a create, from the webhook that has shown its proof: with its signing secret, and as it is with that. */
  recover(api: Api, webhook: Webhook<D>, input: CreateInput<Options>): Promise<Created<D>>
}
