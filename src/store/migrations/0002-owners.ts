import { type SchemaModule, sql } from 'kysely'

/** Lets several processes share the journal: who carries out an entry, and who is in at which webhook or URL. */
export async function addOwners(schema: SchemaModule): Promise<void> {
  await schema.alterTable('entries').addColumn('owner', 'text').execute()
  await schema.alterTable('entries').addColumn('begun_ms', 'bigint').execute()
  // Who has made a webhook, and what is in doubt about it; and what is open.
  await schema.createIndex('entries_by_upstream').on('entries').columns(['upstream', 'webhook']).execute()
  await schema.createIndex('entries_open').on('entries').column('upstream').where(sql.ref('closed_ms'), 'is', null).execute()
  await schema
    .createTable('owners')
    .addColumn('id', 'text', (column) => column.notNull().primaryKey())
    .addColumn('key_id', 'text', (column) => column.notNull())
    .addColumn('known_keys', 'text', (column) => column.notNull())
    .addColumn('since_ms', 'bigint', (column) => column.notNull())
    .addColumn('until_ms', 'bigint', (column) => column.notNull())
    .execute()
  await schema
    .createTable('turns')
    .addColumn('turn', 'text', (column) => column.notNull().primaryKey())
    .addColumn('entry', 'text')
    .addColumn('mark', 'text', (column) => column.notNull())
    .addColumn('taken_ms', 'bigint', (column) => column.notNull())
    .execute()
  await schema.createIndex('turns_by_entry').on('turns').column('entry').where(sql.ref('entry'), 'is not', null).execute()
  await schema.createIndex('turns_free').on('turns').column('taken_ms').where(sql.ref('entry'), 'is', null).execute()
  await schema
    .createTable('optional_migrations')
    .addColumn('migration', 'text', (column) => column.notNull().primaryKey())
    .execute()
}
