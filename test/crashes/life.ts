import type { Gateway, GatewayOptions } from '../../src/gateway/gateway.ts'
import { StoreError } from '../../src/store/error.ts'
import type { Store } from '../../src/store/store.ts'
import type { Rig } from '../faults/rig.ts'
import { type Call, readCall } from '../hands/call.ts'
import type { Target } from '../hands/hands.ts'

/** What a write does that lasts: it commits to the journal, or sends a request that changes something. */
export type Place =
  | { readonly kind: 'COMMIT'; readonly commit: string }
  | { readonly kind: 'REQUEST'; readonly target: Target; readonly label: string }

/**
 * What happens at a place: the process dies before or after it has lasting effect. Or the disk is full from then on; or it says that
 * the commit is durable when it is not, and the process dies at its next commit.
 */
export interface Moment {
  readonly place: Place
  readonly when: 'before' | 'after' | 'FULL' | 'LOST'
}

export interface Life {
  readonly gateway: Gateway
  /** Where it has come by. */
  readonly places: readonly Place[]
  /** Resolves when it has died. */
  readonly died: Promise<null>
  /** Resolves when it has come to the moment at which it is paused. */
  readonly reached: Promise<void>
  /** It goes on from there. */
  resume(): void
  /** There is room on the disk again. */
  freeDisk(): void
  /** Ends it: nothing that it still does has an effect. */
  kill(): void
}

/** Thrown at whom asks a store on a full disk. */
const full = () => Promise.reject(new StoreError('the disk is full; free some space'))
const never = new Promise<never>(() => {})

/** A process on a store, which knows nothing of those before it: it dies at its moment, and nothing of it goes on. */
export function startLife(
  rig: Rig,
  store: Store,
  moment: Moment | null,
  options: Partial<GatewayOptions> = {},
  end: 'DEAD' | 'PAUSED' = 'DEAD',
): Life {
  const [reached, resumed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const pause = () => {
    reached.resolve()
    return resumed.promise
  }
  const { promise: died, resolve } = Promise.withResolvers<null>()
  const places: Place[] = []
  let state: 'WELL' | 'FULL' | 'DOOMED' | 'DEAD' = 'WELL'
  let isOver = false
  const kill = () => {
    state = 'DEAD'
    resolve(null)
  }
  const is = (which: typeof state) => state === which
  const isAt = (commit: string) => !isOver && moment?.place.kind === 'COMMIT' && moment.place.commit === commit

  async function commit(name: string, run: () => Promise<void>): Promise<void> {
    places.push({ kind: 'COMMIT', commit: name })
    const when = isAt(name) ? moment?.when : undefined
    if (when !== undefined) isOver = true
    if (when !== undefined && end === 'PAUSED') {
      if (when === 'before') await pause()
      await run()
      if (when === 'after') await pause()
      return
    }
    if (when === 'before' || is('DOOMED')) kill()
    if (when === 'FULL') state = 'FULL'
    if (is('DEAD')) return never
    if (is('FULL')) return full()
    if (when === 'LOST') {
      state = 'DOOMED'
      return
    }
    await run()
    if (when === 'after') kill()
    if (is('DEAD')) return never
  }

  const mortal: Store = {
    ...store,
    begin: (intent, turns) => commit('intent', () => store.begin(intent, turns)),
    note: (id, step, secrets) => commit(step.kind, () => store.note(id, step, secrets)),
    settle: (id, outcome) => commit('outcome', () => store.settle(id, outcome)),
  }
  const { apiUrl } = rig.standIn
  const basePath = apiUrl.slice(new URL(apiUrl).origin.length)
  const dispatcher = rig.dispatcher.compose((dispatch) => (options, handler) => {
    if (is('DEAD')) return true
    const call = readCall(options)
    if (call.effect === 'WRITE') places.push(toRequest(basePath, call))
    return dispatch(options, handler)
  })
  if (moment?.place.kind === 'REQUEST' && (moment.when === 'before' || moment.when === 'after')) {
    const { target } = moment.place
    if (end === 'PAUSED') rig.standIn.fail({ ...target, when: moment.when }, pause)
    else rig.standIn.fail({ ...target, when: moment.when, cut: 'connection' }, kill)
  }
  return {
    gateway: rig.openOther({ store: mortal, dispatcher, ...options }),
    places,
    died,
    reached: reached.promise,
    resume: resumed.resolve,
    freeDisk() {
      state = 'WELL'
    },
    kill,
  }
}

function toRequest(basePath: string, { method, path: sent, field }: Call): Place {
  const { pathname } = new URL(sent, 'http://stand-in')
  const parts = pathname
    .slice(basePath.length)
    .split('/')
    .map((part) => (/^[a-z-]*$/.test(part) ? part : ':id'))
  const label = [method, parts.join('/'), field].filter((part) => part !== null).join(' ')
  if (field !== null) return { kind: 'REQUEST', target: { field }, label }
  const path = parts.length > 2 ? parts.at(-1) : undefined
  return { kind: 'REQUEST', target: { method, ...(path !== undefined && path !== ':id' && { path }) }, label }
}

/** Settles what an earlier process left running, as every start does. */
export async function settle({ settleInterrupted, listInterrupted }: Gateway): Promise<void> {
  await settleInterrupted(await listInterrupted())
}
