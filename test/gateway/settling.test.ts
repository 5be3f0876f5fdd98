import { describe, expect, it, onTestFinished } from 'vitest'
import type { Provider } from '../../src/provider/provider.ts'
import { baanx } from '../../src/providers/baanx/index.ts'
import { encrata } from '../../src/providers/encrata/index.ts'
import { createKeys } from '../../src/store/keys.ts'
import { StoreError } from '../../src/store/error.ts'
import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import { type Act, send, type WriteOperation } from '../crashes/act.ts'
import { runCase } from '../crashes/case.ts'
import { type Life, type Moment, settle, startLife } from '../crashes/life.ts'
import { prepare } from '../faults/matrix.ts'
import { openRig } from '../faults/rig.ts'

const beforeOutcome: Moment = { place: { kind: 'COMMIT', commit: 'outcome' }, when: 'before' }
const onFullDisk: Moment = { place: { kind: 'COMMIT', commit: 'outcome' }, when: 'FULL' }
const toAct = (provider: Provider, operation: WriteOperation): Act => ({ provider, operation, trouble: null })

async function open(provider: Provider, operation: WriteOperation) {
  const rig = await openRig(provider, 30_000)
  const store = await openStore({ path: null, keys: createKeys() })
  onTestFinished(async () => {
    await store.close()
    await rig.close()
  })
  const asked = await prepare(rig, operation)
  const act = toAct(provider, operation)
  const start = (moment: Moment | null = null, on: Store = store): Life => startLife(rig, on, moment)
  /** Sends it in a process that dies there, or until it has an answer. */
  const stop = async (life: Life, key?: string) => Promise.race([send(life.gateway, act, asked, key), life.died])
  return { rig, store, asked, act, start, stop }
}

describe('a success that could not be recorded', () => {
  it('answers its key with the same result once the store works again', async () => {
    const { act, asked, start, stop, store } = await open(encrata, 'create')
    const life = start(onFullDisk)
    const told = await stop(life)
    expect(told?.warnings.map(({ code }) => code)).toContain('JOURNAL_INCOMPLETE')
    life.freeDisk()
    expect(await send(life.gateway, act, asked)).toMatchObject({ replayed: true, webhook: told?.webhook, secret: told?.secret })
    expect(await store.list({}, 1)).toMatchObject([{ state: 'SUCCEEDED', webhook: told?.webhook }])
  })

  it('is recorded with the next write, though nobody repeats it', async () => {
    const { act, asked, start, stop, store } = await open(encrata, 'update')
    const life = start(onFullDisk)
    await stop(life, 'first')
    life.freeDisk()
    await send(life.gateway, act, asked, 'second')
    expect(await store.list({}, 2)).toMatchObject([{ state: 'SUCCEEDED' }, { state: 'SUCCEEDED' }])
  })

  it('answers its key with neither a new write nor a lie while the store fails', async () => {
    const { act, asked, start, stop, rig } = await open(encrata, 'create')
    const life = start(onFullDisk)
    await stop(life)
    const sent = rig.standIn.calls.length
    const { error } = await send(life.gateway, act, asked)
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(rig.standIn.calls).toHaveLength(sent)
  })
})

describe('a key that is replaced for recovery', () => {
  it('is replaced within an hour of the create', async () => {
    const { calls } = await runCase({ act: toAct(baanx, 'create'), moments: [beforeOutcome] })
    expect(calls.settling.filter(({ path }) => path.endsWith('/rotate-key'))).toHaveLength(1)
  })

  it.each([
    ['more than an hour may have passed', { clockMs: 3_660_000 }],
    ['the clock was set back, so that nobody knows how much time has passed', { clockMs: -60_000 }],
    ['no secrets are kept, so that nobody could get it', { later: { secretRetentionMs: 0 } }],
  ])('is not replaced if %s', async (_, change) => {
    const { calls, entry } = await runCase({ act: toAct(baanx, 'create'), moments: [beforeOutcome], ...change })
    expect(entry).toMatchObject({ state: 'UNKNOWN', candidates: [expect.anything()] })
    expect([...calls.settling, ...calls.repeated].filter(({ effect }) => effect === 'WRITE')).toEqual([])
  })
})

describe('what a stopped process left running', () => {
  it('is settled though another entry cannot be', async () => {
    const { start, stop, store } = await open(baanx, 'update')
    await stop(start(beforeOutcome), 'first')
    await stop(start(beforeOutcome), 'second')
    const [, first] = await store.list({}, 2)
    const openSecret: Store['openSecret'] = (id, field) =>
      id === first?.id && field === 'input' ? Promise.reject(new StoreError('It was changed')) : store.openSecret(id, field)
    const { gateway } = start(null, { ...store, openSecret })
    await expect(settle(gateway)).rejects.toThrow('It was changed')
    expect(await store.list({}, 2)).toMatchObject([{ state: 'SUCCEEDED' }, { state: 'RUNNING' }])
  })

  it.each([
    ['warns the next write that it may still take effect', 0, ['EARLIER_WRITE_UNRESOLVED']],
    ['warns nobody if it was begun long ago', 3_600_000, []],
  ])('%s', async (_, agoMs, expected) => {
    const { act, asked, start, stop, store } = await open(baanx, 'update')
    await stop(start({ place: { kind: 'COMMIT', commit: 'intent' }, when: 'after' }))
    const list: Store['list'] = async (...filter) =>
      (await store.list(...filter)).map((entry) => ({ ...entry, startedMs: entry.startedMs - agoMs }))
    const { gateway } = start(null, { ...store, list })
    await gateway.listInterrupted()
    const { warnings } = await send(gateway, act, asked, 'another')
    expect(warnings.map(({ code }) => code)).toEqual(expected)
  })

  it('is reported once, and left to be looked at again while it is unknown', async () => {
    const { start, stop, rig, store } = await open(baanx, 'create')
    await stop(start(beforeOutcome))
    const door = { pacing: false, breaker: { failures: 1_000, pauseMs: 1_000 } }
    const { gateway } = startLife(rig, store, null, { door })
    const reported: string[] = []
    const settleAll = (entries: Awaited<ReturnType<typeof gateway.listInterrupted>>) =>
      gateway.settleInterrupted(entries, ({ state }) => void reported.push(state))
    rig.standIn.fail({ effect: 'READ', status: 500, body: '{}', times: 99 })
    const left = await settleAll(await gateway.listInterrupted())
    expect(left).toMatchObject([{ state: 'UNKNOWN' }])
    expect(await settleAll(left)).toMatchObject([{ state: 'UNKNOWN' }])
    rig.standIn.heal()
    expect(await settleAll(left)).toEqual([])
    expect(reported).toEqual(['UNKNOWN', 'SUCCEEDED'])
  })

  it('says of a rotation whether the masked secret has changed', async () => {
    const place = { kind: 'REQUEST', target: { method: 'POST', path: 'rotate-key' }, label: '' } as const
    const [none, done] = await Promise.all(
      (['before', 'after'] as const).map((when) => runCase({ act: toAct(baanx, 'rotate'), moments: [{ place, when }] })),
    )
    expect(none?.entry?.error).toMatchObject({ message: expect.stringContaining('The masked secret is unchanged') })
    expect(done?.entry?.error).toMatchObject({ message: expect.stringContaining('The masked secret has changed') })
  })
})
