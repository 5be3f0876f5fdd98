import { areVague, type Asked, findFits, groupByUrl, type Meaning } from '../../plan/fit.ts'
import { toHref } from '../../provider/answers.ts'
import type { DesiredWebhook } from '../file/desired.ts'
import type { PulledAccount, PulledWebhook } from './actual.ts'

/** What a webhook of a file is. One that no plan changes is kept. One that is repeated is what that at another place is already. */
export type Match = PulledWebhook | 'KEPT' | { readonly repeated: number } | undefined

/** Which webhook each of those in the file is, each at most once: the oldest that a plan can take it for and that is left. */
export function matchAll(given: readonly Asked[], { provider, webhooks, others }: Omit<PulledAccount, 'slug'>): readonly Match[] {
  const known = given.map(({ id, name, url }) => ({ id, name, url: toHref(url) }))
  // Claimed from the end.
  const all = [...others, ...webhooks.toReversed()]
  const fits = findFits(provider, all, known)
  const claims = new Map<(typeof all)[number] | undefined, number>()
  const matches: Match[] = []

  /** The first one that nobody has claimed. */
  function claim(found: typeof all, index: number): Match {
    while (found.length > 1 && claims.has(found.at(-1))) found.pop()
    const webhook = found.at(-1)
    if (webhook === undefined) return undefined
    const claimer = claims.get(webhook)
    if (claimer !== undefined) return { repeated: claimer }
    claims.set(webhook, index)
    return 'obstacle' in webhook ? 'KEPT' : webhook
  }

  // One that has a name takes its webhook from one that is known by the URL of that.
  for (const isNamed of [true, false])
    for (const [index, { desired, found }] of fits.entries())
      if ((desired.name !== undefined) === isNamed) matches[index] = claim(found, index)
  // One that was renamed since is known by its URL, unless something else has that.
  const [urls, byUrl] = [Map.groupBy(known, ({ url }) => url), groupByUrl(all)]
  for (const [index, { url }] of known.entries()) {
    const found = byUrl.get(url) ?? []
    const [webhook] = found
    if (matches[index] !== undefined || webhook === undefined) continue
    const isAlone = found.length === 1 && urls.get(url)?.length === 1 && !claims.has(webhook)
    if ('obstacle' in webhook) matches[index] = 'KEPT'
    else if (isAlone && webhook.fields.name !== undefined) matches[index] = webhook
  }
  return matches
}

/** The webhooks that the file is to say with their ID, if it says what these are and has those that are added. */
export function findVague(
  known: readonly DesiredWebhook[],
  matches: readonly Match[],
  added: readonly PulledWebhook[],
  { provider, webhooks, others }: Omit<PulledAccount, 'slug'>,
): ReadonlySet<Match> {
  const meanings = [
    ...known.flatMap((each, index) => toMeaning(each, matches[index])),
    ...added.map((webhook) => ({ ...webhook.fields, url: toHref(webhook.url), webhook })),
  ]
  const isVague = areVague(provider, [...webhooks, ...others], meanings)
  return new Set(meanings.flatMap(({ webhook }, index) => (webhook !== null && isVague[index] === true ? [webhook] : [])))
}

/** What a webhook of the file is known by once it says what exists. */
function toMeaning(known: DesiredWebhook, match: Match): readonly (Meaning & { readonly webhook: PulledWebhook | null })[] {
  if (match === 'KEPT') return [{ id: known.id, name: known.name, url: toHref(known.url), webhook: null }]
  if (match === undefined || 'repeated' in match) return []
  const name = match.listUnsaid(known).includes('name') ? undefined : known.name && (match.fields.name ?? known.name)
  return [{ id: known.id === match.id ? known.id : undefined, name, url: toHref(match.url), webhook: match }]
}
