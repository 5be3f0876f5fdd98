import { OutcomeUnknownError, WebhookError } from '../../src/errors.ts'
import type { Gateway } from '../../src/gateway/gateway.ts'
import type { Journaled } from '../../src/gateway/journal/journaled.ts'
import type { Recordable } from '../../src/gateway/journal/outcome.ts'
import { formatId } from '../../src/id.ts'
import type { FaultInput } from '../../src/sandbox/fault.ts'
import { getWays } from '../hands/hands.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { type Asked, readStrategy, replaces } from '../faults/outcome.ts'
import { listOperations, type Rig } from '../faults/rig.ts'
import { hasNames, toChange, toDraft } from '../helpers/draft.ts'

const written = ['create', 'update', 'delete', 'rotate', 'verify', 'test', 'redeliver'] as const
export type WriteOperation = (typeof written)[number]

/** What is wrong besides the crash, or takes more requests. */
export type Trouble = 'response lost' | 'old webhook changed meanwhile' | 'to be disabled'

/** A write to be stopped. */
export interface Act {
  readonly provider: Provider
  readonly operation: WriteOperation
  readonly trouble: Trouble | null
}

/** What the client is told. */
export interface Told {
  readonly error: { readonly code: string; readonly candidates: number } | null
  /** The provider's ID. */
  readonly webhook: string | null
  readonly secret: string | null
  readonly isGone: boolean
  readonly replayed: boolean
  readonly warnings: readonly { readonly code: string }[]
}

/** Every write of every provider, in the order of the tables. */
export function listActs(providers: readonly Provider[]): readonly Act[] {
  return written.flatMap((operation) =>
    providers
      .filter((provider) => listOperations(provider).includes(operation))
      .flatMap((provider) => toActs(provider, operation)),
  )
}

function toActs(provider: Provider, operation: WriteOperation): readonly Act[] {
  const troubles: Trouble[] = []
  if (operation === 'create') troubles.push('response lost')
  if (operation === 'create' && provider.operations.CREATE.support === 'EMULATED') troubles.push('to be disabled')
  if (replaces(provider, operation)) troubles.push('old webhook changed meanwhile')
  return [null, ...troubles].map((trouble) => ({ provider, operation, trouble }))
}

/** Has the stand-in make the trouble. */
export function makeTrouble({ standIn, patient, provider }: Rig, { trouble }: Act, { upstreamId }: Asked): void {
  const [target = {}] = getWays(provider).own.create
  const failCreate = (fault: FaultInput, hold?: () => unknown) => standIn.fail({ ...target, ...fault, when: 'after' }, hold)
  switch (trouble) {
    case null:
    case 'to be disabled':
      return
    case 'response lost':
      return failCreate({ cut: 'connection' })
    case 'old webhook changed meanwhile': {
      const id = formatId({ kind: 'webhook', slug: provider.name, upstreamId })
      return failCreate({}, () => patient.update({ id, ...toChange(provider, 'Changed') }))
    }
  }
}

const caller = 'client'

/** Sends it with an idempotency key. Whatever is thrown that is no WebhookError is a bug and thrown on. */
export async function send(gateway: Gateway, act: Act, asked: Asked, idempotencyKey = 'key'): Promise<Told> {
  try {
    return toTold(await call(gateway, act, asked, { caller, idempotencyKey }))
  } catch (error) {
    if (!(error instanceof WebhookError)) throw error
    const candidates = error instanceof OutcomeUnknownError ? error.candidates.length : 0
    return toFailure(error.code, candidates)
  }
}

export function toFailure(code: string, candidates: number): Told {
  return { error: { code, candidates }, webhook: null, secret: null, isGone: false, replayed: false, warnings: [] }
}

function toTold({ webhook, signingSecret, secretState, replayed, warnings }: Journaled<Recordable>): Told {
  const secret = signingSecret?.reveal() ?? null
  return { error: null, webhook: webhook?.upstreamId ?? null, secret, isGone: secretState === 'GONE', replayed, warnings }
}

/** The input of the write, as in GraphQL. */
export function toInput({ provider, operation, trouble }: Act, { name, url, upstreamId, eventId = '' }: Asked) {
  const slug = provider.name
  const id = formatId({ kind: 'webhook', slug, upstreamId })
  return {
    create: toDraft(provider, { name, url, enabled: trouble !== 'to be disabled' }),
    update: { id, url, ...(hasNames(provider) && { name }) },
    delete: { id },
    rotate: { id, ...(operation === 'rotate' && { strategy: readStrategy(provider) }) },
    verify: { id },
    test: { id },
    redeliver: { deliveryId: formatId({ kind: 'delivery', slug, upstreamId, key: eventId }) },
  }
}

function call(
  gateway: Gateway,
  act: Act,
  asked: Asked,
  asker: { readonly caller: string; readonly idempotencyKey: string },
): Promise<Journaled<Recordable>> {
  const input = toInput(act, asked)
  switch (act.operation) {
    case 'create':
      return gateway.create(input.create, asker)
    case 'update':
      return gateway.update(input.update, asker)
    case 'delete':
      return gateway.remove(input.delete.id, asker)
    case 'rotate':
      return gateway.rotateSecret(input.rotate, asker)
    case 'verify':
      return gateway.verify(input.verify.id, asker)
    case 'test':
      return gateway.test(input.test.id, asker)
    case 'redeliver':
      return gateway.redeliver(input.redeliver, asker)
  }
}
