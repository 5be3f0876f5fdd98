import type { Logger } from 'pino'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { takeOver } from '../../src/cli/interrupted.ts'
import type { Gateway } from '../../src/gateway/gateway.ts'
import { recordAllLate } from '../../src/gateway/journal/commit.ts'
import { createLedger } from '../../src/gateway/write/ledger.ts'
import type { JournalEntry } from '../../src/journal.ts'
import type { Asker } from '../../src/gateway/write/write.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { providers } from '../../src/providers/index.ts'
import { StoreError, TakenOverError } from '../../src/store/error.ts'
import type { Store } from '../../src/store/store.ts'
import { getWays } from '../hands/hands.ts'
import { toDraft } from '../helpers/draft.ts'
import { type GatewayOptions, openGateway, toAccount } from '../helpers/gateway.ts'
import { createDatabase, type TestDatabase } from '../helpers/postgres.ts'
import { type OwnStore, openShared } from '../helpers/processes.ts'
import { openStandIn } from '../helpers/stand-in.ts'
import { intent } from '../store/entries.ts'

// Several processes on one store: each has a gateway, a ledger and a store of its own; what they have in common is the database and
// the provider.

let database: TestDatabase
beforeAll(async () => {
  database = await createDatabase()
})
afterAll(() => database.drop())

const asker: Asker = { caller: 'key:ci', idempotencyKey: 'order-1' }
const other: Asker = { caller: 'key:ci', idempotencyKey: 'order-2' }

function find(name: string): Provider {
  const provider = providers.find((each) => each.name === name)
  if (provider === undefined) throw new Error(`There is no provider ${name}.`)
  return provider
}

interface Process extends OwnStore {
  readonly gateway: Gateway
  /** The store that the gateway has. */
  readonly wrapped: Store
}

async function open(name: string, more: Partial<GatewayOptions> = {}) {
  const provider = find(name)
  const standIn = await openStandIn(provider)
  const shared = await openShared(database)
  const account = toAccount(provider, standIn)

  async function start(others: Partial<GatewayOptions> = {}, wrap = (store: Store) => store, leaseMs?: number): Promise<Process> {
    const own = await shared.open(leaseMs)
    const wrapped = wrap(own.store)
    const { gateway } = openGateway({
      accounts: [account],
      store: wrapped,
      ledger: createLedger(),
      ...more,
      ...others,
    })
    return { ...own, gateway, wrapped }
  }
  const [one, two] = [await start(), await start()]
  const input = toDraft(provider, { name: 'Orders', url: 'https://hooks.acme.test/orders' })
  const { makes } = getWays(provider)
  /** Holds the answers to the next writes, or the writes themselves, until it is told to go on. */
  function hold(when: 'before' | 'after' = 'after') {
    const [held, reached] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    standIn.fail({ effect: 'WRITE', when }, () => {
      reached.resolve()
      return held.promise
    })
    return { reached: reached.promise, goOn: held.resolve }
  }
  return {
    provider,
    standIn,
    shared,
    start,
    one,
    two,
    input,
    hold,
    countMade: () => standIn.calls.filter(makes).length,
    countWrites: () => standIn.calls.filter(({ effect }) => effect === 'WRITE').length,
    list: (limit = 10) => two.store.list({}, limit),
  }
}

const toCodes = ({ warnings }: { readonly warnings: readonly { readonly code: string }[] }) => warnings.map(({ code }) => code)
const catchError = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: unknown) => error,
  )

describe.each(['encrata', 'fingerprint', 'baanx', 'stripe'])(
  'two equal creates with different keys, at two processes of %s',
  (name) => {
    it('make two webhooks, one after the other', async () => {
      const { one, two, input, standIn, provider } = await open(name)
      standIn.fail({ effect: 'WRITE', when: 'after', delayMs: 100 })
      const made = await Promise.all([one.gateway.create(input, asker), two.gateway.create(input, other)])
      expect(new Set(made.map(({ webhook }) => webhook.id)).size).toBe(2)
      const first = standIn.calls.findIndex(getWays(provider).makes)
      const listed = standIn.calls.findLastIndex(({ effect }) => effect === 'READ')
      // What the second knows of the account, it read after the first was made.
      expect(listed).toBeGreaterThan(first)
    })
  },
)

describe.each(providers)('two equal creates with one key, at two processes of $displayName', ({ name }) => {
  it('make one webhook, whichever process they reach, with one secret', async () => {
    const { one, two, input, list } = await open(name)
    const [first, second] = await Promise.all([one.gateway.create(input, asker), two.gateway.create(input, asker)])
    const again = [await one.gateway.create(input, asker), await two.gateway.create(input, asker)]
    const all = [first, second, ...again]
    expect(new Set(all.map(({ webhook, signingSecret }) => `${webhook.id} ${signingSecret?.reveal()}`)).size).toBe(1)
    expect(all.filter(({ replayed }) => !replayed)).toHaveLength(1)
    expect(await list()).toMatchObject([{ state: 'SUCCEEDED' }])
  })
})

