import type { SQLInputValue, SQLOutputValue } from 'node:sqlite'

export interface Statement {
  readonly sql: string
  readonly parameters: readonly SQLInputValue[]
  readonly needsRow: boolean
}

export type Order =
  | { readonly kind: 'OPEN'; readonly path: string | null }
  | { readonly kind: 'RUN'; readonly statement: Statement }
  /** Transactions that may share one commit. */
  | { readonly kind: 'WRITE'; readonly transactions: readonly (readonly Statement[])[] }
  | { readonly kind: 'PURGE' }
  | { readonly kind: 'CLOSE' }

/** The code of a problem that SQLite does not notice: its file was removed or replaced. None of SQLite's own. */
export const goneCode = 200

export interface Problem {
  readonly message: string
  /** SQLite's extended result code; null if the error is not from SQLite. */
  readonly code: number | null
  /** Whether the database works, but refused the write. */
  readonly refused: boolean
}

export interface Reply {
  readonly rows: readonly Record<string, SQLOutputValue>[]
  readonly changes: number
  /** For each transaction, what prevented it. */
  readonly problems: readonly (Problem | null)[]
}
