/** What a caller may be allowed to do. */
export const scopes = ['webhooks:read', 'webhooks:write', 'secrets:write', 'deliveries:read'] as const
export type Scope = (typeof scopes)[number]

/** Who sent a request, and what it may do. */
export interface Caller {
  /** For logs and limits, e.g. key:ci or jwt:alice; never a credential. */
  readonly name: string
  readonly scopes: ReadonlySet<Scope>
  /** Slugs of the accounts that exist for it; null: all. */
  readonly accounts: ReadonlySet<string> | null
}

/** Who everybody is where no authentication is configured. */
export const anybody: Caller = { name: 'anybody', scopes: new Set(scopes), accounts: null }

export function isScope(text: unknown): text is Scope {
  return scopes.some((scope) => scope === text)
}