const person = { name: 'key:person', revealsAll: true }

describe('a write with an idempotency key that another process carries out', () => {
  it('waits for it, and has its outcome', async () => {
    const { one, two, input, hold, countMade } = await open('encrata')
    const { reached, goOn } = hold()
    const first = one.gateway.create(input, asker)
    await reached
    let hasEnded = false
    const second = two.gateway.create(input, asker).finally(() => (hasEnded = true))
    await vi.waitFor(async () => expect(await two.store.findByKey('none')).toBeNull())
    expect(hasEnded).toBe(false)
    goOn()
    const { webhook, signingSecret } = await first
    expect(await second).toMatchObject({ replayed: true, webhook: { id: webhook.id } })
    expect((await second).signingSecret?.reveal()).toBe(signingSecret?.reveal())
    expect(countMade()).toBe(1)
  })

  it('waits no longer than its own time, and sends nothing', async () => {
    const { one, start, input, hold, countMade } = await open('encrata')
    const hasty = await start({ timeoutMs: 300 })
    const { reached, goOn } = hold()
    const first = one.gateway.create(input, asker)
    await reached
    expect(await catchError(hasty.gateway.create(input, asker))).toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      message: expect.stringContaining('still running'),
    })
    goOn()
    await first
    expect(countMade()).toBe(1)
  })

  it('has its outcome too if it read what that one has changed before it could begin', async () => {
    const { start, two, input, provider, countMade } = await open('encrata')
    const [reached, resumed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const begin = async () => {
      reached.resolve()
      await resumed.promise
    }
    const slow = await start({}, (store) => ({ ...store, begin: (...given) => begin().then(() => store.begin(...given)) }))
    const { webhook } = await two.gateway.create(input)
    const rotation = provider.operations.ROTATE_SECRET
    if (rotation.support === 'UNSUPPORTED') throw new TypeError('Nothing is rotated')
    const rotated = { id: webhook.id, strategy: rotation.strategy }
    const first = slow.gateway.rotateSecret(rotated, asker)
    await reached.promise
    const done = await two.gateway.rotateSecret(rotated, asker)
    resumed.resolve()
    expect(await first).toMatchObject({ replayed: true, webhook: { id: done.webhook.id } })
    expect(countMade()).toBe(2)
  })

  it('takes over once its owner is gone: by proof only, and the owner writes nothing over that', async () => {
    const { one, two, input, hold, countMade, list } = await open('verifik')
    const { reached, goOn } = hold()
    const first = one.gateway.create(input, asker)
    await reached
    const second = two.gateway.create(input, asker)
    await one.pause()
    const found = await second
    expect(found).toMatchObject({ replayed: true, journalEntry: { state: 'SUCCEEDED', recovered: true } })
    const entries = await list()
    goOn()
    // What the other process found out is the outcome, for its own caller too.
    expect(await first).toMatchObject({ replayed: false, webhook: { id: found.webhook.id }, journalEntry: found.journalEntry })
    expect((await first).signingSecret?.reveal()).toBe(found.signingSecret?.reveal())
    expect(await list()).toEqual(entries)
    expect(countMade()).toBe(1)
  })
})

