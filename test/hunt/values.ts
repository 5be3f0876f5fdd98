import type { StoredWebhook } from '../faults/rig.ts'
import type { Deed, Happened } from './model.ts'
import { toOutcome } from './told.ts'

type Values = Pick<StoredWebhook, 'name' | 'url' | 'enabled'>
type Value = Values[keyof Values]
const fields = ['name', 'url', 'enabled'] as const

/** A write that may come into effect yet, with what it may set. */
interface Open {
  readonly id: string
  readonly by: number
  readonly field: keyof Values
  readonly value: Value
}

interface ValuesOptions {
  readonly replaces: boolean
  /** Whether an update writes what it does not name too: what is changed elsewhere meanwhile is lost. */
  readonly replacesWhole: boolean
}

/** What may be read of each webhook, by what was told of the writes to it. */
export function createValues({ replaces, replacesWhole }: ValuesOptions) {
  let open: readonly Open[] = []

  function listAllowed(webhook: StoredWebhook, field: keyof Values, writers: readonly Deed[]): ReadonlySet<Value> {
    const { id } = webhook
    const asked = writers.filter((deed) => deed[field] !== null)
    const isDone = (deed: Deed) => deed.by < 0 || toOutcome(deed.told) === 'DONE'
    const toValues = (deeds: readonly Deed[]) => deeds.flatMap((deed) => deed[field] ?? [])
    const done = toValues(asked.filter(isDone))
    const unknown = toValues(asked.filter((deed) => deed.by >= 0 && toOutcome(deed.told) === 'UNKNOWN'))
    const isLoose = replacesWhole && new Set(writers.map(({ by }) => by)).size > 1
    const kept = done.length === 0 || isLoose ? [webhook[field]] : []
    const late = open.filter((each) => each.id === id && each.field === field).map(({ value }) => value)
    return new Set([...done, ...unknown, ...kept, ...late])
  }

  /** What was acknowledged without a warning is not to be undone by an earlier write through the same gateway. */
  function close(writers: readonly Deed[]): void {
    for (const { id, by, told, ...deed } of writers) {
      if (toOutcome(told) !== 'DONE' || told?.warnings.includes('EARLIER_WRITE_UNRESOLVED') === true) continue
      open = open.filter((each) => each.id !== id || each.by !== by || deed[each.field] === null)
    }
  }

  function leaveOpen(webhook: StoredWebhook, writers: readonly Deed[]): readonly Open[] {
    const { id } = webhook
    return writers.flatMap((deed) => {
      const isOpen = toOutcome(deed.told) === 'UNKNOWN' || deed.told?.warnings.includes('RECOVERED') === true
      if (deed.by < 0 || !isOpen) return []
      return fields.flatMap((field): readonly Open[] => {
        const own = deed[field] === null ? [] : [{ id, by: deed.by, field, value: deed[field] }]
        if (!replacesWhole) return own
        return [...own, ...[...listAllowed(webhook, field, writers)].map((value) => ({ id, by: deed.by, field, value }))]
      })
    })
  }

  return {
    findChanged({ deeds, before, after }: Happened): readonly string[] {
      const now = new Map(after.map((webhook) => [webhook.id, webhook]))
      return before.flatMap((webhook) => {
        const writers = deeds.filter(({ kind, id }) => kind === 'update' && id === webhook.id)
        close(writers)
        const rotation = replaces ? deeds.find((deed) => isReplacement(deed, webhook.id)) : undefined
        const stored = now.get(webhook.id) ?? now.get(rotation?.told?.webhook?.upstreamId ?? '')
        const found =
          stored === undefined
            ? []
            : fields.flatMap((field) => {
                const allowed = listAllowed(webhook, field, writers)
                if (allowed.has(stored[field])) return []
                // Between its last look and the end of the old one, nobody can see what another gateway changes.
                if (stored.id !== webhook.id && writers.some(({ by }) => by >= 0 && by !== rotation?.by)) return []
                return [`${field} of ${webhook.url} is ${stored[field]}, and may only be ${[...allowed].join(' or ')}`]
              })
        open = [...open, ...leaveOpen(webhook, writers)]
        return found
      })
    },
  }
}

function isReplacement({ kind, id, told }: Deed, old: string): boolean {
  return kind === 'rotate' && id === old && toOutcome(told) === 'DONE'
}
