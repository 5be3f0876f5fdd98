import * as z from 'zod'
import type { Deed, Happened } from './model.ts'
import { toOutcome } from './told.ts'

const body = z.object({ id: z.string().optional(), url: z.string().optional() })

/** More calls that make or change something than anybody asked for; a 429 says that nothing was done. */
export function findRepeats({ deeds, before, calls }: Happened, replaces: boolean): readonly string[] {
  const urls = new Map(before.map(({ id, url }) => [id, url]))
  const asked = deeds.filter(({ by }) => by >= 0)
  const made = new Map<string, number>()
  for (const { effect, method, path, text, status } of calls) {
    if (effect === 'READ' || method === 'DELETE' || status === 429) continue
    const sent = body.safeParse(text === '' ? {} : JSON.parse(text)).data
    const [, id = sent?.id, action = ''] = /\/webhooks(?:\/([^/]+)(\/.*)?)?$/.exec(path) ?? []
    const what = method === 'POST' ? (id === undefined ? `POST ${sent?.url}` : `POST ${id}${action}`) : `PUT ${id}`
    made.set(what, (made.get(what) ?? 0) + 1)
  }

  function countAllowed(what: string): number {
    const [method = '', key = ''] = what.split(' ')
    const [id = '', action] = key.split(/(?=\/(?:verification|rotate-key)$)/)
    const about = asked.filter((deed) => deed.id === id)
    if (method === 'PUT') return about.filter(({ kind }) => kind === 'update' || kind === 'rotate').length
    if (action === '/rotate-key') return about.filter(({ kind }) => kind === 'rotate').length + asked.filter(mayRecover).length
    if (action !== undefined) return about.filter(({ kind }) => kind === 'verify' || kind === 'rotate').length
    const rotated = asked.filter((deed) => replaces && deed.kind === 'rotate' && urls.get(deed.id ?? '') === key)
    return asked.filter((deed) => deed.kind === 'create' && deed.url === key).length + rotated.length
  }

  return [...made].flatMap(([what, count]) => {
    // Of what was made in this round, and of its twins, nothing is to be said.
    const key = what.split(' ')[1] ?? ''
    const isKnown = key.startsWith('https:') || before.some(({ id }) => key === id || key.startsWith(`${id}/`))
    const most = countAllowed(what)
    return isKnown && count > most ? [`${what} was sent ${count} times, and asked for ${most} times`] : []
  })
}

/** A create that is found again may rotate the key of what it has made. */
function mayRecover({ kind, told }: Deed): boolean {
  return kind === 'create' && (toOutcome(told) === 'UNKNOWN' || told?.warnings.includes('RECOVERED') === true)
}
