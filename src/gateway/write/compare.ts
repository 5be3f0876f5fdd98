// Whether what a provider shows is what it was told.

export function isSameUrl(a: string, b: string): boolean {
  return toHref(a) === toHref(b)
}

/** One spelling for all that mean the same URL. */
export function toHref(url: string): string {
  return URL.canParse(url) ? new URL(url).href : url
}

/** Null and undefined are unknown: they differ from nothing. */
export function isSameSet(a: readonly string[] | null, b: readonly string[] | undefined): boolean {
  return a === null || b === undefined || new Set(a).symmetricDifference(new Set(b)).size === 0
}
