import { NotFoundError, OutcomeUnknownError } from '../../src/errors.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { type Asked, type Outcome, replaces } from './outcome.ts'
import type { StoredWebhook } from './rig.ts'

/** What one of two was told. */
export interface Told {
  readonly asked: Asked
  readonly outcome: Outcome
}

type State = readonly StoredWebhook[]

/** What is known of which of the two came first; a later one that is warned of the first may also be undone by it. */
export type Order = 'FIRST' | 'ANY' | 'WARNED'

/** Whether what was told to both is true upstream. */
export function isExplained(provider: Provider, before: State, [one, other]: readonly [Told, Told], after: State, order: Order) {
  const orders = {
    FIRST: [[one, other]],
    ANY: [
      [one, other],
      [other, one],
    ],
    WARNED: [[one, other], [other, one], [one]],
  }[order]
  const known = new Set(before.map(({ id }) => id))
  const truth = toText(after, known)
  const follow = (states: readonly State[], told: Told) => states.flatMap((state) => listAfter(provider, state, told))
  return orders.flatMap((each) => each.reduce(follow, [before])).some((state) => toText(state, known) === truth)
}

/** What may be upstream after what was told, if this was there before; nothing where it could not have been told. */
function listAfter(provider: Provider, state: State, { asked, outcome: { error, warnings } }: Told): readonly State[] {
  const codes = new Set(warnings.map(({ code }) => code))
  if (error instanceof OutcomeUnknownError) return [state, ...carryOut(provider, state, asked).slice(0, 1)]
  if (error instanceof NotFoundError) return has(state, asked.upstreamId) ? [] : [state]
  if (error !== null) return [state]
  const [kept, replaced = kept] = carryOut(provider, state, asked)
  if (kept === undefined || replaced === undefined) return asked.operation === 'delete' ? [state] : []
  if (codes.has('OLD_WEBHOOK_KEPT')) return [kept]
  return codes.has('OLD_WEBHOOK_UNKNOWN') ? [kept, replaced] : [replaced]
}

/** What comes of it: of a replacement first with the old one, then without it. Nothing where what it is about is not there. */
function carryOut(provider: Provider, state: State, { operation, name, url, enabled, upstreamId }: Asked): readonly State[] {
  if (operation === 'create') return [[...state, { id: '', name, url, enabled: true, active: true }]]
  const found = state.find(({ id }) => id === upstreamId)
  if (found === undefined) return []
  const rest = state.filter(({ id }) => id !== upstreamId)
  if (operation === 'delete') return [rest]
  if (operation === 'update') return [[...rest, enabled === undefined ? { ...found, name, url } : { ...found, enabled }]]
  return replaces(provider, operation)
    ? [
        [...state, { ...found, id: '' }],
        [...rest, { ...found, id: '' }],
      ]
    : [state]
}

function has(state: State, upstreamId: string): boolean {
  return state.some(({ id }) => id === upstreamId)
}

/** For comparing, whatever the order; what was not there before is new, and nobody can tell which id it will have. */
export function toText(state: State, known: ReadonlySet<string>): string {
  const lines = state.map(({ id, name, url, enabled }) => {
    return `${known.has(id) ? id : 'new'} ${JSON.stringify(name)} ${url} ${enabled ? 'on' : 'off'}`
  })
  return lines.toSorted().join('; ') || 'empty'
}