describe('a process that was stopped for longer than its lease', () => {
  /** The first process is stopped while the provider answers it, and the second one looks at what it left. */
  async function stop(name: string, outcome: object = {}, more: Partial<GatewayOptions> = {}) {
    const opened = await open(name, more)
    const { one, two, standIn, input, list } = opened
    const held = Promise.withResolvers<void>()
    const reached = Promise.withResolvers<void>()
    standIn.fail({ effect: 'WRITE', when: 'after', ...outcome }, () => {
      reached.resolve()
      return held.promise
    })
    const answered = one.gateway.create(input, asker).then(
      (result) => ({ result, error: null }),
      (error: unknown) => ({ result: null, error }),
    )
    await reached.promise
    await one.pause()
    await two.gateway.settleInterrupted(await two.gateway.listInterrupted())
    const taken = await list()
    return { ...opened, taken, goOn: () => (held.resolve(), answered) }
  }

  it('tells its caller what it knows where the journal does not, with the secret that only it has', async () => {
    const { goOn, taken, list } = await stop('encrata')
    expect(taken).toMatchObject([{ state: 'UNKNOWN', candidates: [expect.anything()] }])
    const { result } = await goOn()
    expect(result?.signingSecret).not.toBeNull()
    expect(result).toMatchObject({ journalEntry: { state: 'UNKNOWN', isOpen: true } })
    expect(result && toCodes(result)).toContain('JOURNAL_INCOMPLETE')
    expect(await list()).toEqual(taken)
  })

  it('waits for the other one that is still looking, and tells its caller what that finds', async () => {
    const { one, two, standIn, input, hold } = await open('verifik')
    const made = hold()
    const answered = one.gateway.create(input, asker)
    await made.reached
    await one.pause()
    const [held, reached] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    standIn.fail({ effect: 'READ', when: 'after' }, () => {
      reached.resolve()
      return held.promise
    })
    const looked = two.gateway.settleInterrupted(await two.gateway.listInterrupted())
    await reached.promise
    let hasEnded = false
    const first = answered.finally(() => (hasEnded = true))
    made.goOn()
    const asked = vi.spyOn(one.wrapped, 'find')
    await vi.waitFor(() => expect(asked.mock.calls.length).toBeGreaterThan(2))
    expect(hasEnded).toBe(false)
    held.resolve()
    await looked
    expect(await first).toMatchObject({
      replayed: false,
      journalEntry: { state: 'SUCCEEDED', recovered: true },
      warnings: [{ code: 'RECOVERED' }],
    })
  })

  it('knows that it was taken over where it had no time left to ask', async () => {
    const { start, two, input, hold } = await open('encrata')
    let isStopped = false
    let isLate = true
    const one = await start({}, (store) => ({
      ...store,
      isSure: () => !isStopped,
      settle(...values) {
        if (!isLate) return store.settle(...values)
        isLate = false
        // All of its time has passed while it was stopped.
        const readMs = performance.now.bind(performance)
        const clock = vi.spyOn(performance, 'now').mockImplementation(() => readMs() + 5_000)
        onTestFinished(() => clock.mockRestore())
        return Promise.reject(new StoreError('The store did not respond in time'))
      },
    }))
    const { reached, goOn } = hold()
    const answered = one.gateway.create(input, asker)
    await reached
    isStopped = true
    await one.pause()
    await two.gateway.settleInterrupted(await two.gateway.listInterrupted())
    goOn()
    expect((await answered).warnings).toContainEqual({
      code: 'JOURNAL_INCOMPLETE',
      message: expect.stringContaining('another process took it over'),
    })
  })

  it('tells its caller what the journal says where it knows less', async () => {
    const { goOn, taken, list } = await stop('verifik', { cut: 'connection' })
    const { result } = await goOn()
    expect(result).toMatchObject({ journalEntry: { state: 'SUCCEEDED' }, webhook: { upstreamId: taken[0]?.webhook } })
    expect(result?.signingSecret).not.toBeNull()
    expect(await list()).toEqual(taken)
  })

  it('tells its caller that nobody knows where neither does', async () => {
    const { goOn, taken, list } = await stop('encrata', { cut: 'connection' })
    const { error } = await goOn()
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', journalEntry: { state: 'UNKNOWN' } })
    expect(error).toMatchObject({ candidates: [{ upstreamId: expect.any(String) }] })
    expect(await list()).toEqual(taken)
  })

  it('tells its caller the secret that the journal does not keep', async () => {
    const { goOn, taken } = await stop('verifik', {}, { secretRetentionMs: 0 })
    expect(taken).toMatchObject([{ state: 'SUCCEEDED', secretUntilMs: null }])
    const { result } = await goOn()
    expect(result?.signingSecret).not.toBeNull()
    expect(result && toCodes(result)).toContain('JOURNAL_INCOMPLETE')
  })

  it('sends nothing more once it learns of it, so that a secret is not replaced twice', async () => {
    const { goOn, standIn, list } = await stop('baanx', { cut: 'connection' })
    const rotations = () => standIn.calls.filter(({ path }) => path.endsWith('/rotate-key')).length
    expect(await list()).toMatchObject([{ state: 'SUCCEEDED' }])
    expect(rotations()).toBe(1)
    const { result } = await goOn()
    expect(result).toMatchObject({ journalEntry: { state: 'SUCCEEDED' } })
    expect(rotations()).toBe(1)
  })

  describe('between two requests of its write', () => {
    /** The process has made a webhook, is stopped before it can disable it, and goes on once its lease has run out. */
    async function stopBetween(wrap = (store: Store) => store, takesOver = true) {
      const opened = await open('encrata')
      const { two, start, hold, input, list, countWrites } = opened
      const one = await start({}, wrap, 300)
      const { reached, goOn } = hold()
      const answered = one.gateway.create({ ...input, enabled: false }, asker)
      await reached
      const [entry] = await list()
      await vi.waitFor(() => expect(one.store.isSure(entry?.id ?? '')).toBe(false))
      await one.pause()
      if (takesOver) await two.gateway.settleInterrupted(await two.gateway.listInterrupted())
      // From here on, its lease runs again.
      await one.store.begin({ ...intent, id: 'later' })
      goOn()
      return { ...opened, result: await answered, writes: countWrites() }
    }

    it('sends none of the others once another process has taken it over, and says what that leaves', async () => {
      const { result, writes } = await stopBetween()
      expect(writes).toBe(1)
      expect(result).toMatchObject({ webhook: { enabled: true }, journalEntry: { state: 'UNKNOWN' } })
      expect(result.signingSecret).not.toBeNull()
      expect(toCodes(result)).toEqual(expect.arrayContaining(['NOT_DISABLED', 'JOURNAL_INCOMPLETE']))
    })

    it('sends none of the others while it cannot find out whether another process has', async () => {
      const confirm = () => Promise.reject(new StoreError('away'))
      const { result, writes } = await stopBetween((store) => ({ ...store, confirm }), false)
      expect(writes).toBe(1)
      expect(result).toMatchObject({ webhook: { enabled: true }, journalEntry: { state: 'SUCCEEDED' } })
      expect(toCodes(result)).toContain('NOT_DISABLED')
    })

    it('goes on if no other process has', async () => {
      const { result, writes } = await stopBetween(undefined, false)
      expect(writes).toBe(2)
      expect(result).toMatchObject({ webhook: { enabled: false }, journalEntry: { state: 'SUCCEEDED' } })
    })
  })

  it('sends nothing for a write that it took over itself once another process has', async () => {
    const { one, start, input, hold, countWrites } = await open('encrata')
    const made = hold()
    const first = one.gateway.create({ ...input, enabled: false }, asker)
    await made.reached
    const disabled = hold('before')
    made.goOn()
    await disabled.reached
    await one.pause()
    const confirm = () => Promise.reject(new TakenOverError())
    const looker = await start({}, (store) => ({ ...store, isSure: () => false, confirm }))
    await looker.gateway.settleInterrupted(await looker.gateway.listInterrupted())
    expect(countWrites()).toBe(1)
    disabled.goOn()
    await first
  })

  it('carries on with its own outcome if nobody took over', async () => {
    const { one, input, hold, list } = await open('encrata')
    const { reached, goOn } = hold()
    const answered = one.gateway.create(input, asker)
    await reached
    await one.pause()
    goOn()
    expect(await answered).toMatchObject({ replayed: false, journalEntry: { state: 'SUCCEEDED' } })
    expect(await list()).toMatchObject([{ state: 'SUCCEEDED' }])
  })
})

