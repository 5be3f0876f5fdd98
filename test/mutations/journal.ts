import type { Mutations } from './mutation.ts'

/** Defects of the journal. */
export const journal: Mutations = {
  'gateway/journal/entry-log.ts': [
    {
      name: 'a write whose turn was taken fails',
      from: 'if (cause instanceof TurnTakenError || cause instanceof KeyHeldError) throw cause',
      to: 'if (cause instanceof KeyHeldError && TurnTakenError) throw cause',
      test: 'gateway/processes',
    },
    {
      name: 'a beginning that was late looks like a write that was sent',
      from: '      getUnsent(store).set(intent.id, true)\n',
      to: '',
      test: 'gateway/processes',
    },
    {
      name: 'the intent of a write is not awaited',
      from: 'await inTime(store.begin({ ...intent, secrets: { ...secrets, digest } }, turns))',
      to: 'void store.begin({ ...intent, secrets: { ...secrets, digest } }, turns)',
      test: 'gateway/journal',
    },
    {
      name: 'a bug of the journal replaces the answer to a write',
      from: "safely(() => end(toSucceeded(result, store.readClock(), setsSecret, secretRetentionMs)), 'LATE' as const),",
      to: 'end(toSucceeded(result, store.readClock(), setsSecret, secretRetentionMs)),',
      test: 'gateway/journal',
    },
    {
      name: 'a write that this process carries out is settled by others',
      from: '    getLive(store).add(intent.id)\n',
      to: '',
      test: 'gateway/journal',
    },
    {
      name: 'a step that could not be recorded counts as durable',
      from: '        if (error instanceof StoreError) return false\n        throw error',
      to: '        if (error instanceof StoreError) return true\n        throw error',
      test: 'gateway/journal',
    },
  ],
  'gateway/journal/commit.ts': [
    {
      name: 'an entry that could not be given back is never given back',
      from: '  await Promise.all([...unreleased].map((id) => release(store, id)))\n',
      to: '',
      test: 'gateway/processes',
    },
    {
      name: 'an outcome whose answer was lost counts as not recorded',
      from: 'return entry?.state === state && entry.settledMs === settledMs',
      to: 'return false',
      test: 'gateway/processes',
    },
    {
      name: 'a process that was stopped takes an entry for its own',
      from: ' || !store.isSure(id)\n',
      to: '\n',
      test: 'gateway/processes',
    },
    {
      name: 'an outcome is kept for an entry that was taken over',
      from: 'if (error instanceof TakenOverError) return (await',
      to: 'if (error === TakenOverError) return (await',
      test: 'gateway/processes',
    },
    {
      name: 'an outcome that nobody takes is told for ever',
      from: '.catch(unlessTakenOver)',
      to: '',
      test: 'gateway/processes',
    },
    {
      name: 'an outcome that could not be recorded is forgotten',
      from: '    unrecorded.set(id, outcome)\n',
      to: '',
      test: 'gateway/settling',
    },
  ],
  'gateway/journal/held.ts': [
    {
      name: 'nobody waits for a write in another process',
      from: 'if (!(await pause(patience.signal))) throw toRunning()',
      to: 'throw toRunning()',
      test: 'gateway/processes',
    },
    {
      name: 'a key is shared by all callers',
      from: 'const own = hash([caller, idempotencyKey])',
      to: 'const own = hash(["", idempotencyKey, caller.slice(0, 0)])',
      test: 'gateway/journal',
    },
    {
      name: 'a key answers another input',
      from: '=== digest) return held',
      to: '!== null) return held',
      test: 'gateway/journal',
    },
    {
      name: 'two calls with one key run at once',
      from: '  underWay.set(keyHash, { digest, done })\n',
      to: '',
      test: 'gateway/journal',
    },
    {
      name: 'the order of the fields makes another input',
      from: 'entries.toSorted(([a], [b]) => (a < b ? -1 : 1))',
      to: 'entries',
      test: 'gateway/journal',
    },
  ],
  'gateway/journal/journal.ts': [
    {
      name: 'of two processes with one key, the slower one fails',
      from: 'if (error instanceof KeyHeldError) return true',
      to: 'if (error === undefined) return true',
      test: 'gateway/processes',
    },
    {
      name: 'a write that another process has made impossible does not look at its key again',
      from: 'if (!store.isShared || !isUnbegun) return false',
      to: 'if (!store.isShared || isUnbegun) return false',
      test: 'gateway/processes',
    },
    {
      name: 'a secret that only this process knows is lost',
      from: 'const isLost = result.signingSecret != null &&',
      to: 'const isLost = result.signingSecret === undefined &&',
      test: 'gateway/processes',
    },
    {
      name: 'a process that was stopped believes itself alone',
      from: "if ((await entry.fail(error)) === 'TAKEN_OVER') return",
      to: 'if ((await entry.fail(error)) === undefined) return',
      test: 'gateway/processes',
    },
    {
      name: 'a success without an outcome in the journal warns nobody',
      from: 'warnings: [...result.warnings, ...toJournalWarnings(durability)] }\n      case',
      to: 'warnings: result.warnings }\n      case',
      test: 'gateway/journal',
    },
  ],
  'gateway/journal/others.ts': [
    {
      name: 'a lost write of another process is in no doubt',
      from: 'if (isDoubtful(entry) &&',
      to: 'if (entry.id === "" &&',
      test: 'gateway/processes',
    },
    {
      name: 'what the provider confirmed to another process is forgotten',
      from: 'if (ageMs < doubtMs) acknowledge(connection, entry)',
      to: 'if (ageMs < 0) acknowledge(connection, entry)',
      test: 'gateway/processes',
    },
  ],
  'gateway/journal/outcome.ts': [
    {
      name: 'a failure that changed nothing holds its key',
      from: '    holdsKey: isUnknown,',
      to: '    holdsKey: true,',
      test: 'gateway/journal',
    },
    {
      name: 'a secret is kept though none is to be kept',
      from: 'const isKept = signingSecret != null && secretRetentionMs > 0',
      to: 'const isKept = signingSecret != null',
      test: 'gateway/journal',
    },
    {
      name: 'a result is kept with its secret in clear',
      from: '...(signingSecret !== undefined && { hadSecret: signingSecret !== null }),',
      to: '...(signingSecret !== undefined && { hadSecret: signingSecret !== null, text: signingSecret?.reveal() }),',
      test: 'security/journal',
    },
  ],
  'gateway/journal/permit.ts': [
    {
      name: 'a process that was taken over sends on',
      from: 'await inTime(store.confirm(id))',
      to: 'await Promise.resolve()',
      test: 'gateway/processes',
    },
    {
      name: 'nobody tells what keeps a write from being sent',
      from: 'throw error instanceof StoreError ? toUnsure(error) : error',
      to: 'throw error',
      test: 'gateway/processes',
    },
  ],
  'gateway/journal/settle.ts': [
    {
      name: 'an entry is abandoned though a webhook is to be adopted',
      from: "if (as !== 'ADOPT' && webhookId != null)",
      to: "if (as === 'LOOK_AGAIN' && webhookId != null)",
      test: 'schema/escrow',
    },
    {
      name: 'an adoption hands out the secret of another caller',
      from: 'const isKept = signingSecret !== null && !isReader && !isNewSecret',
      to: 'const isKept = signingSecret === null && !isReader && !isNewSecret',
      test: 'schema/escrow',
    },
    {
      name: 'a look that was taken over sends on',
      from: '{ ...noEntry, note, permit, ',
      to: '{ ...noEntry, note, ',
      test: 'gateway/processes',
    },
    {
      name: 'an entry is settled that nobody claimed',
      from: 'if (first.isOwnedElsewhere || !(await claim(store, id)))',
      to: 'if (first.isOwnedElsewhere)',
      test: 'gateway/processes',
    },
    {
      name: 'an entry is settled again that another process was faster with',
      from: '|| hasEndedSince(first, seen)',
      to: '',
      test: 'gateway/processes',
    },
    {
      name: 'an entry is settled again that another process settled just before the claim',
      from: 'if (!hasEndedSince(entry, seen)) return await',
      to: 'if (!hasEndedSince(first, seen)) return await',
      test: 'gateway/processes',
    },
    {
      name: 'an entry is abandoned that nobody claimed',
      from: 'if (!(await claim(store, id))) throw refuseRunning()\n',
      to: '\n',
      test: 'gateway/processes',
    },
    {
      name: 'an entry that stays unknown is not given back',
      from: '        await release(store, id)\n        return',
      to: '        return',
      test: 'gateway/processes',
    },
    {
      name: 'a person settles a write that another process carries out',
      from: "(entry.state === 'RUNNING' && entry.isOwnedElsewhere)",
      to: "entry.id === ''",
      test: 'gateway/processes',
    },
    {
      name: 'a write is sent again for a secret that nobody gets',
      from: 'const maySendAgain = secretRetentionMs > 0',
      to: 'const maySendAgain = true',
      test: 'gateway/write/again',
    },
    {
      name: 'a write is sent again though the journal has seen a later time',
      from: 'newest?.startedMs ?? 0)',
      to: '0)',
      test: 'gateway/write/again',
    },
    {
      name: 'a key is replaced for a secret that nobody keeps',
      from: 'secretRetentionMs > 0 && isRecoverable(readAgeMs())',
      to: 'isRecoverable(readAgeMs())',
      test: 'gateway/settling',
    },
    {
      name: 'an entry that is settled is settled again',
      from: 'if (!isOpen(first) || getLive(store).has(id) ||',
      to: 'if ((!isOpen(first) && getLive(store).has(id)) ||',
      test: 'gateway/journal',
    },
    {
      name: 'a look that fails takes away the candidates',
      from: "candidates !== null && state === 'UNKNOWN'",
      to: "candidates !== null && state === 'RUNNING'",
      test: 'gateway/journal',
    },
    {
      name: 'a person settles a write that is still running',
      from: 'if (getLive(store).has(id) || (entry',
      to: "if (getLive(store).has('') || (entry",
      test: 'gateway/journal',
    },
  ],
  'gateway/journal/takeover.ts': [
    {
      name: 'what was interrupted is settled one by one',
      from: 'const mostAtOnce = 4',
      to: 'const mostAtOnce = 1',
      test: 'gateway/processes',
    },
    {
      name: 'a write of a living process was interrupted',
      from: '!isOwnedElsewhere && !live.has(id)',
      to: '!live.has(id)',
      test: 'gateway/processes',
    },
    {
      name: 'an entry that cannot be settled keeps the others from it',
      from: '        failures.push(error)\n',
      to: '        throw error\n',
      test: 'gateway/settling',
    },
    {
      name: 'a new process does not know of writes that may still take effect',
      from: '        if (connection !== undefined)\n          doubtRecent({',
      to: '        if (connection === undefined) doubtRecent({',
      test: 'gateway/settling',
    },
  ],
  'gateway/journal/look.ts': [
    {
      name: 'a repeated response counts for a webhook that was deleted since',
      from: "const isRepeated = getRepeat(write.connection.provider)?.comesTo === 'REPLAYED'",
      to: 'const isRepeated = getRepeat(write.connection.provider) === undefined',
      test: 'gateway/write/again',
    },
    {
      name: 'a rotation is sent again after a later one',
      from: 'maySend === null || write.isSecretNewer || ',
      to: 'maySend === null || ',
      test: 'gateway/write/again',
    },
    {
      name: 'a twin is created for a webhook that somebody has deleted',
      from: '{ ...write, maySendAgain: false }',
      to: '{ ...write }',
      test: 'gateway/write/again',
    },
  ],
  'gateway/journal/adopt.ts': [
    {
      name: 'an adoption does not read the secret',
      from: 'if (own !== null) return { ...adopted, ...own }',
      to: 'void own',
      test: 'gateway/journal',
    },
    {
      name: 'an adoption reads a secret that another proof speaks against',
      from: 'if (proof !== null && proof !== input.proof) return null',
      to: 'void proof',
      test: 'gateway/journal',
    },
    {
      name: 'an adoption loses the secret of somebody else where the journal keeps none',
      from: 'if (own?.signingSecret != null && losesSecret) throw toLost(entry)\n',
      to: 'void losesSecret\n',
      test: 'schema/escrow',
    },
    {
      name: 'an adoption keeps the secret that it has made from whoever adopts',
      from: '...rotated, isNewSecret: true',
      to: '...rotated',
      test: 'schema/escrow',
    },
    {
      name: 'an adoption forgets that nobody has the secret',
      from: 'const isSecretLost = upstreamId !== entry.webhook',
      to: 'const isSecretLost = upstreamId === entry.webhook',
      test: 'schema/escrow',
    },
    {
      name: 'any webhook is adopted',
      from: 'known.some((each) => each.upstreamId === upstreamId)',
      to: 'known.length > 0',
      test: 'gateway/journal',
    },
  ],
  'gateway/journal/left.ts': [
    {
      name: 'an abandonment warns of a secret that its caller gave',
      from: "if (connection !== undefined && !makesSecret(connection.provider, operation === 'CREATE' ? input : null)) return []\n",
      to: '',
      test: 'schema/escrow',
    },
    {
      name: 'an abandonment tells to rotate the secret of the webhook that was to be replaced',
      from: 'ids: ids.filter((id) => !own.includes(id))',
      to: 'ids: [...ids, ...own]',
      test: 'schema/escrow',
    },
    {
      name: 'an abandonment names only what an earlier look has seen',
      from: 'isSeen(webhook) || isNew(webhook)',
      to: 'isSeen(webhook) && isNew(webhook)',
      test: 'schema/escrow',
    },
    {
      name: 'an abandonment takes an account that cannot be read for an empty one',
      from: 'const isComplete = knowsAllIds && unreadable',
      to: 'const isComplete = unreadable',
      test: 'schema/escrow',
    },
  ],
  'gateway/journal/begun.ts': [
    {
      name: 'a secret that the caller gave may be lost',
      from: '(input === null || !setsSecretOption(provider, input.options))',
      to: 'input !== undefined',
      test: 'plan/unsettled',
    },
    {
      name: 'a write is sent again with other credentials',
      from: ' && sender === connection.sender',
      to: '',
      test: 'gateway/write/again',
    },
    {
      name: 'a key is replaced though the clock was set back',
      from: 'ageMs >= 0 && ageMs <= recoverMs',
      to: 'ageMs <= recoverMs',
      test: 'gateway/settling',
    },
  ],
  'gateway/write/create.ts': [
    {
      name: 'the intent of a create has its input in clear',
      from: "facts: { kind: 'CREATE', ...before },",
      to: "facts: { kind: 'CREATE', ...before, input: pack(input) },",
      test: 'security/journal',
    },
  ],
}
