import type { IncomingHttpHeaders } from 'node:http'
import type { Route, StandInRequest } from '../provider/stand-in.ts'

// What a stand-in reads of a request before its provider's routes do.

/** The URL of a request; null where its path is malformed. */
export function readUrl(target: string): URL | null {
  // Behind two slashes there would be a host.
  const url = /^\/(?!\/)/.test(target) ? URL.parse(target, 'http://stand-in') : null
  return url !== null && isDecodable(url.pathname) ? url : null
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/** The routes of a path, whatever their methods. */
export function findRoutes(routes: readonly Route[], path: string) {
  const segments = path.split('/')
  return routes.flatMap((route) => {
    const pattern = route.path.split('/')
    const params: Record<string, string> = {}
    const fits = pattern.every((part, index) => {
      const segment = segments[index] ?? ''
      if (!part.startsWith(':')) return part === segment
      params[part.slice(1)] = decodeURIComponent(segment)
      return segment !== ''
    })
    return fits && pattern.length === segments.length ? [{ route, params }] : []
  })
}

/** The query of a request, or what of it is not documented. */
export function readQuery(
  documented: readonly string[],
  given: URLSearchParams,
): Pick<StandInRequest<unknown>, 'query' | 'lists'> | string {
  const names = [...new Set(given.keys())]
  const stranger = names.find((name) => !documented.includes(name))
  if (stranger !== undefined) return `query parameter ${stranger}`
  const repeated = names.find((name) => !isList(name) && given.getAll(name).length > 1)
  if (repeated !== undefined) return `repeated query parameter ${repeated}`
  return {
    query: Object.fromEntries([...given].filter(([name]) => !isList(name))),
    lists: Object.fromEntries(names.filter(isList).map((name) => [name, given.getAll(name)])),
  }
}

function isList(name: string): boolean {
  return name.endsWith('[]')
}

export function isJson({ 'content-type': type = '' }: IncomingHttpHeaders): boolean {
  return /^application\/json *(?:;|$)/i.test(type)
}
