import { globSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { providers } from '../../src/providers/index.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const names = providers.map(({ name }) => name)

function listFolders(path: string): readonly string[] {
  const entries = readdirSync(join(root, path), { withFileTypes: true })
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted()
}

it('registers every provider that has a source folder, in the order of their names', () => {
  expect(names).toEqual(listFolders('src/providers'))
})

it('has a test folder for every provider and for nothing else', () => {
  expect(listFolders('test/providers')).toEqual(names.toSorted())
})

// What the documentation of a provider shows in several variants has a file of its own.
const further: Readonly<Record<string, readonly string[]>> = {
  github: ['events.ts'],
  linear: ['events.ts'],
  stripe: ['events.ts'],
  shopify: ['events.ts'],
  verifik: ['variants.ts'],
}

it.each(names)('makes %s of the files that every provider is made of', (name) => {
  const files = ['api.ts', 'convert.ts', 'index.ts', 'sandbox.ts', ...(further[name] ?? [])]
  expect(readdirSync(join(root, 'src/providers', name)).toSorted()).toEqual(files.toSorted())
})

it.each(names)('makes %s of at most 350 lines, without its stand-in, its names and the documented variants', (name) => {
  const lines = ['api.ts', 'convert.ts', 'index.ts'].flatMap((file) =>
    readFileSync(join(root, 'src/providers', name, file), 'utf8')
      .trimEnd()
      .split('\n'),
  )
  expect(lines.length).toBeLessThanOrEqual(350)
})

it.each(names)('holds %s to the conformance suite', (name) => {
  const suite = readFileSync(join(root, 'test/providers', name, 'conformance.test.ts'), 'utf8')
  expect(suite).toMatch(new RegExp(`describeProvider\\(\\s*${name}\\b`))
})

it('takes no account from variables that other programs use', () => {
  // Developers and pipelines set GITHUB_TOKEN, STRIPE_API_KEY and the like for other programs.
  const earlier = new Set(['baanx', 'encrata', 'fingerprint', 'verifik'])
  const variables = providers
    .filter(({ name }) => !earlier.has(name))
    .flatMap(({ name, environment, settings = {} }) => {
      const own = [...Object.values(environment), ...Object.values(settings).map(({ variable }) => variable)]
      return own.map((variable) => [`HOOKQL_${name.toUpperCase()}_`, variable] as const)
    })
  expect(variables.filter(([prefix, variable]) => !variable.startsWith(prefix))).toEqual([])
})

it('names no provider in the sources outside their folders, but in the table of signatures', () => {
  // Receivers take the table without the adapters, so it stands apart from them. The documents are generated.
  const others = new Set(['src/verify/schemes.ts', 'src/cli/client/documents.ts'])
  const isAllowed = (file: string) => file.startsWith('src/providers/') || others.has(file)
  const files = globSync('src/**/*.ts', { cwd: root }).filter((file) => !isAllowed(file))
  expect(files).toContain('src/main.ts')
  // What tells one plan from another has the name of a provider.
  const isOfPlans = (file: string) => /\/plan\b/.test(file) || file === 'src/gateway/shapes.ts'
  const toPattern = (file: string) =>
    new RegExp(names.filter((name) => !isOfPlans(file) || name !== 'fingerprint').join('|'), 'i')
  // Comments give examples, and addresses name the host of this repository.
  const readCode = (file: string) => readFileSync(join(root, file), 'utf8').replaceAll(/\/\*.*?\*\/|\/\/.*?$/gms, '')
  expect(files.filter((file) => toPattern(file).test(readCode(file)))).toEqual([])
})
