import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { readTold, type Told, toOutcome } from './told.ts'

/** Sends a whole GraphQL request to one process; rejects if the connection ends without a response. */
export type Send = (process: number, query: string, variables: object) => Promise<string>

const patience = 40
const pauseMs = 100
const unknown = JSON.stringify({ data: { told: { __typename: 'OutcomeUnknownError' } } })

/**
 * A client of several processes as it should be: it sends every write with an idempotency key, and again to the next process when it
 * got no response, but gives up on every fourth, and once its caller has left. Every third one it sends to two processes at once. `report` gets what it was told
 * that cannot all be true.
 */
export function createClient(count: number, send: Send, report: (violation: string) => void) {
  let asked = 0

  async function askUntilAnswered(
    first: number,
    query: string,
    variables: object,
    caller: AbortSignal,
    mostTries = patience,
  ): Promise<string> {
    const isWrite = query.startsWith('mutation')
    let isLost = false
    for (let tries = 0; tries < mostTries && !(tries > 0 && caller.aborted); tries += 1) {
      if (tries > 0) await sleep(pauseMs)
      const text = await send((first + tries) % count, query, variables).catch(() => null)
      // One that never came to an answer may have been carried out, so that only the outcome tells.
      if (text !== null && (!isLost || !isWrite || !maySendAgain(text))) return text
      isLost ||= text === null
    }
    return unknown
  }

  async function askTwo(first: number, query: string, variables: object, caller: AbortSignal): Promise<string> {
    const texts = await Promise.all([
      askUntilAnswered(first, query, variables, caller),
      askUntilAnswered((first + 1) % count, query, variables, caller),
    ])
    const [one, other] = texts.map((text) => readTold(text)[0])
    if (one === undefined || other === undefined) throw new TypeError('A write was answered with nothing')
    report(findDifference(one, other))
    return texts[rank(one) >= rank(other) ? 0 : 1]
  }

  return (first: number, query: string, variables: object, caller: AbortSignal): Promise<string> => {
    if (!query.startsWith('mutation')) return askUntilAnswered(first, query, variables, caller)
    asked += 1
    const keyed = addKeys(variables)
    if (asked % 3 === 0) return askTwo(first, query, keyed, caller)
    return askUntilAnswered(first, query, keyed, caller, asked % 4 === 0 ? 1 : patience)
  }
}

/** Two answers to one key: what was made, it made once. */
function findDifference(one: Told, other: Told): string {
  if (toOutcome(one) !== 'DONE' || toOutcome(other) !== 'DONE') return ''
  // The secret that only a process that was interrupted has may have been replaced since.
  if ([one, other].some(({ warnings }) => warnings.includes('JOURNAL_INCOMPLETE'))) return ''
  const show = ({ webhook, signingSecret }: Told) => JSON.stringify([webhook?.upstreamId, signingSecret])
  return show(one) === show(other) ? '' : `one key was answered with ${show(one)} and ${show(other)}`
}

/** Which of two answers to one key says more. */
function rank(told: Told): number {
  if (toOutcome(told) !== 'DONE') return toOutcome(told) === 'UNKNOWN' ? 1 : 0
  return told.warnings.includes('JOURNAL_INCOMPLETE') ? 2 : 3
}

/** Whether it says that nothing was sent by this request, which says nothing of the one before. */
function maySendAgain(text: string): boolean {
  return readTold(text).every((told) => told.__typename.endsWith('UnavailableError') && told.retry === 'SAFE')
}

function addKeys(variables: object): object {
  const keyed = Object.entries(variables).map(([name, value]: [string, unknown]) => {
    const isInput = typeof value === 'object' && value !== null
    return [name, isInput ? { ...value, idempotencyKey: randomUUID() } : value] as const
  })
  return Object.fromEntries(keyed)
}
