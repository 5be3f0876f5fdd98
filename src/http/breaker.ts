export interface BreakerOptions {
  /** Number of failures in a row that open the circuit. */
  readonly failures: number
  /** How long it stays open before one request probes the provider. */
  readonly pauseMs: number
}

/** What a request says about the provider's health: nothing if the client disconnected or it had too little time. */
export type Verdict = 'HEALTHY' | 'FAILING' | 'NOTHING'

/** Retry delay for requests that arrive during a probe. */
const probeMs = 1_000

/** Blocks requests for a while after too many failures in a row. */
export function createBreaker(
  { failures, pauseMs }: BreakerOptions,
  onChange: (state: 'closed' | 'open' | 'half-open') => void,
  now: () => number = () => performance.now(),
) {
  let failed = 0
  let openedMs: number | null = null
  let probing = false

  function settle(verdict: Verdict, isProbe: boolean): void {
    if (isProbe) probing = false
    // Requests that started before it opened say nothing new.
    if (verdict === 'NOTHING' || (openedMs !== null && !isProbe)) return
    if (verdict === 'HEALTHY') {
      failed = 0
      if (openedMs !== null) onChange('closed')
      openedMs = null
      return
    }
    failed += 1
    if (!isProbe && failed < failures) return
    openedMs = now()
    onChange('open')
  }

  return {
    /** Time until the next request is allowed; 0 if one is allowed now. */
    getWaitMs(): number {
      if (openedMs === null) return 0
      const pausedMs = openedMs + pauseMs - now()
      return pausedMs > 0 ? pausedMs : probing ? Math.min(pauseMs, probeMs) : 0
    },

    /** Runs a request; `judge` classifies its failure. */
    run<T>(call: () => Promise<T>, judge: (error: unknown) => Verdict): Promise<T> {
      const isProbe = openedMs !== null
      if (isProbe) {
        probing = true
        onChange('half-open')
      }
      const result = call()
      result.then(
        () => settle('HEALTHY', isProbe),
        (error: unknown) => settle(judge(error), isProbe),
      )
      return result
    },
  }
}
