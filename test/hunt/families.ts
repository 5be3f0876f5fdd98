import type { Provider } from '../../src/provider/provider.ts'
import { isUnsupported } from '../../src/provider/unsupported.ts'
import { providers } from '../../src/providers/index.ts'
import type { ActKind, Family } from './history.ts'
import type { Kind } from './troubles.ts'

const pick = (has: (provider: Provider) => boolean) => providers.filter(has).map(({ name }) => name)
const all = pick(() => true)
const replacing = pick(({ operations: { ROTATE_SECRET: rotation } }) => isReplacing(rotation))
const rotating = pick(({ operations: { ROTATE_SECRET: rotation } }) => !isUnsupported(rotation) && !isReplacing(rotation))
/** Those whose updates are based on a read. */
const reading = pick(({ operations }) => operations.UPDATE.support === 'EMULATED')

function isReplacing(rotation: Provider['operations']['ROTATE_SECRET']): boolean {
  return !isUnsupported(rotation) && rotation.strategy === 'REPLACEMENT'
}

const everything: Partial<Record<ActKind, number>> = {
  create: 3,
  update: 6,
  delete: 1,
  rotate: 2,
  verify: 1,
  get: 1,
  getBeside: 1,
  list: 1,
  strangersCreate: 1,
}
const anything: Partial<Record<Kind, number>> = {
  lost: 3,
  lostAfter: 3,
  late: 2,
  failing: 1,
  failedAfter: 1,
  redirectedAfter: 1,
  timedOutAfter: 1,
  lostPage: 1,
  stale: 1,
  held: 1,
  limited: 1,
}

