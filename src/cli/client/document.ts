import type { ZodType } from 'zod'

/** A GraphQL document, with the fragments that it uses. */
export interface Document<Result, Variables> {
  readonly kind: 'query' | 'mutation'
  readonly text: string
  /** What its answer has; names that a newer gateway may have are not checked. */
  readonly shape: ZodType<Result>
  /** Never set: only for the compiler. */
  readonly types?: (variables: Variables) => Result
}
