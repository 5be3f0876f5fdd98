import { type Dispatcher, errors } from 'undici'

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
  const calls: { readonly method: string; readonly path: string }[] = []
  let isRefused: (method: string) => boolean = isNever
  let isHeld: (method: string) => boolean = isNever
  let hold: (send: () => void, options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler) => void = nothing

  const dispatcher = agent.compose((dispatch) => (options, handler) => {
    calls.push({ method: options.method, path: options.path })
    if (!isHeld(options.method)) {
      return dispatch(isRefused(options.method) ? { ...options, origin: deadOrigin } : options, handler)
    }
    isHeld = isNever
    hold(() => dispatch(options, handler), options, handler)
    return true
  })

  return {
    dispatcher,
    /** The next call of one of these methods. */
    holdNext(methods: readonly string[]): HeldCall {
      const { promise: reached, resolve: reach } = Promise.withResolvers<void>()
      let held: Parameters<typeof hold> | undefined
      const take = () => {
        if (held === undefined) throw new Error('The call has not come yet')
        return held
      }
      isHeld = (method) => methods.includes(method)
      hold = (...call) => {
        held = call
        reach()
      }
      return {
        reached,
        readBody() {
          const [, { body }] = take()
          return typeof body === 'string' ? (JSON.parse(body) as object) : {}
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
    /** The next call of one of these methods; without methods all calls, until healed. */
    refuse(methods: readonly string[] | undefined): void {
      isRefused = (method) => {
        if (methods === undefined) return true
        if (!methods.includes(method)) return false
        isRefused = isNever
        return true
      }
    },
    cutOffAfter(writes: number): void {
      let left = writes
      isRefused = (method) => left === 0 || (method !== 'GET' && (left -= 1) < 0)
    },
    heal(): void {
      isRefused = isNever
    },
    dispatched: () => calls.length,
    countAttempts(methods: readonly string[], since: number): number {
      const made = calls.slice(since)
      const own = made.find(({ method }) => methods.includes(method))
      return made.filter(({ method, path }) => method === own?.method && path === own.path).length
    },
  }
}
