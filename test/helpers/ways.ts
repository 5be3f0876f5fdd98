/** The tests that send requests over node:http alone: what they ask for does not know how a request has come. */
export const overNode = [
  'test/schema/**',
  'test/gateway/input.test.ts',
  'test/server/authorization.test.ts',
  'test/server/values.test.ts',
]
