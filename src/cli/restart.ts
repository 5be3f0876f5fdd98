import type { Config } from '../config/config.ts'
import { reveal } from '../secret.ts'

/** The changed settings that a reload doesn't apply. The store moves only if there were no accounts, or are none any more. */
export function listRestarts(before: Config, after: Config): readonly string[] {
  const hasMoved = toText(before.storeUrl) !== toText(after.storeUrl)
  const changed = {
    accounts: before.storePath !== after.storePath && !hasMoved,
    auditFile: before.auditFile !== after.auditFile,
    storeUrlFile: hasMoved,
    storeKeyFile: toText(before.storeKeys) !== toText(after.storeKeys),
  }
  return Object.entries(changed).flatMap(([name, hasChanged]) => (hasChanged ? name : []))
}

function toText(secret: Config['storeKeys']): string | null {
  return secret && reveal(secret)
}