/** Where the random histories lean to: each to something that may go wrong. */
export const families: readonly Family[] = [
  { name: 'calm', providers: all, gateways: [1, 1, 2], slugs: [1, 2], acts: everything, crowd: [1, 5] },
  {
    name: 'twins',
    providers: replacing,
    gateways: [1],
    slugs: [1, 2],
    acts: { rotate: 1, update: 1, verify: 1 },
    seeds: 1,
    crowd: [1, 3],
  },
  {
    name: 'slugs',
    providers: reading,
    slugs: [1, 2],
    acts: { update: 4, reload: 1 },
    seeds: 1,
    crowd: [2, 5],
  },
  {
    name: 'changed meanwhile',
    providers: replacing,
    acts: { rotate: 4, update: 1 },
    crowd: [1, 1],
    meanwhile: 'disables the original',
  },
  {
    name: 'equals',
    providers: all,
    gateways: [1, 2, 2],
    slugs: [1, 2],
    acts: { create: 5, strangersCreate: 2, delete: 1 },
    seeds: 1,
    crowd: [1, 4],
    troubles: { lost: 4, lostAfter: 4, late: 2, failing: 3, held: 2 },
    hits: ['writes', 'writes', 'reads'],
    places: 1,
  },
  {
    name: 'unread',
    providers: all,
    gateways: [1, 2],
    acts: { create: 2, strangersCreate: 1 },
    seeds: 1,
    crowd: [1, 2],
    rounds: 3,
    troubles: { lost: 1, lostAfter: 1, failing: 2 },
    hits: ['writes', 'reads'],
    places: 1,
  },
  {
    name: 'late',
    providers: all,
    gateways: [1, 1, 2],
    slugs: [1, 2],
    acts: { update: 6, delete: 1, rotate: 1 },
    seeds: 1,
    crowd: [1, 2],
    troubles: { late: 4, lost: 1, lostAfter: 1 },
  },
  {
    name: 'anything',
    providers: all,
    gateways: [1, 2],
    slugs: [1, 2],
    acts: everything,
    crowd: [1, 4],
    troubles: anything,
    hits: ['writes', 'writes', 'reads'],
  },
  {
    name: 'silence',
    providers: all,
    gateways: [1, 2],
    acts: everything,
    rounds: 2,
    troubles: { hung: 1, hungAfter: 1 },
    hits: ['writes', 'reads'],
    timeoutMs: 400,
  },
  {
    name: 'line',
    providers: all,
    acts: { update: 1 },
    seeds: 1,
    rounds: 1,
    crowd: [25, 30],
    troubles: { slow: 1 },
    times: 99,
    timeoutMs: 400,
  },
  {
    name: 'proxies',
    providers: all,
    acts: { delete: 3, update: 2, create: 2, get: 2, rotate: 1, verify: 1 },
    crowd: [1, 2],
    troubles: { lostPage: 3, redirected: 1, redirectedAfter: 2, timedOut: 1, timedOutAfter: 2 },
    hits: ['writes', 'reads'],
  },
  {
    name: 'absent',
    providers: all,
    acts: { update: 2, delete: 2, rotate: 1 },
    seeds: 1,
    // Who was told what by whom is known where nobody else asks.
    crowd: [1, 1],
    troubles: { lost: 2, lostAfter: 1, absent: 2 },
    hits: ['writes', 'reads'],
  },
  {
    name: 'stale',
    providers: all,
    gateways: [1, 2],
    acts: { create: 2, getBeside: 3, list: 1, update: 1 },
    crowd: [1, 3],
    troubles: { stale: 1 },
    hits: ['reads'],
  },
  {
    name: 'older',
    providers: all,
    gateways: [1],
    acts: { update: 6, rotate: 1, getBeside: 1 },
    seeds: 1,
    crowd: [1, 2],
    troubles: { stale: 4, lost: 1 },
    hits: ['reads', 'reads', 'writes'],
    times: 9,
  },
  {
    name: 'slow list',
    providers: all,
    acts: { create: 1 },
    crowd: [1, 3],
    rounds: 2,
    places: 0,
    troubles: { hung: 1 },
    hits: ['reads'],
    timeoutMs: 1_000,
    creates: true,
  },
  {
    name: 'rotations',
    providers: rotating,
    gateways: [2],
    acts: { rotate: 6, update: 1 },
    seeds: 1,
    crowd: [2, 3],
    troubles: { lost: 3, lostAfter: 1, late: 1 },
  },
  {
    name: 'pages',
    providers: all,
    variants: ['B', 'A'],
    mostPerPage: 3,
    acts: { list: 3, getBeside: 3, create: 2, delete: 1 },
    strangers: 8,
    rounds: 2,
    crowd: [1, 2],
    meanwhile: 'deletes between pages',
  },
  {
    name: 'walks',
    // Its pages are those of the operations, and each takes one call.
    providers: ['verifik'],
    slugs: [1, 2],
    acts: { walk: 1 },
    strangers: 205,
    rounds: 2,
    crowd: [1, 1],
  },
  {
    name: 'burst',
    providers: all,
    acts: { create: 30, list: 1 },
    rounds: 2,
    crowd: [40, 60],
    places: 'one URL',
    timeoutMs: 500,
    latencyMs: 8,
  },
  {
    name: 'leavers',
    providers: all,
    gateways: [1],
    slugs: [1, 2],
    acts: { create: 4, update: 4, list: 1 },
    rounds: 2,
    crowd: [3, 6],
    seeds: 1,
    leaves: 'some',
    troubles: { held: 1 },
    times: 9,
    places: 'one URL',
  },
  {
    name: 'crowd that leaves',
    providers: all,
    acts: { getNothing: 1 },
    rounds: 1,
    crowd: [120, 140],
    leaves: 'all',
    timeoutMs: 3_000,
    pace: 4,
  },
  { name: 'many', providers: all, slugs: [1, 2], acts: { createMany: 1, list: 1 }, rounds: 2, seeds: 0, crowd: [1, 1] },
  { name: 'drain', providers: all, acts: { createMany: 1 }, rounds: 1, seeds: 0, crowd: [1, 1], meanwhile: 'stops the gateway' },
  {
    name: 'breaker',
    providers: all,
    acts: { getNothing: 3, update: 1 },
    seeds: 1,
    crowd: [2, 6],
    troubles: { failing: 1 },
    times: 20,
    hits: ['reads'],
    clocks: true,
  },
  {
    name: 'clocks',
    providers: all,
    acts: { list: 2, get: 2, update: 1 },
    crowd: [1, 3],
    troubles: { limited: 2, busy: 2, usedUp: 3, failing: 3 },
    hits: ['reads', 'writes'],
    times: 20,
    clocks: true,
    pace: 50,
  },
]

const written: Partial<Record<ActKind, number>> = { create: 4, update: 4, delete: 1, rotate: 2, verify: 1, list: 1 }
const shared = { providers: all, processes: [2, 3], acts: written, seeds: 2, rounds: 3, crowd: [2, 5] } as const
const mostlyLost: Partial<Record<Kind, number>> = { lost: 2, lostAfter: 3, late: 1, failing: 1, held: 3 }

/** The same of processes that share a store, which need Postgres and time. */
export const sharedFamilies: readonly Family[] = [
  { ...shared, name: 'shared: equals', acts: { create: 5, delete: 1 }, places: 1, troubles: mostlyLost },
  { ...shared, name: 'shared: changes', providers: reading, acts: { update: 1 }, seeds: 1, crowd: [3, 6] },
  { ...shared, name: 'shared: killed', blows: { kill: 1 }, troubles: mostlyLost },
  { ...shared, name: 'shared: left', blows: { kill: 1 }, leaves: 'all' },
  { ...shared, name: 'shared: paused', blows: { pause: 3, nap: 1 }, troubles: mostlyLost },
  { ...shared, name: 'shared: database', blows: { break: 1, cut: 1, hold: 1, slow: 1, lose: 3 }, troubles: mostlyLost },
  { ...shared, name: 'shared: versions', blows: { roll: 1 } },
  {
    ...shared,
    name: 'shared: anything',
    blows: { kill: 2, pause: 2, nap: 1, roll: 1, break: 1, cut: 1, hold: 1, slow: 1, lose: 2 },
    troubles: mostlyLost,
  },
]
