import type { ColumnDefinitionBuilder, Compilable, Expression, Kysely } from 'kysely'
import type { RefusedWriteError } from './error.ts'
import type { Tables } from './tables.ts'

/** A statement of a transaction that writes. */
export interface Change {
  readonly query: Compilable
  /** Why the whole transaction is refused if this statement finds no row; by default, it is not. */
  readonly refuse?: () => RefusedWriteError
}

/** What SQL dialects name differently. */
export interface ColumnTypes {
  readonly bytes: 'blob' | 'bytea'
  readonly serial: 'integer' | 'bigserial'
  toSerial(column: ColumnDefinitionBuilder): ColumnDefinitionBuilder
}

/** A database that the journal is kept in. Its methods reject with StoreError. */
export interface Database {
  /** Reads only; everything is written by `write`. */
  readonly queries: Kysely<Tables>
  /** Where its tables are, if the server has several such places. */
  readonly schema?: string
  /** Whether several processes can use it at the same time. */
  readonly isShared: boolean
  /** The time of the database's clock in milliseconds, in a statement. */
  now(): Expression<number>
  readonly types: ColumnTypes
  /** Stored before the bytes of a secret that is to be erased. */
  readonly filler: Uint8Array
  /** Runs the statements in one transaction and resolves once they are durable. Rejects with RefusedWriteError if nothing is wrong with the database. */
  write(changes: readonly Change[]): Promise<void>
  /** Changes tables in one transaction, at a time when no other process does. */
  restructure(run: (queries: Kysely<Tables>) => Promise<void>): Promise<void>
  /** Rejects if what is stored is damaged. Takes longer the more there is. */
  checkIntegrity(): Promise<void>
  /** Resolves once nothing is left of what was deleted. */
  purge(): Promise<void>
  /** Purges soon, without anybody waiting for it. */
  purgeLater(): void
  /** Whether the database can still be reached. */
  isOpen(): boolean
  close(): Promise<void>
}
