import { isAbout } from './front.ts'
import type { Deed, Happened, ModelOptions } from './model.ts'
import { type Told, toOutcome } from './told.ts'
import { longestAskedMs } from './troubles.ts'

interface Known extends ModelOptions {
  /** What was handed out before. */
  readonly handed: ReadonlySet<string>
  readonly strange: ReadonlySet<string>
  readonly doomed: ReadonlySet<string>
  /** Through which gateways a webhook was written; below zero: none. */
  readonly writers: ReadonlyMap<string, ReadonlySet<number>>
}

// What a healthy provider may refuse, and what may be refused for its sake.
const refusals: ReadonlySet<string> = new Set([
  'NotFoundError',
  'ConflictError',
  'LimitReachedError',
  'UnsupportedError',
  // Where it does not document how it says that there are too many.
  'UpstreamRejectedError',
])

/** What callers were told that is not true. */
export function findUntrue(happened: Happened, known: Known): readonly string[] {
  const violations = happened.deeds.flatMap((deed) => [
    ...findUntrueOf(deed, happened, known),
    ...(deed.told === null ? [] : findIll(deed, deed.told, happened, known)),
    ...(deed.mustNotBegin && isThere(deed, happened) ? ['a write began although its caller had left before'] : []),
  ])
  return [...violations, ...findHandedTwice(happened, known), ...findOldCounts(happened)]
}

/** What an operation with several writes tells of the list after each: what the one before has made is in it. */
function findOldCounts({ deeds }: Happened): readonly string[] {
  const counts = deeds.flatMap(({ told }) => told?.webhook?.account?.webhooks.totalCount ?? [])
  const old = counts.some((count, index) => index > 0 && count <= (counts[index - 1] ?? 0))
  return old ? [`webhooks were made one after the other, and counted as ${counts.join(', ')}`] : []
}

function isThere({ name }: Deed, { calls }: Happened): boolean {
  return name !== null && calls.some((call) => call.effect === 'WRITE' && isAbout(call, name))
}

function findHandedTwice({ deeds }: Happened, { handed }: Known): readonly string[] {
  const given = deeds.flatMap(({ kind, told }) => {
    if (toOutcome(told) !== 'DONE' || (kind !== 'create' && kind !== 'rotate')) return []
    return [...(kind === 'create' ? [told?.webhook?.upstreamId] : []), told?.signingSecret ?? undefined]
  })
  const twice = given.filter((value, index) => value !== undefined && (handed.has(value) || given.indexOf(value) !== index))
  return twice.map((value) => `${value} was handed out twice`)
}

/** Whether a webhook may be gone after it. */
const removes = ({ kind }: Deed) => kind === 'delete' || kind === 'rotate'

/** Refusals that a healthy provider gives no reason for, and waits that are none of its doing. */
function findIll(
  deed: Deed,
  told: Told,
  { deeds, lagMs = 0 }: Happened,
  { timeoutMs, healthy, family, writers }: Known,
): readonly string[] {
  const { kind, id, tookMs } = deed
  const { timeoutMs: takesMs = 5_000 } = family
  // It was the machine that took the time.
  const isLate = isTimedOut(told) && isLagging(lagMs, timeoutMs)
  const found: string[] = []
  if (tookMs > 2 * takesMs + 1_500) found.push(`a ${kind} took ${Math.round(tookMs)} ms of ${takesMs} ms`)
  if ((told.retryAfterMs ?? 0) > longestAskedMs) found.push(`told to wait ${told.retryAfterMs} ms`)
  if (family.creates === true && kind === 'create' && told.reason === 'TIMEOUT' && !isLate)
    found.push('a create has no time because a read took it')
  if (!healthy || toOutcome(told) === 'DONE' || refusals.has(told.__typename)) return found
  if (told.reason === 'STOPPING' && told.retry === 'SAFE') return found
  if (isOvertaken(deed, told, writers)) return found
  // What was verified is not there any more to be looked at.
  if (kind === 'verify' && deeds.some((each) => each.id === id && removes(each))) return found
  // More than can be done in its time.
  if (family.pace !== undefined || isLate || (family.latencyMs !== undefined && isTimedOut(told))) return found
  return [...found, `a healthy provider, and a ${kind} is told ${told.__typename} (${told.reason}): ${told.message}`]
}

/** Whether the time was up before it was known what came of it. */
function isTimedOut(told: Told): boolean {
  return told.reason === 'TIMEOUT' || toOutcome(told) === 'UNKNOWN'
}

/** Whether the machine was busy with something else for too much of the time that there was. */
export function isLagging(lagMs: number, timeoutMs: number): boolean {
  return lagMs > timeoutMs / 4
}

