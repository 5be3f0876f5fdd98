import { setTimeout as sleep } from 'node:timers/promises'
import { providers } from '../../src/providers/index.ts'
import { fits } from '../hands/call.ts'
import { getWays } from '../hands/hands.ts'
import { act, createStrangely, type Story, stranger, toUrl } from './acts.ts'
import type { FrontCall } from './front.ts'
import type { Act, Family, History, Meanwhile, Round } from './history.ts'
import { createModel, type Deed } from './model.ts'
import { breaker, type Door, openRig, type Rig } from './rig.ts'
import { isLagging } from './rules.ts'
import { documents, readTold, type Told } from './told.ts'
import { longestAskedMs } from './troubles.ts'

/** Lives a history, and says in which ways what callers were told, or what is upstream then, is not as it should be. */
export async function live(family: Family, history: History): Promise<readonly string[]> {
  const provider = providers.find(({ name }) => name === history.provider)
  if (provider === undefined) throw new Error(`There is no provider ${history.provider}.`)
  const rig = await openRig(provider, family, history)
  const model = createModel({
    provider,
    timeoutMs: rig.timeoutMs,
    healthy: family.troubles === undefined && family.blows === undefined,
    family,
  })
  try {
    const story: Story = { rig, model, family, count: 0, stoppedAt: null }
    const violations = [...(await begin(story, history))]
    for (const round of history.rounds) {
      if (violations.length > 0 || rig.isStopping()) break
      violations.push(...(await liveRound(story, round)))
    }
    return violations.length > 0 ? violations : [...(await end(story)), ...rig.bugs]
  } finally {
    stepClock(0)
    await rig.close()
  }
}

const { now } = Date

/** Sets the clock of this process. */
function stepClock(byMs: number): void {
  Date.now = byMs === 0 ? now : () => now() + byMs
}

/** What is there before anything goes wrong. */
async function begin(story: Story, { seeds }: History): Promise<readonly string[]> {
  const { rig, model, family } = story
  const before = await rig.hands.look()
  const deeds: Deed[] = []
  for (let index = 0; index < (family.strangers ?? 0); index += 1) {
    deeds.push(...(await createStrangely(story, `Strange-${index}`, toUrl(`strange-${index}`))))
  }
  for (let index = 0; index < seeds; index += 1) {
    deeds.push(...(await act(story, { kind: 'create', door: 0, target: 0, place: 0, field: 'name', leavesMs: null })))
  }
  const verifies = rig.provider.operations.VERIFY.support !== 'UNSUPPORTED'
  const calls = [...rig.front.calls]
  const found = model.judge({ deeds, before, after: await rig.hands.look(), calls, areRepeated: rig.isShared })
  if (found.length > 0 || !verifies) return found
  const [door] = rig.doors
  const { signal } = new AbortController()
  for (const id of model.listOwn()) await door?.ask(documents.verify, { input: { id: door.toId(id) } }, signal)
  return found
}

async function liveRound(story: Story, { acts, troubles, blows, meanwhile, clockMs }: Round): Promise<readonly string[]> {
  const { rig, model } = story
  const before = await rig.hands.look()
  const since = rig.front.calls.length
  const laggedMs = rig.clock.lagMs()
  const strange: Deed[] = []
  const interferes = interfere(story, meanwhile, acts, strange)
  rig.front.before((call, text) => {
    rig.strike(call)
    return interferes(call, text)
  })
  rig.arm(blows)
  rig.front.arm(
    troubles,
    before.map(({ id }) => id),
  )
  stepClock(clockMs)
  const deeds = (await Promise.all(acts.map((each) => act(story, each)))).flat()
  await rig.settle()
  rig.front.disarm()
  await rig.front.settle()
  const after = await rig.hands.look()
  const lagMs = rig.clock.lagMs() - laggedMs
  const [stale, denied] = [troubles.some(({ kind }) => kind === 'stale'), troubles.some(({ kind }) => kind === 'absent')]
  const { calls } = rig.front
  const stopped = story.stoppedAt === null ? [] : calls.slice(story.stoppedAt).filter(({ effect }) => effect === 'WRITE')
  const happened = { deeds: [...deeds, ...strange], before, after, calls: calls.slice(since), lagMs, stale, denied }
  return [
    ...model.judge({ ...happened, areRepeated: rig.isShared }),
    ...stopped.map(({ method }) => `a ${method} began although the process was to end`),
  ]
}

