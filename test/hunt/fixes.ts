import type { Edit } from '../helpers/copy.ts'

/** What takes one protection away. */
export interface Fix {
  /** The group that it belongs to: what was once wrong. */
  readonly number: number
  readonly name: string
  /** What is true with it. */
  readonly promise: string
  readonly edits: readonly Edit[]
  /** Families of histories that lean to what it protects from. */
  readonly families: readonly string[]
}

/** Every protection that a hunt is to miss: without it, something has to be found. */
export const fixes: readonly Fix[] = [
  {
    number: 1,
    name: 'proof',
    promise: 'A create without an answer takes no webhook for its own that does not show its proof.',
    edits: [
      {
        file: 'gateway/write/search.ts',
        from: 'proofs.set(candidate.id, proof === input.proof)',
        to: 'proofs.set(candidate.id, true)',
      },
    ],
    families: ['equals'],
  },
  {
    number: 1,
    name: 'account-turns',
    promise: 'Turns belong to the upstream account, whatever slug it is known by.',
    edits: [{ file: 'gateway/connection.ts', from: 'ledger.open(upstream)', to: 'ledger.open(`${upstream}/${account.slug}`)' }],
    families: ['slugs'],
  },
  {
    number: 1,
    name: 'reloads',
    promise: 'Turns survive a reload that changes the account.',
    edits: [
      {
        file: 'gateway/gateway.ts',
        from: '  const snapshots = createSnapshots(snapshotOptions)\n',
        to: '  ledger = createLedger()\n  const snapshots = createSnapshots(snapshotOptions)\n',
      },
    ],
    families: ['slugs'],
  },
  {
    number: 2,
    name: 'candidates',
    promise: 'What was there before a create is no candidate, also where the list before it could not be read.',
    edits: [{ file: 'gateway/write/search.ts', from: 'if (!before.isComplete) {', to: 'if (before === undefined) {' }],
    families: ['unread'],
  },
  {
    number: 3,
    name: 'turns',
    promise: 'Writes to one webhook take turns.',
    edits: [
      {
        file: 'gateway/write/write.ts',
        from: 'if (!(await connection.ledger.takeTurn(key, waiting.signal))) throw',
        to: 'if (waiting.signal.aborted) throw',
      },
      { file: 'gateway/write/write.ts', from: '    connection.ledger.passTurn(key)\n', to: '' },
    ],
    families: ['twins', 'slugs'],
  },
  {
    number: 3,
    name: 'reread',
    promise: 'A replacement gives up where its original was changed meanwhile.',
    edits: [
      {
        file: 'gateway/write/replace.ts',
        from: 'if (!isSameSettings(now.twin, original.twin)) {',
        to: 'if (now === undefined) {',
      },
    ],
    families: ['changed meanwhile'],
  },
  {
    number: 3,
    name: 'turn-budget',
    promise: 'Waiting for a turn is part of the budget.',
    edits: [
      {
        file: 'gateway/writes.ts',
        from: 'runWrite(recorded.connection, writing, asker, entry, run)',
        to: 'runWrite(recorded.connection, { ...writing, timeoutMs: 60_000 }, asker, entry, run)',
      },
    ],
    families: ['line'],
  },
  {
    number: 4,
    name: 'resend',
    promise: 'An update without an answer is never sent again.',
    edits: [
      {
        file: 'gateway/write/change.ts',
        from: 'return readBackUpdate(error, write, input)',
        to: `return readBackUpdate(error, write, input).catch(async () => {
      return { ...(await callOnce(write, (operations) => operations.update(input))), warnings: [recovered] }
    })`,
      },
    ],
    families: ['late'],
  },
  {
    number: 4,
    name: 'doubts',
    promise: 'A later write to the same webhook warns of an earlier one that may come into effect yet.',
    edits: [
      { file: 'gateway/write/earlier.ts', from: 'const inDoubt = ledger.isInDoubt(upstreamId)', to: 'const inDoubt = false' },
    ],
    families: ['late'],
  },
  {
    number: 5,
    name: 'totals',
    promise: 'The total of a list agrees with what was read of it.',
    edits: [
      { file: 'provider/numbered-pages.ts', from: 'if (changed !== undefined) throw', to: 'if (totals === undefined) throw' },
      { file: 'provider/numbered-pages.ts', from: 'if (count !== total) throw', to: 'if (totals === undefined) throw' },
    ],
    families: ['pages'],
  },
  {
    number: 5,
    name: 'pages-again',
    promise: 'Pages without a total are read again.',
    edits: [
      {
        file: 'provider/numbered-pages.ts',
        from: 'if (!isSame(listIds(again), before))',
        to: 'if (again === undefined)',
      },
    ],
    families: ['pages'],
  },
  {
    number: 5,
    name: 'missed',
    promise: 'What is missing in a list is asked for before it is told not to be there.',
    edits: [
      {
        file: 'schema/context.ts',
        from: 'only a get shows that it does not exist.\n    return gateway.get(id, signal)',
        to: "only a get shows that it does not exist.\n    throw new (await import('../errors.ts')).NotFoundError('It is not there.')",
      },
    ],
    families: ['stale'],
  },
  {
    number: 6,
    name: 'own-404',
    promise: "Only the provider's own words say that something is not there.",
    edits: [
      {
        file: 'http/failure.ts',
        from: "if (failure === null && (effect === 'WRITE' || status === 404)) return 'FOREIGN'",
        to: "if (status === 0) return 'FOREIGN'",
      },
    ],
    families: ['proxies'],
  },
  {
    number: 6,
    name: 'redirects',
    promise: 'A write that is answered with a redirect may have been carried out.',
    edits: [
      {
        file: 'http/failure.ts',
        from: 'Redirects are never followed. Check the base URL of account "${slug}".`\n      return effect === \'WRITE\'\n',
        to: 'Redirects are never followed. Check the base URL of account "${slug}".`\n      return effect === \'WRITE\' && status < 300\n',
      },
    ],
    families: ['proxies'],
  },
  {
    number: 6,
    name: '408',
    promise: 'A write that is answered with 408 may have been carried out.',
    edits: [{ file: 'http/failure.ts', from: 'if (status >= 500 || status === 408)', to: 'if (status >= 500)' }],
    families: ['proxies'],
  },
  {
    number: 6,
    name: 'confirmed-404',
    promise: 'That something is not there, after an answer was lost, is confirmed by the list.',
    edits: [
      {
        file: 'gateway/write/find.ts',
        from: 'if (error instanceof NotFoundError) return confirmGone(error, visit, upstreamId)',
        to: 'if (error instanceof NotFoundError) return error',
      },
    ],
    families: ['absent'],
  },
  {
    number: 7,
    name: 'rotation-hint',
    promise: 'A changed mask does not have a rotation sent again.',
    edits: [
      {
        file: 'gateway/write/rotate.ts',
        from: '    const message = `${doubt.message} ${describeHint(after, secretHint)}`\n',
        to: '    if (after !== null && after.secretHint !== secretHint) return requireSecret(await callOnce(write, (operations) => operations.rotateSecret(after)))\n    const message = `${doubt.message} ${describeHint(after, secretHint)}`\n',
      },
    ],
    families: ['rotations'],
  },
  {
    number: 8,
    name: 'queues',
    promise: 'A call whose time was spent in our own queues does not count against the provider.',
    edits: [
      {
        file: 'gateway/write/write.ts',
        from: 'ledger.takeTurn(key, waiting.signal)',
        to: 'ledger.takeTurn(key, new AbortController().signal)',
      },
      {
        file: 'http/guard.ts',
        from: '    refuseLate(call, budget)\n    refuseOpen()\n    for',
        to: '    refuseOpen()\n    for',
      },
      { file: 'http/guard.ts', from: '      refuseLate(call, budget)\n      refuseOpen()\n', to: '      refuseOpen()\n' },
      {
        file: 'http/guard.ts',
        from: '() => exchange((...seen) => learn(call, ...seen)),',
        to: '() => { refuseLate(call, budget); return exchange((...seen) => learn(call, ...seen)) },',
      },
      { file: 'http/guard.ts', from: '(!isSpent || !isFair)', to: '!isSpent' },
      {
        file: 'http/guard.ts',
        from: "(await slots.enter('', signal))) return",
        to: "(await slots.enter('', new AbortController().signal))) return",
      },
    ],
    families: ['burst'],
  },
  {
    number: 8,
    name: 'turns-back',
    promise: 'A turn that nobody waits for any more is given back.',
    edits: [{ file: 'http/guard.ts', from: '    turn?.giveBack()\n    if', to: '    if' }],
    families: ['crowd that leaves'],
  },
  {
    number: 8,
    name: 'leavers',
    promise: 'A write whose caller left before it began does not begin.',
    edits: [
      { file: 'gateway/write/write.ts', from: 'if (asker.signal?.aborted === true) throw', to: 'if (asker === undefined) throw' },
      { file: 'gateway/write/write.ts', from: 'startBudget(timeoutMs, asker.signal)', to: 'startBudget(timeoutMs)' },
    ],
    families: ['leavers'],
  },
  {
    number: 9,
    name: 'drain',
    promise: 'While the process is to end, no write of an operation begins any more.',
    edits: [{ file: 'schema/context.ts', from: 'if (options.isStopping?.() !== true) return\n', to: 'return\n' }],
    families: ['drain'],
  },
  {
    number: 10,
    name: 'breaker-clock',
    promise: 'A circuit breaker goes by a clock that nobody sets.',
    edits: [
      {
        file: 'http/breaker.ts',
        from: 'now: () => number = () => performance.now(),',
        to: 'now: () => number = () => Date.now(),',
      },
    ],
    families: ['breaker'],
  },
  {
    number: 10,
    name: 'pace-clock',
    promise: 'The pace of calls goes by a clock that nobody sets.',
    edits: [{ file: 'http/pace.ts', from: '(): number => performance.now()', to: '(): number => Date.now()' }],
    families: ['clocks'],
  },
  {
    number: 10,
    name: 'dates',
    promise: 'Times of a provider are read by the clock of the provider.',
    edits: [
      {
        file: 'http/wait.ts',
        from: 'return Number.isNaN(sentMs) ? Date.now() : sentMs',
        to: 'return sentMs === 0 ? sentMs : Date.now()',
      },
    ],
    families: ['clocks'],
  },
  {
    number: 11,
    name: 'hint',
    promise: 'A recovered create shows the mask of the secret that it hands out.',
    edits: [
      {
        file: 'providers/baanx/index.ts',
        from: 'recover: async (api, { upstreamId }, input) => toCreated(await api.rotate(upstreamId), input, upstreamId),',
        to: 'recover: async (api, webhook, input) => ({ ...toCreated(await api.rotate(webhook.upstreamId), input, webhook.upstreamId), webhook }),',
      },
    ],
    families: ['equals'],
  },
  {
    number: 11,
    name: 'fresh-reads',
    promise: 'What was read before a write of an operation is read again after it.',
    edits: [
      {
        file: 'schema/context.ts',
        from: '      listings.clear()\n      for (const loader of [webhooks, deliveries, entries, secretTimes]) loader.clearAll()\n',
        to: '',
      },
    ],
    families: ['many'],
  },
  {
    number: 11,
    name: 'snapshot',
    promise: 'The next page of a long list costs no call.',
    edits: [
      {
        file: 'schema/context.ts',
        from: 'return kept === undefined ? readList(account) : Promise.resolve(kept)',
        to: 'return readList(account)',
      },
    ],
    families: ['walks'],
  },
  {
    number: 11,
    name: 'snapshot-end',
    promise: 'A write through the gateway ends what is kept of a list.',
    edits: [
      {
        file: 'gateway/snapshots.ts',
        from: 'return now() < untilMs && connection.isCurrent(listing)',
        to: 'return now() < untilMs',
      },
    ],
    families: ['walks'],
  },
  {
    number: 11,
    name: 'slow-list',
    promise: 'A slow list takes no time from the create that follows.',
    edits: [
      {
        file: 'gateway/write/create.ts',
        from: 'await listAside(write)',
        to: 'await write.connection.within(write.budget).list()',
      },
      { file: 'gateway/write/create.ts', from: 'callOnce(write, send, callMs)', to: 'callOnce(write, send)' },
    ],
    families: ['slow list'],
  },
  {
    number: 12,
    name: 'acknowledged',
    promise: 'No write builds on a read that is older than what was acknowledged.',
    edits: [
      {
        file: 'gateway/write/acknowledged.ts',
        from: 'if (entry === undefined) return false',
        to: 'if (entry === undefined || key.length > 0) return false',
      },
    ],
    families: ['older'],
  },
  {
    number: 13,
    name: 'turns-of-processes',
    promise: 'Writes to one webhook take turns over all processes of a store.',
    edits: [{ file: 'gateway/write/write.ts', from: 'turns: [read, ...turns]', to: 'turns' }],
    families: ['shared: changes'],
  },
  {
    number: 13,
    name: 'owners',
    promise: 'Whoever was taken over writes no outcome.',
    edits: [
      {
        file: 'store/changes.ts',
        from: "isShared ? updateOpen(id).where('owner', '=', owners.id) : updateOpen(id)",
        to: 'updateOpen(id)',
      },
    ],
    families: ['shared: paused'],
  },
  {
    number: 13,
    name: 'keys-of-processes',
    promise: 'A repeated write waits for the process that carries the first one out, or takes over.',
    edits: [
      {
        file: 'gateway/journal/held.ts',
        from: 'if (held?.isOwnedElsewhere !== true) return held',
        to: "if (held?.isOwnedElsewhere !== true) return held\n    if (held.state === 'RUNNING') return null",
      },
      { file: 'gateway/journal/entry-log.ts', from: '      keyHash,\n      before', to: '      keyHash: null,\n      before' },
    ],
    families: ['shared: equals'],
  },
  {
    number: 13,
    name: 'reaper',
    promise: 'What a process that is gone left running is settled by another one.',
    edits: [
      {
        file: 'cli/interrupted.ts',
        from: 'if (left.length > 0) void settleTaken(left)',
        to: 'if (left.length > 9) void settleTaken(left)',
      },
    ],
    families: ['shared: left'],
  },
]

/** Those of a number or a name, or all. */
export function findFixes(wanted: string): readonly Fix[] {
  const found = fixes.filter(({ number, name }) => wanted === 'all' || wanted === name || wanted === String(number))
  if (found.length === 0)
    throw new TypeError(`There is no fix ${wanted}: ${fixes.map(({ number, name }) => `${number} ${name}`).join(', ')}.`)
  return found
}
