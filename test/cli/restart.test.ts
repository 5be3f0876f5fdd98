import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { listRestarts } from '../../src/cli/restart.ts'
import { readConfig } from '../../src/config/config.ts'
import { providers } from '../../src/providers/index.ts'

it('names the changed settings that only a restart applies, by their content', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hookql-restart-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'hookql.yaml')
  const [key, other] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')]
  const account = 'accounts: [{ slug: one, provider: baanx, token: t }]'
  const read = (storeKey: string, ...lines: readonly string[]) => {
    writeFileSync(join(folder, 'store.key'), storeKey)
    writeFileSync(file, ['storeKeyFile: store.key', ...lines].join('\n'))
    return readConfig({ HOOKQL_CONFIG: file }, providers)
  }
  const before = read(key, account)
  expect(listRestarts(before, read(key, account, 'secretRetention: 1h', 'journalRetention: 1d'))).toEqual([])
  expect(listRestarts(before, read(`${other} ${key}`, account))).toEqual(['storeKeyFile'])
  expect(listRestarts(before, read(key, account, 'auditFile: audit.log'))).toEqual(['auditFile'])
  expect(listRestarts(before, read(key))).toEqual(['accounts'])
})
