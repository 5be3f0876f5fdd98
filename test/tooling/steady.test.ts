import { expect, it } from 'vitest'
import { startSteadyClock } from '../helpers/steady.ts'

it('goes as long as the timers beside it are on time', async () => {
  using clock = startSteadyClock(Number.POSITIVE_INFINITY)
  await expect.poll(() => clock.now()).toBeGreaterThan(50)
  expect(clock.lagMs()).toBeCloseTo(0)
})

it('stands still as long as they are late, and tells for how long', async () => {
  using clock = startSteadyClock(0)
  await expect.poll(() => clock.lagMs()).toBeGreaterThan(50)
  expect(clock.now()).toBe(0)
})
