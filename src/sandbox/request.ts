import type { IncomingHttpHeaders } from 'node:http'
import type { Route, StandInRequest } from '../provider/stand-in.ts'

// Request parsing of a stand-in, before the provider's routes.

/** The URL of a request; null if its path is malformed. */
export function readUrl(target: string): URL | null {
  // Two leading slashes would start a host.
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

/** Finds the routes of a path for any method. */
export function createRouter(routes: readonly Route[]) {
  const paths = [...Map.groupBy(routes, ({ path }) => path)].map(([path, all]) => ({
    all,
    pattern: new URLPattern({ pathname: path }),
  }))
  return (pathname: string) =>
    paths.flatMap(({ all, pattern }) => {
      const groups = pattern.exec({ pathname })?.pathname.groups
      return groups === undefined ? [] : all.map((route) => ({ route, params: decode(groups) }))
    })
}

function decode(groups: Readonly<Record<string, string | undefined>>): StandInRequest<unknown>['params'] {
  return Object.fromEntries(Object.entries(groups).map(([name, part = '']) => [name, decodeURIComponent(part)]))
}

/** The query of a request, or its undocumented part. */
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

export function isOfType({ 'content-type': given = '' }: IncomingHttpHeaders, type: string): boolean {
  const [own = ''] = given.split(';')
  return own.trimEnd().toLowerCase() === type
}
