type Mask = (text: string) => string

/** What programs go by. It holds no value of a file, and a value that looks like it must not change it. */
const machine: ReadonlySet<string> = new Set(['id', 'kind', 'code', 'slug', 'state', 'path', 'fingerprint'])
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

function walk(data: unknown, mask: Mask, toEntry: (key: string, item: unknown) => readonly [string, unknown]): unknown {
  if (typeof data === 'string') return mask(data)
  if (Array.isArray(data)) return data.map((item) => walk(item, mask, toEntry))
  if (typeof data !== 'object' || data === null) return data
  return Object.fromEntries(Object.entries(data).map(([key, item]) => toEntry(key, item)))
}
