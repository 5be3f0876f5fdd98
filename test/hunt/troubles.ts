/** What becomes of a call on its way to the provider and back. */
export interface Fate {
  /** False: the provider does not get it. */
  readonly passes?: false
  /** The connection ends instead of an answer. */
  readonly cuts?: true
  /** The connection ends at once, and the provider gets it later. */
  readonly late?: true
  readonly hangs?: true
  /** What the same call was answered last time. */
  readonly stale?: true
  /** The provider itself says that what it is asked for is not there. */
  readonly absent?: true
  readonly holdsMs?: number
  /** What is answered instead, at this time of the provider. */
  readonly answer?: (now: Date) => {
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly text: string
  }
}

const html = { 'content-type': 'text/html' }
const page = (status: number, headers: Readonly<Record<string, string>> = {}) => ({
  answer: () => ({ status, headers: { ...html, ...headers }, text: `<html><body>${status}</body></html>` }),
})
/** What a provider asks to wait at most. */
export const longestAskedMs = 60_000

export const fates = {
  lost: { passes: false, cuts: true },
  lostAfter: { cuts: true },
  late: { late: true },
  failing: { passes: false, ...page(502) },
  failedAfter: page(500),
  redirected: { passes: false, ...page(302, { location: 'https://elsewhere.acme.test/' }) },
  redirectedAfter: page(307, { location: 'https://elsewhere.acme.test/' }),
  timedOut: { passes: false, ...page(408) },
  /** In the words of a provider. */
  timedOutAfter: {
    answer: () => ({ status: 408, headers: {}, text: JSON.stringify({ error: 'Request timeout', message: 'Request timeout' }) }),
  },
  lostPage: { passes: false, ...page(404) },
  stale: { stale: true },
  hung: { passes: false, hangs: true },
  hungAfter: { hangs: true },
  absent: { absent: true },
  held: { holdsMs: 60 },
  slow: { holdsMs: 150 },
  /** Asks for a wait that nobody has the time for. */
  limited: {
    passes: false,
    answer: (now) => {
      const headers = { 'retry-after': new Date(now.getTime() + longestAskedMs).toUTCString() }
      return { status: 429, headers, text: '{}' }
    },
  },
  /** Asks for a wait that calls have the time for. */
  busy: { passes: false, answer: () => ({ status: 429, headers: { 'retry-after': '0.05' }, text: '{}' }) },
  usedUp: {
    answer: (now) => {
      const reset = String((now.getTime() + 50) / 1_000)
      const headers = { 'x-ratelimit-limit': '50', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset }
      return { status: 503, headers, text: '{}' }
    },
  },
} as const satisfies Readonly<Record<string, Fate>>

export type Kind = keyof typeof fates

/** What goes wrong with some calls of a round. */
export interface Trouble {
  readonly kind: keyof typeof fates
  readonly hits: 'reads' | 'writes'
  /** How many pass before. */
  readonly skip: number
  readonly times: number
}
