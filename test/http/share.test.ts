import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { startBudget } from '../../src/http/budget.ts'
import { createSharing } from '../../src/http/share.ts'

const answer = z.string()

/** A call that is under way until it is told to end. */
function open() {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const seen = { started: 0, cancelled: false }
  const start = (budget: AbortSignal) => {
    seen.started += 1
    budget.addEventListener('abort', () => {
      seen.cancelled = true
    })
    return promise
  }
  return { seen, start, resolve, reject }
}

describe('sharing', () => {
  it('starts one call for equal reads and another for a different one', async () => {
    const sharing = createSharing()
    const { seen, start, resolve } = open()
    const reads = ['a', 'a', 'b', 'a'].map((key) => sharing.join(key, answer, startBudget(5_000), start))
    resolve('done')
    expect(await Promise.all(reads)).toEqual(['done', 'done', 'done', 'done'])
    expect(seen.started).toBe(2)
  })

  it('goes on for the others when one of them leaves, and ends when the last one does', async () => {
    const sharing = createSharing()
    const { seen, start } = open()
    const owners = [new AbortController(), new AbortController()]
    const reads = owners.map(({ signal }) => sharing.join('a', answer, startBudget(60_000, signal), start))
    owners[0]?.abort()
    await expect(reads[0]).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', reason: 'TIMEOUT' })
    expect(seen).toEqual({ started: 1, cancelled: false })
    owners[1]?.abort()
    await expect(reads[1]).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' })
    expect(seen).toEqual({ started: 1, cancelled: true })
  })

  it('never lets anybody join a call that everybody has left', async () => {
    const sharing = createSharing()
    const left = open()
    const owner = new AbortController()
    const read = sharing.join('a', answer, startBudget(60_000, owner.signal), left.start)
    owner.abort()
    await expect(read).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' })
    const next = open()
    const other = sharing.join('a', answer, startBudget(5_000), next.start)
    next.resolve('fresh')
    expect(await other).toBe('fresh')
  })

  it('is over after a write: nobody joins what began before', async () => {
    const sharing = createSharing()
    const early = open()
    const first = sharing.join('a', answer, startBudget(5_000), early.start)
    sharing.end()
    const late = open()
    const second = sharing.join('a', answer, startBudget(5_000), late.start)
    early.resolve('past')
    late.resolve('present')
    expect(await Promise.all([first, second])).toEqual(['past', 'present'])
  })

  it('shares a failure and forgets it', async () => {
    const sharing = createSharing()
    const failing = open()
    const reads = [1, 2].map(() => sharing.join('a', answer, startBudget(5_000), failing.start))
    failing.reject(new Error('canary'))
    for (const read of reads) await expect(read).rejects.toThrow('canary')
    const sound = open()
    const next = sharing.join('a', answer, startBudget(5_000), sound.start)
    sound.resolve('done')
    expect(await next).toBe('done')
  })
})
