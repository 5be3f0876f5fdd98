import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { relayPlugin } from './test/consumer/relay/plugin.ts'
import { bundler } from './test/helpers/bundler.ts'
import { overNode } from './test/helpers/ways.ts'

/** Each is a process of its own: it measures its process, or sets what a process takes only once. */
const alone = [
  'test/security/{bombs,canary,hostile-answers}.test.ts',
  'test/server/{observe,outbox,sinks}.test.ts',
  'test/tooling/recorder.test.ts',
]

/** Room in memory, so that garbage of many short tests is collected less often. */
const room = ['--min-semi-space-size=64', '--max-semi-space-size=64', '--initial-old-space-size=1000']

export default defineConfig({
  plugins: [relayPlugin, bundler],
  // One copy of graphql: its packages load it as CommonJS and as a module.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    // On a busy machine too nothing but a hang is cut off.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 120_000 } },
    // Starts nothing before a test needs it.
    globalSetup: ['test/helpers/postgres-server.ts'],
    setupFiles: ['test/helpers/recorded.ts'],
    // Two more than there are cores: files also wait, for processes of their own and for time.
    maxWorkers: availableParallelism() + 2,
    // Files share a process: what they import is most of what a process of its own would cost each.
    isolate: false,
    execArgv: room,
    // Commands that run in the process of a test keep nothing in the home directory.
    env: { NODE_DISABLE_COMPILE_CACHE: '1' },
    projects: [
      { extends: true, test: { name: 'fetch', include: ['test/**/*.test.ts'], exclude: [...alone, ...overNode] } },
      { extends: true, test: { name: 'fetch-alone', include: alone, isolate: true } },
      // What holds for every request, once more over node:http (src/server/listener.ts); and where Node makes no code of
      // strings, so that no kind of request may need it to.
      {
        extends: true,
        test: {
          name: 'listener',
          include: [...overNode, 'test/server/**/*.test.ts', 'test/security/{attacks,password}.test.ts'],
          // These take both ways by themselves, or ask for what no way of a request has a part in.
          exclude: ['test/server/{differential,outbox,sinks}.test.ts', 'test/server/auth/key-set.test.ts'],
          env: { HOOKQL_TEST_WAY: 'listener' },
          execArgv: [...room, '--disallow-code-generation-from-strings'],
        },
      },
    ],
  },
})
