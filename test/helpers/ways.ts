/** The tests that send requests over node:http alone: what they ask for does not know how a request has come. */
export const overNode = ['test/schema/**', 'test/server/authorization.test.ts']
