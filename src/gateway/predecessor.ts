import { isDeepStrictEqual } from 'node:util'
import { reveal } from '../secret.ts'
import type { AccountSettings, Connection } from './connection.ts'

interface Opened {
  readonly settings: AccountSettings
  readonly connection: Connection
}

/** The connections of each gateway, for its successor. */
const opened = new WeakMap<object, readonly Opened[]>()

export function leaveToSuccessor(gateway: object, current: readonly Opened[]): void {
  opened.set(gateway, current)
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
