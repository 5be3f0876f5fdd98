import type { GatewayOptions } from '../../src/gateway/gateway.ts'
import { createKeys } from '../../src/store/keys.ts'
import { openStore } from '../../src/store/open.ts'
import type { Store, StoredEntry } from '../../src/store/store.ts'
import { budgetMs } from '../faults/faults.ts'
import { prepare, takeSeeded } from '../faults/matrix.ts'
import type { Asked } from '../faults/outcome.ts'
import { openRig, type Rig, type StoredWebhook } from '../faults/rig.ts'
import { type Act, makeTrouble, send, type Told } from './act.ts'
import { type Moment, type Place, settle, startLife } from './life.ts'

/** A write, and where it is stopped; each further moment stops the settling after the one before. */
export interface Case {
  readonly act: Act
  readonly moments: readonly Moment[]
  /** How it goes on after the last moment. By default, a new process settles the entry, and then the client repeats the write. */
  readonly resumes?: 'AT_ONCE' | 'SAME_PROCESS' | 'TAKEN_OVER'
  /** What is different after the crash, in a few words. */
  readonly title?: string
  /** Of the processes after the crash. */
  readonly later?: Partial<GatewayOptions>
  /** By how much the clock is wrong after the crash. */
  readonly clockMs?: number
}

type Calls = Rig['standIn']['calls']

/** What came of a case. */
export interface Facts {
  readonly tried: Case
  readonly asked: Asked
  /** Null if the process died before it answered. */
  readonly told: Told | null
  readonly before: readonly StoredWebhook[]
  /** When the entry was settled. */
  readonly after: readonly StoredWebhook[]
  readonly entry: StoredEntry | null
  /** The signing secret that the entry keeps. */
  readonly secret: string | null
  readonly isAlive: boolean
  /** What the client is told that repeats the write with its key, twice at the same time. */
  readonly repeated: readonly [Told, Told]
  /** When it was repeated. */
  readonly end: readonly StoredWebhook[]
  /** Requests until the last death, of the settling, and of the repeated writes. */
  readonly calls: { readonly first: Calls; readonly settling: Calls; readonly repeated: Calls }
  /** Whether each moment came. */
  readonly hasCome: boolean
  /** Where the write came by, or what settled it. */
  readonly places: readonly Place[]
  /** Whether a process that was taken over has changed the entry. */
  readonly isOverwritten?: boolean
}

export async function openCase({ act }: Case): Promise<{ readonly rig: Rig; readonly asked: Asked }> {
  const { provider, operation } = act
  const logged = operation === 'redeliver'
  const rig = await openRig(provider, budgetMs, { seeded: logged })
  return { rig, asked: logged ? await takeSeeded(rig, operation) : await prepare(rig, operation) }
}

/** Runs a case in this process: what dies in it has no effect any more. */
export async function runCase(tried: Case): Promise<Facts> {
  const { rig, asked } = await openCase(tried)
  const store = await openStore({ path: null, keys: createKeys() })
  try {
    return await runIn(rig, store, asked, tried)
  } finally {
    await store.close()
    await rig.close()
  }
}

async function runIn(rig: Rig, store: Store, asked: Asked, tried: Case): Promise<Facts> {
  const { act, moments, resumes, later = {}, clockMs = 0 } = tried
  const { standIn } = rig
  const before = await rig.readStored()
  const since = standIn.calls.length
  const [moment = null, ...further] = moments
  const first = startLife(rig, store, moment)
  makeTrouble(rig, act, asked)
  const told = await Promise.race([send(first.gateway, act, asked), first.died])
  let hasCome = moment === null || told === null || moment.when === 'FULL' || moment.when === 'LOST'
  first.freeDisk()
  const shifted = shift(store, clockMs)
  for (const next of further) {
    await rig.readStored()
    const life = startLife(rig, shifted, next, later)
    const ended = await Promise.race([settle(life.gateway), life.died])
    hasCome &&= ended === null
    life.kill()
  }
  if (resumes !== 'SAME_PROCESS') first.kill()
  await rig.readStored()
  const settledSince = standIn.calls.length

  const last = resumes === 'SAME_PROCESS' ? first : startLife(rig, shifted, null, later)
  const repeat = () => Promise.all([send(last.gateway, act, asked), send(last.gateway, act, asked)])
  const settling = resumes === 'SAME_PROCESS' ? Promise.resolve() : settle(last.gateway)
  const early = resumes === 'AT_ONCE' ? repeat() : null
  await settling
  await early
  const places = [...(moment === null ? first : last).places]
  const after = await rig.readStored()
  const repeatedSince = standIn.calls.length
  const [latest] = await store.list({}, 1)
  const id = latest?.id ?? ''
  const readEntry = async () => ({ entry: await store.find(id), secret: await store.openSecret(id, 'signingSecret') })
  // What a process could not record, it records when the write is repeated.
  const settled = resumes === 'SAME_PROCESS' ? null : await readEntry()
  const repeated = await (early ?? repeat())
  const { entry, secret } = settled ?? (await readEntry())
  const end = await rig.readStored()
  const calls = {
    first: standIn.calls.slice(since, settledSince),
    settling: standIn.calls.slice(settledSince, repeatedSince),
    repeated: standIn.calls.slice(repeatedSince),
  }
  const owner = entry?.webhook ?? null
  const isKnown = secret !== null && owner !== null && end.some(({ id }) => id === owner)
  const alive = isKnown ? await rig.hands.isAlive(owner, secret) : false
  return { tried, asked, told, before, after, entry, secret, isAlive: alive, repeated, end, calls, hasCome, places }
}

/** A store as a process sees it whose clock is wrong by this much. */
function shift(store: Store, clockMs: number): Store {
  if (clockMs === 0) return store
  const move = (entry: StoredEntry): StoredEntry => ({ ...entry, startedMs: entry.startedMs - clockMs })
  const moveOne = (entry: StoredEntry | null) => entry && move(entry)
  return {
    ...store,
    find: async (id) => moveOne(await store.find(id)),
    findByKey: async (keyHash) => moveOne(await store.findByKey(keyHash)),
    listByKey: async (start) => (await store.listByKey(start)).map(move),
    list: async (...asked) => (await store.list(...asked)).map(move),
  }
}
