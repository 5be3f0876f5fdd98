import { StoreError } from '../../src/store/error.ts'
import { createKeys, parseKeys } from '../../src/store/keys.ts'
import { createJournal } from '../../src/store/journal.ts'
import { migrate } from '../../src/store/migrations/migrate.ts'
import { openStore } from '../../src/store/open.ts'
import { createKeyring } from '../../src/store/seal.ts'
import { openSqlite } from '../../src/store/sqlite/sqlite.ts'
import { startThread } from '../../src/store/sqlite/thread.ts'
import { intent } from './entries.ts'

// A process of its own that opens a store and begins entries until it is killed or the store fails. It prints a line for each that is
// durable, then what happened.

const [path = '', most = '0', key, user] = process.argv.slice(2)
const print = (line: string) => process.stdout.write(`${line}\n`)

const keys = key === undefined ? createKeys() : parseKeys(key, 'key')

/** A store opened by somebody else, who may not read this program: so the thread is loaded before. */
async function openAs(someone: number) {
  const port = startThread()
  await port.ask({ kind: 'PURGE' }).catch(() => {})
  process.setuid?.(someone)
  const database = await openSqlite(path, port)
  await migrate(database, path)
  return createJournal(database, createKeyring(keys))
}

try {
  const store = user === undefined ? await openStore({ path, keys }) : await openAs(Number(user))
  print('open')
  try {
    for (let count = 1; count <= Number(most); count += 1) {
      const id = `entry-${count}`
      await store.begin({ ...intent, id, secrets: { token: `token of ${id}` } })
      print(id)
    }
  } catch (error) {
    print(error instanceof StoreError ? error.message : `not a StoreError: ${String(error)}`)
    print(`healthy: ${store.isHealthy()}`)
    // Emptying the log makes room again.
    await store.maintain(0, 0)
    await store.check()
    print(`healthy: ${store.isHealthy()}`)
  }
  await store.close()
} catch (error) {
  print(error instanceof StoreError ? error.message : `not a StoreError: ${String(error)}`)
}
