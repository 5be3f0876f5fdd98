import { describe, expect, it } from 'vitest'
import { type Budget, startBudget } from '../../src/budget.ts'
import { createSharing } from '../../src/http/share.ts'

/** A call that is under way until it is told to end. */
function open() {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const seen = { started: 0, cancelled: false }
  const start = ({ signal }: Budget) => {
    seen.started += 1
    signal.addEventListener('abort', () => {
      seen.cancelled = true
    })
    return promise
  }
  return { seen, start, resolve, reject }
}

describe('sharing', () => {
  it('starts one call for equal reads and another for a different one', async () => {
    const join = createSharing<string>(() => 0)
    const { seen, start, resolve } = open()
    const reads = ['a', 'a', 'b', 'a'].map((key) => join(key, startBudget(5_000), start))
    resolve('done')
    expect(await Promise.all(reads)).toEqual(['done', 'done', 'done', 'done'])
    expect(seen.started).toBe(2)
  })

  it('goes on for the others when one of them leaves, and ends when the last one does', async () => {
    const join = createSharing<string>(() => 0)
    const { seen, start } = open()
    const owners = [new AbortController(), new AbortController()]
    const reads = owners.map(({ signal }) => join('a', startBudget(60_000, signal), start))
    owners[0]?.abort()
    await expect(reads[0]).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', reason: 'TIMEOUT' })
    expect(seen).toEqual({ started: 1, cancelled: false })
    owners[1]?.abort()
    await expect(reads[1]).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' })
    expect(seen).toEqual({ started: 1, cancelled: true })
  })

  it('never lets anybody join a call that everybody has left', async () => {
    const join = createSharing<string>(() => 0)
    const left = open()
    const owner = new AbortController()
    const read = join('a', startBudget(60_000, owner.signal), left.start)
    owner.abort()
    await expect(read).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' })
    const next = open()
    const other = join('a', startBudget(5_000), next.start)
    next.resolve('fresh')
    expect(await other).toBe('fresh')
  })

  it('is over after a write: nobody joins what began before', async () => {
    let writes = 0
    const join = createSharing<string>(() => writes)
    const early = open()
    const first = join('a', startBudget(5_000), early.start)
    writes += 1
    const late = open()
    const second = join('a', startBudget(5_000), late.start)
    early.resolve('past')
    late.resolve('present')
    expect(await Promise.all([first, second])).toEqual(['past', 'present'])
  })

  it('shares a failure and forgets it', async () => {
    const join = createSharing<string>(() => 0)
    const failing = open()
    const reads = [1, 2].map(() => join('a', startBudget(5_000), failing.start))
    failing.reject(new Error('canary'))
    for (const read of reads) await expect(read).rejects.toThrow('canary')
    const sound = open()
    const next = join('a', startBudget(5_000), sound.start)
    sound.resolve('done')
    expect(await next).toBe('done')
  })
})
