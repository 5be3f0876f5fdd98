import { isDeepStrictEqual } from 'node:util'
import { unpack, unpackError } from '../../src/gateway/journal/record.ts'
import type { StoredEntry } from '../../src/store/store.ts'
import type { AccountWebhook, Warning } from '../../src/webhook.ts'
import { isUnsupported } from '../../src/provider/unsupported.ts'
import { getRepeat } from '../../src/gateway/write/recover.ts'
import { replaces } from '../faults/outcome.ts'
import type { StandInCall } from '../../src/sandbox/server.ts'
import { readKey } from '../helpers/stand-in.ts'
import type { StoredWebhook } from '../faults/rig.ts'
import type { Told } from './act.ts'
import type { Facts } from './case.ts'

type Calls = readonly StandInCall[]

/** What the provider has done, in a few words. */
export type Effect =
  | 'unchanged'
  | 'created'
  | 'updated'
  | 'deleted'
  | 'verified'
  | 'rotated'
  | 'sent'
  | 'old and new webhook'
  | 'new webhook'

/** What is upstream at the end, against what was there before. */
export function readEffect({ tried: { act }, asked: { upstreamId }, before, after, calls }: Facts): Effect {
  const { provider, operation } = act
  const isThere = after.some(({ id }) => id === upstreamId)
  const target = (webhooks: readonly StoredWebhook[]) => webhooks.find(({ id }) => id === upstreamId)
  const isCarriedOut = [...calls.first, ...calls.settling].some(isEffective)
  switch (operation) {
    case 'create':
      return listNew(before, after).length > 0 ? 'created' : 'unchanged'
    case 'update':
      return isDeepStrictEqual(target(before), target(after)) ? 'unchanged' : 'updated'
    case 'delete':
      return isThere ? 'unchanged' : 'deleted'
    case 'verify':
      return target(before)?.active === target(after)?.active ? 'unchanged' : 'verified'
    case 'rotate':
      if (!replaces(provider, operation)) return isCarriedOut ? 'rotated' : 'unchanged'
      if (listNew(before, after).length === 0) return 'unchanged'
      return isThere ? 'old and new webhook' : 'new webhook'
    case 'test':
    case 'redeliver':
      return isCarriedOut ? 'sent' : 'unchanged'
  }
}

function listNew(before: readonly StoredWebhook[], after: readonly StoredWebhook[]): readonly StoredWebhook[] {
  return after.filter(({ id }) => !before.some((each) => each.id === id))
}

/** Whether a request changed something. */
function isEffective({ effect, status }: StandInCall): boolean {
  return effect === 'WRITE' && status >= 200 && status < 300
}

/** Every way in which a crash has broken the promise. */
export function findViolations(facts: Facts): readonly string[] {
  // Nobody can know of a write whose intent the disk has lost; the document says so.
  if (isIntentLost(facts)) return []
  const found = [
    facts.hasCome ? null : 'the moment did not come',
    findTouched(facts),
    findRepeat(facts),
    findLie(facts),
    findWrongCandidate(facts),
    findDeadSecret(facts),
    findOtherAnswer(facts),
    findNeedlessRotation(facts),
    facts.isOverwritten === true ? 'the process that was taken over changed the entry' : null,
  ]
  return found.filter((violation) => violation !== null)
}

function isIntentLost({ tried: { moments } }: Facts): boolean {
  return moments.some(({ place, when }) => when === 'LOST' && place.kind === 'COMMIT' && place.commit === 'intent')
}

/** Never a key replaced for a secret that nobody can get, or of a webhook that may be older than an hour. */
function findNeedlessRotation({ tried: { later, clockMs = 0 }, calls }: Facts): string | null {
  const isAllowed = later?.secretRetentionMs !== 0 && clockMs === 0
  const rotated = [...calls.settling, ...calls.repeated].some((call) => isEffective(call) && call.path.endsWith('/rotate-key'))
  return rotated && !isAllowed ? 'the key was replaced' : null
}

