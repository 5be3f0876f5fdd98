import { existsSync } from 'node:fs'
import { ConfigError, type Environment, readConfig } from '../config/config.ts'
import { providers } from '../providers/index.ts'
import { rekeyStore } from '../store/open.ts'
import { readKeys, toProblem } from './store.ts'

/** Seals every secret in the configured store with the first key, and describes the result. Throws ConfigError if it cannot. */
export async function rekey(environment: Environment): Promise<string> {
  const { storePath: path, storeKeys } = readConfig(environment, providers)
  if (path === null) throw new ConfigError(['HOOKQL_STORE: there is nothing to seal in memory. Set it to the path of a store'])
  if (!existsSync(path)) throw new ConfigError([`${path}: there is no store. Set HOOKQL_STORE to the path of one`])
  try {
    const count = await rekeyStore({ path, keys: readKeys(path, storeKeys).keys })
    return `ok ${path}: sealed ${count} ${count === 1 ? 'secret' : 'secrets'} with the first key; no other key is needed any more`
  } catch (error) {
    throw toProblem(error)
  }
}
