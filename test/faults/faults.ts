import type { Fault } from './rig.ts'

export interface NamedFault extends Fault {
  readonly title: string
  /** True where only the end of the budget ends the call: such a cell gets a short one. */
  readonly silent?: true
}

/** The budget of a call that gets an answer or is cut: less than what a provider asks to wait, and more than a busy machine takes. */
export const budgetMs = 30_000
/** The budget of a call that gets neither, and how often it is doubled where the machine was too busy for it. */
export const shortBudget = { ms: 2_000, doublings: 2 }

const moments = ['before', 'after'] as const
const brokenJson = '{"data":{"id":"1'
// Valid JSON: nothing but its size is wrong.
const oversized = JSON.stringify('x'.repeat(100_000))
const page = { 'content-type': 'text/html', location: '/login' }

/** Everything that may go wrong with a call, in the order of the table. */
export const faults: readonly NamedFault[] = [
  { title: 'none' },
  { title: 'connection refused, always', refuse: 'always' },
  { title: 'connection refused, once', refuse: 'once' },
  { title: 'connection reset before the request is read', standIn: { cut: 'request' } },
  { title: 'connection reset after the commit', standIn: { cut: 'connection', when: 'after' } },
  ...moments.map((when): NamedFault => {
    return { title: `response cut off in the headers, ${when} the commit`, standIn: { cut: 'headers', when } }
  }),
  ...moments.map((when): NamedFault => {
    return {
      title: `response cut off in the body, ${when} the commit`,
      standIn: { cut: 'body', status: 200, body: brokenJson, when },
    }
  }),
  ...moments.map((when): NamedFault => ({
    title: `no response, ${when} the commit`,
    silent: true,
    standIn: { hang: true, when },
  })),
  { title: 'timeout, then the commit', silent: true, standIn: { delayMs: shortBudget.ms * 1.5 } },
  ...moments.map((when): NamedFault => {
    return { title: `200 with invalid JSON, ${when} the commit`, standIn: { status: 200, body: brokenJson, when } }
  }),
  ...moments.map((when): NamedFault => {
    return { title: `response too large, ${when} the commit`, standIn: { status: 200, body: oversized, when } }
  }),
  { title: '429 with Retry-After: 0', standIn: { status: 429, headers: { 'retry-after': '0' } } },
  { title: '429 with Retry-After: 60', standIn: { status: 429, headers: { 'retry-after': '60' } } },
  { title: '429 without Retry-After', standIn: { status: 429 } },
  ...[500, 502, 503, 504].flatMap((status) =>
    moments.map((when): NamedFault => ({ title: `${status}, ${when} the commit`, standIn: { status, body: '<html>', when } })),
  ),
  // What stands between answers in its own words, perhaps while the provider works, or in place of its answer.
  ...[302, 403, 404, 408].flatMap((status) =>
    moments.map((when): NamedFault => {
      return {
        title: `${status} with an HTML page, ${when} the commit`,
        standIn: { status, headers: page, body: '<html>', when },
      }
    }),
  ),
  { title: 'response lost, commit visible at the second read', standIn: { cut: 'connection', when: 'after', staleReads: 1 } },
  { title: 'response lost, commit visible after the last read', standIn: { cut: 'connection', when: 'after', staleReads: 4 } },
  {
    title: 'response lost, commit not visible, then 429 with Retry-After: 60',
    standIn: { cut: 'connection', when: 'after', staleReads: 4 },
    next: { status: 429, headers: { 'retry-after': '60' } },
  },
]

/** What faults are alike in: where a call ends, and in what way. */
export function toKind({ refuse, silent, standIn = {} }: NamedFault): string {
  if (refuse !== undefined) return 'refused'
  if (silent === true) return 'no response in time'
  const { status, staleReads, when = 'before' } = standIn
  if (staleReads !== undefined) return 'stale reads'
  if (status === undefined) return `cut ${when}`
  if (status === 429) return 'rate limit'
  if (status === 200) return `unreadable, ${when}`
  return `${status < 500 ? '3xx or 4xx' : '5xx'}, ${when}`
}
