import { type SchemaModule, sql } from 'kysely'
import type { ColumnTypes } from '../database.ts'

/** Creates the journal, its secrets, and the times at which webhooks got theirs. */
export async function createJournal(schema: SchemaModule, types: ColumnTypes): Promise<void> {
  await schema
    .createTable('entries')
    .addColumn('position', types.serial, (column) => types.toSerial(column.primaryKey()))
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('operation', 'text', (column) => column.notNull())
    .addColumn('account', 'text', (column) => column.notNull())
    .addColumn('provider', 'text', (column) => column.notNull())
    .addColumn('upstream', 'text', (column) => column.notNull())
    .addColumn('webhook', 'text')
    .addColumn('previous', 'text')
    .addColumn('caller', 'text', (column) => column.notNull())
    .addColumn('key_hash', 'text')
    .addColumn('held_key', 'text', (column) => column.unique())
    .addColumn('before', 'text')
    .addColumn('facts', 'text')
    .addColumn('steps', 'text', (column) => column.notNull().defaultTo(''))
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('after', 'text')
    .addColumn('result', 'text')
    .addColumn('error', 'text')
    .addColumn('candidates', 'text')
    .addColumn('recovered', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('secret_until_ms', 'bigint')
    .addColumn('started_ms', 'bigint', (column) => column.notNull())
    .addColumn('settled_ms', 'bigint')
    .addColumn('abandoned_ms', 'bigint')
    .addColumn('closed_ms', 'bigint')
    .execute()
  await schema
    .createTable('sealed')
    .addColumn('entry', 'text', (column) => column.notNull().references('entries.id').onDelete('cascade'))
    .addColumn('field', 'text', (column) => column.notNull())
    .addColumn('key_id', 'text', (column) => column.notNull())
    .addColumn('filler', types.bytes, (column) => column.notNull())
    .addColumn('bytes', types.bytes, (column) => column.notNull())
    .addPrimaryKeyConstraint('sealed_place', ['entry', 'field'])
    .execute()
  await schema
    .createTable('webhook_secrets')
    .addColumn('upstream', 'text', (column) => column.notNull())
    .addColumn('webhook', 'text', (column) => column.notNull())
    .addColumn('set_ms', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('webhook_secrets_webhook', ['upstream', 'webhook'])
    .execute()
  await schema
    .createTable('sealing_keys')
    .addColumn('id', 'text', (column) => column.notNull().primaryKey())
    .execute()
  await createIndexes(schema)
}

async function createIndexes(schema: SchemaModule): Promise<void> {
  const order = ['started_ms', 'position']
  // Each list of entries is read from one of these in its order. Those of a webhook have all columns that a list filters by.
  const listed = {
    entries_by_time: order,
    entries_by_account: ['account', ...order],
    entries_by_kind: ['state', 'operation', ...order],
    entries_by_account_and_kind: ['account', 'state', 'operation', ...order],
    entries_by_webhook: ['account', 'webhook', ...order, 'state', 'operation'],
    entries_by_previous: ['account', 'previous', ...order, 'state', 'operation'],
  }
  for (const [name, columns] of Object.entries(listed)) await schema.createIndex(name).on('entries').columns(columns).execute()
  for (const column of ['closed_ms', 'secret_until_ms'])
    await schema.createIndex(`entries_by_${column}`).on('entries').column(column).where(sql.ref(column), 'is not', null).execute()
  await schema.createIndex('sealed_by_key').on('sealed').column('key_id').execute()
}
