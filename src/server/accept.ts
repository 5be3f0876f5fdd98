const offered = ['application/json', 'application/graphql-response+json']
const refusal = /;\s*q=0(?:\.0*)?\s*(?:;|$)/i

/** An Accept header without what it refuses by a q of 0, of which the library that reads it knows nothing; empty where nothing is left. */
export function dropRefused(accept: string): string {
  const ranges = accept.split(',')
  const refused = new Set(ranges.filter((range) => refusal.test(range)).map(toType))
  if (refused.size === 0) return accept
  const left = offered.filter((type) => !refused.has(type)).join(', ')
  return ranges
    .filter((range) => !refused.has(toType(range)))
    .map((range) => (['*/*', 'application/*'].includes(toType(range)) ? left : range))
    .filter((range) => range !== '')
    .join(',')
}

function toType(range: string): string {
  const [type = ''] = range.split(';', 1)
  return type.trim().toLowerCase()
}
