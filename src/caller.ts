/** Scopes that a caller can have. */
export const scopes = [
  'webhooks:read',
  'webhooks:write',
  'secrets:write',
  'deliveries:read',
  'journal:read',
  'secrets:reveal',
] as const
export type Scope = (typeof scopes)[number]

/** The authenticated sender of a request, with its permissions. */
export interface Caller {
  /** For logs and limits, e.g. key:ci or jwt:alice; never a credential. */
  readonly name: string
  readonly scopes: ReadonlySet<Scope>
  /** Slugs of the accounts it can use; null for all. */
  readonly accounts: ReadonlySet<string> | null
}

/** The caller of every request if no authentication is configured. */
export const anybody: Caller = { name: 'anybody', scopes: new Set(scopes), accounts: null }

export function isScope(text: unknown): text is Scope {
  return scopes.some((scope) => scope === text)
}
