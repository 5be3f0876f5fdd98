/** A time budget, including waiting and retries. It holds a timer: start it with `using`. */
export interface Budget extends Disposable {
  /** Aborts with a TimeoutError when the time is up, or earlier when the client disconnects. */
  readonly signal: AbortSignal
  readonly remainingMs: number
  /** Whether its own time is up. False if the client disconnected first. */
  readonly isSpent: boolean
}

/** A budget of `ms` that ends early if `ended` aborts. */
export function startBudget(ms: number, ended?: AbortSignal): Budget {
  return new TimedBudget(ms, ended)
}

// A class, because V8 keeps everything that getters of an object literal refer to, the whole request, until its next full collection.
class TimedBudget implements Budget {
  readonly signal: AbortSignal
  readonly #controller = new AbortController()
  readonly #deadlineMs: number
  readonly #ended: AbortSignal | undefined
  readonly #timer: NodeJS.Timeout | undefined
  #isSpent = false

  constructor(ms: number, ended?: AbortSignal) {
    this.signal = this.#controller.signal
    this.#deadlineMs = performance.now() + ms
    this.#ended = ended
    this.#timer = Number.isFinite(ms) ? setTimeout(this.#spend, Math.max(0, Math.ceil(ms))).unref() : undefined
    if (ended?.aborted === true) this.#follow()
    else ended?.addEventListener('abort', this.#follow, { once: true })
  }

  get remainingMs(): number {
    return this.#deadlineMs - performance.now()
  }

  get isSpent(): boolean {
    return this.#isSpent
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
    this.#ended?.removeEventListener('abort', this.#follow)
  }

  readonly #spend = (): void => {
    this.#isSpent = true
    this.#controller.abort(new DOMException('The time is up.', 'TimeoutError'))
  }

  readonly #follow = (): void => {
    clearTimeout(this.#timer)
    this.#controller.abort(this.#ended?.reason)
  }
}
