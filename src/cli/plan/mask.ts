import type { SecretSink } from '../file/desired.ts'
import type { Mask } from '../file/mask.ts'
import { toRealPath } from '../real-path.ts'

/** What programs go by. It holds no value of a file, and a value that looks like it must not change it. */
const machine: ReadonlySet<string> = new Set(['__typename', 'id', 'kind', 'code', 'slug', 'state', 'path', 'fingerprint'])
/** What a webhook has, or is to have. */
const values: ReadonlySet<string> = new Set(['before', 'after'])

/** A plan as data, without the values of variables. */
export function maskData(data: unknown, mask: Mask): unknown {
  return walk(data, mask, (key, item) => {
    if (machine.has(key)) return [key, item]
    return [key, values.has(key) ? maskAll(item, mask) : maskData(item, mask)]
  })
}

/** A value of a webhook without the values of variables, which can be names in it too. */
export function maskAll(value: unknown, mask: Mask): unknown {
  return walk(value, mask, (key, item) => [mask(key), maskAll(item, mask)])
}

/** What is said of a place for a secret. Its values need not be in the path that a file stands for, or in the one that a link leads to. */
export function maskSink(text: string, sink: SecretSink, mask: Mask): string {
  if (!('file' in sink)) return mask(text)
  return text.replaceAll(toRealPath(sink.file), sink.file).split(sink.file).map(mask).join(sink.shownFile)
}

function walk(data: unknown, mask: Mask, toEntry: (key: string, item: unknown) => readonly [string, unknown]): unknown {
  if (typeof data === 'string') return mask(data)
  if (Array.isArray(data)) return data.map((item) => walk(item, mask, toEntry))
  if (typeof data !== 'object' || data === null) return data
  return Object.fromEntries(Object.entries(data).map(([key, item]) => toEntry(key, item)))
}
