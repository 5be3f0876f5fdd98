import { isDeepStrictEqual } from 'node:util'
import { reveal } from '../secret.ts'
import { createKeys } from '../store/keys.ts'
import { openStore } from '../store/open.ts'
import type { Store } from '../store/store.ts'
import type { AccountSettings } from './account.ts'
import type { Connection } from './connection.ts'

interface Opened {
  readonly settings: AccountSettings
  readonly connection: Connection
}

/** The connections of each gateway, for its successor. */
const opened = new WeakMap<object, readonly Opened[]>()
/** The store of each gateway, for its successor. */
const stores = new WeakMap<object, () => Promise<Store>>()

export function leaveToSuccessor(gateway: object, current: readonly Opened[], openStore: () => Promise<Store>): void {
  opened.set(gateway, current)
  stores.set(gateway, openStore)
}

/** The store that a gateway was given, or else that of its predecessor, or else a new one in memory. */
export function takeOverStore(predecessor: object | undefined, given: Store | undefined): () => Promise<Store> {
  if (given !== undefined) return () => Promise.resolve(given)
  const inherited = predecessor === undefined ? undefined : stores.get(predecessor)
  if (inherited !== undefined) return inherited
  let own: Promise<Store> | undefined
  return () => (own ??= openStore({ path: null, keys: createKeys() }))
}

/** Opens accounts, and reuses those with unchanged settings from the predecessor, without their waits. */
export function takeOver(
  predecessor: object | undefined,
  accounts: readonly AccountSettings[],
  open: (settings: AccountSettings) => Connection,
): readonly Opened[] {
  const inherited = predecessor === undefined ? [] : (opened.get(predecessor) ?? [])
  return accounts.map((settings) => {
    const same = inherited.find((each) => isDeepStrictEqual(toPlain(each.settings), toPlain(settings)))
    if (same !== undefined) {
      same.connection.forgetWaits()
      return same
    }
    return { settings, connection: open(settings) }
  })
}

/** Settings for comparison, with secrets revealed: they all print the same. */
function toPlain({ token, headers = {}, ...settings }: AccountSettings) {
  return { ...settings, token: reveal(token), headers: Object.entries(headers).map(([name, value]) => [name, reveal(value)]) }
}
