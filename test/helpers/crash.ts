import { start } from '../../src/cli/start.ts'

// A gateway with an uncaught bug, which occurs when a line is received.

await start(process.env)
process.stdin.once('data', () => {
  setImmediate(() => {
    throw new TypeError(`a bug with ${process.env['ENCRATA_API_KEY']}`)
  })
})