describe('writes of two processes to one webhook', () => {
  it('lose none of their changes where a provider replaces the whole webhook', async () => {
    const { one, two, input } = await open('encrata')
    const { webhook } = await one.gateway.create(input)
    for (const enabled of [false, true, false]) {
      const name = `Switched to ${enabled}`
      await Promise.all([one.gateway.update({ id: webhook.id, name }), two.gateway.update({ id: webhook.id, enabled })])
      expect(await one.gateway.get(webhook.id)).toMatchObject({ name, enabled })
    }
  })

  it('undo nothing that the provider has confirmed to the other, though it does not show it yet', async () => {
    const { one, two, input, standIn, countWrites } = await open('encrata')
    const { webhook } = await one.gateway.create(input)
    await one.gateway.get(webhook.id)
    // From here on, reads show what the last one showed.
    standIn.fail({ effect: 'READ', stale: true, times: 99 })
    await one.gateway.update({ id: webhook.id, enabled: false })
    const writes = countWrites()
    expect(await catchError(two.gateway.update({ id: webhook.id, name: 'Renamed' }))).toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      message: expect.stringContaining('Nothing was sent'),
    })
    expect(countWrites()).toBe(writes)
    standIn.heal()
    await two.gateway.update({ id: webhook.id, name: 'Renamed' })
    expect(await one.gateway.get(webhook.id)).toMatchObject({ name: 'Renamed', enabled: false })
  })

  it('warn that a write of the other may still take effect', async () => {
    const { one, two, input, standIn } = await open('baanx')
    const { webhook } = await one.gateway.create(input)
    const update = { id: webhook.id, name: 'Renamed' }
    standIn.fail({ effect: 'WRITE', cut: 'connection' })
    expect(await catchError(one.gateway.update(update))).toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    expect(toCodes(await two.gateway.update(update))).toContain('EARLIER_WRITE_UNRESOLVED')
    expect(toCodes(await two.gateway.remove(webhook.id))).toContain('EARLIER_WRITE_UNRESOLVED')
  })

  it('never take back at a rotation by a twin what the other switched off', async () => {
    const { one, two, input, standIn } = await open('encrata')
    const { webhook } = await one.gateway.create(input)
    standIn.fail({ effect: 'READ', when: 'after', delayMs: 50 })
    const [rotated, disabled] = await Promise.all([
      one.gateway.rotateSecret({ id: webhook.id, strategy: 'REPLACEMENT' }),
      two.gateway.update({ id: webhook.id, enabled: false }).catch((error: unknown) => error),
    ])
    // Either came first: a webhook that was switched off has a twin that is off, and one that was replaced is gone.
    const isDisabled = !(disabled instanceof Error)
    if (!isDisabled) expect(disabled).toMatchObject({ code: 'NOT_FOUND' })
    expect(await two.gateway.get(rotated.webhook.id)).toMatchObject({ enabled: !isDisabled })
  })

  it('take turns while a rotation by a twin runs, at its URL too, and none waits longer than its own time', async () => {
    const { one, start, input, hold, countWrites } = await open('encrata')
    const hasty = await start({ timeoutMs: 300 })
    const { webhook } = await one.gateway.create(input)
    const { reached, goOn } = hold()
    const rotated = one.gateway.rotateSecret({ id: webhook.id, strategy: 'REPLACEMENT' })
    await reached
    const writes = countWrites()
    const waited = await Promise.all([
      catchError(hasty.gateway.update({ id: webhook.id, enabled: false })),
      catchError(hasty.gateway.create(input)),
    ])
    for (const error of waited)
      expect(error).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', message: expect.stringContaining('Nothing was sent') })
    expect(countWrites()).toBe(writes)
    goOn()
    expect(await rotated).toMatchObject({ journalEntry: { state: 'SUCCEEDED' } })
  })

  it('wait for one whose owner is gone until another process has looked at it', async () => {
    const { one, two, input, hold, standIn } = await open('encrata')
    const { webhook } = await one.gateway.create(input)
    const { reached, goOn } = hold('before')
    const left = catchError(one.gateway.update({ id: webhook.id, enabled: false }))
    await reached
    await one.pause()
    standIn.heal()
    const updated = two.gateway.update({ id: webhook.id, name: 'Renamed' })
    await two.gateway.settleInterrupted(await two.gateway.listInterrupted())
    expect(toCodes(await updated)).toContain('EARLIER_WRITE_UNRESOLVED')
    goOn()
    await left
  })
})

