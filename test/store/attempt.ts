import { StoreError } from '../../src/store/error.ts'
import { createKeys, parseKeys } from '../../src/store/keys.ts'
import { openStore } from '../../src/store/open.ts'
import { intent } from './entries.ts'

// A process of its own that opens a store and begins entries until it is killed or the store fails. It prints a line for each that is
// durable, then what happened.

const [path = '', most = '0', key, user] = process.argv.slice(2)
const print = (line: string) => process.stdout.write(`${line}\n`)

// The superuser may write everywhere.
if (user !== undefined) process.seteuid?.(Number(user))

try {
  const store = await openStore({ path, keys: key === undefined ? createKeys() : parseKeys(key, 'key') })
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
