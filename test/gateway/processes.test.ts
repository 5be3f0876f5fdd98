import type { Logger } from 'pino'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { takeOver } from '../../src/cli/upkeep.ts'
import type { Gateway } from '../../src/gateway/gateway.ts'
import { createLedger } from '../../src/gateway/write/ledger.ts'
import type { JournalEntry } from '../../src/journal.ts'
import type { Asker } from '../../src/gateway/write/write.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { providers } from '../../src/providers/index.ts'
import type { Store } from '../../src/store/store.ts'
import { getWays } from '../hands/hands.ts'
import { toDraft } from '../helpers/draft.ts'
import { type GatewayOptions, openGateway, toAccount } from '../helpers/gateway.ts'
import { type OwnStore, openShared } from '../helpers/processes.ts'
import { openStandIn } from '../helpers/stand-in.ts'

// Several processes on one store: each has a gateway, a ledger and a store of its own; what they have in common is the database and
// the provider.

const asker: Asker = { caller: 'key:ci', idempotencyKey: 'order-1' }
const other: Asker = { caller: 'key:ci', idempotencyKey: 'order-2' }

function find(name: string): Provider {
  const provider = providers.find((each) => each.name === name)
  if (provider === undefined) throw new Error(`There is no provider ${name}.`)
  return provider
}

interface Process extends OwnStore {
  readonly gateway: Gateway
}

async function open(name: string, more: Partial<GatewayOptions> = {}) {
  const provider = find(name)
  const standIn = await openStandIn(provider)
  const shared = await openShared()
  const account = toAccount(provider, standIn)

  async function start(others: Partial<GatewayOptions> = {}, wrap = (store: Store) => store): Promise<Process> {
    const own = await shared.open()
    const { gateway } = openGateway({
      accounts: [account],
      store: wrap(own.store),
      ledger: createLedger(),
      ...more,
      ...others,
    })
    return { ...own, gateway }
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
  async function stop(name: string, outcome: object = {}) {
    const opened = await open(name)
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

  it('sends nothing more once it learns of it, so that a secret is not replaced twice', async () => {
    const { goOn, standIn, list } = await stop('baanx', { cut: 'connection' })
    const rotations = () => standIn.calls.filter(({ path }) => path.endsWith('/rotate-key')).length
    expect(await list()).toMatchObject([{ state: 'SUCCEEDED' }])
    expect(rotations()).toBe(1)
    const { result } = await goOn()
    expect(result).toMatchObject({ journalEntry: { state: 'SUCCEEDED' } })
    expect(rotations()).toBe(1)
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
    const { one, two, input, standIn } = await open('encrata', { looksMs: [0, 5] })
    const { webhook } = await one.gateway.create(input)
    // What a read is answered from now on.
    await two.gateway.get(webhook.id)
    await one.gateway.update({ id: webhook.id, enabled: false })
    standIn.fail({ effect: 'READ', stale: true, times: 2 })
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

  it('is left to a person who asks while the process is alive', async () => {
    const { one, two, input, hold, list } = await open('verifik')
    const { reached, goOn } = hold()
    const running = one.gateway.create(input, asker)
    await reached
    const [entry] = (await two.gateway.journal.list({}, 1)).map((placed) => placed.entry)
    for (const as of ['LOOK_AGAIN', 'ABANDON'] as const)
      expect(await catchError(two.gateway.journal.settle({ id: entry?.id ?? '', as }))).toMatchObject({
        issues: [{ message: 'This write is still running. Wait for its outcome.' }],
      })
    goOn()
    expect(await running).toMatchObject({ replayed: false })
    expect(await list()).toMatchObject([{ state: 'SUCCEEDED' }])
  })
})
