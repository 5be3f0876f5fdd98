import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect: unknown = runInNewContext('gc')

/** Bytes still in use after `run`, when only its arguments are still referenced. */
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

/** Names of one megabyte each. */
export function listLargeNames(count: number): Iterable<string> {
  return Iterator.from(Array(count).keys()).map((index) => Buffer.alloc(1_000_000, `${index} `).toString('latin1'))
}
