import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { Client } from 'pg'
import { socketVariable } from './postgres-server.ts'

/** The URL of the server of this run, as its administrator. */
async function askServer(): Promise<string> {
  const path = process.env[socketVariable]
  if (path === undefined) throw new Error('Tests that need Postgres run under vitest')
  const socket = connect(path)
  await once(socket, 'connect')
  const answer = await text(socket)
  if (answer.startsWith('failed: ')) throw new Error(answer)
  return answer
}

/** Runs statements on a database, as somebody who is not HookQL, and returns the rows of the last. */
export async function runSql(url: string, ...statements: readonly string[]): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    let rows: readonly Record<string, unknown>[] = []
    for (const statement of statements) ({ rows } = await client.query<Record<string, unknown>>(statement))
    return rows
  } finally {
    await client.end()
  }
}

export interface TestDatabase {
  readonly url: string
  drop(): Promise<void>
}

/** Creates an empty database. */
export async function createDatabase(): Promise<TestDatabase> {
  const server = await askServer()
  const name = `hookql_test_${randomBytes(6).toString('hex')}`
  await runSql(server, `CREATE DATABASE ${name} ENCODING 'UTF8' TEMPLATE template0`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return {
    url: url.href,
    drop: async () => void (await runSql(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)),
  }
}

/** Deletes every row of a store: faster than another database, and than TRUNCATE, which makes new files. */
export async function emptyStore(url: string): Promise<void> {
  const tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'kysely%'"
  const each = (statement: string) => `FOR name IN ${tables} LOOP EXECUTE format('${statement} %I', name); END LOOP;`
  // Locked first: what somebody has yet to commit is waited for, and deleted too.
  await runSql(url, `DO $$ DECLARE name text; BEGIN ${each('LOCK')} ${each('DELETE FROM')} END $$`)
}
