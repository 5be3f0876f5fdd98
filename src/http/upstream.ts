/** Whom a door leads to: what it has to know of the provider. */
export interface Upstream {
  readonly displayName: string
  /** What to wait after a 429 that does not say. */
  readonly rateLimitDelayMs: number
  /**
   * Total: reads any answer that is not what was promised; `body` is its JSON, or undefined where there is none. Null for what
   * is not shaped as the provider's own errors are: a page of something between, or nothing.
   */
  readFailure(status: number, body: unknown): Failure | null
}

/** What a provider's error answer means where its status alone does not say it. */
export type Meaning =
  | { readonly kind: 'INVALID_INPUT'; /** Paths below `input`. */ readonly paths: readonly (readonly string[])[] }
  | { readonly kind: 'CONFLICT'; readonly field: 'name' | 'url' }
  | { readonly kind: 'LIMIT_REACHED'; readonly limit: number | null }
  | { readonly kind: 'NOT_FOUND' | 'CREDENTIALS_REJECTED' | 'NOT_CONFIGURED' }

export interface Failure {
  /** The provider's own machine code. */
  readonly code: string | null
  /** The provider's own text, raw: the door cuts and redacts it. */
  readonly message: string | null
  /** Left out: by status. */
  readonly meaning?: Meaning
}
