import type { ColumnDefinitionBuilder, Compilable, Kysely } from 'kysely'
import { StoreError } from './error.ts'
import type { Tables } from './tables.ts'

/** A statement that writes. */
export interface Change {
  readonly query: Compilable
  /** Whether the whole transaction is refused if this statement finds no row. */
  readonly needsRow?: boolean
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
  readonly types: ColumnTypes
  /** Stored before the bytes of a secret that is to be erased. */
  readonly filler: Uint8Array
  /** Runs the statements in one transaction and resolves once they are durable. Rejects with RefusedWriteError if nothing is wrong with the database. */
  write(changes: readonly Change[]): Promise<void>
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

/** The database works, but what is stored does not permit the write. */
export class RefusedWriteError extends StoreError {}
