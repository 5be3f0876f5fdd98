import * as z from 'zod'
import { OutcomeUnknownError } from '../../src/errors.ts'
import { formatId } from '../../src/id.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { verifik } from '../../src/providers/verifik/index.ts'
import type { FaultInput } from '../../src/sandbox/fault.ts'
import { createServer } from '../../src/server/server.ts'
import { budgetMs } from './faults.ts'
import { inParallel } from './matrix.ts'
import { type Asked, describeOutcome, run } from './outcome.ts'
import { createAsk } from '../hands/ask.ts'
import { readStored } from '../hands/rest.ts'
import { openRig, type Rig } from './rig.ts'

// Lists that change between two of their pages: at the one provider whose pages are known by their numbers.

const count = 7
const mostPerPage = 2

export const variants = ['A', 'B'] as const

/** What somebody else does once a page has been read; webhooks are in the order of the list. */
export const changes = {
  'no change': () => {},
  'a webhook on a previous page is deleted': (account) => account.deleteAfter(2, 1),
  'a webhook on a later page is deleted': (account) => account.deleteAfter(1, 5),
  'a webhook on a previous page is deleted at every read': (account) => {
    for (const index of [1, 0, 2, 3]) account.deleteAfter(2, index)
  },
  'a webhook is added at the end': (account) => account.addAfter(1),
} as const satisfies Record<string, (account: Shifting) => void>

/** What reads the list meanwhile: what it is told, in a few words, and what of it is not true. */
export const readers = {
  list: readList,
  'two webhooks by id': readBeside,
  'create, response lost': readBeforeCreate,
} as const

export type Change = keyof typeof changes
export type Reader = keyof typeof readers

export interface PagesResult {
  readonly provider: Provider
  readonly variant: (typeof variants)[number]
  readonly change: Change
  readonly reader: Reader
  readonly outcome: string
  readonly violations: readonly string[]
}

type Shifting = Awaited<ReturnType<typeof fill>>
type Reading = Pick<PagesResult, 'outcome' | 'violations'>

/** Every reader with every change. */
export function runPages(providers: readonly Provider[]): Promise<readonly PagesResult[]> {
  const cells = variants.flatMap((variant) =>
    (Object.keys(changes) as Change[]).flatMap((change) =>
      (Object.keys(readers) as Reader[]).map((reader) => ({ provider: verifik, variant, change, reader })),
    ),
  )
  return inParallel(cells.filter(({ provider }) => providers.includes(provider)).map((cell) => () => runCell(cell)))
}

async function runCell(cell: Omit<PagesResult, keyof Reading>): Promise<PagesResult> {
  const rig = await openRig(cell.provider, budgetMs, { variant: cell.variant, mostPerPage })
  try {
    const account = await fill(rig)
    changes[cell.change](account)
    return { ...cell, ...(await readers[cell.reader](account)) }
  } finally {
    await rig.close()
  }
}

/** An account of several pages, and what somebody else may do to it. */
async function fill(rig: Rig) {
  const asked: Asked = { operation: 'create', name: '', url: '', upstreamId: '' }
  const toNamed = (index: number) => ({ name: `Webhook ${index}`, url: `https://hooks.acme.test/${index}` })
  // What a process has made itself, it would not take for a candidate.
  const other = { provider: verifik, gateway: rig.openOther() }
  const ids: string[] = []
  for (let index = 0; index < count; index += 1) {
    const { webhooks } = await run(other, { ...asked, ...toNamed(index) })
    ids.push(...webhooks.map(({ upstreamId }) => upstreamId))
  }
  const body = z.record(z.string(), z.json()).parse(rig.standIn.calls.findLast(({ method }) => method === 'POST')?.body)
  const path = '/v2/webhooks'
  const after = (page: number, meanwhile: FaultInput['meanwhile']) => {
    rig.standIn.fail({ method: 'GET', path: `page=${page}&`, when: 'after', meanwhile })
  }
  return {
    rig,
    ids,
    deleteAfter: (page: number, index: number) => after(page, { method: 'DELETE', path: `${path}/${ids[index]}` }),
    addAfter: (page: number) => after(page, { method: 'POST', path, body: { ...body, ...toNamed(count) } }),
    /** The ids of what is upstream now, read by none of the gateway's code. */
    async readIds(): Promise<readonly string[]> {
      rig.standIn.heal()
      const found: string[] = []
      for (let page = 1; ; page += 1) {
        const webhooks = readStored(await createAsk(verifik, rig.standIn)('GET', `/webhooks?page=${page}`))
        if (webhooks.length === 0) return found
        found.push(...webhooks.map(({ id }) => id))
      }
    },
  }
}

/** A list that says that it is complete has all that was there all the time, and nothing that never was. */
async function readList({ rig, ids, readIds }: Shifting): Promise<Reading> {
  const { state, webhooks } = await rig.gateway.list({ slug: 'verifik', provider: 'verifik', sandbox: true })
  const read = new Set(webhooks.map(({ upstreamId }) => upstreamId))
  const after = await readIds()
  const missing = ids.filter((id) => after.includes(id) && !read.has(id))
  const invented = [...read].filter((id) => !ids.includes(id) && !after.includes(id))
  return {
    outcome: state.toLowerCase(),
    violations: [
      ...(state === 'COMPLETE' && missing.length > 0 ? [`told complete, but misses ${missing.length}`] : []),
      ...(invented.length > 0 ? [`has ${invented.length} that never were`] : []),
      ...(read.size < webhooks.length ? ['has one twice'] : []),
    ],
  }
}

/** Of two webhooks at once nobody says that one is not there which is. */
async function readBeside({ rig, ids, readIds }: Shifting): Promise<Reading> {
  const { fetch } = createServer({ gateway: rig.gateway, auth: 'none', graphiql: false })
  // Of the page after the one that is read, where what moves up is jumped over; and one that is left alone.
  const asked = [ids[4], ids[6]].map((upstreamId = '') => upstreamId)
  const fields = asked.map((upstreamId, index) => {
    const id = formatId({ kind: 'webhook', slug: 'verifik', upstreamId })
    return `w${index}: webhook(id: "${id}") { __typename }`
  })
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ query: `{ ${fields.join(' ')} }` })
  const response = await fetch('http://gateway.test/graphql', { method: 'POST', headers, body })
  const { data } = (await response.json()) as { readonly data: Readonly<Record<string, { readonly __typename: string }>> }
  const told = asked.map((_, index) => data[`w${index}`]?.__typename ?? 'nothing')
  const after = await readIds()
  const lost = asked.filter((id, index) => told[index] === 'NotFoundError' && after.includes(id))
  return {
    outcome: told.map((type) => (type === 'VerifikWebhook' ? 'found' : type)).join(', '),
    violations: lost.map(() => 'told NotFoundError of what is there'),
  }
}

/** What was there before a create, and is jumped over, is never offered as what may have come of it. */
async function readBeforeCreate({ rig, ids }: Shifting): Promise<Reading> {
  rig.standIn.fail({ method: 'POST', cut: 'connection', when: 'before' })
  const outcome = await run(rig, { operation: 'create', name: 'Webhook 4', url: 'https://hooks.acme.test/4', upstreamId: '' })
  const { error } = outcome
  const candidates = error instanceof OutcomeUnknownError ? error.candidates : []
  return {
    outcome: describeOutcome(outcome, 1),
    violations: [
      ...(error === null ? ['told done, but nothing was made'] : []),
      ...candidates.filter(({ upstreamId }) => ids.includes(upstreamId)).map(() => 'a candidate was there before'),
    ],
  }
}
