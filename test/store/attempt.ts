import { StoreError } from '../../src/store/error.ts'
import { openHere } from '../../src/store/here.ts'
import { createKeys, parseKeys } from '../../src/store/keys.ts'
import { openStore } from '../../src/store/open.ts'
import { intent, outcome } from './entries.ts'

// A process of its own that opens a store and begins entries until it is killed or the store fails. It prints a line for each that is
// durable, then what happened.

const [path = '', most = '0', key, user] = process.argv.slice(2)
const print = (line: string) => process.stdout.write(`${line}\n`)

const keys = key === undefined ? createKeys() : parseKeys(key, 'key')

/** A store opened by somebody else, who may not read this program: so it is loaded before. */
async function openAs(someone: number) {
  process.setuid?.(someone)
  return openHere({ path, keys })
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
    // A write that is refused writes nothing, so it does not show that the store works.
    await store.settle('none', outcome).catch(() => {})
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
