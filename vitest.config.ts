import { defineConfig } from 'vitest/config'

export default defineConfig({
  // One copy of graphql: its packages load it as CommonJS and as a module.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    testTimeout: 20_000,
    projects: [
      { extends: true, test: { name: 'fetch', include: ['test/**/*.test.ts'] } },
      // What holds for every request, once more over the way that most of them take: src/server/shortcut.ts.
      {
        extends: true,
        test: {
          name: 'listener',
          include: ['test/{schema,security,server}/**/*.test.ts', 'test/server.test.ts'],
          exclude: ['test/security/canary.test.ts'],
          env: { HOOKQL_TEST_WAY: 'listener' },
        },
      },
    ],
  },
})
