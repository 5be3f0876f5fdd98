import { ConflictError } from '../../src/errors.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { isUnsupported } from '../../src/provider/unsupported.ts'
import { budgetMs } from './faults.ts'
import { inParallel, prepare } from './matrix.ts'
import { findViolations } from './judge.ts'
import { type Asked, type Asker, describeOutcome, type Outcome, run } from './outcome.ts'
import { listOperations, openRig, type Operation, type Rig } from './rig.ts'
import type { Told } from './serial.ts'
import type { HeldCall } from './wire.ts'

// Two at the same time over one upstream account. The own call of the first one is held on its way; what becomes of it comes
// before or after the second one has had its whole turn.

const pairs = {
  'create, identical create': ['create', { operation: 'create' }],
  'update, update of another field': ['update', { operation: 'update', enabled: false }],
  'rotation, rotation': ['rotate', { operation: 'rotate' }],
  'rotation, disable': ['rotate', { operation: 'update', enabled: false }],
  'delete, update': ['delete', { operation: 'update', enabled: false }],
} as const satisfies Record<string, readonly [Operation, Partial<Asked>]>

/** Where the second one must flip the switch; a deleted webhook can be updated in another way. */
const switching = new Set<keyof typeof pairs>(['update, update of another field', 'rotation, disable'])

const seconds = ['another client', 'another slug', 'another process', 'dashboard user'] as const
const fates = [
  'completes',
  'request lost',
  'processed first, response lost',
  'processed second, response lost',
  'response lost, processed late',
] as const

export interface Scenario {
  readonly pair: keyof typeof pairs
  readonly second: (typeof seconds)[number]
  /** What becomes of the call of the first one. */
  readonly fate: (typeof fates)[number]
}

export interface Meeting extends Scenario {
  readonly provider: Provider
}

export interface OthersResult extends Meeting {
  /** What both are told, in a few words. */
  readonly outcome: string
  readonly violations: readonly string[]
}

/** Whether the second one waits for its turn, as the writes of one process do. */
const takesTurns = ({ second }: Scenario) => second === 'another client' || second === 'another slug'

const scenarios: readonly Scenario[] = Object.keys(pairs)
  .flatMap((pair) => seconds.flatMap((second) => fates.map((fate) => ({ pair, second, fate }) as Scenario)))
  .filter((scenario) => isPromised(scenario))

/** What one process cannot know of another one, it does not promise. What a client of the same slug meets, another slug does too. */
function isPromised({ pair, second, fate }: Scenario): boolean {
  if (second === 'another client') return fate === 'completes' || fate === 'request lost'
  if (second === 'another slug' || pair === 'create, identical create') return true
  if (second === 'dashboard user' || fate === 'response lost, processed late') return false
  return pair !== 'update, update of another field' || fate === 'request lost'
}

/** The scenarios of which a provider has both writes. */
export function listScenarios(provider: Provider): readonly Scenario[] {
  const operations = listOperations(provider)
  const hasSwitch = !isUnsupported(provider.fields.enabled.onUpdate)
  return scenarios.filter(({ pair }) => {
    const [first, { operation: second }] = pairs[pair]
    const takesBoth = operations.includes(first) && operations.includes(second)
    return takesBoth && (hasSwitch || !switching.has(pair))
  })
}

/** Every scenario at these providers. */
export function listMeetings(providers: readonly Provider[]): readonly Meeting[] {
  return providers.flatMap((provider) => listScenarios(provider).map((scenario) => ({ provider, ...scenario })))
}

export function runOthers(meetings: readonly Meeting[]): Promise<readonly OthersResult[]> {
  return inParallel(meetings.map((meeting) => () => runMeeting(meeting)))
}

async function runMeeting({ provider, ...scenario }: Meeting): Promise<OthersResult> {
  const rig = await openRig(provider, budgetMs, { slugs: [provider.name, 'again'] })
  try {
    const [operation, second] = pairs[scenario.pair]
    const more = isUnsupported(provider.fields.enabled.onUpdate) ? { operation: second.operation } : second
    // The equal one of a create is made by the second one.
    const asked = { ...(await prepare(rig, operation === 'create' ? 'update' : operation)), operation }
    const before = await rig.readStored()
    const since = rig.standIn.calls.length
    const both = await meet(rig, scenario, asked, { ...asked, ...more })
    const after = await rig.readStored()
    return {
      provider,
      ...scenario,
      outcome: both.map(({ outcome }) => describeOutcome(outcome, 1)).join('; '),
      violations: await findViolations({
        rig,
        scenario,
        takesTurns: takesTurns(scenario),
        both,
        before,
        after,
        calls: rig.standIn.calls.slice(since),
      }),
    }
  } finally {
    await rig.close()
  }
}

/** Runs both, so that they meet as the scenario says. */
async function meet(rig: Rig, scenario: Scenario, asked: Asked, other: Asked): Promise<readonly [Told, Told]> {
  const held = rig.holdNext(asked.operation)
  const running = run(rig, asked)
  await Promise.race([held.reached, running])
  const begin = () => (scenario.second === 'dashboard user' ? createByHand(rig, held) : run(toAsker(rig, scenario), other))
  const tell = async (second: Promise<Outcome>): Promise<readonly [Told, Told]> => [
    { asked, outcome: await running },
    { asked: other, outcome: await second },
  ]
  if (scenario.fate === 'response lost, processed late') {
    held.lose()
    await running
    const second = begin()
    await second
    await held.carryOut()
    return tell(second)
  }
  if (scenario.fate === 'processed first, response lost') await held.carryOut()
  const second = begin()
  // Who waits for a turn has it only when the first one is done.
  if (!takesTurns(scenario)) await second
  if (scenario.fate === 'processed second, response lost') await held.carryOut()
  if (scenario.fate === 'completes') held.pass()
  else held.lose()
  return tell(second)
}

function toAsker(rig: Rig, { second }: Scenario): Asker {
  const { provider } = rig
  if (second === 'another slug') return { ...rig, slug: 'again' }
  return second === 'another process' ? { provider, gateway: rig.openOther() } : rig
}

/** The same webhook as in the held call, made at the dashboard: without what a gateway adds to know its own. */
async function createByHand({ hands }: Rig, held: HeldCall): Promise<Outcome> {
  const count = async () => (await hands.look()).length
  const before = await count()
  await hands.createLike(held.readBody())
  const error = (await count()) > before ? null : new ConflictError('There is one of this name.', 'name', null)
  return { error, webhooks: [], warnings: [], signingSecret: null }
}
