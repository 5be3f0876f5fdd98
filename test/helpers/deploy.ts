import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { readConfig } from '../../src/config/config.ts'
import { providers } from '../../src/providers/index.ts'
import { readRoot } from './page.ts'

// What the examples in deploy/ are held to.

export const manifest = JSON.parse(readRoot('package.json')) as {
  readonly name: string
  readonly bin: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
  readonly scripts: Readonly<Record<string, string>>
  readonly version: string
}

/** What each kind of secret file has. */
const contents = {
  token: 'token',
  storeKey: randomBytes(32).toString('base64'),
  storeUrl: 'postgres://hookql:secret@postgres/hookql',
} as const
export const { storeKey: key, storeUrl } = contents

const secretFiles = /(token|storeKey|storeUrl)File: (\S+)/g

/** Reads a configuration as it stands, with its tokens and keys in files beside it. */
export function readYaml(
  yaml: string,
  environment: Readonly<Record<string, string>> = {},
  given: Readonly<Record<string, string>> = contents,
) {
  const folder = mkdtempSync(join(tmpdir(), 'hookql-deploy-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const moved = yaml.replaceAll(secretFiles, (_, kind: string, path: string) => {
    const file = path.replaceAll('/', '-')
    writeFileSync(join(folder, file), given[kind] ?? '')
    return `${kind}File: ${file}`
  })
  writeFileSync(join(folder, 'hookql.yaml'), moved)
  const image = { HOST: '0.0.0.0', NODE_ENV: 'production' }
  return readConfig({ ...environment, ...image, HOOKQL_CONFIG: join(folder, 'hookql.yaml') }, providers)
}

/** The files of a configuration that hold secrets. */
export const listSecretFiles = (yaml: string) => [...yaml.matchAll(secretFiles)].map(([, , file]) => file)

export const storePath = '/var/lib/hookql/hookql.db'
export const safe = { auth: { apiKeys: [{}] }, loopbackOnly: false, introspection: false }

/** What the image sets. */
export function readImage(name: 'PORT' | 'HOOKQL_ADMIN_PORT'): number {
  return Number(new RegExp(`\\b${name}=(\\d+)`).exec(readRoot('Dockerfile'))?.[1])
}