describe('a webhook that one process has made', () => {
  it('is no candidate of a create of the other whose response was lost', async () => {
    const { one, two, start, input, standIn } = await open('encrata', { looksMs: [0] })
    standIn.fail({ effect: 'WRITE', cut: 'connection', when: 'before' })
    const lost = await catchError(one.gateway.create(input, asker))
    expect(lost).toMatchObject({ code: 'OUTCOME_UNKNOWN', candidates: [] })
    await two.gateway.create(input, other)
    // Nor of one that another process looks at.
    for (const { gateway } of [one, await start()])
      expect(await catchError(gateway.create(input, asker))).toMatchObject({ code: 'OUTCOME_UNKNOWN', candidates: [] })
  })
})

describe('what a process left running', () => {
  it('is settled by another one once its lease has run out, and not before', async () => {
    const { one, two, input, hold, list } = await open('verifik')
    const { reached, goOn } = hold()
    const left = one.gateway.create(input, asker)
    await reached
    const settled: JournalEntry[] = []
    const log = { info: vi.fn<Logger['info']>(), error: vi.fn<Logger['error']>() }
    const getGateway = vi.fn<() => Gateway>(() => two.gateway)
    const onSettled = (entry: JournalEntry) => void settled.push(entry)
    onTestFinished(takeOver({ store: two.store, getGateway, log, onSettled, everyMs: 1 }))
    await expect.poll(() => getGateway.mock.calls.length).toBeGreaterThan(3)
    expect(await list()).toMatchObject([{ state: 'RUNNING' }])
    expect(settled).toEqual([])
    await one.pause()
    await expect.poll(() => settled).toMatchObject([{ state: 'SUCCEEDED', recovered: true }])
    expect(log.info.mock.calls).toEqual([
      [{ count: 1 }, 'settling interrupted writes'],
      [{ count: 1, unknown: 0 }, 'interrupted writes settled'],
    ])
    goOn()
    await left
  })

  it('is reported by the process that settled it alone', async () => {
    const { one, two, start, input, hold } = await open('verifik')
    const { reached, goOn } = hold()
    const left = one.gateway.create(input, asker)
    await reached
    const three = await start()
    await one.pause()
    const found = await Promise.all([two, three].map(({ gateway }) => gateway.listInterrupted()))
    const reported: string[] = []
    for (const [index, { gateway }] of [two, three].entries())
      await gateway.settleInterrupted(found[index] ?? [], ({ state }) => void reported.push(`${index} ${state}`))
    expect(reported).toEqual(['0 SUCCEEDED'])
    goOn()
    await left
  })

  it.each([
    ['before the other came to it', 'find'],
    ['while the other was claiming it', 'claim'],
  ] as const)('is settled once, as unknown too, if another one settled it %s', async (_, when) => {
    const { one, two, start, input, hold, list } = await open('encrata')
    const { reached, goOn } = hold()
    const left = catchError(one.gateway.create(input, asker))
    await reached
    await one.pause()
    const reported: string[] = []
    let settling: Promise<unknown> | undefined
    const settleFirst = async () => {
      const { gateway } = two
      const found = await gateway.listInterrupted()
      await (settling ??= gateway.settleInterrupted(found, ({ state }) => void reported.push(`two ${state}`)))
    }
    const settle = vi.fn<Store['settle']>()
    const three = await start({}, (store) => ({
      ...store,
      settle: settle.mockImplementation(store.settle),
      ...(when === 'find' && { find: (id) => settleFirst().then(() => store.find(id)) }),
      ...(when === 'claim' && { claim: (id) => settleFirst().then(() => store.claim(id)) }),
    }))
    const found = await three.gateway.listInterrupted()
    await three.gateway.settleInterrupted(found, ({ state }) => void reported.push(`three ${state}`))
    expect(settle).not.toHaveBeenCalled()
    expect(reported).toEqual(['two UNKNOWN'])
    expect(await list()).toMatchObject([{ state: 'UNKNOWN', isOwnedElsewhere: false }])
    goOn()
    await left
  })

  it('is settled a few at a time within an account, so that writes to the same webhooks do not wait for all of it', async () => {
    const { one, start, list } = await open('verifik')
    const ids = Array.from({ length: 6 }, (_, index) => `entry-${index}`)
    for (const id of ids) await one.store.begin({ ...intent, id, keyHash: null })
    await one.pause()
    const isFull = Promise.withResolvers<void>()
    let [claiming, most] = [0, 0]
    const { gateway } = await start({}, (store) => ({
      ...store,
      async claim(id) {
        claiming += 1
        most = Math.max(most, claiming)
        if (claiming === 4) isFull.resolve()
        await isFull.promise
        claiming -= 1
        return store.claim(id)
      },
    }))
    await gateway.settleInterrupted(await gateway.listInterrupted())
    expect(most).toBe(4)
    expect((await list()).map(({ state }) => state)).toEqual(ids.map(() => 'UNKNOWN'))
  })

  it('is unknown where its account is not configured, so that nobody waits for it', async () => {
    const { one, start, input, hold, list } = await open('verifik')
    const { reached, goOn } = hold()
    const left = one.gateway.create(input, asker)
    await reached
    const { gateway } = await start({ accounts: [] })
    await one.pause()
    await gateway.settleInterrupted(await gateway.listInterrupted())
    expect(await list()).toMatchObject([{ state: 'UNKNOWN', isOwnedElsewhere: false }])
    goOn()
    await left
  })

  it('can be ended by a person at any process while its outcome is unknown', async () => {
    const { one, two, input, standIn, list } = await open('encrata')
    standIn.fail({ effect: 'WRITE', cut: 'connection', when: 'before' })
    expect(await catchError(one.gateway.create(input, asker))).toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    const [entry] = (await two.gateway.journal.list({}, 1)).map((placed) => placed.entry)
    const settled = await two.gateway.journal.settle({ id: entry?.id ?? '', as: 'ABANDON' }, person)
    expect(settled.journalEntry).toMatchObject({ isOpen: false })
    expect(await one.gateway.create(input, asker)).toMatchObject({ replayed: false })
    expect((await list()).map(({ state }) => state)).toEqual(['SUCCEEDED', 'UNKNOWN'])
  })

  it('is left to a person who asks while the process is alive', async () => {
    const { one, two, input, hold, list } = await open('verifik')
    const { reached, goOn } = hold()
    const running = one.gateway.create(input, asker)
    await reached
    const [entry] = (await two.gateway.journal.list({}, 1)).map((placed) => placed.entry)
    for (const as of ['LOOK_AGAIN', 'ABANDON'] as const)
      expect(await catchError(two.gateway.journal.settle({ id: entry?.id ?? '', as }, person))).toMatchObject({
        issues: [{ message: 'This write is still running. Wait for its outcome.' }],
      })
    goOn()
    expect(await running).toMatchObject({ replayed: false })
    expect(await list()).toMatchObject([{ state: 'SUCCEEDED' }])
  })
})