/** Never more than one new webhook, and no other one touched. */
function findTouched({ tried: { act }, asked, before, after, end }: Facts): string | null {
  const isMaking = act.operation === 'create' || replaces(act.provider, act.operation)
  for (const now of [after, end]) {
    if (listNew(before, now).length > (isMaking ? 1 : 0)) return `${listNew(before, now).length} new webhooks`
    const others = (webhooks: readonly StoredWebhook[]) => webhooks.filter(({ id }) => id !== asked.upstreamId)
    const kept = others(before).map(({ id }) => now.find((each) => each.id === id))
    if (!isDeepStrictEqual(kept, others(before))) return 'another webhook was changed'
  }
  return null
}

/** Never a write that is carried out twice; and settling sends nothing but what gets the secret of its own webhook, or has its key. */
function findRepeat({ tried: { act }, entry, before, end, calls }: Facts): string | null {
  const made = new Set(listNew(before, end).map(({ id }) => id))
  // However often a webhook is disabled, it comes to the same.
  const disables = ({ path }: StandInCall, id: string) => act.trouble === 'to be disabled' && path.endsWith(`/${id}`)
  const isOwn = (call: StandInCall) =>
    isEffective(call) && ![...made].some((id) => call.path.endsWith(`/${id}/rotate-key`) || disables(call, id))
  const isRepeatable = entry === null || entry.state === 'FAILED'
  // What failed and changed nothing may be carried out again.
  const own = isRepeatable
    ? [[...calls.first, ...calls.settling], calls.repeated]
    : [[...calls.first, ...calls.settling, ...calls.repeated]]
  const runs = own.map((each) => listDistinct(each.filter(isOwn), getRepeat(act.provider)?.comesTo === 'REFUSED'))
  const twice = runs.find((run) => new Set(run).size < run.length)
  return twice === undefined ? null : `sent twice: ${twice.join(', ')}`
}

/** The requests, in words; a repeat with the provider's own key is carried out once. */
function listDistinct(calls: Calls, isIdChosen: boolean): readonly string[] {
  // Where the ID is the key, the same body is refused.
  const keyed = new Map(calls.map((call, index) => [readKey(call) ?? (isIdChosen ? call.text : index), call]))
  return [...keyed.values()].map(({ method, path, text }) => `${method} ${path} ${text}`)
}

/** Never a state that is not true. */
function findLie(facts: Facts): string | null {
  const { entry, asked, told, tried } = facts
  const effect = readEffect(facts)
  const isChangedByOther = tried.act.trouble === 'old webhook changed meanwhile'
  if (told?.error === null && effect === 'unchanged') return 'told done, but nothing was changed'
  if (told?.error?.code === 'STORE_UNAVAILABLE' && effect !== 'unchanged') return `told that nothing was sent, but ${effect}`
  if (entry === null) return effect === 'unchanged' ? null : `no entry, but ${effect}`
  switch (entry.state) {
    case 'RUNNING':
      return 'the entry was not settled'
    case 'UNKNOWN':
      return null
    case 'FAILED':
      return effect === 'unchanged' || isChangedByOther ? null : `FAILED, but ${effect}`
    case 'SUCCEEDED': {
      if (effect === 'unchanged') return 'SUCCEEDED, but nothing was changed'
      const expected = listNew(facts.before, facts.after)[0]?.id ?? asked.upstreamId
      return tried.act.operation === 'redeliver' || entry.webhook === expected ? null : 'the entry has another webhook'
    }
  }
}

function findWrongCandidate({ tried: { act }, entry, asked, before, after }: Facts): string | null {
  const fits = new Set([...listNew(before, after).map(({ id }) => id), ...(act.operation === 'create' ? [] : [asked.upstreamId])])
  const candidates = unpack<readonly AccountWebhook[] | null>(entry?.candidates ?? null) ?? []
  return candidates.every(({ upstreamId }) => fits.has(upstreamId)) ? null : 'a candidate cannot be the outcome'
}

