export const json = 'application/json'
const offered = [json, 'application/graphql-response+json']
const refusal = /;\s*q=0(?:\.0*)?\s*(?:;|$)/i

/** The response media type, by the first matching range of the Accept header; null if none matches. */
export function chooseMediaType(accept: string | null): string | null {
  if (accept === null || accept === '' || accept === '*/*' || accept === json) return json
  for (const range of dropRefused(accept).split(',')) {
    const [asked = '', ...parameters] = range.replaceAll(/\s/g, '').toLowerCase().split(';')
    const charset = parameters.find((each) => each.includes('charset='))
    const found = offered.find((type) => isWithin(type, asked))
    if (found !== undefined && (charset === undefined || charset === 'charset=utf-8')) return found
  }
  return null
}

function isWithin(type: string, range: string): boolean {
  const [main, sub] = type.split('/')
  const [mainRange, subRange] = range.split('/')
  return (mainRange === '*' || mainRange === main) && (subRange === '*' || subRange === sub)
}

/** The Accept header without ranges excluded by q=0; empty if nothing remains. */
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
