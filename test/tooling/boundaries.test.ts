import { spawnSync } from 'node:child_process'
import { copyFileSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'

interface Report {
  readonly diagnostics: readonly { readonly code: string; readonly filename: string; readonly message: string }[]
}

const root = fileURLToPath(new URL('../../', import.meta.url))
const boundaries = new Set([
  'eslint(no-restricted-imports)',
  'eslint(no-restricted-globals)',
  'eslint(no-restricted-properties)',
  'eslint(no-eval)',
  'eslint(no-new-func)',
  'node(no-process-env)',
  'oxc(no-barrel-file)',
])

/** Lints files, given by path and text, with the project's own rules, and tells which boundary each crosses. */
function lint(files: Readonly<Record<string, string>>): readonly string[] {
  const directory = mkdtempSync(join(tmpdir(), 'hookql-boundaries-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  copyFileSync(join(root, '.oxlintrc.json'), join(directory, '.oxlintrc.json'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(directory, dirname(path)), { recursive: true })
    writeFileSync(join(directory, path), text)
  }
  const oxlint = join(root, 'node_modules/oxlint/bin/oxlint')
  const { stdout } = spawnSync(process.execPath, [oxlint, '--format', 'json', 'src'], { cwd: directory, encoding: 'utf8' })
  const { diagnostics } = JSON.parse(stdout) as Report
  const crossed = diagnostics.filter(({ code }) => boundaries.has(code))
  return [...new Set(crossed.map(({ code, filename }) => `${filename} ${code}`))]
}

const use = (...modules: readonly string[]) =>
  modules.map((module, index) => `import { a as a${index} } from '${module}'\nexport const b${index} = a${index}\n`).join('')
const useType = (...modules: readonly string[]) =>
  modules.map((module, index) => `import type { A as A${index} } from '${module}'\nexport type B${index} = A${index}\n`).join('')

describe('a file that crosses a boundary', () => {
  const imports: readonly (readonly [path: string, ...modules: string[]])[] = [
    ['src/webhook.ts', './errors.ts', 'zod'],
    ['src/errors.ts', './webhook.ts', './provider.ts', 'zod'],
    ['src/provider.ts', './webhook.ts', './http/http.ts', 'zod'],
    ['src/http/http.ts', '../gateway.ts', '../connection.ts', '../schema/index.ts'],
    ['src/http/http.ts', '../providers/index.ts', '../provider.ts', 'node:https'],
    ['src/providers/index.ts', '../gateway.ts', '../http/http.ts', './baanx/api.ts', 'undici'],
    ['src/providers/baanx/index.ts', 'undici', 'graphql', '@pothos/core', 'graphql-yoga', 'node:http', 'http', 'node:process'],
    ['src/providers/baanx/index.ts', '../../gateway.ts', '../../connection.ts', '../../config.ts'],
    ['src/providers/baanx/index.ts', '../../server.ts', '../../main.ts'],
    ['src/providers/baanx/index.ts', '../../schema/index.ts', '../../http/http.ts', '../../sandbox/server.ts'],
    ['src/providers/baanx/index.ts', '../verifik/index.ts', '../index.ts', '../../providers/verifik/api.ts', './helpers.ts'],
    ['src/providers/baanx/deeper/index.ts', '../../verifik/index.ts', '../../../gateway.ts', 'undici'],
    ['src/schema/webhook.ts', '../providers/index.ts', '../providers/baanx/index.ts', '../http/http.ts'],
    ['src/schema/webhook.ts', 'undici', '../server.ts', '../config.ts'],
    ['src/providers/baanx/index.ts', '../../verify/verify.ts', '../../http/rehearsal.ts'],
    ['src/verify/verify.ts', '../webhook.ts', '../providers/index.ts', 'zod', 'node:http'],
    ['src/sandbox/server.ts', '../gateway.ts', '../http/http.ts', '../provider.ts', '../providers/index.ts', 'undici', 'graphql'],
    ['src/gateway.ts', './providers/index.ts', './providers/baanx/index.ts', './schema/index.ts', './server.ts'],
    ['src/gateway.ts', './main.ts', 'undici', 'graphql'],
    ['src/input.ts', './providers/baanx/convert.ts', './schema/validation.ts', '@pothos/core', 'process'],
    [
      'src/gateway/shapes.ts',
      '../providers/index.ts',
      '../schema/validation.ts',
      '../server.ts',
      'graphql',
      '@pothos/core',
      'undici',
    ],
    ['src/config.ts', './providers/index.ts', './server.ts', 'node:process'],
    ['src/server.ts', './providers/index.ts', './http/http.ts', './config.ts', './main.ts', 'undici'],
    ['src/main.ts', './providers/baanx/index.ts', 'undici'],
    ['src/cli/start.ts', '../providers/baanx/index.ts', 'undici'],
    ['src/server/authentication.ts', '../providers/index.ts', '../http/http.ts', '../cli/start.ts'],
    ['src/auth/caller.ts', 'graphql', '../server.ts', 'node:http'],
    ['src/print-schema.ts', './providers/baanx/index.ts'],
  ]
  const cases = imports.flatMap(([path, ...modules]) => modules.map((module) => ({ path, module })))

  it.each(cases)('$path is refused for importing $module', ({ path, module }) => {
    expect(lint({ [path]: use(module) })).toEqual([`${path} eslint(no-restricted-imports)`])
  })

  it('is refused for a re-export and for a late import just the same', () => {
    const expected = 'src/gateway.ts eslint(no-restricted-imports)'
    expect(lint({ 'src/gateway.ts': "export { a } from './server.ts'\n" })).toEqual([expected])
    expect(lint({ 'src/gateway.ts': "export const a = await import('./server.ts')\n" })).toEqual([expected])
  })

  it.each(['src/gateway.ts', 'src/config.ts', 'src/cli/start.ts', 'src/print-schema.ts', 'src/providers/baanx/index.ts'])(
    '%s is refused for reading the environment',
    (path) => {
      expect(lint({ [path]: 'export const a = process.env\n' })).toEqual([`${path} node(no-process-env)`])
    },
  )

  it.each([
    ["eval('1')", 'no-eval'],
    ["(0, eval)('1')", 'no-eval'],
    ["globalThis.eval('1')", 'no-restricted-properties'],
    ["new Function('1')", 'no-new-func'],
    ["Function('1')", 'no-new-func'],
    ["new globalThis.Function('1')", 'no-restricted-properties'],
    ["Reflect.construct(Function, ['1'])", 'no-restricted-globals'],
  ])('is refused for making code by %s', (code, rule) => {
    expect(lint({ 'src/server/execute.ts': `export const a = ${code}\n` })).toContain(`src/server/execute.ts eslint(${rule})`)
  })

  it.each([
    'src/webhook.ts',
    'src/errors.ts',
    'src/provider.ts',
    'src/config.ts',
    'src/http/http.ts',
    'src/providers/index.ts',
    'src/providers/baanx/index.ts',
    'src/verify/verify.ts',
    'src/sandbox/server.ts',
    'src/schema/webhook.ts',
    'src/server.ts',
    'src/server/execute.ts',
    'src/main.ts',
    'src/cli/start.ts',
  ])('%s is refused for importing node:vm', (path) => {
    const expected = [`${path} eslint(no-restricted-imports)`]
    expect(lint({ [path]: use('node:vm') })).toEqual(expected)
    expect(lint({ [path]: "export const a = await import('vm')\n" })).toEqual(expected)
  })

  it('is refused for being a barrel', () => {
    expect(lint({ 'src/all.ts': "export * from './id.ts'\n" })).toEqual(['src/all.ts oxc(no-barrel-file)'])
  })
})

describe('a file within the boundaries', () => {
  it('passes', () => {
    const files = {
      'src/webhook.ts': 'export interface A {}\n',
      'src/errors.ts': useType('./webhook.ts'),
      'src/provider.ts': useType('zod', './http/http.ts', './sandbox/stand-in.ts', './webhook.ts'),
      'src/http/http.ts': use('undici', '../errors.ts', './path.ts') + useType('zod', '../provider.ts', '../webhook.ts'),
      'src/providers/index.ts': useType('../provider.ts') + use('./baanx/index.ts'),
      'src/providers/baanx/index.ts': use(
        '../../provider.ts',
        '../../errors.ts',
        './api.ts',
        './convert.ts',
        './sandbox.ts',
        '../../verify/schemes.ts',
        'node:crypto',
      ),
      'src/verify/verify.ts': use('./schemes.ts', 'node:crypto'),
      'src/providers/baanx/api.ts':
        use('zod', '../../http/path.ts', '../../http/pages.ts', '../../http/wire.ts') + useType('../../http/http.ts'),
      'src/providers/baanx/sandbox.ts': use('../../sandbox/stand-in.ts'),
      'src/sandbox/server.ts':
        use('./fault.ts', 'node:http', 'node:timers/promises') + useType('../provider.ts', '../connection.ts'),
      'src/server/authentication.ts': use('graphql', 'graphql-yoga', '../auth/caller.ts'),
      'src/cli/start.ts': use(
        'node:http',
        '../config.ts',
        '../providers/index.ts',
        '../http/http.ts',
        '../sandbox/index.ts',
        '../server.ts',
      ),
      'src/gateway.ts':
        use('./connection.ts', './errors.ts', './http/path.ts', './input.ts') + useType('undici', './provider.ts'),
      'src/schema/webhook.ts': use('graphql', '@pothos/core', '../gateway.ts', '../provider.ts', '../errors.ts', './builder.ts'),
      'src/server.ts': use('graphql-yoga', './schema/index.ts', './gateway.ts', './graphiql.ts'),
      'src/main.ts': `${use('./providers/index.ts', './cli/start.ts', './schema/index.ts')}export const c = process.env\n`,
    }
    expect(lint(files)).toEqual([])
  })
})

describe('the sources', () => {
  const files = globSync('src/**/*.ts', { cwd: root })

  it('pass nothing on from another module', () => {
    const passesOn = /^export\b[^=;()]*?\bfrom ['"]/m
    expect(passesOn.test("export type {\n  A,\n} from './a.ts'\n")).toBe(true)
    expect(files.filter((file) => passesOn.test(readFileSync(join(root, file), 'utf8')))).toEqual([])
  })

  it('have an index only where it is a list, a loader or a module by that name', () => {
    const known = /^src\/(?:providers|schema|sandbox|providers\/[a-z]+)\/index\.ts$/
    expect(files.filter((file) => file.endsWith('/index.ts') && !known.test(file))).toEqual([])
  })

  it('read the wall clock only to compare it with a time that somebody else tells', () => {
    const readsClock = /\bDate\.now\b|\bDate\(\)|\bnew Date\b(?!\()|=\s*Date\b|\bTemporal\b/
    const planted = [
      'Date.now()',
      'f(Date.now)',
      'new Date()',
      'new Date',
      'Date()',
      'const { now } = Date;',
      'Temporal.Now.instant()',
    ]
    expect(planted.filter((text) => !readsClock.test(text))).toEqual([])
    const code = (file: string) => readFileSync(join(root, file), 'utf8').replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, '')
    expect(files.filter((file) => readsClock.test(code(file))).toSorted()).toEqual([
      // Retry-After and the like of an answer without a Date.
      'src/http/wait.ts',
      // What a provider stores has times.
      'src/sandbox/server.ts',
      // When a delivery was signed.
      'src/verify/verify.ts',
    ])
  })
})
