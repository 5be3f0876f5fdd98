declare const followed: unique symbol

/** The URL of another page as a response stated it, at the origin of the request. Only the HTTP client creates one. */
export type Link = string & { readonly [followed]: true }

/** Headers of a response by lower-case name; repeated ones are joined. */
export type AnswerHeaders = Readonly<Record<string, string | undefined>>

export function toAnswerHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): AnswerHeaders {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  )
}

// Sticky, and no part can match in two ways, so the time grows with the length only.
const target = /[\s,]*<([^<>]*)>/y
const parameter = /\s*;\s*([\w!#$%&'*+.^`|~-]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"<>]+)))?/y
const end = /\s*(?:,|;?\s*$)/y

/** The link with rel="next" in a Link header; null if there is none. Otherwise why it cannot be followed. */
export function readNextLink({ link = '' }: AnswerHeaders, requested: string): Link | { readonly problem: string } | null {
  const links = readLinks(link)
  if (links === null) return { problem: 'its links to other pages cannot be read' }
  const next = links.find(({ relations }) => relations.includes('next'))
  if (next === undefined) return null
  const url = URL.parse(next.target, requested)
  if (url === null || url.origin !== new URL(requested).origin || url.username !== '' || url.password !== '')
    return { problem: 'its link to the next page leads to another origin' }
  // The origin was just checked: this is the only place that creates a Link.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return `${url.origin}${url.pathname}${url.search}` as Link
}

interface StatedLink {
  readonly target: string
  readonly relations: readonly string[]
}

/** Null if a part of the header cannot be read, or if a link has no relation that can: it may be the next page. */
function readLinks(header: string): readonly StatedLink[] | null {
  const links: StatedLink[] = []
  let at = 0
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at
    const found = pattern.exec(header)
    if (found !== null) at = pattern.lastIndex
    return found
  }
  while (/[^\s,]/.test(header.slice(at))) {
    const url = take(target)?.[1]
    if (url === undefined) return null
    let relations: readonly string[] | undefined
    for (let found = take(parameter); found !== null; found = take(parameter)) {
      const [, name = '', quoted, plain = ''] = found
      if (name.toLowerCase() === 'rel') relations ??= (quoted ?? plain).toLowerCase().split(/\s+/)
    }
    if (relations === undefined || !relations.every((each) => /^[a-z][^'"]*$/.test(each)) || take(end) === null) return null
    links.push({ target: url, relations })
  }
  return links
}