describe('a process whose clock is wrong', () => {
  const dayMs = 86_400_000
  afterEach(() => void vi.restoreAllMocks())

  function setClock(byMs: number): void {
    const { now } = Date
    vi.spyOn(Date, 'now').mockImplementation(() => now() + byMs)
  }

  it.each([
    ['ahead', 3 * dayMs],
    ['behind', -3 * dayMs],
  ])('and is days %s dates entries as the others, and keeps their secrets as long', async (_, byMs) => {
    const { one, two, input, list, shared } = await open('verifik')
    const reader = { name: 'key:ci', revealsAll: false }
    const readKept = async () => {
      const [entry] = (await one.gateway.journal.list({}, 1)).map((placed) => placed.entry)
      const { signingSecret } = await two.gateway.journal.reveal(entry?.id ?? '', reader)
      return [signingSecret?.reveal(), entry?.secretUntil]
    }
    const beforeMs = await shared.readClock()
    setClock(byMs)
    const { signingSecret, journalEntry } = await one.gateway.create(input, asker)
    const [entry] = await list()
    const settledMs = entry?.settledMs ?? 0
    expect(entry?.startedMs).toBeGreaterThanOrEqual(beforeMs - 1_000)
    expect(settledMs).toBeLessThanOrEqual((await shared.readClock()) + 1_000)
    const secretUntil = new Date(settledMs + dayMs).toISOString()
    expect(journalEntry?.secretUntil).toBe(secretUntil)
    expect(await readKept()).toEqual([signingSecret?.reveal(), secretUntil])
    await two.store.maintain(two.store.readClock(), 0, dayMs)
    expect(await readKept()).toEqual([signingSecret?.reveal(), secretUntil])
  })
})

