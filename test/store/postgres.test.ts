import { afterAll, beforeAll } from 'vitest'
import { createKeys } from '../../src/store/keys.ts'
import { openStore } from '../../src/store/open.ts'
import { createDatabase, emptyStore, type TestDatabase } from '../helpers/postgres.ts'
import { describeStore } from './conformance.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createDatabase()
})
afterAll(() => database.drop())

describeStore('Postgres', async () => {
  await emptyStore(database.url)
  return openStore({ url: database.url, keys: createKeys(), timeoutMs: 120_000 })
})
