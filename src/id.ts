/** What a global id stands for. */
export type GlobalId =
  | { readonly kind: 'provider'; readonly name: string }
  | { readonly kind: 'account'; readonly slug: string }
  | { readonly kind: 'webhook'; readonly slug: string; readonly upstreamId: string }

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
  }
}

/** The reverse of formatId; null for whatever formatId did not make. */
export function parseId(text: string): GlobalId | null {
  const [, kind, name, upstreamId] = /^([paw]):([a-z0-9-]+)(?::(.+))?$/s.exec(Buffer.from(text, 'base64url').toString()) ?? []
  const id = toGlobalId(kind, name, upstreamId)
  return id !== null && formatId(id) === text ? id : null
}

function toGlobalId(kind: string | undefined, name: string | undefined, upstreamId: string | undefined): GlobalId | null {
  if (name === undefined) return null
  if (kind === 'w') return upstreamId === undefined ? null : { kind: 'webhook', slug: name, upstreamId }
  if (upstreamId !== undefined) return null
  return kind === 'a' ? { kind: 'account', slug: name } : { kind: 'provider', name }
}