describe('a store that fails while several processes use it', () => {
  const fails = () => Promise.reject(new StoreError('The connection was closed'))

  it('has a beginning that was only late settled as never sent, and its key is free again', async () => {
    // The commit takes effect, but its response is lost, and so is everything until somebody looks.
    let isGone = false
    const { start, two, input, countMade, list } = await open('encrata')
    const late = await start({}, (store) => ({
      ...store,
      begin: (...values) => store.begin(...values).then(() => ((isGone = true), fails())),
      settle: (...values) => (isGone ? fails() : store.settle(...values)),
    }))
    expect(await catchError(late.gateway.create(input, asker))).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(await list()).toMatchObject([{ state: 'RUNNING' }])
    isGone = false
    const repeated = two.gateway.create(input, asker)
    await late.gateway.settleInterrupted(await late.gateway.listInterrupted())
    expect(await repeated).toMatchObject({ replayed: false })
    expect((await list()).map(({ state }) => state)).toEqual(['SUCCEEDED', 'FAILED'])
    expect(countMade()).toBe(1)
  })

  it.each([
    ['is told the outcome later by the process that knows it', false, 'SUCCEEDED'],
    ['is told nothing by a process that was taken over meanwhile', true, 'UNKNOWN'],
  ])('%s', async (_, isTakenOver, state) => {
    let isGone = false
    const { start, two, input, list } = await open('encrata')
    const opened = await start({}, (store) => ({
      ...store,
      settle: (...values) => (isGone ? fails() : store.settle(...values)),
      find: (...values) => (isGone ? fails() : store.find(...values)),
    }))
    isGone = true
    const { warnings } = await opened.gateway.create(input, asker)
    // Nobody knows yet which of the two it will be.
    expect(warnings).toContainEqual({
      code: 'JOURNAL_INCOMPLETE',
      message: expect.stringMatching(/could not be recorded.+recorded later, unless another process takes the write over/),
    })
    if (isTakenOver) {
      await opened.pause()
      await two.gateway.settleInterrupted(await two.gateway.listInterrupted())
    }
    isGone = false
    // The next write records what is left.
    await opened.gateway.create({ ...input, url: 'https://hooks.acme.test/next' })
    await expect.poll(async () => (await list()).at(-1)?.state).toBe(state)
    const again = await opened.gateway.create(input, asker).catch((error: unknown) => error)
    expect(again).toMatchObject(isTakenOver ? { code: 'OUTCOME_UNKNOWN' } : { replayed: true })
  })

  it('has an entry given back later that could not be given back after a look', async () => {
    let isGone = false
    const { one, two, start, input, standIn } = await open('encrata')
    const opened = await start({}, (store) => ({
      ...store,
      release: (...values) => (isGone ? fails() : store.release(...values)),
    }))
    standIn.fail({ effect: 'WRITE', cut: 'connection', when: 'before' })
    expect(await catchError(one.gateway.create(input, asker))).toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    isGone = true
    // The list fails, so the look leaves the entry as it is.
    standIn.fail({ effect: 'READ', status: 500, body: '{}' })
    expect(await catchError(opened.gateway.create(input, asker))).toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    const [entry] = await two.store.list({}, 1)
    expect(entry).toMatchObject({ state: 'UNKNOWN', isOwnedElsewhere: true })
    isGone = false
    await recordAllLate(opened.wrapped)
    expect(await two.store.find(entry?.id ?? '')).toMatchObject({ isOwnedElsewhere: false })
  })

  it('has recorded an outcome although the answer was lost, so that nobody is warned for nothing', async () => {
    let isLost = true
    const { start, two, input, standIn, list } = await open('encrata')
    const { gateway } = await start({}, (store) => ({
      ...store,
      async settle(...values) {
        await store.settle(...values)
        if (isLost) await fails()
      },
    }))
    expect(await gateway.create(input, asker)).toMatchObject({ warnings: [], journalEntry: { state: 'SUCCEEDED' } })
    standIn.fail({ effect: 'WRITE', cut: 'connection', when: 'after' })
    isLost = false
    const lost = await catchError(gateway.create({ ...input, url: 'https://hooks.acme.test/lost' }, other))
    expect(lost).toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    isLost = true
    const [{ entry } = { entry: null }] = await two.gateway.journal.list({}, 1)
    const [candidate] = entry?.candidates ?? []
    const adopted = await gateway.journal.settle({ id: entry?.id ?? '', as: 'ADOPT', webhookId: candidate?.id }, person)
    expect(toCodes(adopted)).not.toContain('JOURNAL_INCOMPLETE')
    expect(adopted).toMatchObject({ journalEntry: { state: 'SUCCEEDED' } })
    expect((await list()).map(({ state }) => state)).toEqual(['SUCCEEDED', 'SUCCEEDED'])
  })

  it('lets nothing be sent while it cannot tell whose turn it is', async () => {
    const { one, start, input, standIn } = await open('encrata')
    const { webhook } = await one.gateway.create(input)
    const calls = standIn.calls.length
    for (const method of ['readTurn', 'listRecent'] as const) {
      const { gateway } = await start({}, (store) => ({ ...store, [method]: fails }))
      expect(await catchError(gateway.update({ id: webhook.id, name: 'Renamed' }))).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    }
    expect(standIn.calls).toHaveLength(calls)
  })

  it('offers no candidate while it cannot tell who has made it', async () => {
    const { start, input, standIn } = await open('encrata')
    const { gateway } = await start({}, (store) => ({ ...store, findMade: fails }))
    standIn.fail({ effect: 'WRITE', cut: 'connection', when: 'after' })
    expect(await catchError(gateway.create(input, asker))).toMatchObject({ code: 'OUTCOME_UNKNOWN', candidates: [] })
  })
})

