/** The object that a global ID identifies. */
export type GlobalId =
  | { readonly kind: 'provider'; readonly name: string }
  | { readonly kind: 'account'; readonly slug: string }
  | { readonly kind: 'webhook'; readonly slug: string; readonly upstreamId: string }
  /** Belongs to the webhook with this upstream ID; `key` identifies the delivery in the provider's log. */
  | { readonly kind: 'delivery'; readonly slug: string; readonly upstreamId: string; readonly key: string }
  /** An entry of the journal. */
  | { readonly kind: 'entry'; readonly id: string }

/** Format of account slugs. They are part of IDs, so a colon is not allowed. */
export const slugPattern = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/** Whether a text can be an account slug. Other texts may be secrets pasted into the wrong field. */
export function isSlug(text: string): boolean {
  return slugPattern.test(text)
}

/** Opaque ID: base64url of a letter for the kind and its parts. Contains no GraphQL type name and nothing that expires. */
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
    case 'entry':
      return `j:${id.id}`
  }
}

/** The reverse of formatId; null for anything formatId did not create. */
export function parseId(text: string): GlobalId | null {
  const [, kind, name, rest] = /^([pawdj]):([a-z0-9-]+)(?::(.+))?$/s.exec(Buffer.from(text, 'base64url').toString()) ?? []
  const id = toGlobalId(kind, name, rest)
  return id !== null && formatId(id) === text ? id : null
}

function toGlobalId(kind: string | undefined, name: string | undefined, rest: string | undefined): GlobalId | null {
  if (name === undefined) return null
  if (kind === 'w') return rest === undefined ? null : { kind: 'webhook', slug: name, upstreamId: rest }
  if (kind === 'd') return rest === undefined ? null : toDeliveryId(name, rest)
  if (rest !== undefined) return null
  if (kind === 'j') return { kind: 'entry', id: name }
  return kind === 'a' ? { kind: 'account', slug: name } : { kind: 'provider', name }
}

function toDeliveryId(slug: string, rest: string): GlobalId | null {
  const [, digits = '', joined = ''] = /^(\d{1,4}):(.+)$/s.exec(rest) ?? []
  const [upstreamId, key] = [joined.slice(0, Number(digits)), joined.slice(Number(digits))]
  return upstreamId === '' || key === '' ? null : { kind: 'delivery', slug, upstreamId, key }
}
