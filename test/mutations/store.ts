import type { Mutations } from './mutation.ts'

/** What lasts. */
export const store: Mutations = {
  'store/changes.ts': [
    {
      name: 'an outcome is written over that of who took over',
      from: "isShared ? updateOpen(id).where('owner', '=', owners.id) : updateOpen(id)",
      to: 'isShared ? updateOpen(id) : updateOpen(id)',
      test: 'store/sharing',
    },
    {
      name: 'a process begins writes that others take over at once',
      from: '      ...keep(intent.id, intent.secrets),\n      owners.requireLease(),\n',
      to: '      ...keep(intent.id, intent.secrets),\n',
      test: 'store/sharing',
    },
    {
      name: 'one field is stored in clear',
      from: 'const { keyId, bytes } = keyring.seal(text, toPlace(id, field))',
      to: "const sealed = keyring.seal(text, toPlace(id, field)); const { keyId, bytes } = field === 'twin' ? { ...sealed, bytes: Buffer.from(text) } : sealed",
      test: 'store/secrets',
    },
    {
      name: 'a secret is stored where SQLite leaves copies',
      from: 'field === digest ? new Uint8Array() : filler',
      to: 'new Uint8Array()',
      test: 'store/secrets',
    },
    {
      name: 'an abandoned write seems to have a secret',
      from: '          held_key: null,\n          secret_until_ms: null,\n',
      to: '          held_key: null,\n',
      test: 'schema/escrow',
    },
    {
      name: 'the secrets of the input outlive the outcome',
      from: "      if (state !== 'UNKNOWN') changes.push(erase(id))\n",
      to: '',
      test: 'store/store',
    },
    {
      name: 'the digest is erased by the outcome',
      from: ".where('field', '<>', digest)",
      to: '',
      test: 'store/store',
    },
    {
      name: 'an outcome is replaced by a later one',
      from: "['RUNNING', 'UNKNOWN'] as const",
      to: "['RUNNING', 'UNKNOWN', 'SUCCEEDED', 'FAILED'] as const",
      test: 'store/store',
    },
    {
      name: 'an abandoned entry takes its key back',
      from: "eb.case().when('abandoned_ms', 'is', null).then(ref('key_hash')).else(null).end()",
      to: "ref('key_hash')",
      test: 'store/store',
    },
    {
      name: 'a replaced webhook keeps the time of its secret',
      from: ".else(ref('previous')).end().as('webhook')",
      to: ".else(null).end().as('webhook')",
      test: 'store/store',
    },
    {
      name: 'a failed delete forgets when the secret was set',
      from: "if (state !== 'SUCCEEDED') return changes",
      to: "if (state === 'UNKNOWN') return changes",
      test: 'store/store',
    },
  ],
  'store/journal.ts': [
    {
      name: 'a store is closed with writes under way',
      from: '      await Promise.allSettled(underWay)\n',
      to: '',
      test: 'store/store',
    },
    {
      name: 'what was erased stays in the files',
      from: "      if (outcome.state !== 'UNKNOWN') database.purgeLater()\n",
      to: '',
      test: 'store/secrets',
    },
    {
      name: 'an acknowledged secret stays in the files',
      from: '      await database.purge()\n',
      to: '',
      test: 'store/secrets',
    },
    {
      name: 'any write that succeeds shows that entries can be recorded',
      from: '        await database.write(list)\n      } catch',
      to: '        await database.write(list)\n        await health.check(() => Promise.resolve())\n      } catch',
      test: 'store/outage',
    },
    {
      name: 'a lease that is renewed shows that entries can be recorded',
      from: 'if (failure === null) tryAgain()',
      to: 'if (failure === null) void health.check(() => Promise.resolve())',
      test: 'store/outage',
    },
    {
      name: 'nobody finds a database again that was lost',
      from: 'check().catch(() => {})',
      to: 'void 0',
      test: 'store/outage',
    },
    {
      name: 'a write that can be recorded after a failure begins no trial',
      from: '    health.noteEntry()\n    tryAgain()\n',
      to: '    health.noteEntry()\n',
      test: 'store/outage',
    },
    {
      name: 'a store whose lease cannot be renewed is healthy',
      from: 'health.isWritable() && isRenewed && database.isOpen()',
      to: 'health.isWritable() && database.isOpen()',
      test: 'store/outage',
    },
    {
      name: 'what is confirmed can be taken over at once',
      from: '      await finish(lease.renew)\n      await terms.show',
      to: '      await terms.show',
      test: 'store/sharing',
    },
    {
      name: 'a write is confirmed though another process has taken it over',
      from: 'writeOwn(id, changes.keep(id))',
      to: 'Promise.resolve()',
      test: 'store/sharing',
    },
    {
      name: 'files that are gone are noticed late',
      from: 'else if (!isShared) await write([])',
      to: '',
      test: 'cli/upkeep',
    },
  ],
  'store/health.ts': [
    {
      name: 'a store that fails is healthy',
      from: '      isWritable = false\n      failedMs',
      to: '      failedMs',
      test: 'store/file',
    },
    {
      name: 'a refused write makes a store that fails healthy',
      from: 'if (error instanceof RefusedWriteError) return',
      to: 'if (error instanceof RefusedWriteError) return void (isWritable = true)',
      test: 'store/file',
    },
    {
      name: 'a refused write makes the store unhealthy',
      from: 'if (error instanceof RefusedWriteError) return',
      to: '',
      test: 'store/store',
    },
    {
      name: 'a store that nobody writes to is not tried',
      from: '!isWritable || performance.now() >= shownMs + everyMs',
      to: '!isWritable && performance.now() >= shownMs + everyMs',
      test: 'store/outage',
    },
    {
      name: 'an entry shows that outcomes can be recorded',
      from: '    noteEntry(): void {\n',
      to: '    noteEntry(): void {\n      isWritable = true\n',
      test: 'store/outage',
    },
    {
      name: 'a check that is late leaves a store healthy',
      from: 'isWritable &&= shownMs > startedMs',
      to: '',
      test: 'store/outage',
    },
  ],
  'store/lease.ts': [
    {
      name: 'a process takes its share before the others know of it',
      from: '&& (await owners.isUnknown())',
      to: '&& (await owners.isUnknown()) && untilMs < 0',
      test: 'store/sharing',
    },
    {
      name: 'a process whose lease may have run out keeps its share of each limit',
      from: 'return isSure() ? told.living : Number.POSITIVE_INFINITY',
      to: 'return told.living',
      test: 'store/sharing',
    },
    {
      name: 'a lease that is renewed too late has no gap',
      from: '      if (!isSure()) term += 1\n',
      to: '',
      test: 'store/sharing',
    },
  ],
  'store/terms.ts': [
    {
      name: 'an entry is sure to be its own in any term',
      from: 'return term !== null && terms.get(id) === term',
      to: 'return term !== null && terms.has(id)',
      test: 'store/sharing',
    },
    {
      name: 'an entry is sure to be its own after the lease',
      from: 'return term !== null && terms.get(id) === term',
      to: 'return terms.has(id)',
      test: 'store/sharing',
    },
  ],
  'store/trial.ts': [
    {
      name: 'a check leaves its entry behind',
      from: "    { query: queries.deleteFrom('entries').where('id', '=', id) },\n",
      to: '',
      test: 'store/outage',
    },
    {
      name: 'a check leaves the time of its secret behind',
      from: "    { query: queries.deleteFrom('webhook_secrets').where('upstream', '=', nothing.upstream).where('webhook', '=', id) },\n",
      to: '',
      test: 'store/outage',
    },
    {
      name: 'a check leaves its turn behind',
      from: "    { query: queries.deleteFrom('turns').where('turn', '=', id) },\n",
      to: '',
      test: 'store/outage',
    },
  ],
  'store/seal.ts': [
    {
      name: 'a secret opens in any entry',
      from: 'return `${entry} ${field}`',
      to: 'return entry === field ? entry : field',
      test: 'store/file',
    },
    {
      name: 'the nonce is always the same',
      from: 'const nonce = randomBytes(nonceLength)',
      to: 'const nonce = randomBytes(nonceLength).fill(0)',
      test: 'store/secrets',
    },
  ],
  'store/keys.ts': [
    {
      name: 'everybody reads the key file',
      from: "{ mode: 0o600, flag: 'wx', flush: true }",
      to: "{ mode: 0o644, flag: 'wx', flush: true }",
      test: 'store/secrets',
    },
    {
      name: 'a new key replaces the old one',
      from: 'linkSync(unfinished, path)',
      to: 'rmSync(path, { force: true }); linkSync(unfinished, path)',
      test: 'store/secrets',
    },
  ],
  'store/key-check.ts': [
    {
      name: 'another key opens a store that has sealed nothing',
      from: 'known.length > 0 && missing.length === known.length',
      to: 'known.length > 99',
      test: 'store/file',
    },
    {
      name: 'a key is left out that secrets are sealed with',
      from: 'if (sealed !== undefined)',
      to: 'if (sealed === null)',
      test: 'store/file',
    },
    {
      name: 'a process seals with a key that another one lacks',
      from: '!row.known_keys.split',
      to: 'row.known_keys === keyring.firstId && !row.known_keys.split',
      test: 'store/sharing',
    },
  ],
  'store/rekey.ts': [
    {
      name: 'a key is given up while a process seals with it',
      from: 'if (others.some((id) => id !== keyring.firstId))',
      to: 'if (others.length > 100)',
      test: 'store/sharing',
    },
    {
      name: 'what was sealed with the old key stays in the files',
      from: '  await database.purge()\n',
      to: '',
      test: 'store/secrets',
      defectless: 'The store is closed next, which empties the log.',
    },
  ],
  'store/maintain.ts': [
    {
      name: 'a secret that has expired counts as acknowledged',
      from: 'expireSigned(ids)',
      to: 'expireSigned([])',
      test: 'store/store',
    },
    {
      name: 'open entries are removed when they are old',
      from: ".where('closed_ms', '<', keepSinceMs)",
      to: ".where('settled_ms', '<', keepSinceMs)",
      test: 'store/store',
    },
    {
      name: 'only the first step is made',
      from: 'if (rows.length < step) return',
      to: 'if (rows.length <= step) return',
      test: 'store/store',
    },
    {
      name: 'maintenance does not wait for the files',
      from: '  await purge()\n',
      to: '',
      test: 'store/secrets',
    },
  ],
  'store/listing.ts': [
    {
      name: 'the page after a removed entry is empty',
      from: ".where('position', '<=', before)",
      to: ".where('position', '=', before)",
      test: 'store/store',
    },
    {
      name: 'a page among entries of one time repeats some',
      from: 'position: before }',
      to: 'position: before + 1 }',
      test: 'store/store',
    },
    {
      name: 'the list of a webhook leaves out its replacement',
      from: '      { account, previous: id },\n',
      to: '',
      test: 'store/store',
    },
  ],
  'store/owners.ts': [
    {
      name: 'a process is taken for gone before it could renew its lease after an outage',
      from: "eb.or([eb('until_ms', '>', now()), eb.not(eb.exists(findSteady()))])",
      to: "eb('until_ms', '>', now())",
      test: 'store/sharing',
    },
    {
      name: 'a lease that had run out counts as one that never did',
      from: ".else(eb.ref('excluded.since_ms'))",
      to: ".else(eb.ref('owners.since_ms'))",
      test: 'store/sharing',
    },
    {
      name: 'a lease never runs out',
      from: "eb.or([eb('entries.owner', 'is', null), eb('entries.owner', 'not in', listPresent())])",
      to: "eb('entries.owner', 'is', null)",
      test: 'store/sharing',
    },
    {
      name: 'a process takes the entries of others',
      from: "eb.or([isOrphaned(eb), eb('entries.owner', '=', id)])",
      to: 'eb.lit(true)',
      test: 'store/sharing',
    },
  ],
  'store/turns.ts': [
    {
      name: 'the turn of a look whose process is gone is held for ever',
      from: "eb.or([eb('entries.state', '=', 'RUNNING'), eb.not(owners.isOrphaned(eb))])",
      to: "eb('entries.id', 'is not', null)",
      test: 'store/sharing',
    },
    {
      name: 'a turn is taken while somebody is in',
      from: "eb.and([isFree(eb), mark === null ? eb.lit(false) : eb('turns.mark', '=', mark)])",
      to: "mark === null ? eb.lit(false) : eb('turns.mark', '=', mark)",
      test: 'store/store',
    },
    {
      name: 'a turn is taken though somebody was in since it was read',
      from: "mark === null ? eb.lit(false) : eb('turns.mark', '=', mark)",
      to: 'eb.lit(true)',
      test: 'store/store',
    },
    {
      name: 'a claim takes the turn of another entry',
      from: "eb.or([isFree(eb), eb('turns.entry', '=', entry)])",
      to: 'eb.lit(true)',
      test: 'store/store',
    },
    {
      name: 'a running entry that is released leaves its turns',
      from: ".where('state', '<>', 'RUNNING')",
      to: '',
      test: 'store/store',
    },
  ],
  'store/made.ts': [
    {
      name: 'a webhook that a step names is a candidate of others',
      from: ', ...noted]',
      to: ']',
      test: 'store/store',
    },
    {
      name: 'a webhook that a rotation made is a candidate of others',
      from: "eb.or([eb('operation', '=', 'CREATE'), eb('previous', 'is not', null)])",
      to: "eb('operation', '=', 'CREATE')",
      test: 'store/store',
    },
  ],
  'store/thread/sent-error.ts': [
    {
      name: 'a taken turn looks like any refusal',
      from: "  if (error instanceof TurnTakenError) return 'TURN'\n",
      to: '',
      test: 'store/store',
    },
  ],
  'store/migrations/migrate.ts': [
    {
      name: 'a damaged store is taken for one of a newer version',
      from: '    await database.checkIntegrity()\n',
      to: '',
      test: 'store/file',
    },
    {
      name: 'a store of a newer version is opened',
      from: 'if (optional.length < unknown.length)',
      to: 'if (optional.length > unknown.length)',
      test: 'store/file',
    },
  ],
  'store/postgres/address.ts': [
    {
      name: 'any certificate is trusted',
      from: 'return Object.fromEntries(files)',
      to: 'return { ...Object.fromEntries(files), rejectUnauthorized: false }',
      test: 'store/outage',
    },
  ],
  'store/postgres/failure.ts': [
    {
      name: 'what the driver threw is kept, with the connection and its password',
      from: 'const line = `${place}: ${toReason(code, message)}`',
      to: "const line = `${place}: ${toReason(code, message)} ${error instanceof Error ? String(error.stack) : ''}`",
      test: 'store/outage',
    },
  ],
  'store/postgres/connections.ts': [
    {
      name: 'a write fails because no further connection can be made',
      from: 'if (connected.size === 0 || ',
      to: 'if (connected.size >= 0 || ',
      test: 'store/outage',
    },
    {
      name: 'connections that became scarce stay so',
      from: '      if (performance.now() >= scarceUntilMs) pool.options.max = max\n',
      to: '',
      test: 'store/outage',
    },
    {
      name: 'a connection that ends while it is used ends the process',
      from: "    client.on('error', () => {})\n",
      to: '',
      test: 'store/outage',
    },
    {
      name: 'a connection that does not answer is used again',
      from: 'release: () => client.release(isLost)',
      to: 'release: () => client.release()',
      test: 'store/outage',
    },
    {
      name: 'a paused process keeps others waiting',
      from: '    idle_in_transaction_session_timeout: timeoutMs ?? defaultTimeoutMs,\n',
      to: '',
      test: 'store/outage',
    },
    {
      name: 'a server that does not answer is waited for',
      from: 'query_timeout: 1.5 * timeoutMs',
      to: 'query_timeout: 0',
      test: 'store/outage',
    },
  ],
  'store/postgres/postgres.ts': [
    {
      name: 'two processes change the tables at the same time',
      from: '      await sql`select pg_advisory_xact_lock(${structureLock})`.execute(queries)\n',
      to: '',
      test: 'store/outage',
    },
    {
      name: 'a server that loses commits is trusted',
      from: "row.commit === 'off'",
      to: 'row.commit === null',
      test: 'store/outage',
    },
    {
      name: 'a refused transaction is committed',
      from: 'if (refuse !== undefined && count === 0) throw refuse()',
      to: '',
      test: 'store/postgres',
    },
  ],
  'store/sqlite/engine.ts': [
    {
      name: 'writes go on in a file that is gone',
      from: '      requireFiles()\n',
      to: '',
      test: 'store/file',
    },
    {
      name: 'deleted content stays in the file',
      from: 'PRAGMA secure_delete = ON; ',
      to: '',
      test: 'store/secrets',
    },
    {
      name: 'a commit does not wait for the disk',
      from: 'PRAGMA synchronous = FULL;',
      to: 'PRAGMA synchronous = NORMAL;',
      test: 'store/file',
    },
    {
      name: 'the log is not emptied',
      from: "database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() ?? {}",
      to: '{ busy: 0 }',
      test: 'store/secrets',
    },
    {
      name: 'two processes share a file',
      from: "    database.exec('PRAGMA locking_mode = EXCLUSIVE')\n",
      to: '',
      test: 'store/file',
    },
    {
      name: 'a database of another program is written to',
      from: 'if (id === 0 && isEmpty) return true',
      to: 'if (id === 0) return isEmpty',
      test: 'store/file',
    },
    {
      name: 'a refused write takes its neighbours with it',
      from: 'return transactions.map(attempt)',
      to: 'const all = attempt(transactions.flat()); return transactions.map(() => all)',
      test: 'store/file',
    },
    {
      name: 'an entry that is not open is written to without an error',
      from: 'if (refuse !== undefined && rows.length + changes === 0)',
      to: 'if (refuse !== undefined && rows.length + changes < 0)',
      test: 'store/store',
    },
    {
      name: 'the reason of a failure is lost in its rollback',
      from: "if (sql === 'ROLLBACK' && !database.isTransaction) return { rows: [], changes: 0 }",
      to: '',
      test: 'store/file',
    },
  ],
  'store/sqlite/files.ts': [
    {
      name: 'everybody reads the file',
      from: "openSync(path, 'wx', 0o600)",
      to: "openSync(path, 'wx', 0o644)",
      test: 'store/file',
    },
    {
      name: 'a link is followed',
      from: 'if (!status.isFile())',
      to: 'if (status.isDirectory())',
      test: 'store/file',
    },
    {
      name: 'a file that was open to others stays so',
      from: 'if ((status.mode & 0o077) !== 0) chmodSync(path, 0o600)',
      to: '',
      test: 'store/file',
    },
  ],
  'store/sqlite/dialect.ts': [
    {
      name: 'each read waits for a commit of its own',
      from: 'override get supportsMultipleConnections(): boolean {\n    return true',
      to: 'override get supportsMultipleConnections(): boolean {\n    return false',
      test: 'store/file',
    },
  ],
  'store/sqlite/group.ts': [
    {
      name: 'each write has a commit of its own',
      from: '    const group = waiting\n    waiting = []\n',
      to: '    const group = waiting.slice(0, 1)\n    waiting = waiting.slice(1)\n    if (waiting.length > 0) setImmediate(runAll)\n',
      test: 'store/file',
    },
  ],
  'store/thread/thread.ts': [
    {
      name: 'calls hang when the thread ends',
      from: '    for (const { reject } of waiting.values()) reject(ended)\n',
      to: '',
      test: 'store/file',
    },
    {
      name: 'a store that fails in its thread is healthy',
      from: 'isHealthy = answer.isHealthy',
      to: 'isHealthy ||= answer.isHealthy',
      test: 'store/file',
    },
    {
      name: 'a thread that waits for its disk is healthy',
      from: '        isHealthy = false\n        throw error',
      to: '        throw error',
      test: 'store/file',
    },
  ],
}