describe('the rate of an account that several processes call', () => {
  it('is shared by those that are alive', async () => {
    const provider = find('encrata')
    const standIn = await openStandIn(provider)
    const shared = await openShared(database)
    const account = { ...toAccount(provider, standIn), rateLimit: { calls: 6, perMs: 600_000 } }
    const start = async () => {
      const { store } = await shared.open()
      return openGateway({ accounts: [account], store, ledger: createLedger(), timeoutMs: 5_000, door: { pacing: true } }).gateway
    }
    // Each knows of those that were there when it last renewed its lease.
    const gateways = [await start(), await start(), await start()]
    for (const [index, gateway] of gateways.entries()) {
      const before = standIn.calls.length
      for (let count = 0; count < 7; count += 1) await gateway.list(account)
      expect(standIn.calls.length - before).toBe(6 / (index + 1))
    }
  })

  it('is one call in a window for a process whose lease may have run out', async () => {
    const provider = find('encrata')
    const standIn = await openStandIn(provider)
    const shared = await openShared(database)
    const account = { ...toAccount(provider, standIn), rateLimit: { calls: 6, perMs: 600_000 } }
    // No heartbeat renews it.
    const { store } = await shared.open(300)
    const options = { accounts: [account], store, ledger: createLedger(), timeoutMs: 5_000, door: { pacing: true } }
    const { gateway } = openGateway(options)
    await expect.poll(() => store.countOwners()).toBe(Number.POSITIVE_INFINITY)
    for (let count = 0; count < 3; count += 1) await gateway.list(account)
    expect(standIn.calls.length).toBe(1)
  })
})
