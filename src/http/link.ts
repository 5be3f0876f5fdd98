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

/** The link with rel="next" in a Link header; null if there is none, and undefined if it leads to another origin. */
export function readNextLink({ link = '' }: AnswerHeaders, requested: string): Link | null | undefined {
  // Each part ends at the next `<`, so the time grows with the length only.
  for (const [, target = '', parameters = ''] of link.matchAll(/<([^<>]*)>([^<]*)/g)) {
    const [, quoted, plain = ''] = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i.exec(parameters) ?? []
    if (!(quoted ?? plain).toLowerCase().split(/\s+/).includes('next')) continue
    const url = URL.parse(target, requested)
    if (url === null || url.origin !== new URL(requested).origin || url.username !== '' || url.password !== '') return undefined
    // The origin was just checked: this is the only place that creates a Link.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return `${url.origin}${url.pathname}${url.search}` as Link
  }
  return null
}
