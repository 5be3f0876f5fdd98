import { start } from '../../src/cli/start.ts'

// A gateway with a bug that nobody catches: it strikes when a line comes in.

await start(process.env)
process.stdin.once('data', () => {
  setImmediate(() => {
    throw new TypeError(`a bug with ${process.env['ENCRATA_API_KEY']}`)
  })
})
