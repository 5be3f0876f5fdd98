import type { Provider } from '../../src/provider/provider.ts'
import type { StoredWebhook } from '../faults/rig.ts'
import type { FrontCall } from './front.ts'
import type { ActKind, Family } from './history.ts'
import { findRepeats } from './repeats.ts'
import { findUntrue } from './rules.ts'
import { type Told, toOutcome } from './told.ts'
import { createValues } from './values.ts'

/** What somebody did, and what the caller was told of it. */
export interface Deed {
  readonly kind: ActKind
  /** The gateway that it went through; below zero: none. */
  readonly by: number
  /** The webhook that it is about; of a stranger's create, the one that it made. */
  readonly id: string | null
  /** What it asked for. */
  readonly name: string | null
  readonly url: string | null
  readonly enabled: boolean | null
  /** Null for a caller who did not wait, and for strangers. */
  readonly told: Told | null
  /** By a clock that stands still while the machine is busy. */
  readonly tookMs: number
  /** Whether its caller left when it was sure not to have begun. */
  readonly mustNotBegin: boolean
  readonly strangersSecret: string | null
}

/** What happened at the same time, and what was upstream before and after. */
export interface Happened {
  readonly deeds: readonly Deed[]
  readonly before: readonly StoredWebhook[]
  readonly after: readonly StoredWebhook[]
  readonly calls: readonly FrontCall[]
  /** For how long the machine was busy with something else meanwhile. */
  readonly lagMs?: number
  /** Whether callers repeat their writes with their keys. */
  readonly areRepeated?: boolean
  /** Whether reads showed what was before. */
  readonly stale?: boolean
  /** Whether the provider itself said of something that it is not there, and it was. */
  readonly denied?: boolean
}

export interface ModelOptions {
  readonly provider: Provider
  readonly family: Family
  readonly timeoutMs: number
  /** Whether nothing is wrong with the provider. */
  readonly healthy: boolean
}

export type Model = ReturnType<typeof createModel>

const writes: ReadonlySet<ActKind> = new Set(['create', 'strangersCreate', 'update', 'rotate'])

/** Whether a deed may have made a webhook of which nobody was told. */
function mayMake({ kind, told, by }: Deed, replaces: boolean): boolean {
  return by >= 0 && (kind === 'create' || (kind === 'rotate' && replaces)) && toOutcome(told) === 'UNKNOWN'
}

