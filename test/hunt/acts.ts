import { isUnsupported } from '../../src/provider/unsupported.ts'
import { hasNames, toChange, toDraft } from '../helpers/draft.ts'
import { isAbout } from './front.ts'
import type { Act, Family } from './history.ts'
import type { Deed, Model } from './model.ts'
import type { Door, Rig } from './rig.ts'
import { documents, readTold, toCreates, type Told, toOutcome } from './told.ts'

/** Through no gateway. */
export const stranger = -1
/** What one operation creates. */
const many = 5

export interface Story {
  readonly rig: Rig
  readonly model: Model
  readonly family: Family
  /** Makes names that nobody else has. */
  count: number
  /** How many calls had come in when the process was to end. */
  stoppedAt: number | null
}

type Planned = Omit<Deed, 'told' | 'tookMs' | 'strangersSecret' | 'mustNotBegin'>

/** One operation, whose fields are these deeds. */
interface Plan {
  readonly query: string
  readonly variables: object
  readonly deeds: readonly Planned[]
}

/** One act, and what its caller was told. */
export async function act(story: Story, given: Act): Promise<readonly Deed[]> {
  const { doors } = story.rig
  const door = doors[given.door % doors.length]
  if (door === undefined) return []
  if (given.kind === 'strangersCreate') return createStrangely(story, `Place-${given.place}`, toUrl(`place-${given.place}`))
  if (given.kind === 'walk') return walk(story, door, given)
  if (given.kind === 'reload') {
    door.reload()
    return []
  }
  story.count += 1
  const fresh = `N${story.count}`
  const plan = planCreate(story, door, given, fresh) ?? planOther(story, door, given, fresh)
  return plan === null ? [] : carryOut(story, door, given, plan)
}

export const toUrl = (name: string) => `https://hooks.acme.test/${name}`

function planCreate({ rig }: Story, door: Door, { kind, place }: Act, fresh: string): Plan | null {
  const { provider } = rig
  const common = { kind: 'create', by: door.gateway, id: null, enabled: null } as const
  const plan = (names: readonly string[], urls: readonly string[]): Plan => ({
    query: toCreates(names.length),
    variables: Object.fromEntries(
      names.map((name, index) => [
        `input${index}`,
        { ...toDraft(provider, { name, url: urls[index] ?? '' }), account: door.slug },
      ]),
    ),
    deeds: names.map((name, index) => ({ ...common, name: hasNames(provider) ? name : null, url: urls[index] ?? '' })),
  })
  if (kind === 'create') return plan([place > 0 ? `Place-${place}` : fresh], [toUrl(place === 0 ? fresh : `place-${place}`)])
  if (kind !== 'createMany') return null
  const names = Array.from({ length: many }, (_, index) => `${fresh}-${index}`)
  return plan(names, names.map(toUrl))
}

/** Null for what the provider cannot do, and where there is nothing to do it to. */
function planOther({ rig, model }: Story, door: Door, { kind, target, field }: Act, fresh: string): Plan | null {
  const { VERIFY: verify, ROTATE_SECRET: rotation } = rig.provider.operations
  const own = model.listOwn()
  const upstreamId = own[target % Math.max(1, own.length)]
  const nothing = { kind, by: door.gateway, id: null, name: null, url: null, enabled: null }
  if (kind === 'list') return { query: documents.list, variables: { slug: door.slug }, deeds: [nothing] }
  if (kind === 'getNothing') {
    return { query: documents.get, variables: { id: door.toId(fresh) }, deeds: [{ ...nothing, id: fresh }] }
  }
  if (upstreamId === undefined) return null
  const id = door.toId(upstreamId)
  const deed = { ...nothing, id: upstreamId }
  switch (kind) {
    case 'update': {
      const isSwitched = field !== 'name' && !isUnsupported(rig.provider.fields.enabled.onUpdate)
      const change = isSwitched ? { enabled: field === 'on' } : toChange(rig.provider, fresh)
      return { query: documents.update, variables: { input: { id, ...change } }, deeds: [{ ...deed, ...change }] }
    }
    case 'rotate':
      if (rotation.support === 'UNSUPPORTED') return null
      return { query: documents.rotate, variables: { input: { id, strategy: rotation.strategy } }, deeds: [deed] }
    case 'verify':
      if (verify.support === 'UNSUPPORTED') return null
      return { query: documents.verify, variables: { input: { id } }, deeds: [deed] }
    case 'delete':
      return { query: documents.delete, variables: { input: { id } }, deeds: [deed] }
    case 'get':
      return { query: documents.get, variables: { id }, deeds: [deed] }
    case 'getBeside':
      return { query: documents.getBeside, variables: { id, other: door.toId(fresh) }, deeds: [deed] }
    case 'create':
    case 'createMany':
    case 'walk':
    case 'reload':
    case 'strangersCreate':
      return null
  }
}

