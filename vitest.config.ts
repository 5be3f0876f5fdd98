import { defineConfig } from 'vitest/config'

export default defineConfig({
  // One copy of graphql: its packages load it as CommonJS and as a module.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: { include: ['test/**/*.test.ts'], testTimeout: 20_000 },
})
