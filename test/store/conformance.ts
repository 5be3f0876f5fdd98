import { describe, expect, it, onTestFinished } from 'vitest'
import { journaledOperations, journalStates } from '../../src/journal.ts'
import { StoreError } from '../../src/store/error.ts'
import type { EntryFilter, Intent, Outcome, Store } from '../../src/store/store.ts'
import { intent, outcome } from './entries.ts'
import { describeTurns } from './turns.ts'

/** What every store does, whatever database it is in. */
export function describeStore(name: string, open: () => Promise<Store>): void {
  async function openStore(): Promise<Store> {
    const store = await open()
    onTestFinished(() => store.close())
    return store
  }

  describeTurns(name, open)

  describe(`the journal in ${name}`, () => {
    it('keeps an intent as it was given', async () => {
      const store = await openStore()
      const before = { url: 'https://old.test', eventTypes: ['a', 'b'], name: null }
      const given: Intent = { ...intent, operation: 'UPDATE', webhook: 'w1', keyHash: 'k1', before, secrets: { digest: 'd' } }
      await store.begin(given)
      const { secrets: _, ...kept } = given
      expect(await store.find('entry-1')).toEqual({
        ...kept,
        position: expect.any(Number),
        holdsKey: true,
        previous: null,
        steps: [],
        state: 'RUNNING',
        after: null,
        result: null,
        error: null,
        candidates: null,
        recovered: false,
        secretUntilMs: null,
        settledMs: null,
        abandonedMs: null,
        isOwnedElsewhere: false,
      })
      expect(await store.find('entry-2')).toBeNull()
    })

    it('refuses a second entry with the ID of the first', async () => {
      const store = await openStore()
      await store.begin(intent)
      await expect(store.begin(intent)).rejects.toThrow(StoreError)
      expect(store.isHealthy()).toBe(true)
    })

    it('keeps steps in order, whatever is in them', async () => {
      const store = await openStore()
      await store.begin(intent)
      const steps = [
        { kind: 'TWIN', webhook: 'w2\nw3' },
        { kind: 'KEY', ids: ['a', null, 1, true], nested: { 'é\u2028': '"' } },
      ]
      for (const step of steps) await store.note('entry-1', step)
      expect((await store.find('entry-1'))?.steps).toEqual(steps)
    })

    it('keeps an outcome as it was given', async () => {
      const store = await openStore()
      await store.begin(intent)
      const given: Outcome = {
        ...outcome,
        state: 'UNKNOWN',
        error: { code: 'OUTCOME_UNKNOWN', message: 'The outcome is unknown.' },
        candidates: [{ id: 'w1' }],
        recovered: true,
      }
      await store.settle('entry-1', given)
      const { signingSecret: _, setsSecret: __, ...kept } = given
      expect(await store.find('entry-1')).toMatchObject({ ...kept, holdsKey: false })
    })

    it('moves the webhook that a rotation replaced', async () => {
      const store = await openStore()
      await store.begin({ ...intent, operation: 'ROTATE_SECRET', webhook: 'w1' })
      await store.settle('entry-1', { ...outcome, webhook: 'w2' })
      expect(await store.find('entry-1')).toMatchObject({ webhook: 'w2', previous: 'w1' })
      await store.begin({ ...intent, id: 'entry-2', webhook: 'w2' })
      await store.settle('entry-2', { ...outcome, webhook: null })
      expect(await store.find('entry-2')).toMatchObject({ webhook: 'w2', previous: null })
    })

    it('settles an UNKNOWN entry again, and a settled one never', async () => {
      const store = await openStore()
      await store.begin(intent)
      await store.settle('entry-1', { ...outcome, state: 'UNKNOWN' })
      await store.claim('entry-1')
      await store.note('entry-1', { kind: 'LOOK' })
      await store.settle('entry-1', { ...outcome, signingSecret: 'found', secretUntilMs: 9_000 })
      await expect(store.settle('entry-1', { ...outcome, state: 'FAILED' })).rejects.toThrow(StoreError)
      await expect(store.note('entry-1', { kind: 'LATE' }, { signingSecret: 'late' })).rejects.toThrow(StoreError)
      await expect(store.abandon('entry-1', 3_000)).rejects.toThrow(StoreError)
      expect(await store.find('entry-1')).toMatchObject({ state: 'SUCCEEDED', steps: [{ kind: 'LOOK' }], abandonedMs: null })
      expect(await store.openSecret('entry-1', 'signingSecret')).toBe('found')
      expect(store.isHealthy()).toBe(true)
    })

    it('rejects what is told of an entry that does not exist, and keeps nothing of it', async () => {
      const store = await openStore()
      const attempts = [
        store.note('entry-1', { kind: 'LATE' }, { token: 't' }),
        store.settle('entry-1', { ...outcome, signingSecret: 's' }),
        store.abandon('entry-1', 1),
      ]
      for (const result of await Promise.allSettled(attempts))
        expect(result).toMatchObject({ status: 'rejected', reason: expect.any(StoreError) })
      expect(await store.openSecret('entry-1', 'token')).toBeNull()
      expect(await store.openSecret('entry-1', 'signingSecret')).toBeNull()
    })
  })

  describe(`an idempotency key in ${name}`, () => {
    it('is held by one entry from its beginning', async () => {
      const store = await openStore()
      await store.begin({ ...intent, keyHash: 'k1' })
      await expect(store.begin({ ...intent, id: 'entry-2', keyHash: 'k1' })).rejects.toThrow(StoreError)
      expect(await store.findByKey('k1')).toMatchObject({ id: 'entry-1' })
      expect(await store.find('entry-2')).toBeNull()
      expect(await store.findByKey('k2')).toBeNull()
    })

    it('is held or freed by the outcome', async () => {
      const store = await openStore()
      await store.begin({ ...intent, keyHash: 'k1' })
      await store.settle('entry-1', { ...outcome, state: 'FAILED', holdsKey: false })
      expect(await store.findByKey('k1')).toBeNull()
      expect(await store.find('entry-1')).toMatchObject({ keyHash: 'k1', holdsKey: false })
      await store.begin({ ...intent, id: 'entry-2', keyHash: 'k1' })
      await store.settle('entry-2', outcome)
      expect(await store.findByKey('k1')).toMatchObject({ id: 'entry-2', holdsKey: true })
    })

    it('is found with those that start like it, oldest first', async () => {
      const store = await openStore()
      for (const [id, keyHash] of [
        ['entry-1', 'ab1'],
        ['entry-2', 'abf'],
        ['entry-3', 'ac'],
        ['entry-4', 'ab'],
      ] as const)
        await store.begin({ ...intent, id, keyHash })
      await store.begin({ ...intent, id: 'entry-5' })
      expect((await store.listByKey('ab')).map(({ id }) => id)).toEqual(['entry-1', 'entry-2', 'entry-4'])
      await store.settle('entry-1', { ...outcome, state: 'FAILED', holdsKey: false })
      expect((await store.listByKey('ab')).map(({ id }) => id)).toEqual(['entry-2', 'entry-4'])
      expect(await store.listByKey('ad')).toEqual([])
    })

    it('is freed when its entry is abandoned, and stays with its new entry when the lost outcome arrives', async () => {
      const store = await openStore()
      await store.begin({ ...intent, keyHash: 'k1' })
      await store.abandon('entry-1', 5_000)
      expect(await store.find('entry-1')).toMatchObject({ state: 'UNKNOWN', abandonedMs: 5_000, settledMs: 5_000 })
      await store.begin({ ...intent, id: 'entry-2', keyHash: 'k1' })
      await store.settle('entry-1', outcome)
      expect(await store.find('entry-1')).toMatchObject({ state: 'SUCCEEDED', holdsKey: false })
      expect(await store.findByKey('k1')).toMatchObject({ id: 'entry-2' })
    })
  })

  describe(`secrets in ${name}`, () => {
    const secrets = { digest: 'the digest', token: 'the token' }

    it('open under the field that they were given', async () => {
      const store = await openStore()
      await store.begin({ ...intent, secrets })
      await store.note('entry-1', { kind: 'TWIN' }, { twin: 'of the twin', token: 'another token' })
      expect(await store.openSecret('entry-1', 'digest')).toBe('the digest')
      expect(await store.openSecret('entry-1', 'token')).toBe('another token')
      expect(await store.openSecret('entry-1', 'twin')).toBe('of the twin')
      expect(await store.openSecret('entry-1', 'other')).toBeNull()
      expect(await store.openSecret('entry-2', 'token')).toBeNull()
    })

    it('are erased by an outcome, except the digest and what was handed out', async () => {
      const store = await openStore()
      await store.begin({ ...intent, secrets: { ...secrets, signingSecret: 'chosen' } })
      await store.settle('entry-1', { ...outcome, signingSecret: 'handed out', secretUntilMs: 9_000 })
      expect(await store.openSecret('entry-1', 'token')).toBeNull()
      expect(await store.openSecret('entry-1', 'digest')).toBe('the digest')
      expect(await store.openSecret('entry-1', 'signingSecret')).toBe('handed out')
    })

    it('stay while the outcome is unknown, and go when the entry is abandoned', async () => {
      const store = await openStore()
      await store.begin({ ...intent, secrets })
      await store.settle('entry-1', { ...outcome, state: 'UNKNOWN' })
      expect(await store.openSecret('entry-1', 'token')).toBe('the token')
      await store.claim('entry-1')
      await store.abandon('entry-1', 5_000)
      expect(await store.openSecret('entry-1', 'token')).toBeNull()
      expect(await store.openSecret('entry-1', 'digest')).toBe('the digest')
      await expect(store.abandon('entry-1', 6_000)).rejects.toThrow(StoreError)
    })

    it('that were handed out are erased at once when told so', async () => {
      const store = await openStore()
      await store.begin({ ...intent, secrets })
      await store.settle('entry-1', { ...outcome, signingSecret: 'handed out', secretUntilMs: 9_000 })
      await store.eraseSigningSecret('entry-1')
      expect(await store.openSecret('entry-1', 'signingSecret')).toBeNull()
      expect(await store.openSecret('entry-1', 'digest')).toBe('the digest')
      expect(await store.find('entry-1')).toMatchObject({ secretUntilMs: null, state: 'SUCCEEDED' })
      await store.eraseSigningSecret('entry-1')
    })

    it('that were handed out are erased when their time is over', async () => {
      const store = await openStore()
      for (const [id, secretUntilMs] of [
        ['early', 8_999],
        ['due', 9_000],
        ['later', 9_001],
      ] as const) {
        await store.begin({ ...intent, id })
        await store.settle(id, { ...outcome, signingSecret: id, secretUntilMs })
      }
      await store.maintain(9_000, 0)
      expect(await store.openSecret('early', 'signingSecret')).toBeNull()
      expect(await store.openSecret('due', 'signingSecret')).toBeNull()
      expect(await store.openSecret('later', 'signingSecret')).toBe('later')
      // Nobody has acknowledged it yet.
      expect(await store.find('due')).toMatchObject({ secretUntilMs: 0 })
      await store.eraseSigningSecret('due')
      await store.maintain(9_000, 0)
      expect(await store.find('due')).toMatchObject({ secretUntilMs: null })
      expect(await store.find('later')).toMatchObject({ secretUntilMs: 9_001 })
    })

    it('that were handed out are kept no longer than now decided', async () => {
      const store = await openStore()
      for (const id of ['one', 'other']) {
        await store.begin({ ...intent, id, keyHash: null })
        const settledMs = id === 'one' ? 1_000 : 5_000
        await store.settle(id, { ...outcome, settledMs, signingSecret: id, secretUntilMs: settledMs + 100_000 })
      }
      await store.maintain(5_500, 0, 2_000)
      expect(await store.openSecret('one', 'signingSecret')).toBeNull()
      expect(await store.find('other')).toMatchObject({ secretUntilMs: 7_000 })
      await store.maintain(5_500, 0, 50_000)
      expect(await store.find('other')).toMatchObject({ secretUntilMs: 7_000 })
    })
  })

  describe(`the times of secrets in ${name}`, () => {
    const upstream = intent.upstream
    /** Processes that share a store may have different clocks, so the database's counts there. */
    const toTimes = (store: Store, times: readonly (readonly [string, number])[]) =>
      new Map(times.map(([webhook, setMs]) => [webhook, store.isShared ? (expect.any(Number) as number) : setMs]))

    it('are those of the successes that set them', async () => {
      const store = await openStore()
      const writes: readonly (readonly [string, Partial<Outcome>])[] = [
        ['w1', { setsSecret: true, settledMs: 1 }],
        ['w1', { setsSecret: true, settledMs: 2 }],
        ['w1', { setsSecret: false, settledMs: 3 }],
        ['w2', { setsSecret: true, state: 'UNKNOWN' }],
        ['w3', { setsSecret: true, state: 'FAILED' }],
      ]
      const times: (number | undefined)[] = []
      for (const [index, [webhook, partial]] of writes.entries()) {
        await store.begin({ ...intent, id: `${index}` })
        await store.settle(`${index}`, { ...outcome, webhook, ...partial })
        times.push((await store.findSecretTimes(upstream, ['w1'])).get('w1'))
      }
      expect(await store.findSecretTimes(upstream, ['w1', 'w2', 'w3', 'w4'])).toEqual(toTimes(store, [['w1', 2]]))
      expect(times.slice(1)).toEqual(Array.from({ length: 4 }, () => times[1]))
      expect(await store.findSecretTimes('https://other.test', ['w1'])).toEqual(new Map())
      expect(await store.findSecretTimes(upstream, [])).toEqual(new Map())
    })

    it('end with the webhook, and outlive its entries', async () => {
      const store = await openStore()
      const write = async (id: string, before: Partial<Intent>, after: Partial<Outcome>) => {
        await store.begin({ ...intent, id, ...before })
        await store.settle(id, { ...outcome, ...after })
      }
      await write('1', {}, { webhook: 'w1', setsSecret: true })
      await write('2', {}, { webhook: 'w2', setsSecret: true })
      await write('3', { operation: 'ROTATE_SECRET', webhook: 'w1' }, { webhook: 'w3', setsSecret: true, settledMs: 7 })
      expect(await store.findSecretTimes(upstream, ['w1', 'w2', 'w3'])).toEqual(
        toTimes(store, [
          ['w2', 2_000],
          ['w3', 7],
        ]),
      )
      await write('4', { operation: 'DELETE', webhook: 'w2' }, { webhook: null, state: 'FAILED' })
      expect(await store.findSecretTimes(upstream, ['w2'])).toEqual(toTimes(store, [['w2', 2_000]]))
      await write('5', { operation: 'DELETE', webhook: 'w2' }, { webhook: null })
      await store.maintain(0, 10_000)
      expect(await store.list({}, 10)).toEqual([])
      expect(await store.findSecretTimes(upstream, ['w2', 'w3'])).toEqual(toTimes(store, [['w3', 7]]))
    })
  })

  describe(`the list of ${name}`, () => {
    const accounts = ['shop', 'bank', 'club']
    const webhooks = ['w1', 'w2', 'w3']

    /** An entry of each kind, at times that neither rise nor are all different. */
    async function fill(store: Store): Promise<void> {
      let count = 0
      for (const account of accounts)
        for (const operation of journaledOperations)
          for (const state of journalStates) {
            count += 1
            const id = `entry-${count}`
            const webhook = webhooks[count % 3] ?? null
            await store.begin({ ...intent, id, account, operation, webhook, startedMs: (count * 37) % 50 })
            if (state !== 'RUNNING') await store.settle(id, { ...outcome, state, webhook: count % 5 === 0 ? 'w9' : null })
          }
    }

    const filters: readonly EntryFilter[] = [
      {},
      { accounts: ['shop'] },
      { accounts: ['shop', 'club', 'shop', 'none'] },
      { accounts: [] },
      { operations: ['DELETE'] },
      { operations: [] },
      { states: ['UNKNOWN', 'RUNNING'] },
      { states: [] },
      { accounts: ['bank', 'club'], states: ['FAILED', 'SUCCEEDED'], operations: ['CREATE', 'TEST'] },
      { sinceMs: 20 },
      { untilMs: 20 },
      { sinceMs: 10, untilMs: 12, accounts: ['shop', 'bank'] },
      { sinceMs: 10, untilMs: 40, states: ['SUCCEEDED'] },
      { webhook: { account: 'shop', id: 'w1' } },
      { webhook: { account: 'shop', id: 'w9' } },
      { webhook: { account: 'shop', id: 'w1' }, accounts: ['bank'] },
      {
        webhook: { account: 'bank', id: 'w2' },
        accounts: ['bank'],
        states: ['FAILED', 'UNKNOWN'],
        operations: ['UPDATE', 'CREATE'],
      },
      { webhook: { account: 'bank', id: 'w2' }, sinceMs: 5, untilMs: 45 },
    ]

    it('holds what the filter says, newest first, in pages that miss and repeat nothing', async () => {
      const store = await openStore()
      await fill(store)
      const ids = Array.from({ length: accounts.length * 28 }, (_, index) => `entry-${index + 1}`)
      const all = (await Promise.all(ids.map((id) => store.find(id)))).filter((entry) => entry !== null)
      for (const filter of filters) {
        const { accounts, operations, states, webhook, sinceMs = 0, untilMs = Infinity } = filter
        const expected = all
          .filter(
            (entry) =>
              accounts?.includes(entry.account) !== false &&
              operations?.includes(entry.operation) !== false &&
              states?.includes(entry.state) !== false &&
              entry.startedMs >= sinceMs &&
              entry.startedMs < untilMs &&
              (webhook === undefined ||
                (entry.account === webhook.account && [entry.webhook, entry.previous].includes(webhook.id))),
          )
          .toSorted((one, other) => other.startedMs - one.startedMs || other.position - one.position)
        const paged = []
        for (;;) {
          const page = await store.list(filter, 4, paged.at(-1)?.position)
          paged.push(...page)
          if (page.length < 4) break
        }
        expect({ filter, entries: paged }).toEqual({ filter, entries: expected })
      }
    })

    it('goes on after an entry that has been removed since', async () => {
      const store = await openStore()
      for (const id of ['1', '2', '3']) await store.begin({ ...intent, id })
      const [, second] = await store.list({}, 2)
      await store.settle('2', outcome)
      await store.maintain(0, 10_000)
      expect(await store.find('2')).toBeNull()
      expect(await store.list({}, 2, second?.position)).toMatchObject([{ id: '1' }])
      await store.settle('1', outcome)
      await store.maintain(0, 10_000)
      expect(await store.list({}, 2, second?.position)).toEqual([])
    })

    it('takes any number of accounts', async () => {
      const store = await openStore()
      await fill(store)
      const accounts = ['club', ...Array.from({ length: 100 }, (_, index) => `account-${index}`)]
      const states = ['UNKNOWN', 'SUCCEEDED'] as const
      expect(await store.list({ accounts, states }, 100)).toEqual(await store.list({ accounts: ['club'], states }, 100))
    })
  })

  describe(`the maintenance of ${name}`, () => {
    it('removes what was settled before, and no open entry however old', async () => {
      const store = await openStore()
      const ids = Array.from({ length: 600 }, (_, index) => `entry-${index}`)
      await Promise.all(ids.map((id) => store.begin({ ...intent, id, secrets: { digest: id } })))
      const settled = ids.slice(3)
      await Promise.all(settled.map((id, index) => store.settle(id, { ...outcome, settledMs: index === 0 ? 5_000 : 4_999 })))
      await store.settle('entry-1', { ...outcome, state: 'UNKNOWN', settledMs: 1 })
      await store.settle('entry-2', { ...outcome, state: 'UNKNOWN', settledMs: 1 })
      await store.claim('entry-2')
      await store.abandon('entry-2', 4_999)
      await store.maintain(10_000, 5_000)
      const kept = await store.list({}, 1_000)
      expect(kept.map(({ id }) => id).toSorted()).toEqual(['entry-0', 'entry-1', 'entry-3'])
      expect(await store.openSecret('entry-0', 'digest')).toBe('entry-0')
      expect(await store.openSecret('entry-4', 'digest')).toBeNull()
    })

    it('lets others write in between', async () => {
      const store = await openStore()
      const ids = Array.from({ length: 600 }, (_, index) => `entry-${index}`)
      await Promise.all(ids.map((id) => store.begin({ ...intent, id })))
      await Promise.all(ids.map((id) => store.settle(id, outcome)))
      const maintained = store.maintain(0, 10_000).then(() => 'maintained')
      const begun = store.begin({ ...intent, id: 'meanwhile' }).then(() => 'begun')
      expect(await Promise.race([maintained, begun])).toBe('begun')
      await maintained
      expect(await store.list({}, 10)).toMatchObject([{ id: 'meanwhile' }])
    })
  })

  describe(`the end of ${name}`, () => {
    it('comes after everything that is under way', async () => {
      const store = await open()
      await store.begin(intent)
      await store.begin({ ...intent, id: 'entry-2' })
      const written = [
        ...Array.from({ length: 50 }, (_, index) => store.begin({ ...intent, id: `more-${index}` })),
        store.settle('entry-1', outcome),
        store.eraseSigningSecret('entry-2'),
        store.list({}, 10),
      ]
      expect(await Promise.allSettled([store.close(), ...written])).not.toContainEqual(
        expect.objectContaining({ status: 'rejected' }),
      )
      await store.close()
    })

    it('fails what comes after it', async () => {
      const store = await open()
      await store.close()
      expect(store.isHealthy()).toBe(false)
      const calls = [
        () => store.begin(intent),
        () => store.note('entry-1', { kind: 'A' }),
        () => store.settle('entry-1', outcome),
        () => store.abandon('entry-1', 1),
        () => store.readTurn('t1'),
        () => store.claim('entry-1'),
        () => store.release('entry-1'),
        () => store.findMade('u', ['w1'], null),
        () => store.listRecent('u', 'w1', 1),
        () => store.wasSecretSetSince('entry-1'),
        () => store.readAgeMs('entry-1'),
        () => store.find('entry-1'),
        () => store.findByKey('k1'),
        () => store.listByKey('k1'),
        () => store.list({}, 1),
        () => store.openSecret('entry-1', 'token'),
        () => store.eraseSigningSecret('entry-1'),
        () => store.findSecretTimes('u', ['w1']),
        () => store.maintain(1, 1),
        () => store.check(),
      ]
      for (const call of calls) await expect(call()).rejects.toThrow(StoreError)
    })
  })
}