/** When everything has come to its end: secrets work, and whoever asks is answered again. */
async function end({ rig, model, family }: Story): Promise<readonly string[]> {
  const before = await rig.hands.look()
  rig.front.before(() => Promise.resolve())
  await rig.front.flush()
  const after = await rig.hands.look()
  const violations = [...model.judge({ deeds: [], before, after, calls: [] })]
  for (const { id, secrets } of model.listSecrets()) {
    const alive = await Promise.all(secrets.map((secret) => rig.hands.isAlive(id, secret)))
    if (alive.includes(false) && !alive.includes(true)) violations.push(`a secret that was handed out for ${id} is dead`)
  }
  await sleep(breaker.pauseMs * 2)
  if (family.clocks !== true) stepClock(0)
  for (const door of rig.doors) violations.push(...(await listAtEnd(rig, door, after.length, family)))
  return violations
}

/** How often a list is tried: at once, and as long as the machine was too busy for it. */
const tries = { idle: 4, busy: 20 }

async function listAtEnd(rig: Rig, door: Door, count: number, { pace }: Family): Promise<readonly string[]> {
  const first = await listOnce(rig, door)
  if (isAskedToWait(rig) && isToldToWait(first.told)) door.reload()
  let last = await listOnce(rig, door)
  for (let idle = 2, busy = 0; last.told?.complete !== true && idle < tries.idle && busy < tries.busy;) {
    if (last.lagging) busy += 1
    else idle += 1
    last = await listOnce(rig, door)
  }
  const { told } = last
  if (told?.complete !== true && last.lagging) return []
  if (told?.complete !== true) return [`a healthy provider cannot be listed any more: ${JSON.stringify(told?.sources)}`]
  if (told.totalCount !== count) return [`a list says complete, and has ${told.totalCount} of ${count}`]
  const waitedMs = first.tookMs - last.tookMs
  // A place in the line that nobody waits for any more is no reason to wait.
  return pace !== undefined && waitedMs > 1_000 ? [`a list waited ${Math.round(waitedMs)} ms for callers who had left`] : []
}

/** Whether the provider has asked to wait before the next list: of the account, or of reads where it counts each on its own. */
function isAskedToWait({ front, provider }: Rig): boolean {
  return front.calls.some(
    ({ status, effect }) => status === 429 && (provider.rates?.[0]?.per !== 'endpoint' || effect === 'READ'),
  )
}

/** Whether a list was refused for a wait, no longer than what was asked for, whatever became of the clock. */
function isToldToWait(told: Told | undefined): boolean {
  const waits = told?.sources.map(({ error }) => {
    const isRight = error?.__typename === 'RateLimitedError' && error.retry === 'SAFE_AFTER_DELAY'
    return isRight && error.retryAfterMs != null && error.retryAfterMs <= longestAskedMs
  })
  return waits?.includes(true) === true
}

async function listOnce({ clock, timeoutMs }: Rig, door: Door) {
  const [startedMs, laggedMs] = [clock.now(), clock.lagMs()]
  const [told] = readTold(await door.ask(documents.list, { slug: door.slug }, new AbortController().signal))
  return { told, tookMs: clock.now() - startedMs, lagging: isLagging(clock.lagMs() - laggedMs, timeoutMs) }
}

/** What somebody else does in the middle of the round: once, where it cannot be missed. */
function interfere(story: Story, meanwhile: Meanwhile | null, acts: readonly Act[], strange: Deed[]) {
  const { rig, model } = story
  let done = meanwhile === null
  const note = (kind: Deed['kind'], id: string, enabled: boolean | null) => {
    const nobody = { by: stranger, name: null, url: null, told: null, tookMs: 0, mustNotBegin: false, strangersSecret: null }
    strange.push({ ...nobody, kind, id, enabled })
  }
  const { makes, own: ofOperations } = getWays(rig.provider)
  return async (call: FrontCall, text: string): Promise<void> => {
    if (done) return
    if (meanwhile === 'deletes between pages' && call.effect === 'READ' && fits(call, ofOperations.list)) {
      const shown = model.listStrange().filter((id) => text.includes(`"${id}"`) || text.includes(`:${id},`))
      // One of a page goes; where the next page starts after its last, that one too.
      const gone = (acts[0]?.target ?? 0) % 2 === 0 ? shown[0] : shown.at(-1)
      if (gone === undefined || shown.length < 2) return
      done = true
      await rig.hands.remove(gone)
      note('delete', gone, null)
    }
    if (!makes(call)) return
    if (meanwhile === 'stops the gateway') {
      done = true
      rig.stop()
      story.stoppedAt = rig.front.calls.length
    }
    const [only, ...others] = acts
    if (meanwhile !== 'disables the original' || only?.kind !== 'rotate' || others.length > 0) return
    done = true
    const own = model.listOwn()
    const id = own[only.target % Math.max(1, own.length)]
    const webhook = (await rig.hands.look()).find((each) => each.id === id)
    if (webhook === undefined) return
    await rig.hands.disable(webhook)
    note('update', webhook.id, false)
  }
}
