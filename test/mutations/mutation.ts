/** A defect put into the source on purpose: a test has to notice it. */
export interface Mutation {
  readonly name: string
  readonly from: string
  readonly to: string
  /** The file of tests one of which notices it, below test and without `.test.ts`. */
  readonly test: string
  /** Why it is no defect, so that no test has to notice it. */
  readonly defectless?: string
}

/** Mutations by the file, below src, that each changes. */
export type Mutations = Readonly<Record<string, readonly Mutation[]>>