/** Never a secret that is not the webhook's, and never a success that lost it in silence. */
function findDeadSecret({ tried, entry, secret, isAlive }: Facts): string | null {
  const isKept = tried.later?.secretRetentionMs !== 0
  const handsOut = tried.act.operation === 'create' || tried.act.operation === 'rotate'
  if (entry?.state !== 'SUCCEEDED' || !handsOut) return null
  if (secret === null) return isKept && !isToldNoSecret(entry) ? 'SUCCEEDED, but the secret is lost' : null
  return isAlive ? null : 'the secret signs nothing'
}

/** Whether the provider has no secrets for its webhooks, and the entry says so. */
function isToldNoSecret({ result }: StoredEntry): boolean {
  const { warnings } = unpack<{ readonly warnings: readonly Warning[] }>(result)
  return warnings.some(({ code }) => code === 'NO_SIGNING_SECRET')
}

/** Whoever repeats it with its key gets the same webhook and the same secret, or that nobody knows. */
function findOtherAnswer(facts: Facts): string | null {
  const { entry, secret, told, repeated, calls } = facts
  const [one, other] = repeated
  const sent = calls.repeated.filter(isEffective).length
  const isKeyed = calls.repeated.filter(isEffective).every((call) => readKey(call) !== undefined)
  if (!isSameAnswer(one, other)) return `two repeated at once were told ${describeTold(one)} and ${describeTold(other)}`
  if (told?.error === null && one.error === null && !isSameAnswer(told, one) && !isKeyReplaced(facts))
    return 'the repeated write has another result than the client was told'
  if (entry?.state === 'SUCCEEDED') {
    if (one.error !== null || one.secret !== secret || sent > 0) return `SUCCEEDED, but repeated: ${describeTold(one)}`
    return null
  }
  if (entry?.state === 'UNKNOWN') return sent === 0 || isKeyed || one.error === null ? null : 'a write was sent for an open entry'
  return null
}

/** Whether the key was replaced after the client was told it: what the disk did not keep, a new process does not know. */
function isKeyReplaced({ tried: { act, moments }, told, repeated: [one] }: Facts): boolean {
  const { recovery } = act.provider
  const isForgotten = moments.some(({ when }) => when === 'FULL' || when === 'LOST')
  const isReplacing = act.operation === 'create' && !isUnsupported(recovery) && recovery.rotates
  return isForgotten && isReplacing && told?.webhook === one.webhook && told.secret !== one.secret
}

/** What the client is told that repeats the write. */
export function describeRepeated(facts: Facts): string {
  const { repeated } = facts
  if (isKeyReplaced(facts)) return 'the same webhook, a new secret'
  return describeTold(repeated.find(({ replayed }) => !replayed) ?? repeated[0])
}

function isSameAnswer(one: Told, other: Told): boolean {
  if (one.error !== null || other.error !== null) return one.error?.code === other.error?.code
  return one.webhook === other.webhook && one.secret === other.secret
}

export function describeTold({ error, replayed, isGone }: Told): string {
  if (error?.code === 'OUTCOME_UNKNOWN') return `unknown, ${countCandidates(error.candidates)}`
  if (error !== null) return `failed: ${error.code}`
  return replayed ? `the same result${isGone ? ', without its secret' : ''}` : 'carried out'
}

export function describeEntry(facts: Facts): string {
  const { entry, secret } = facts
  if (entry === null) return 'no entry'
  const effect = readEffect(facts)
  const handsOut = facts.tried.act.operation === 'create' || facts.tried.act.operation === 'rotate'
  const kept = !handsOut || effect === 'unchanged' ? '' : secret === null ? ', secret lost' : ', secret kept'
  switch (entry.state) {
    case 'RUNNING':
      return 'running'
    case 'SUCCEEDED':
      return `succeeded${kept}`
    case 'FAILED':
      return `failed: ${unpackError(entry.error).code}`
    case 'UNKNOWN':
      return `unknown, ${countCandidates(unpack<readonly AccountWebhook[] | null>(entry.candidates)?.length ?? 0)}${kept}`
  }
}

function countCandidates(count: number): string {
  return count === 0 ? 'nothing found' : count === 1 ? '1 candidate' : `${count} candidates`
}
