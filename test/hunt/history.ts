import fc from 'fast-check'
import type { Kind, Trouble } from './troubles.ts'

export const actKinds = [
  'create',
  'createMany',
  'update',
  'delete',
  'rotate',
  'verify',
  'get',
  'getBeside',
  'getNothing',
  'list',
  'walk',
  'reload',
  'strangersCreate',
] as const
export type ActKind = (typeof actKinds)[number]

/** What somebody does. Numbers pick among what there is. */
export interface Act {
  readonly kind: ActKind
  /** By which gateway and slug. */
  readonly door: number
  readonly target: number
  /** What a create is for: those for the same are equal. */
  readonly place: number
  readonly field: 'name' | 'on' | 'off'
  /** When its caller leaves; null for one that stays. */
  readonly leavesMs: number | null
}

/** What somebody else does in the middle of a round. */
export type Meanwhile = 'deletes between pages' | 'disables the original' | 'stops the gateway'

/**
 * What befalls a process: it is killed and started again, stopped until another one has taken over or for a moment, or replaced by the
 * other version; or its connections to the database break, are refused, held up, slow, or lose the answer to a commit.
 */
export type BlowKind = 'kill' | 'pause' | 'nap' | 'roll' | 'break' | 'cut' | 'hold' | 'slow' | 'lose'

export interface Blow {
  readonly kind: BlowKind
  /** Null for the one that has sent the call. */
  readonly process: number | null
  /** After how many calls of the round. */
  readonly atCall: number
}

/** What happens at the same time. */
export interface Round {
  readonly acts: readonly Act[]
  readonly troubles: readonly Trouble[]
  readonly blows: readonly Blow[]
  readonly meanwhile: Meanwhile | null
  readonly clockMs: number
}

export interface History {
  readonly provider: string
  readonly variant: string | undefined
  readonly gateways: number
  /** Processes that share a store, instead of gateways that do not. */
  readonly processes: number
  readonly slugs: number
  readonly seeds: number
  readonly skewMs: number
  readonly rounds: readonly Round[]
}

type Weights<Name extends string> = Readonly<Partial<Record<Name, number>>>

/** Where histories lean to. */
export interface Family {
  readonly name: string
  readonly providers: readonly string[]
  readonly gateways?: readonly number[]
  readonly processes?: readonly number[]
  readonly slugs?: readonly number[]
  readonly seeds?: number
  /** Webhooks of others, from the start. */
  readonly strangers?: number
  readonly rounds?: number
  readonly acts: Weights<ActKind>
  /** Acts of one round. */
  readonly crowd?: readonly [number, number]
  /** None: the provider is healthy. */
  readonly troubles?: Weights<Kind>
  readonly hits?: readonly Trouble['hits'][]
  /** How many calls one of them meets at most. */
  readonly times?: number
  readonly blows?: Weights<BlowKind>
  readonly meanwhile?: Meanwhile
  /** Whether callers leave. */
  readonly leaves?: 'some' | 'all'
  /** Whether clocks are wrong. */
  readonly clocks?: boolean
  readonly timeoutMs?: number
  readonly latencyMs?: number
  /** Calls that the account may make in 100 ms. */
  readonly pace?: number
  /** Places that creates are for; 0 gives each its own, and 'one URL' each its own name. */
  readonly places?: number | 'one URL'
  /** Variants of a provider's documentation; the first, where it has none of them. */
  readonly variants?: readonly string[]
  /** Of the stand-in, whatever is asked for. */
  readonly mostPerPage?: number
  /** Whether creates must be possible whatever goes wrong with the reads. */
  readonly creates?: true
}

const hourMs = 3_600_000
/** The place of creates for one URL, each with its own name. */
const oneUrl = -1
/** As it is printed. */
const plain = { noNullPrototype: true } as const
const leavesMs = fc.integer({ min: 1, max: 30 })

/** Random histories of a family. */
export function historyOf(family: Family): fc.Arbitrary<History> {
  const { providers, gateways = [1], processes = [0], slugs = [1], seeds = 2, rounds = 4, clocks = false } = family
  const { variants = [undefined] } = family
  const clock = clocks ? fc.constantFrom(0, -hourMs, hourMs) : fc.constant(0)
  return fc.record(
    {
      provider: fc.constantFrom(...providers),
      variant: fc.constantFrom(...variants),
      gateways: fc.constantFrom(...gateways),
      processes: fc.constantFrom(...processes),
      slugs: fc.constantFrom(...slugs),
      seeds: fc.integer({ min: Math.min(1, seeds), max: seeds }),
      skewMs: clock,
      rounds: fc.array(roundOf(family, clock), { minLength: 1, maxLength: rounds }),
    },
    plain,
  )
}

function roundOf(family: Family, clock: fc.Arbitrary<number>): fc.Arbitrary<Round> {
  const { crowd: [least, most] = [1, 3], meanwhile, troubles, blows, hits = ['writes'], times = 3 } = family
  return fc.record(
    {
      acts: fc.array(actOf(family), { minLength: least, maxLength: most }),
      troubles: troubles === undefined ? fc.constant([]) : fc.array(troubleOf(troubles, hits, times), { maxLength: 2 }),
      blows: blows === undefined ? fc.constant([]) : fc.array(blowOf(blows), { minLength: 1, maxLength: 2 }),
      meanwhile: meanwhile === undefined ? fc.constant(null) : fc.constant(meanwhile),
      clockMs: clock,
    },
    plain,
  )
}

function troubleOf(kinds: Weights<Kind>, hits: readonly Trouble['hits'][], times: number): fc.Arbitrary<Trouble> {
  return fc.record(
    {
      kind: weigh(kinds),
      hits: fc.constantFrom(...hits),
      skip: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 2 }) }),
      times: fc.integer({ min: 1, max: times }),
    },
    plain,
  )
}

function blowOf(kinds: Weights<BlowKind>): fc.Arbitrary<Blow> {
  return fc.record(
    { kind: weigh(kinds), process: fc.option(fc.nat({ max: 2 }), { freq: 2 }), atCall: fc.integer({ min: 1, max: 6 }) },
    plain,
  )
}

function actOf({ acts, leaves, places = 2 }: Family): fc.Arbitrary<Act> {
  return fc.record(
    {
      kind: weigh(acts),
      door: fc.nat({ max: 3 }),
      target: fc.nat({ max: 3 }),
      place: places === 'one URL' ? fc.constant(oneUrl) : places === 0 ? fc.constant(0) : fc.integer({ min: 1, max: places }),
      field: fc.constantFrom('name', 'off', 'on'),
      leavesMs: leaves === undefined ? fc.constant(null) : leaves === 'all' ? leavesMs : fc.option(leavesMs, { freq: 3 }),
    },
    plain,
  )
}

function weigh<Name extends string>(weights: Weights<Name>): fc.Arbitrary<Name> {
  const entries = Object.entries<number | undefined>(weights)
  return fc.oneof(...entries.map(([name, weight = 1]) => ({ weight, arbitrary: fc.constant(name as Name) })))
}
