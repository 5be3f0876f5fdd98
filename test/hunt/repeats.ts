import { getRepeat } from '../../src/gateway/write/recover.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { isUnsupported } from '../../src/provider/unsupported.ts'
import { fits } from '../hands/call.ts'
import { getWays } from '../hands/hands.ts'
import { type FrontCall, isAbout } from './front.ts'
import type { Deed, Happened } from './model.ts'
import { toOutcome } from './told.ts'

/** More calls that make or change something than anybody asked for. */
export function findRepeats(
  { deeds, before, calls, areRepeated = false }: Happened,
  provider: Provider,
  replaces: boolean,
): readonly string[] {
  const { own, makes } = getWays(provider)
  const { recovery } = provider
  const urls = new Map(before.map(({ id, url }) => [id, url]))
  const asked = deeds.filter(({ by }) => by >= 0)
  // A key whose write was refused is free for whoever repeats it.
  const isUndone = ({ status, isRefused }: FrontCall) => status === 429 || (areRepeated && isRefused)
  const sent = calls.filter((call) => call.effect === 'WRITE' && !isUndone(call))

  /** A create that the provider makes nothing of when it arrives again counts once. */
  const toCreate = (call: FrontCall, index: number) =>
    getRepeat(provider) === undefined ? String(index) : `${call.key} ${call.said}`
  const created = Map.groupBy(new Map(sent.filter(makes).map((call, index) => [toCreate(call, index), call])).values(), readUrl)

  function countCreates(url: string): number {
    const rotated = asked.filter((deed) => replaces && deed.kind === 'rotate' && urls.get(deed.id ?? '') === url)
    return asked.filter((deed) => deed.kind === 'create' && deed.url === url).length + rotated.length
  }

  // Of what was made in this round, and of its twins, nothing is to be said.
  const changed = sent.flatMap((call) => {
    const id = makes(call) || fits(call, own.delete) ? undefined : before.find((webhook) => isAbout(call, webhook.id))?.id
    return id === undefined ? [] : [{ call, id, what: `${call.method} ${call.path} ${call.field ?? ''} of ${id}` }]
  })

  function countChanges(call: FrontCall, id: string): number {
    const kinds = (['update', 'rotate', 'verify'] as const).filter((kind) => fits(call, own[kind]))
    const about = asked.filter((deed) => deed.id === id && kinds.some((kind) => kind === deed.kind))
    const rotates = kinds.includes('rotate') && !isUnsupported(recovery) && recovery.rotates
    return about.length + (rotates ? asked.filter(mayRecover).length : 0)
  }

  const tell = (what: string, count: number, most: number) =>
    count > most ? [`${what} was sent ${count} times, and asked for ${most} times`] : []
  return [
    ...[...created].flatMap(([url, each]) => tell(`a create of ${url}`, each.length, countCreates(url))),
    ...[...Map.groupBy(changed, ({ what }) => what)].flatMap(([what, each]) => {
      const [first] = each
      return first === undefined ? [] : tell(what, each.length, countChanges(first.call, first.id))
    }),
  ]
}

function readUrl({ said }: FrontCall): string {
  return /"(https:[^"]*)"/.exec(said)?.[1] ?? 'nothing'
}

/** A create that is found again may rotate the key of what it has made. */
function mayRecover({ kind, told }: Deed): boolean {
  return kind === 'create' && (toOutcome(told) === 'UNKNOWN' || told?.warnings.includes('RECOVERED') === true)
}