/** Whether nothing was sent because a webhook was written elsewhere too: that cannot be told from a read that is too old. */
function isOvertaken({ kind, id, by }: Deed, { reason, retry }: Told, writers: Known['writers']): boolean {
  const wrote = writers.get(id ?? '')
  const isBuiltOnRead = kind === 'update' || kind === 'rotate'
  return isBuiltOnRead && reason === 'SERVER_ERROR' && retry === 'SAFE' && wrote?.has(by) === true && wrote.size > 1
}

function findUntrueOf(deed: Deed, happened: Happened, known: Known): readonly string[] {
  const { kind, told, id, by } = deed
  if (told === null) return []
  const { before, after, calls, stale = false, denied = false } = happened
  const was = (upstreamId: string | null) => before.some((each) => each.id === upstreamId)
  const is = (upstreamId: string | null) => after.some((each) => each.id === upstreamId)
  const outcome = toOutcome(told)
  const isNew = kind === 'create' || (kind === 'rotate' && told.webhook?.upstreamId !== id)

  if (told.__typename === 'NotFoundError') {
    // Where the provider itself denies what is there, that is told, but not of a write that was sent.
    const isDenied = denied && !calls.some((call) => call.effect === 'WRITE' && isAbout(call, id ?? ''))
    return was(id) && is(id) && !isDenied ? [`a ${kind} is told NOT_FOUND of what is there`] : []
  }
  if (outcome === 'UNKNOWN') {
    const { ROTATE_SECRET: rotation } = known.provider.operations
    const replaces = rotation.support !== 'UNSUPPORTED' && rotation.strategy === 'REPLACEMENT'
    const makes = kind === 'create' || (kind === 'rotate' && replaces)
    const wrong = told.candidates.filter(({ upstreamId }) => (makes ? was(upstreamId) && !stale : upstreamId !== id))
    return wrong.map(({ upstreamId }) => `${upstreamId} is a candidate of a ${kind}, and cannot be its outcome`)
  }
  if (outcome === 'NOT_DONE') return []
  switch (kind) {
    case 'create':
    case 'rotate':
      return isNew ? findUntrueNew(deed, told, { was, is, strange: known.strange }) : findUntrueSecret(told)
    case 'delete': {
      const others = happened.deeds.some((each) => each !== deed && each.id === id && removes(each))
      const absent = told.alreadyAbsent && was(id) && !others && !known.doomed.has(id ?? '')
      return [
        ...(is(id) ? ['a delete is told done, and the webhook is there'] : []),
        ...(absent ? ['a delete is told that there was nothing to delete, and there was'] : []),
      ]
    }
    case 'walk': {
      const reads = calls.filter(({ effect }) => effect === 'READ').length
      const isOld = id !== null && told.nodes.some(({ upstreamId }) => upstreamId === id)
      return [
        ...(isOld ? ['a page shows what was deleted before it was asked for'] : []),
        ...(id === null && reads > Math.ceil(before.length / 100) ? [`the pages of a list took ${reads} calls`] : []),
      ]
    }
    case 'list': {
      if (told.complete !== true || stale) return []
      const listed = new Set(told.nodes.map(({ upstreamId }) => upstreamId))
      const missing = before.filter((each) => is(each.id) && !listed.has(each.id))
      return missing.map(({ url }) => `a list says complete, and ${url} is missing`)
    }
    default:
      return by >= 0 && told.webhook !== undefined && told.webhook.upstreamId !== id ? ['another webhook is told'] : []
  }
}

interface Facts {
  was(id: string | null): boolean
  is(id: string | null): boolean
  readonly strange: ReadonlySet<string>
}

/** What is said of a webhook that is said to be new. */
function findUntrueNew({ kind, name, url }: Deed, told: Told, { was, is, strange }: Facts): readonly string[] {
  const { webhook } = told
  if (webhook === undefined) return [`a ${kind} is told done without a webhook`]
  const { upstreamId } = webhook
  const found = [...findUntrueSecret(told)]
  if (was(upstreamId)) found.push(`a ${kind} is told to have made what was there before`)
  if (strange.has(upstreamId)) found.push(`a ${kind} is handed out a stranger's webhook`)
  if (!is(upstreamId)) found.push(`a ${kind} is told done, and its webhook is not there`)
  const alike = kind === 'rotate' || (webhook.url === url && (webhook.name ?? name) === name)
  return alike ? found : [...found, `a ${kind} is told done of another webhook`]
}

function findUntrueSecret({ signingSecret, webhook, warnings }: Told): readonly string[] {
  if (signingSecret == null) return warnings.includes('NO_SIGNING_SECRET') ? [] : ['the secret is missing']
  const hint = webhook?.secretHint
  // One of nothing but stars says nothing of its secret.
  const isRight = hint == null || /^\*+$/.test(hint) || hint.endsWith(signingSecret.slice(-4))
  return isRight ? [] : ['the mask is that of another secret']
}
