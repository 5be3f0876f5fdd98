import { existsSync } from 'node:fs'
import { ConfigError, type Environment, readConfig } from '../config/config.ts'
import { providers } from '../providers/index.ts'
import { rekeyStore } from '../store/open.ts'
import { reveal } from '../secret.ts'
import { describePlace, readKeys, toProblem } from './store.ts'

/** Seals every secret in the configured store with the first key, and describes the result. Throws ConfigError if it cannot. */
export async function rekey(environment: Environment): Promise<string> {
  const { storePath: path, storeUrl, storeKeys } = readConfig(environment, providers)
  if (path === null && storeUrl === null)
    throw new ConfigError(['HOOKQL_STORE: there is nothing to seal in memory. Set it to the path or URL of a store'])
  if (path !== null && !existsSync(path))
    throw new ConfigError([`${path}: there is no store. Set HOOKQL_STORE to the path of one`])
  try {
    const { keys } = readKeys(path, storeKeys)
    const count = await rekeyStore(storeUrl === null ? { path, keys } : { url: reveal(storeUrl), keys })
    return `ok ${describePlace({ storePath: path, storeUrl })}: sealed ${count} ${count === 1 ? 'secret' : 'secrets'} with the first key; no other key is needed any more`
  } catch (error) {
    throw toProblem(error)
  }
}
