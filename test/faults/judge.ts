import { OutcomeUnknownError } from '../../src/errors.ts'
import { getRepeat } from '../../src/gateway/write/recover.ts'
import { readKey } from '../helpers/stand-in.ts'
import { describeOutcome, replaces } from './outcome.ts'
import type { Scenario } from './others.ts'
import type { Rig, StoredWebhook } from './rig.ts'
import { fits } from '../hands/call.ts'
import { getWays } from '../hands/hands.ts'
import { isExplained, type Told, toText } from './serial.ts'

/** How two at the same time have met, and what came of it. */
export interface Meeting {
  /** Whether the second one waited for its turn. */
  readonly takesTurns: boolean
  readonly rig: Rig
  readonly scenario: Scenario
  readonly both: readonly [Told, Told]
  readonly before: readonly StoredWebhook[]
  readonly after: readonly StoredWebhook[]
  readonly calls: Rig['standIn']['calls']
}

/** Every way in which what the two were told is not what is true upstream. */
export async function findViolations(facts: Meeting): Promise<readonly string[]> {
  return [findLie(facts), findShared(facts), findRepeat(facts), findForeign(facts), ...(await findDead(facts))].filter(
    (violation) => violation !== null,
  )
}

const isWarned = ({ outcome: { warnings } }: Told) => warnings.some(({ code }) => code === 'EARLIER_WRITE_UNRESOLVED')

function findLie({ rig: { provider }, scenario, takesTurns, both, before, after }: Meeting): string | null {
  const [first, second] = both
  // Nobody who was told that it is done, and not warned, finds it undone by what came before.
  const isFirst = takesTurns || scenario.fate === 'response lost, processed late'
  const order = isWarned(second) ? 'WARNED' : isFirst ? 'FIRST' : 'ANY'
  if (isExplained(provider, before, both, after, order)) return null
  const told = [first, second].map(({ outcome }) => describeOutcome(outcome, 1)).join('; ')
  return `told ${told}, but upstream is ${toText(after, new Set(before.map(({ id }) => id)))}`
}

/** Never one webhook for two creates, nor one that was there before as what may have come of one. */
function findShared({ rig: { provider }, both, before }: Meeting): string | null {
  const making = both.filter(({ asked: { operation } }) => operation === 'create' || replaces(provider, operation))
  const given = making.flatMap(({ outcome: { webhooks } }) => webhooks.map(({ upstreamId }) => upstreamId))
  if (new Set(given).size < given.length) return 'one webhook was handed out twice'
  const offered = making.flatMap(({ outcome: { error } }) => (error instanceof OutcomeUnknownError ? error.candidates : []))
  const were = new Set(before.map(({ id }) => id))
  return [...given, ...offered.map(({ upstreamId }) => upstreamId)].some((id) => were.has(id)) ? 'it was there before' : null
}

/** Never more than one call for each of the two that changes something, but for deletes. */
function findRepeat({ rig: { provider }, both, calls }: Meeting): string | null {
  const deletes = getWays(provider).own.delete
  const writes = calls.filter((call) => call.effect === 'WRITE' && !fits(call, deletes) && !/verif\w*$/.test(call.path))
  // A repeat with the provider's own key is carried out once; where that is the webhook's ID, all of its text is the same.
  const isKeyed = getRepeat(provider) !== undefined
  const own = [...new Map(writes.map((call, index) => [readKey(call) ?? (isKeyed ? call.text : index), call])).values()]
  const most = both.filter(({ asked: { operation } }) => operation !== 'delete').length
  const repaired = provider.name === 'baanx' ? both.filter(({ outcome }) => outcome.webhooks.length > 0).length : 0
  return own.length > most + repaired ? `${own.length} writes were sent for ${most}` : null
}

/** Never a key rotated that is not the own one. */
function findForeign({ both, calls }: Meeting): string | null {
  const own = new Set(
    both.flatMap(({ asked, outcome }) =>
      asked.operation === 'rotate' ? [asked.upstreamId] : outcome.webhooks.map(({ upstreamId }) => upstreamId),
    ),
  )
  const rotated = calls.flatMap(({ path }) => /\/webhooks\/([^/]+)\/rotate-key$/.exec(path)?.[1] ?? [])
  return rotated.every((id) => own.has(id)) ? null : 'somebody else’s key was rotated'
}

/** Never a secret handed out that signs nothing, unless the other one has rotated after it. */
async function findDead({ rig, scenario, takesTurns, both, after }: Meeting): Promise<readonly string[]> {
  const [first, second] = both
  const isLate = ['completes', 'processed second, response lost', 'response lost, processed late'].includes(scenario.fate)
  const mayEnd = (told: Told) => {
    if (scenario.pair !== 'rotation, rotation') return false
    return told === first ? second.outcome.error === null : isWarned(second) || (!takesTurns && isLate)
  }
  const dead = await Promise.all(
    both.map(async (told) => {
      const { signingSecret, webhooks } = told.outcome
      const [webhook] = webhooks
      if (signingSecret === null || webhook === undefined || mayEnd(told)) return null
      const isThere = after.some(({ id }) => id === webhook.upstreamId)
      return isThere && (await rig.hands.isAlive(webhook.upstreamId, signingSecret)) ? null : 'the secret signs nothing'
    }),
  )
  return dead.filter((violation) => violation !== null)
}