/** Goes through the pages of a list; between the first two of them, somebody else may delete a webhook through the same gateway. */
async function walk(story: Story, door: Door, given: Act): Promise<readonly Deed[]> {
  const own = story.rig.doors.filter(({ gateway }) => gateway === door.gateway)
  const other = own[given.target % own.length] ?? door
  const deletes = given.field === 'off' ? planOther(story, other, { ...given, kind: 'delete' }, '') : null
  const pages: Told[] = []
  const deeds: Deed[] = []
  for (let after: string | null = null; ;) {
    const [page] = readTold(await door.ask(documents.page, { slug: door.slug, after }, new AbortController().signal))
    if (page === undefined) return deeds
    if (deletes !== null && pages.length === 0) deeds.push(...(await carryOut(story, other, given, deletes)))
    pages.push(page)
    after = page.pageInfo?.endCursor ?? null
    if (page.pageInfo?.hasNextPage !== true) break
  }
  const [first, ...later] = pages
  if (first === undefined) return deeds
  const [deletion] = deeds
  const read = { by: door.gateway, name: null, url: null, enabled: null, tookMs: 0, mustNotBegin: false, strangersSecret: null }
  const all = { ...first, complete: pages.every(({ complete }) => complete), nodes: pages.flatMap(({ nodes }) => nodes) }
  const gone = deletion !== undefined && toOutcome(deletion.told) === 'DONE' ? deletion.id : null
  return [
    ...deeds,
    { ...read, kind: 'list', id: null, told: all },
    { ...read, kind: 'walk', id: gone, told: { ...first, nodes: later.flatMap(({ nodes }) => nodes) } },
  ]
}

async function carryOut({ rig }: Story, door: Door, { kind, leavesMs }: Act, plan: Plan): Promise<readonly Deed[]> {
  const { query, variables, deeds } = plan
  const caller = new AbortController()
  const startedMs = rig.clock.now()
  let mustNotBegin = false
  const leave = () => {
    mustNotBegin = deeds.every((deed) => isWaiting(rig, deed))
    caller.abort()
  }
  const leaving = leavesMs === null ? undefined : setTimeout(leave, leavesMs)
  let told: readonly Told[] = []
  try {
    const text = await door.ask(query, variables, caller.signal)
    if (!caller.signal.aborted) told = readTold(text)
  } catch (error) {
    if (!caller.signal.aborted) throw new Error(`A ${kind} failed: ${rig.bugs.join('')}`, { cause: error })
  }
  clearTimeout(leaving)
  const tookMs = (rig.clock.now() - startedMs) / deeds.length
  return deeds.map((deed, index) => ({ ...deed, told: told[index] ?? null, tookMs, mustNotBegin, strangersSecret: null }))
}

/** Whether a write is sure to wait for its turn: another one to the same is held by the provider, and nothing of it was sent. */
function isWaiting({ front, doors }: Rig, { kind, name, url, id }: Planned): boolean {
  const key = kind === 'create' ? url : kind === 'update' ? id : null
  if (key === null || name === null || doors.some(({ gateway }) => gateway !== doors[0]?.gateway)) return false
  return front.isHolding(key) && !front.calls.some((call) => isAbout(call, name))
}

/** Somebody at the dashboard makes a webhook. */
export async function createStrangely({ rig, model }: Story, name: string, url: string): Promise<readonly Deed[]> {
  const made = await rig.hands.create(name, url)
  if (made === null) return []
  model.noteStranger(made.id)
  const told = null
  const deed = { kind: 'strangersCreate', by: stranger, id: made.id, name, url, enabled: null, told, tookMs: 0 } as const
  return [{ ...deed, mustNotBegin: false, strangersSecret: made.secret }]
}
