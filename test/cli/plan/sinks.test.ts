import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readWebhooksFiles } from '../../../src/cli/file/read.ts'
import { requireOwnPlaces } from '../../../src/cli/plan/sinks.ts'
import { providers } from '../../../src/providers/index.ts'
import { openFolder } from '../../helpers/command.ts'

function read(files: Readonly<Record<string, string>>, prepare: (folder: string) => void = () => {}) {
  const folder = openFolder()
  prepare(folder)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return readWebhooksFiles({
    files: Object.keys(files),
    folder,
    environment: {},
    providers,
    needsSecrets: false,
    isPlanned: true,
  })
}

const toText = (name: string, secrets: string, provider = 'encrata') => {
  const named = provider === 'encrata' ? `name: ${name}, eventTypes: [credits.low], ` : ''
  return `accounts: { own: { provider: ${provider}, webhooks: [{ ${named}url: 'https://h.test/${name}', secrets: ${secrets} }] } }`
}

/** Puts the secrets of the webhooks at these places away. */
function put(file: ReturnType<typeof read>, ...places: readonly number[]): void {
  requireOwnPlaces(
    file.webhooks.filter((_, index) => places.includes(index)),
    file,
  )
}

describe('the secret of a webhook', () => {
  const refusal = 'its signing secret would replace that of '

  it('goes nowhere where another one is or will be', () => {
    const both = read({ 'a.yaml': toText('a', '{ file: s.env, name: S }'), 'b.yaml': toText('b', '{ file: s.env, name: S }') })
    expect(() => put(both, 0)).toThrow(`a.yaml:1:122: accounts.own.webhooks.0.secrets: ${refusal}b.yaml:1, because both`)
    expect(() => put(both, 1)).toThrow(`b.yaml:1:122: accounts.own.webhooks.0.secrets: ${refusal}a.yaml:1, because both`)
    expect(() => put(both, 0, 1)).toThrow(/^b\.yaml:1:122: [^\n]+$/)
    expect(() => put(both)).not.toThrow()
  })

  it('goes where its own one was, and beside those with another name, file or command', () => {
    const apart = read({
      'a.yaml': toText('a', '{ file: s.env, name: S }'),
      'b.yaml': toText('b', '{ file: other.env, name: S }'),
      'c.yaml': toText('c', '{ file: s.env, name: T }'),
      'd.yaml': toText('d', '{ command: [vault], name: S }'),
      'e.yaml': toText('e', '{ command: [vault, kv], name: S }'),
      // All webhooks of its account have the same one, which nobody puts away.
      'f.yaml': toText('f', '{ file: s.env, name: S }', 'shopify').replace('own', 'shop'),
    })
    expect(() => put(apart, 0, 1, 2, 3, 4)).not.toThrow()
  })

  it('goes to no file twice by one name, whichever links lead there', () => {
    const sinks = ['{ file: s.env, name: S }', '{ file: way/s.env, name: S }', '{ file: link.env, name: S }']
    const all = read(Object.fromEntries(sinks.map((sink, index) => [`${index}.yaml`, toText(`w${index}`, sink)])), (folder) => {
      symlinkSync('.', join(folder, 'way'))
      symlinkSync('s.env', join(folder, 'link.env'))
      writeFileSync(join(folder, 's.env'), '')
    })
    for (const index of [1, 2]) expect(() => put(all, index)).toThrow(`${refusal}0.yaml:1`)
  })

  it('goes to no file that is yet to be made twice, whichever links lead to its folder', () => {
    const sinks = ['{ file: s.env, name: S }', '{ file: way/s.env, name: S }']
    const both = read(Object.fromEntries(sinks.map((sink, index) => [`${index}.yaml`, toText(`w${index}`, sink)])), (folder) => {
      symlinkSync('.', join(folder, 'way'))
    })
    expect(() => put(both, 1)).toThrow(`${refusal}0.yaml:1`)
  })

  it('goes to no command twice by one name, whichever folder that runs in', () => {
    const command = '{ command: [vault], name: S }'
    const both = read({ 'a/own.yaml': toText('a', command), 'b/own.yaml': toText('b', command) })
    expect(() => put(both, 1)).toThrow(`${refusal}a/own.yaml:1`)
  })
})
