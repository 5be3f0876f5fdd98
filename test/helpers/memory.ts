import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect: unknown = runInNewContext('gc')

/** Bytes that are still in use when `run` is done, and nothing but what it was called on is left. */
export async function measureKept(run: () => Promise<void> | void): Promise<number> {
  const before = measure()
  await run()
  return measure() - before
}

function measure(): number {
  if (typeof collect !== 'function') throw new TypeError('This Node.js cannot collect garbage on request.')
  collect()
  return process.memoryUsage().heapUsed
}

/** Names of a megabyte each. */
export function listLargeNames(count: number): Iterable<string> {
  return Iterator.from(Array(count).keys()).map((index) => Buffer.alloc(1_000_000, `${index} `).toString('latin1'))
}
