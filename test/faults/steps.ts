import type { Provider } from '../../src/provider/provider.ts'
import { readOperation } from '../../src/sandbox/graphql.ts'
import type { UpstreamRequest } from '../../src/webhook.ts'
import { budgetMs } from './faults.ts'
import { prepare } from './matrix.ts'
import { type Asked, describeOutcome, findViolations, plan, replaces, run } from './outcome.ts'
import { listOperations, openRig, type Rig, type Stored } from './rig.ts'
import { isSecretOf } from './secret.ts'

/** A rotation that is stopped at one of its writes. */
export interface StepResult {
  readonly provider: Provider
  /** The write, e.g. `DELETE /webhooks/:id`. */
  readonly write: string
  readonly fault: string
  /** What the caller is told, in a few words. */
  readonly outcome: string
  /** Which webhooks are left. */
  readonly left: string
  readonly violations: readonly string[]
}

interface StepFault {
  readonly title: string
  /** Breaks the write at this place of the rotation. */
  break(rig: Rig, write: UpstreamRequest, index: number): void
}

const stepFaults: readonly StepFault[] = [
  { title: 'disconnected before it', break: (rig, _, index) => rig.cutOffAfter(index) },
  { title: 'disconnected after it', break: (rig, _, index) => rig.cutOffAfter(index + 1) },
  {
    title: 'response lost',
    break: (rig, write) => rig.standIn.fail({ ...toTarget(write), cut: 'connection', when: 'after' }),
  },
  {
    title: '500, before the commit',
    break: (rig, write) => rig.standIn.fail({ ...toTarget(write), status: 500, when: 'before' }),
  },
  { title: '500, after the commit', break: (rig, write) => rig.standIn.fail({ ...toTarget(write), status: 500, when: 'after' }) },
  {
    title: '403',
    break: (rig, write) => rig.standIn.fail({ ...toTarget(write), status: 403, body: toOwnWords(rig.provider) }),
  },
  {
    title: '404 with an HTML page, after the commit',
    break: (rig, write) => rig.standIn.fail({ ...toTarget(write), status: 404, body: '<html>', when: 'after' }),
  },
]

/** Every write of each provider's rotation with every way of being stopped there. */
export async function runSteps(providers: readonly Provider[]): Promise<readonly StepResult[]> {
  const results: StepResult[] = []
  for (const provider of providers.filter((each) => listOperations(each).includes('rotate'))) {
    const writes = await withRotation(provider, async (rig, asked) => {
      const { requests } = await plan(rig, asked)
      return requests.map((request) => ({ request, text: describeWrite(request, asked) }))
    })
    for (const [index, { request, text }] of writes.entries()) {
      for (const fault of stepFaults) results.push({ write: text, ...(await runStep(provider, request, index, fault)) })
    }
  }
  return results
}

function runStep(
  provider: Provider,
  write: UpstreamRequest,
  index: number,
  fault: StepFault,
): Promise<Omit<StepResult, 'write'>> {
  return withRotation(provider, async (rig, asked) => {
    const before = await rig.readStored()
    const since = rig.standIn.calls.length
    fault.break(rig, write, index)
    const outcome = await run(rig, asked)
    const calls = rig.standIn.calls.slice(since)
    const after = await rig.readStored()
    const facts = { provider, asked, replacing: replaces(provider, 'rotate'), outcome, before, after, calls, stale: false }
    return {
      provider,
      fault: fault.title,
      outcome: describeOutcome(outcome, 1),
      left: describeLeft(asked, before, after),
      violations: [...findViolations(facts), ...((await isSecretOf(rig, outcome)) ? [] : ['the secret signs nothing'])],
    }
  })
}

async function withRotation<Result>(provider: Provider, run: (rig: Rig, asked: Asked) => Promise<Result>): Promise<Result> {
  const rig = await openRig(provider, budgetMs, { door: { retry: { calls: 1, firstPauseMs: 0 } } })
  try {
    return await run(rig, await prepare(rig, 'rotate'))
  } finally {
    await rig.close()
  }
}

/** An error as the provider itself words it. */
function toOwnWords({ sandbox }: Provider): string {
  return JSON.stringify(sandbox.refusals.undocumented('this').body)
}

/** Calls like this one; the last word of the path, or the field, tells those to one webhook apart. */
function toTarget({ method, url, body }: UpstreamRequest) {
  const word = /\/(verif\w*|rotate-key)$/.exec(url)?.[1]
  const field = readOperation(body)?.field ?? null
  return { method, ...(word !== undefined && { path: word }), ...(field !== null && { field }) }
}

function describeWrite({ method, url, body }: UpstreamRequest, { upstreamId }: Asked): string {
  const { pathname } = new URL(url)
  const path = pathname.replace(encodeURIComponent(upstreamId), ':id').replace('(new-id)', ':new')
  return `\`${[method, path, readOperation(body)?.field].filter((part) => part != null).join(' ')}\``
}

function describeLeft({ upstreamId }: Asked, before: readonly Stored[], after: readonly Stored[]): string {
  const old = after.some(({ id }) => id === upstreamId)
  const twin = after.find(({ id }) => !before.some((each) => each.id === id))
  if (twin === undefined) return old ? 'old webhook' : 'nothing'
  const state = twin.active ? 'new webhook' : 'new webhook (sends nothing)'
  return old ? `old and ${state}` : state
}
