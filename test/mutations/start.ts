import type { Mutations } from './mutation.ts'

/** Where the journal is kept, and what a process does with it from its start to its end. */
export const start: Mutations = {
  'config/duration.ts': [
    {
      name: 'an hour is a minute',
      from: 'h: 3_600_000',
      to: 'h: 60_000',
      test: 'config/config',
    },
  ],
  'config/store.ts': [
    {
      name: 'the address of a database is a path',
      from: ':\\/\\/|',
      to: '',
      test: 'config/config',
    },
    {
      name: 'what only the driver of a database knows is a path',
      from: '^[a-z][\\w+.-]+:|',
      to: '',
      test: 'config/config',
    },
    {
      name: 'a user before a host is a path',
      from: ':[^/\\\\]*@|',
      to: '',
      test: 'config/config',
    },
    {
      name: 'the settings of a connection are a path',
      from: '^[\\w ]+=|',
      to: '',
      test: 'config/config',
    },
    {
      name: 'a password among the parameters of a path is logged',
      from: '|(?:pass(?:word|wd)?|pwd)\\s*=',
      to: '',
      test: 'config/config',
    },
    {
      name: 'a directory is a file',
      from: "return /[\\\\/]$/.test(text) ? 'must be the path of a file, not of a directory' : undefined",
      to: 'return undefined',
      test: 'config/config',
    },
    {
      name: 'what is no key is one',
      from: "return error.message.replace(/^keys: /, '')",
      to: 'return undefined',
      test: 'config/config',
    },
    {
      name: 'the journal is kept for no time',
      from: "if (journalMs < toMilliseconds('1h')) {",
      to: 'if (journalMs < 0) {',
      test: 'config/config',
    },
    {
      name: 'secrets outlive their entries',
      from: 'if (toMilliseconds(secretRetention) <= journalMs) return []',
      to: 'if (journalMs >= 0) return []',
      test: 'config/config',
    },
  ],
  'config/names.ts': [
    {
      name: 'a setting without its token is taken for nothing',
      from: 'const useless = others.filter(',
      to: 'const useless = others.slice(0, 1).filter(',
      test: 'config/settings',
    },
  ],
  'config/config.ts': [
    {
      name: 'production keeps its journal wherever it happens to run',
      from: "if (production && !sandbox && getVariable('HOOKQL_STORE') === undefined && fromFile.storeUrl === null)",
      to: "if (production && sandbox && getVariable('HOOKQL_STORE') === undefined && fromFile.storeUrl === null)",
      test: 'config/config',
    },
    {
      name: 'the sandbox leaves files',
      from: 'ofFile === null && !usesSandbox ? toStorePlace()',
      to: 'ofFile === null ? toStorePlace()',
      test: 'config/config',
    },
    {
      name: 'a database is sealed with no key of the operator',
      from: 'if (ofFile === null && isShared) report(',
      to: 'if (ofFile !== null && isShared) report(',
      test: 'config/config',
    },
    {
      name: 'one of two keys is dropped in silence',
      from: "ofFile === null ? findKeysIssue(given) : 'is set, and so is storeKeyFile. Remove one of them'",
      to: 'findKeysIssue(given)',
      test: 'config/config',
    },
  ],
  'cli/store.ts': [
    {
      name: 'an old store gets a new key',
      from: 'if (status !== undefined && status.size > 0 && !existsSync(file)) {',
      to: 'if (status === null) {',
      test: 'cli/store',
    },
    {
      name: 'others may look into the folder of the store',
      from: 'mode: 0o700',
      to: 'mode: 0o755',
      test: 'cli/store',
    },
    {
      name: 'Git takes the store along',
      from: "if (basename(folder) === '.hookql' && !existsSync(ignored)) writeFileSync(ignored, '*\\n')",
      to: '',
      test: 'cli/store',
    },
    {
      name: 'nobody learns of a secret that cannot be opened',
      from: "      quietly('The log', () => log.error({ entry: formatId({ kind: 'entry', id }), reason }, unopened))\n",
      to: '',
      test: 'cli/store',
    },
    {
      name: 'abandoned entries count as open',
      from: 'entries.filter(({ abandonedMs }) => abandonedMs === null).length',
      to: 'entries.length',
      test: 'cli/store',
    },
  ],
  'cli/rekey.ts': [
    {
      name: 'a store that is not there is made and sealed',
      from: 'if (path !== null && !existsSync(path))',
      to: 'if (path !== null && path.length === 0)',
      test: 'cli/store',
    },
  ],
  'cli/close.ts': [
    {
      name: 'outcomes are lost with the process a moment after it was told to stop',
      from: 'const lastMs = Math.max(untilMs, performance.now()',
      to: 'const lastMs = Math.max(0, performance.now()',
      test: 'e2e/postgres',
    },
    {
      name: 'nobody tells which outcomes are lost',
      from: 'if (entries.length === 0) return true',
      to: 'if (entries.length >= 0) return true',
      test: 'e2e/postgres',
    },
  ],
  'cli/restart.ts': [
    {
      name: 'new keys seem to be in use',
      from: 'toText(before.storeKeys) !== toText(after.storeKeys)',
      to: 'before.storeKeys === after.storeKeys',
      test: 'cli/restart',
    },
  ],
  'cli/upkeep.ts': [
    {
      name: 'a store that has failed is given up',
      from: 'await store.check()',
      to: '',
      test: 'cli/upkeep',
    },
    {
      name: 'what expires after the start stays',
      from: 'dueMs = performance.now() + maintainMs',
      to: 'dueMs = Infinity',
      test: 'cli/upkeep',
    },
    {
      name: 'a failure is logged again and again',
      from: 'if (hasEnded || next === state) return',
      to: 'if (hasEnded) return',
      test: 'cli/upkeep',
    },
  ],
  'cli/interrupted.ts': [
    {
      name: 'what another process left running is looked at again and again',
      from: '.filter(({ id }) => !known.has(id) && !taken.has(id))',
      to: '',
      test: 'cli/upkeep',
    },
    {
      name: 'an interrupted write is looked at once',
      from: '    if (entries.length === 0) break\n',
      to: '    if (entries.length === 0 || pauseMs > 0) break\n',
      test: 'cli/upkeep',
    },
  ],
  'cli/start.ts': [
    {
      name: 'nobody settles what another process left running',
      from: 'const endTakingOver = takeOver({ store,',
      to: 'const endTakingOver = takeOver({ store: { ...store, isShared: false },',
      test: 'e2e/postgres',
    },
    {
      name: 'each process allows a caller all requests',
      from: '      countProcesses: () => store.countOwners(),\n',
      to: '',
      test: 'e2e/postgres',
    },
    {
      name: 'what a dead process left stays as it is',
      from: '  settle()\n',
      to: '',
      test: 'e2e/store',
    },
  ],
  'cli/stop.ts': [
    {
      name: 'a process that loses an outcome has stopped well',
      from: 'process.exit(isRecorded ? code : 1)',
      to: 'process.exit(code)',
      test: 'e2e/postgres',
    },
    {
      name: 'a second signal loses outcomes in silence',
      from: '        logUnrecorded(store, log)\n',
      to: '',
      test: 'e2e/postgres',
    },
    {
      name: 'a process that stops refuses connections before its load balancer knows',
      from: '    await sleep(waitMs)\n',
      to: '',
      test: 'e2e/postgres',
    },
    {
      name: 'a write whose client has left is cut off',
      from: 'while (isWriting()) await sleep(20)',
      to: '',
      test: 'e2e/operate',
    },
  ],
  'observe/metrics.ts': [
    {
      name: 'a store that fails looks healthy',
      from: 'watched?.isHealthy() === false ? 0 : 1',
      to: '1',
      test: 'cli/store',
    },
  ],
}
