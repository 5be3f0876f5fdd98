import { type Dispatcher, errors } from 'undici'
import { encodings } from '../../src/sandbox/encoding.ts'
import { type Call, fits, readCall } from '../hands/call.ts'
import type { Target } from '../hands/hands.ts'

/** A call that has come as far as the wire. */
export interface HeldCall {
  /** Resolves when it has. */
  readonly reached: Promise<void>
  /** Its body. */
  readBody(): object
  /** Lets it through, and its answer back. */
  pass(): void
  /** Has the provider carry it out. Whoever made it hears nothing. */
  carryOut(): Promise<void>
  /** Whoever made it is told that the connection has ended. */
  lose(): void
}

// No system hands this port out by itself, so that nobody listens there.
const deadOrigin = 'http://127.0.0.1:1'
const isNever = () => false
const nothing = () => {}
const idle: Dispatcher.DispatchController = {
  aborted: false,
  paused: false,
  reason: null,
  abort: nothing,
  pause: nothing,
  resume: nothing,
}

/** A dispatcher that counts the calls it is handed, holds those that it is told to, and sends those to be refused where nobody listens. */
export function createWire(agent: Dispatcher) {
  const calls: Call[] = []
  let isRefused: (call: Call) => boolean = isNever
  let isHeld: (call: Call) => boolean = isNever
  let hold: (send: () => void, options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler) => void = nothing

  const dispatcher = agent.compose((dispatch) => (options, handler) => {
    const call = readCall(options)
    calls.push(call)
    if (!isHeld(call)) {
      return dispatch(isRefused(call) ? { ...options, origin: deadOrigin } : options, handler)
    }
    isHeld = isNever
    hold(() => dispatch(options, handler), options, handler)
    return true
  })

  return {
    dispatcher,
    /** The next of these calls. */
    holdNext(targets: readonly Target[]): HeldCall {
      const { promise: reached, resolve: reach } = Promise.withResolvers<void>()
      let held: Parameters<typeof hold> | undefined
      const take = () => {
        if (held === undefined) throw new Error('The call has not come yet')
        return held
      }
      isHeld = (call) => fits(call, targets)
      hold = (...call) => {
        held = call
        reach()
      }
      return {
        reached,
        readBody() {
          const [, { body }] = take()
          if (typeof body !== 'string') return {}
          return encodings[body.startsWith('{') ? 'JSON' : 'FORM'].parse(body) as object
        },
        pass() {
          const [send] = take()
          send()
        },
        carryOut() {
          const [, options] = take()
          const { promise, resolve, reject } = Promise.withResolvers<void>()
          const end = { onResponseEnd: () => resolve(), onResponseError: (_: unknown, error: Error) => reject(error) }
          agent.dispatch(options, { onRequestStart: nothing, onResponseStart: nothing, onResponseData: nothing, ...end })
          return promise
        },
        lose() {
          const [, , handler] = take()
          handler.onRequestStart?.(idle, {})
          handler.onResponseError?.(idle, new errors.SocketError('The other side closed'))
        },
      }
    },
    /** The next of these calls; if none are given all calls, until healed. */
    refuse(targets: readonly Target[] | undefined): void {
      isRefused = (call) => {
        if (targets === undefined) return true
        if (!fits(call, targets)) return false
        isRefused = isNever
        return true
      }
    },
    cutOffAfter(writes: number): void {
      let left = writes
      isRefused = ({ effect }) => left === 0 || (effect === 'WRITE' && (left -= 1) < 0)
    },
    heal(): void {
      isRefused = isNever
    },
    dispatched: () => calls.length,
    countAttempts(targets: readonly Target[], since: number): number {
      const made = calls.slice(since)
      const own = made.find((call) => fits(call, targets))
      return made.filter(({ method, path, field }) => method === own?.method && path === own.path && field === own.field).length
    },
  }
}
