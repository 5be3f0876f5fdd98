import type { Fault } from './rig.ts'

export interface NamedFault extends Fault {
  readonly title: string
  /** True where only the end of the budget ends the call: such a cell gets a short one. */
  readonly silent?: true
}

/** The budget of a call that gets an answer or is cut: as in production, so that waits are as there. */
export const budgetMs = 10_000
/** The budget of a call that gets neither. */
export const shortBudgetMs = 1_000

const moments = ['before', 'after'] as const
const brokenJson = '{"data":{"id":"1'
// Valid JSON: nothing but its size is wrong.
const oversized = JSON.stringify('x'.repeat(100_000))
const page = { 'content-type': 'text/html', location: '/login' }

/** Everything that may go wrong with a call, in the order of the table. */
export const faults: readonly NamedFault[] = [
  { title: 'none' },
  { title: 'nobody listens', refuse: 'always' },
  { title: 'connection refused once', refuse: 'once' },
  { title: 'reset before the request is read', standIn: { cut: 'request' } },
  { title: 'reset after the commit', standIn: { cut: 'connection', when: 'after' } },
  ...moments.map((when): NamedFault => {
    return { title: `cut within the headers, ${when} the commit`, standIn: { cut: 'headers', when } }
  }),
  ...moments.map((when): NamedFault => {
    return { title: `cut within the body, ${when} the commit`, standIn: { cut: 'body', status: 200, body: brokenJson, when } }
  }),
  ...moments.map((when): NamedFault => ({ title: `hangs ${when} the commit`, silent: true, standIn: { hang: true, when } })),
  { title: 'too slow, then commits', silent: true, standIn: { delayMs: shortBudgetMs * 1.5 } },
  ...moments.map((when): NamedFault => {
    return { title: `200 with broken JSON, ${when} the commit`, standIn: { status: 200, body: brokenJson, when } }
  }),
  ...moments.map((when): NamedFault => {
    return { title: `oversized body, ${when} the commit`, standIn: { status: 200, body: oversized, when } }
  }),
  { title: '429, Retry-After: 0', standIn: { status: 429, headers: { 'retry-after': '0' } } },
  { title: '429, Retry-After: 60', standIn: { status: 429, headers: { 'retry-after': '60' } } },
  { title: '429 without Retry-After', standIn: { status: 429 } },
  ...[500, 502, 503, 504].flatMap((status) =>
    moments.map((when): NamedFault => ({ title: `${status} ${when} the commit`, standIn: { status, body: '<html>', when } })),
  ),
  // What stands between answers in its own words, perhaps while the provider works, or in place of its answer.
  ...[302, 403, 404, 408].flatMap((status) =>
    moments.map((when): NamedFault => {
      return { title: `${status}, a page of HTML, ${when} the commit`, standIn: { status, headers: page, body: '<html>', when } }
    }),
  ),
  { title: 'answer lost, commit visible at the 2nd look', standIn: { cut: 'connection', when: 'after', staleReads: 1 } },
  { title: 'answer lost, commit visible after all looks', standIn: { cut: 'connection', when: 'after', staleReads: 4 } },
  {
    title: 'answer lost, commit not visible, then 429, Retry-After: 60',
    standIn: { cut: 'connection', when: 'after', staleReads: 4 },
    next: { status: 429, headers: { 'retry-after': '60' } },
  },
]
