import { defineConfig } from 'vitest/config'
import { relayPlugin } from './test/consumer/relay/plugin.ts'

export default defineConfig({
  plugins: [relayPlugin],
  // One copy of graphql: its packages load it as CommonJS and as a module.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    testTimeout: 20_000,
    setupFiles: ['test/helpers/recorder.ts'],
    projects: [
      { extends: true, test: { name: 'fetch', include: ['test/**/*.test.ts'] } },
      // What holds for every request, once more over the way that most of them take: src/server/shortcut.ts; and where Node
      // makes no code of strings, so that nothing may need it to.
      {
        extends: true,
        test: {
          name: 'listener',
          include: ['test/gateway/{input,members}.test.ts', 'test/{schema,security,server}/**/*.test.ts'],
          exclude: ['test/security/{canary,hostile-answers}.test.ts', 'test/server/differential.test.ts'],
          env: { HOOKQL_TEST_WAY: 'listener' },
          execArgv: ['--disallow-code-generation-from-strings'],
        },
      },
    ],
  },
})
