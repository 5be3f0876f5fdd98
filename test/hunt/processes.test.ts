import { expect, it } from 'vitest'
import type { Act, History, Round } from './history.ts'
import { findFamily } from './hunt.ts'
import { live } from './steps.ts'

const act = (kind: Act['kind'], door: number, place = 0): Act => ({ kind, door, target: 0, place, field: 'name', leavesMs: null })
const calm = { troubles: [], meanwhile: null, clockMs: 0 } as const

/** The same history each time; npm run hunt -- --processes 3 lives random ones. */
const rounds: readonly Round[] = [
  {
    ...calm,
    acts: [act('create', 0, 1), act('create', 1, 1), act('create', 0), act('update', 1)],
    blows: [{ kind: 'kill', process: null, atCall: 2 }],
  },
  {
    ...calm,
    acts: [act('update', 0), act('rotate', 1), act('create', 0, 1), act('delete', 1)],
    blows: [
      { kind: 'pause', process: null, atCall: 1 },
      { kind: 'lose', process: 0, atCall: 2 },
    ],
  },
  {
    ...calm,
    acts: [act('create', 0), act('create', 1), act('update', 0)],
    blows: [{ kind: 'roll', process: 0, atCall: 1 }],
  },
]

it('two processes on one database hold what callers were told while one is killed, paused, cut off or replaced by the next version', async () => {
  const one = { provider: 'encrata', variant: undefined, gateways: 1, processes: 2, slugs: 1, seeds: 1, skewMs: 0 }
  const history: History = { ...one, rounds }
  expect(await live(findFamily('shared: anything'), history)).toEqual([])
})
