export interface BreakerOptions {
  /** Unavailable this often in a row, and the account is left alone. */
  readonly failures: number
  /** For this long; then one call probes whether it has healed. */
  readonly pauseMs: number
}

/** What a call tells of the provider: nothing where its owner left, or where it had no fair time. */
export type Verdict = 'HEALTHY' | 'FAILING' | 'NOTHING'

/** How long those are to wait that come while another call probes. */
const probeMs = 1_000

/** Lets no calls through for a while after too many failures in a row. */
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
    // What began before it opened tells nothing new.
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
    /** How long no call may be made yet; 0 where one may. */
    getWaitMs(): number {
      if (openedMs === null) return 0
      const pausedMs = openedMs + pauseMs - now()
      return pausedMs > 0 ? pausedMs : probing ? Math.min(pauseMs, probeMs) : 0
    },

    /** Runs a call that may be made; `judge` says what its failure tells. */
    async run<T>(call: () => Promise<T>, judge: (error: unknown) => Verdict): Promise<T> {
      const isProbe = openedMs !== null
      if (isProbe) {
        probing = true
        onChange('half-open')
      }
      try {
        const result = await call()
        settle('HEALTHY', isProbe)
        return result
      } catch (error) {
        settle(judge(error), isProbe)
        throw error
      }
    },
  }
}
