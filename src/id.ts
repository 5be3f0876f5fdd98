/** What a global id stands for. */
export type GlobalId =
  | { readonly kind: 'provider'; readonly name: string }
  | { readonly kind: 'account'; readonly slug: string }
  | { readonly kind: 'webhook'; readonly slug: string; readonly upstreamId: string }
  /** Of a webhook by its upstream id; `key` is what the provider's log has as one event's delivery. */
  | { readonly kind: 'delivery'; readonly slug: string; readonly upstreamId: string; readonly key: string }

/** What operators may call an account: it stands in ids, so a colon could not. */
export const slugPattern = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/** Whether a text may be the slug of an account. What is not may be a secret that was pasted into the wrong field. */
export function isSlug(text: string): boolean {
  return slugPattern.test(text)
}

/** The opaque form: base64url of a letter for the kind and what it holds. No GraphQL type name, nothing that expires. */
export function formatId(id: GlobalId): string {
  return Buffer.from(toText(id)).toString('base64url')
}

function toText(id: GlobalId): string {
  switch (id.kind) {
    case 'provider':
      return `p:${id.name}`
    case 'account':
      return `a:${id.slug}`
    case 'webhook':
      return `w:${id.slug}:${id.upstreamId}`
    case 'delivery':
      return `d:${id.slug}:${id.upstreamId.length}:${id.upstreamId}${id.key}`
  }
}

/** The reverse of formatId; null for whatever formatId did not make. */
export function parseId(text: string): GlobalId | null {
  const [, kind, name, rest] = /^([pawd]):([a-z0-9-]+)(?::(.+))?$/s.exec(Buffer.from(text, 'base64url').toString()) ?? []
  const id = toGlobalId(kind, name, rest)
  return id !== null && formatId(id) === text ? id : null
}

function toGlobalId(kind: string | undefined, name: string | undefined, rest: string | undefined): GlobalId | null {
  if (name === undefined) return null
  if (kind === 'w') return rest === undefined ? null : { kind: 'webhook', slug: name, upstreamId: rest }
  if (kind === 'd') return rest === undefined ? null : toDeliveryId(name, rest)
  if (rest !== undefined) return null
  return kind === 'a' ? { kind: 'account', slug: name } : { kind: 'provider', name }
}

function toDeliveryId(slug: string, rest: string): GlobalId | null {
  const [, digits = '', joined = ''] = /^(\d{1,4}):(.+)$/s.exec(rest) ?? []
  const [upstreamId, key] = [joined.slice(0, Number(digits)), joined.slice(Number(digits))]
  return upstreamId === '' || key === '' ? null : { kind: 'delivery', slug, upstreamId, key }
}
