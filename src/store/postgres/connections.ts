import { setTimeout as sleep } from 'node:timers/promises'
import { Pool, type PoolClient, types } from 'pg'
import { StoreError } from '../error.ts'
import type { Address } from './address.ts'
import { isHarmless, toStoreError } from './failure.ts'

/** Commits take milliseconds; a database that takes longer counts as failed. */
const defaultTimeoutMs = 5_000
const endMs = 1_000
/** How long no further connection is tried after one could not be made. */
const scarceMs = 1_000
const bigint = 20

export interface Result {
  readonly rows: readonly unknown[]
  /** Rows that were read or changed. */
  readonly count: number
  readonly command: string
}

export interface Connection {
  run(sql: string, parameters?: readonly unknown[]): Promise<Result>
  /** Whether nobody knows what state it is in, after an error. */
  isLost(): boolean
  /** Gives it back, or up if it is lost. */
  release(): void
}

export interface ConnectionsOptions {
  readonly max: number
  /** For connecting and for each statement; null lets statements take any time, as those of migrations do. */
  readonly timeoutMs?: number | null | undefined
}

/** Connections to a database, which are made when they are needed: so one that was lost is replaced. All errors are StoreError. */
export function createConnections(address: Address, { max, timeoutMs = defaultTimeoutMs }: ConnectionsOptions) {
  const { place, user, password, host, port, database, ssl, options } = address
  const pool = new Pool({
    user,
    ...(password !== undefined && { password }),
    host,
    port,
    database,
    ssl,
    options,
    application_name: 'hookql',
    max,
    // When the server has none left, one is there for all.
    min: 1,
    connectionTimeoutMillis: timeoutMs ?? defaultTimeoutMs,
    keepAlive: true,
    // A process that was stopped in a transaction keeps nobody waiting.
    idle_in_transaction_session_timeout: timeoutMs ?? defaultTimeoutMs,
    // The server ends a statement itself, unless it cannot be reached.
    ...(timeoutMs !== null && { statement_timeout: timeoutMs, query_timeout: 1.5 * timeoutMs }),
    types: {
      getTypeParser: (type: number, format?: 'text' | 'binary'): unknown =>
        type === bigint ? Number : types.getTypeParser(type, format),
    },
  })
  // A connection that is lost while nobody uses it concerns nobody; one that is used fails what uses it.
  pool.on('error', () => {})
  pool.on('connect', (client) => {
    client.on('error', () => {})
    connected.add(client)
  })
  pool.on('remove', (client) => void connected.delete(client))
  /** The pool itself also counts those that are being made, of which none may succeed. */
  const connected = new Set<PoolClient>()
  let ended: Promise<void> | undefined

  let scarceUntilMs = 0

  /** A connection, of those that there are where no further one can be made. */
  async function connect(): Promise<PoolClient> {
    const untilMs = performance.now() + (timeoutMs ?? defaultTimeoutMs)
    for (;;) {
      if (performance.now() >= scarceUntilMs) pool.options.max = max
      try {
        return await pool.connect()
      } catch (error) {
        if (connected.size === 0 || performance.now() >= untilMs) throw toStoreError(error, place)
        // From here on, the pool lets everybody wait for those.
        pool.options.max = Math.min(pool.options.max, connected.size)
        scarceUntilMs = performance.now() + scarceMs
      }
    }
  }

  async function acquire(): Promise<Connection> {
    if (ended !== undefined) throw new StoreError(`${place}: the store failed: it is closed`)
    const client = await connect()
    let isLost = false
    return {
      async run(sql, parameters = []) {
        try {
          const { rows, rowCount, command } = await client.query<object>(sql, [...parameters])
          return { rows, count: rowCount ?? 0, command }
        } catch (error) {
          isLost ||= !isHarmless(error)
          throw toStoreError(error, place)
        }
      },
      isLost: () => isLost,
      release: () => client.release(isLost),
    }
  }

  return {
    acquire,
    isOpen: () => ended === undefined,
    /** A server that does not answer keeps nobody from closing. */
    end: () => (ended ??= Promise.race([pool.end(), sleep(endMs, undefined, { ref: false })])),
  }
}
