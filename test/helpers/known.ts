import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { readWebhooksFiles } from '../../src/cli/file/read.ts'
import type { Environment } from '../../src/config/config.ts'
import type { Provider } from '../../src/provider/provider.ts'

/** Returns a function that writes a file of webhooks into a folder of its own, and reads what a pull knows by it. */
export function createKnownReader(provider: Provider, environment: Environment) {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'hookql-known-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))
  return (file: string, text: string) => {
    writeFileSync(join(folder, file), text)
    const options = { files: [file], folder, environment, providers: [provider], needsSecrets: false, isPlanned: false }
    return readWebhooksFiles(options).webhooks.map(({ input }) => input)
  }
}