/** Holds what callers were told against what is upstream. It knows nothing of how a gateway works. */
export function createModel(options: ModelOptions) {
  const { ROTATE_SECRET: rotation } = options.provider.operations
  const replaces = rotation.support !== 'UNSUPPORTED' && rotation.strategy === 'REPLACEMENT'
  // An update that is based on a read writes back what it does not name.
  const values = createValues({ replaces, replacesWhole: options.provider.operations.UPDATE.support === 'EMULATED' })
  const own = new Set<string>()
  const strange = new Set<string>()
  /** Each webhook that a caller was told to have made, and each secret. */
  const handed = new Set<string>()
  /** URLs of webhooks that may have been made, or be made yet, without anybody being told. */
  const unborn: string[] = []
  const writers = new Map<string, Set<number>>()
  /** Webhooks that may be deleted yet. */
  const doomed = new Set<string>()
  /** Secrets one of which works; of one webhook there are several where they were given at the same time. */
  let grants: readonly Grant[] = []
  /** Rotations that may have come, or may come yet, without anybody being told. */
  let rotations: readonly Deed[] = []

  function findGone({ deeds, before, after }: Happened): readonly string[] {
    const left = new Set(after.map(({ id }) => id))
    for (const { kind, id, told } of deeds) {
      if (id === null) continue
      const unsure = kind === 'rotate' && told?.warnings.includes('OLD_WEBHOOK_UNKNOWN') === true
      const unanswered = kind === 'delete' ? toOutcome(told) === 'UNKNOWN' : kind === 'rotate' && replaces && told === null
      if (unsure || unanswered) doomed.add(id)
    }
    const deleted = new Set(deeds.filter((deed) => isDeletion(deed)).map(({ id }) => id))
    return before.flatMap(({ id, url }) => {
      if (left.has(id) || deleted.has(id) || doomed.has(id)) return []
      return [`${strange.has(id) ? "a stranger's" : 'a'} webhook (${url}) is gone, and nobody was told to have deleted it`]
    })
  }

  function isDeletion({ kind, by, told }: Deed): boolean {
    if (kind === 'delete') return by < 0 || toOutcome(told) !== 'NOT_DONE'
    return kind === 'rotate' && replaces && toOutcome(told) === 'DONE' && told?.warnings.includes('OLD_WEBHOOK_KEPT') === false
  }

  function findBorn({ deeds, before, after }: Happened): readonly string[] {
    const there = new Set(before.map(({ id }) => id))
    const told = new Set(
      deeds.flatMap((deed) => [deed.told?.webhook?.upstreamId, deed.kind === 'strangersCreate' ? deed.id : null]),
    )
    const urls = new Map(before.map(({ id, url }) => [id, url]))
    for (const deed of deeds) {
      if (mayMake(deed, replaces)) unborn.push((deed.kind === 'create' ? deed.url : urls.get(deed.id ?? '')) ?? '')
    }
    return after.flatMap(({ id, url }) => {
      if (there.has(id) || told.has(id)) return []
      const at = unborn.indexOf(url)
      if (at === -1) return [`there is a webhook (${url}) that nobody was told of`]
      unborn.splice(at, 1)
      return []
    })
  }

  function noteWriters(deeds: readonly Deed[]): void {
    for (const { kind, id, by, told } of deeds) {
      if (!writes.has(kind)) continue
      for (const written of [id, told?.webhook?.upstreamId]) {
        if (written != null) writers.set(written, (writers.get(written) ?? new Set()).add(by))
      }
    }
  }

  /** What callers may rely on from now on. */
  function learn({ deeds, after }: Happened): void {
    const left = new Set(after.map(({ id }) => id))
    for (const { kind, id } of deeds) if (kind === 'strangersCreate' && id !== null) strange.add(id)
    const given = deeds.flatMap((deed) => toGrant(deed))
    const renewed = new Set(given.map(({ id }) => id))
    grants = [...grants.filter(({ id }) => !renewed.has(id)), ...given]
    for (const { id, secret, by } of given) {
      if (by >= 0) own.add(id)
      handed.add(id).add(secret)
    }
    for (const { kind, told } of deeds) {
      const made = told?.webhook?.upstreamId
      if (made !== undefined && kind === 'create') own.add(made)
    }
    learnRotations(deeds)
    for (const ids of [own, strange]) for (const id of ids) if (!left.has(id)) ids.delete(id)
  }

  function learnRotations(deeds: readonly Deed[]): void {
    const rotated = deeds.filter(({ kind, by }) => kind === 'rotate' && by >= 0)
    // Of what another gateway was not told, this one cannot warn.
    const settled = rotated.filter(
      ({ told }) => toOutcome(told) === 'DONE' && !told?.warnings.includes('EARLIER_WRITE_UNRESOLVED'),
    )
    const open = rotated.filter(({ told }) => toOutcome(told) === 'UNKNOWN')
    rotations = [...rotations.filter(({ id, by }) => !settled.some((each) => each.id === id && each.by === by)), ...open]
  }

  return {
    /** Webhooks that callers were told of and that are there. */
    listOwn: (): readonly string[] => [...own],
    listStrange: (): readonly string[] => [...strange],
    noteStranger: (id: string): void => void strange.add(id),

    /** Secrets one of which works, by their webhook. */
    listSecrets(): readonly { readonly id: string; readonly secrets: readonly string[] }[] {
      const there = grants.filter(({ id }) => own.has(id) || strange.has(id))
      return [...Map.groupBy(there, ({ id }) => id)]
        .filter(([id]) => !rotations.some((each) => each.id === id))
        .map(([id, granted]) => ({ id, secrets: granted.map(({ secret }) => secret) }))
    },

    judge(happened: Happened): readonly string[] {
      noteWriters(happened.deeds)
      const violations = [
        ...findUntrue(happened, { ...options, handed, strange, doomed, writers }),
        ...findRepeats(happened, options.provider, replaces),
        ...findGone(happened),
        ...findBorn(happened),
        ...values.findChanged(happened),
      ]
      learn(happened)
      return violations
    },
  }
}

interface Grant {
  readonly id: string
  readonly secret: string
  readonly by: number
}

/** The secret that a deed has given to somebody. */
function toGrant({ kind, id, by, told, strangersSecret }: Deed): readonly Grant[] {
  if (strangersSecret !== null && id !== null) return [{ id, secret: strangersSecret, by }]
  const { webhook, signingSecret } = told ?? {}
  if ((kind !== 'create' && kind !== 'rotate') || webhook === undefined || signingSecret == null) return []
  return [{ id: webhook.upstreamId, secret: signingSecret, by }]
}
