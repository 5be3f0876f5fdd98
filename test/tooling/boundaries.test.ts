import { spawnSync } from 'node:child_process'
import { copyFileSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

interface Report {
  readonly diagnostics: readonly {
    readonly code: string
    readonly filename: string
    readonly labels: readonly { readonly span: { readonly line: number } }[]
  }[]
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
  'import(no-cycle)',
])

interface Plant {
  readonly path: string
  /** One line. */
  readonly text: string
  /** What it is refused by; null where it passes. */
  readonly rule: string | null
}

const restricted = 'eslint(no-restricted-imports)'

/** The module of a path from the root, as the file at `path` names it; a package, or what is relative already, as it stands. */
function toSpecifier(path: string, module: string): string {
  if (!module.startsWith('src/')) return module
  const specifier = relative(dirname(path), module)
  return specifier.startsWith('.') ? specifier : `./${specifier}`
}

const importValue = (path: string, module: string) => `import '${toSpecifier(path, module)}'`
const toTypeName = (module: string) => module.replaceAll(/\W/g, '_')
const importType = (path: string, module: string) => `import type { ${toTypeName(module)} } from '${toSpecifier(path, module)}'`

/** What of each file may not be imported there. */
const refused: readonly (readonly [path: string, ...modules: string[]])[] = [
  ['src/webhook.ts', 'src/errors.ts', 'zod', 'node:vm'],
  ['src/errors.ts', 'src/webhook.ts', 'src/provider/provider.ts', 'zod', 'node:vm'],
  ['src/provider/provider.ts', 'src/webhook.ts', 'src/http/door.ts', 'zod', 'node:vm'],
  ['src/http/door.ts', 'src/gateway/gateway.ts', 'src/gateway/connection.ts', 'src/schema/index.ts', 'node:vm'],
  ['src/http/door.ts', 'src/providers/index.ts', 'src/provider/provider.ts', 'node:https'],
  ['src/providers/index.ts', 'src/gateway/gateway.ts', 'src/http/door.ts', 'src/providers/baanx/api.ts', 'undici', 'node:vm'],
  ['src/providers/baanx/index.ts', 'undici', 'graphql', '@pothos/core', 'graphql-yoga', 'node:http', 'http', 'node:process'],
  ['src/providers/baanx/index.ts', 'src/gateway/gateway.ts', 'src/gateway/connection.ts', 'src/config/config.ts', 'node:vm'],
  ['src/providers/baanx/index.ts', 'src/server/server.ts', 'src/main.ts'],
  ['src/providers/baanx/index.ts', 'src/schema/index.ts', 'src/http/door.ts', 'src/sandbox/server.ts'],
  ['src/providers/baanx/index.ts', 'src/providers/verifik/index.ts', 'src/providers/index.ts', '../../providers/verifik/api.ts'],
  ['src/providers/baanx/index.ts', 'src/providers/baanx/helpers.ts', 'src/verify/verify.ts', 'src/http/rehearsal.ts'],
  ['src/providers/baanx/deeper/index.ts', 'src/providers/verifik/index.ts', 'src/gateway/gateway.ts', 'undici'],
  ['src/schema/webhook.ts', 'src/providers/index.ts', 'src/providers/baanx/index.ts', 'src/http/door.ts', 'node:vm'],
  ['src/schema/webhook.ts', 'undici', 'src/server/server.ts', 'src/config/config.ts'],
  [
    'src/verify/verify.ts',
    'src/webhook.ts',
    'src/provider/signature.ts',
    'src/providers/index.ts',
    'zod',
    'node:http',
    'node:vm',
  ],
  [
    'src/sandbox/server.ts',
    'src/gateway/gateway.ts',
    'src/gateway/reach.ts',
    'src/http/door.ts',
    'src/provider/provider.ts',
    'src/providers/index.ts',
    'undici',
    'graphql',
  ],
  ['src/sandbox/server.ts', 'node:vm'],
  ['src/sandbox/graphql.ts', 'node:vm', 'undici', 'node:process', 'src/gateway/gateway.ts', 'src/providers/index.ts'],
  [
    'src/gateway/gateway.ts',
    'src/providers/index.ts',
    'src/providers/baanx/index.ts',
    'src/schema/index.ts',
    'src/server/server.ts',
  ],
  ['src/gateway/gateway.ts', 'src/main.ts', 'undici', 'graphql'],
  ['src/gateway/input.ts', 'src/providers/baanx/convert.ts', 'src/schema/validation.ts', '@pothos/core', 'process'],
  [
    'src/gateway/shapes.ts',
    'src/providers/index.ts',
    'src/schema/validation.ts',
    'src/server/server.ts',
    'graphql',
    '@pothos/core',
  ],
  ['src/gateway/shapes.ts', 'undici'],
  ['src/config/config.ts', 'src/providers/index.ts', 'src/server/server.ts', 'node:process', 'node:vm'],
  [
    'src/server/server.ts',
    'src/providers/index.ts',
    'src/http/door.ts',
    'src/config/config.ts',
    'src/main.ts',
    'undici',
    'node:vm',
  ],
  ['src/main.ts', 'src/providers/baanx/index.ts', 'undici', 'node:vm'],
  ['src/cli/start.ts', 'src/providers/baanx/index.ts', 'undici', 'node:vm'],
  ['src/server/auth/authentication.ts', 'src/providers/index.ts', 'src/http/door.ts', 'src/cli/start.ts'],
  ['src/server/execute.ts', 'node:vm'],
  ['src/caller.ts', 'graphql', 'src/server/server.ts', 'node:http'],
  ['scripts/print-schema.ts', 'src/providers/baanx/index.ts', 'undici', 'node:vm'],
  [
    'src/observe/metrics.ts',
    'src/http/door.ts',
    'src/gateway/gateway.ts',
    'src/server/server.ts',
    'undici',
    'graphql',
    'node:vm',
  ],
  ['src/provider/provider.ts', 'src/gateway/gateway.ts'],
  ['src/store/journal.ts', 'node:sqlite', 'node:worker_threads', 'node:vm', 'src/gateway/gateway.ts', 'src/http/door.ts'],
  ['src/store/open.ts', 'src/provider/provider.ts', 'src/config/config.ts', 'undici', 'zod', 'graphql'],
  ['src/store/migrations/migrate.ts', 'node:sqlite', 'src/gateway/gateway.ts'],
  ['src/store/sqlite/engine.ts', 'src/store/journal.ts', 'src/store/seal.ts', 'src/gateway/gateway.ts', 'node:vm', 'undici'],
  ['src/store/sqlite/engine.ts', 'node:worker_threads'],
  ['src/store/journal.ts', 'pg'],
  ['src/store/postgres/postgres.ts', 'src/store/journal.ts', 'src/store/seal.ts', 'src/gateway/gateway.ts', 'node:vm', 'undici'],
  ['src/store/thread/worker.ts', 'src/store/journal.ts', 'src/store/sqlite/sqlite.ts', 'src/gateway/gateway.ts', 'kysely'],
  ['src/store/thread/worker.ts', 'node:sqlite', 'node:vm'],
  [
    'src/plan/plan.ts',
    'src/gateway/input.ts',
    'src/http/door.ts',
    'src/store/store.ts',
    'src/providers/index.ts',
    'zod',
    'graphql',
  ],
  ['src/plan/plan.ts', 'node:fs', 'node:vm', 'src/schema/index.ts'],
  [
    'src/provider/path.ts',
    'src/gateway/gateway.ts',
    'src/http/door.ts',
    'src/providers/index.ts',
    'undici',
    'graphql',
    'node:vm',
  ],
  ['src/http/door.ts', 'src/provider/path.ts'],
  ['src/gateway/gateway.ts', 'src/config/config.ts', 'src/sandbox/index.ts', 'src/cli/start.ts', 'node:vm'],
  ['src/schema/webhook.ts', 'src/sandbox/index.ts', 'src/cli/start.ts', 'src/main.ts', 'node:http'],
]

/** What may. */
const passing: readonly (readonly [path: string, ...modules: string[]])[] = [
  ['src/http/door.ts', 'undici', 'src/errors.ts', 'src/http/send.ts'],
  ['src/providers/index.ts', 'src/providers/baanx/index.ts'],
  ['src/plan/plan.ts', 'src/provider/provider.ts', 'src/webhook.ts', 'src/errors.ts', 'src/plan/change.ts', 'node:crypto'],
  ['src/gateway/gateway.ts', 'src/plan/plan.ts'],
  [
    'src/providers/baanx/index.ts',
    'src/provider/provider.ts',
    'src/errors.ts',
    'src/providers/baanx/api.ts',
    'src/verify/schemes.ts',
  ],
  ['src/providers/baanx/index.ts', 'src/providers/baanx/convert.ts', 'src/providers/baanx/sandbox.ts', 'node:crypto'],
  ['src/providers/baanx/api.ts', 'zod', 'src/provider/path.ts', 'src/provider/pages.ts', 'src/provider/wire.ts'],
  ['src/providers/baanx/sandbox.ts', 'src/provider/stand-in.ts'],
  ['src/verify/verify.ts', 'src/verify/schemes.ts', 'node:crypto'],
  ['src/sandbox/graphql.ts', 'graphql', 'zod'],
  ['src/sandbox/server.ts', 'src/sandbox/fault.ts', 'src/provider/authentication.ts', 'node:http', 'node:timers/promises'],
  ['src/server/auth/authentication.ts', 'graphql', 'graphql-yoga', 'src/caller.ts'],
  ['src/cli/start.ts', 'node:http', 'src/config/config.ts', 'src/providers/index.ts', 'src/http/door.ts', 'src/server/server.ts'],
  ['src/cli/start.ts', 'src/sandbox/index.ts'],
  ['src/gateway/gateway.ts', 'src/gateway/connection.ts', 'src/errors.ts', 'src/provider/path.ts', 'src/gateway/input.ts'],
  [
    'src/schema/webhook.ts',
    'graphql',
    '@pothos/core',
    'src/gateway/gateway.ts',
    'src/provider/provider.ts',
    'src/schema/builder.ts',
  ],
  ['src/server/server.ts', 'graphql-yoga', 'src/schema/index.ts', 'src/gateway/gateway.ts', 'src/server/graphiql/tabs.ts'],
  ['src/main.ts', 'src/providers/index.ts', 'src/cli/start.ts', 'src/schema/index.ts'],
  ['src/store/journal.ts', 'kysely', 'src/journal.ts', 'src/store/database.ts', 'node:crypto'],
  ['src/store/here.ts', 'src/store/sqlite/sqlite.ts', 'src/store/migrations/migrate.ts'],
  ['src/store/migrations/migrate.ts', 'kysely/migration', 'src/store/error.ts'],
  ['src/store/sqlite/engine.ts', 'node:sqlite', 'kysely', 'src/store/database.ts'],
  ['src/store/postgres/connections.ts', 'pg', 'src/store/error.ts', 'src/store/database.ts'],
  ['src/store/thread/worker.ts', 'node:worker_threads', 'src/store/here.ts', 'src/store/error.ts'],
]

/** What may as a type. */
const passingTypes: readonly (readonly [path: string, ...modules: string[]])[] = [
  ['src/errors.ts', 'src/webhook.ts'],
  ['src/provider/provider.ts', 'zod', 'src/http/door.ts', 'src/provider/stand-in.ts', 'src/webhook.ts'],
  ['src/http/door.ts', 'zod', 'src/webhook.ts', 'src/observe/observer.ts'],
  ['src/observe/metrics.ts', 'src/webhook.ts', 'src/errors.ts'],
  ['src/providers/index.ts', 'src/provider/provider.ts'],
  ['src/providers/baanx/api.ts', 'src/http/door.ts'],
  ['src/sandbox/server.ts', 'src/provider/provider.ts', 'src/gateway/account.ts'],
  ['src/gateway/gateway.ts', 'undici', 'src/provider/provider.ts'],
  ['src/verify/verify.ts', 'src/provider/signature.ts'],
]

const spread = (rows: readonly (readonly [string, ...string[]])[], toText: typeof importValue, rule: string | null) =>
  rows.flatMap(([path, ...modules]) => modules.map((module): Plant => ({ path, text: toText(path, module), rule })))

const plants: readonly Plant[] = [
  ...spread(refused, importValue, restricted),
  ...spread(passing, importValue, null),
  ...spread(passingTypes, importType, null),
  {
    path: 'src/gateway/gateway.ts',
    text: `export { a } from '${toSpecifier('src/gateway/gateway.ts', 'src/server/server.ts')}'`,
    rule: restricted,
  },
  {
    path: 'src/gateway/gateway.ts',
    text: `await import('${toSpecifier('src/gateway/gateway.ts', 'src/server/server.ts')}')`,
    rule: restricted,
  },
  ...['src/webhook.ts', 'src/providers/baanx/index.ts', 'src/server/execute.ts', 'src/main.ts'].map((path) => ({
    path,
    text: "await import('vm')",
    rule: restricted,
  })),
  ...[
    'src/gateway/gateway.ts',
    'src/config/config.ts',
    'src/cli/start.ts',
    'scripts/print-schema.ts',
    'src/providers/baanx/index.ts',
  ].map((path) => ({ path, text: 'void process.env', rule: 'node(no-process-env)' })),
  { path: 'src/main.ts', text: 'void process.env', rule: null },
  ...(
    [
      ["eval('1')", 'no-eval'],
      ["(0, eval)('1')", 'no-eval'],
      ["globalThis.eval('1')", 'no-restricted-properties'],
      ["new Function('1')", 'no-new-func'],
      ["Function('1')", 'no-new-func'],
      ["new globalThis.Function('1')", 'no-restricted-properties'],
      ["Reflect.construct(Function, ['1'])", 'no-restricted-globals'],
    ] as const
  ).map(([code, rule]) => ({ path: 'src/server/execute.ts', text: `void ${code}`, rule: `eslint(${rule})` })),
  { path: 'src/all.ts', text: "export * from './id.ts'", rule: 'oxc(no-barrel-file)' },
  { path: 'src/circle.ts', text: "import './round.ts'", rule: 'import(no-cycle)' },
  { path: 'src/round.ts', text: "import type { A } from './circle.ts'", rule: 'import(no-cycle)' },
]

/** Plants everything in a copy, one line each, and lints it once with the project's own rules: the rules that each crosses. */
function lint(): ReadonlyMap<Plant, readonly string[]> {
  const directory = mkdtempSync(join(tmpdir(), 'hookql-boundaries-'))
  try {
    copyFileSync(join(root, '.oxlintrc.json'), join(directory, '.oxlintrc.json'))
    const files = Map.groupBy(plants, ({ path }) => path)
    for (const [path, lines] of files) {
      mkdirSync(join(directory, dirname(path)), { recursive: true })
      writeFileSync(join(directory, path), lines.map(({ text }) => text).join('\n'))
    }
    const oxlint = join(root, 'node_modules/oxlint/bin/oxlint')
    const { stdout } = spawnSync(process.execPath, [oxlint, '--format', 'json', 'src', 'scripts'], {
      cwd: directory,
      encoding: 'utf8',
    })
    const { diagnostics } = JSON.parse(stdout) as Report
    const crossed = Map.groupBy(diagnostics, ({ filename, labels }) => `${filename}:${labels[0]?.span.line}`)
    return new Map(
      [...files].flatMap(([path, lines]) =>
        lines.map((plant, index) => [plant, (crossed.get(`${path}:${index + 1}`) ?? []).map(({ code }) => code)] as const),
      ),
    )
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

describe('a boundary', () => {
  const crossed = lint()
  // Planted files import each other at will.
  const list = (plant: Plant) =>
    (crossed.get(plant) ?? []).filter((code) => boundaries.has(code) && (code !== 'import(no-cycle)' || plant.rule === code))

  it.each(plants.filter(({ rule }) => rule !== null))('refuses in $path: $text', (plant) => {
    expect(list(plant)).toContain(plant.rule)
  })

  it.each(plants.filter(({ rule }) => rule === null))('lets pass in $path: $text', (plant) => {
    expect(list(plant)).toEqual([])
  })
})

/** Where ten lines stand that stand elsewhere before, however they are indented. */
function findTwice(texts: readonly (readonly [file: string, text: string])[]): readonly string[] {
  const runs = texts.flatMap(([file, text]) => {
    const lines = text.split('\n').map((line) => line.trim())
    return lines.slice(9).map((_, index) => ({ run: lines.slice(index, index + 10).join('\n'), place: `${file}:${index + 1}` }))
  })
  const places = Map.groupBy(runs, ({ run }) => run).values()
  return [...places].filter(({ length }) => length > 1).map((same) => same.map(({ place }) => place).join(' = '))
}

describe('the sources', () => {
  const files = globSync('src/**/*.ts', { cwd: root })

  it('have at their root the nouns and main.ts alone', () => {
    expect(
      globSync('src/*.ts', { cwd: root })
        .map((file) => basename(file))
        .toSorted(),
    ).toEqual(['budget.ts', 'caller.ts', 'errors.ts', 'id.ts', 'journal.ts', 'main.ts', 'portion.ts', 'secret.ts', 'webhook.ts'])
  })

  it('know each other one way only: each folder those that stand behind it here', () => {
    const folders = 'cli server schema sandbox config gateway plan store providers verify provider http observe'.split(' ')
    const order = [
      'main.ts',
      ...folders,
      'budget.ts',
      'portion.ts',
      'id.ts',
      'caller.ts',
      'errors.ts',
      'secret.ts',
      'journal.ts',
      'webhook.ts',
    ]
    const toPlace = (file: string) => order.indexOf(relative('src', file).split('/')[0] ?? '')
    const goesUp = ([from, to]: readonly [string, string]) =>
      toPlace(from) === -1 || toPlace(to) === -1 || toPlace(from) > toPlace(to)
    const imports = files.flatMap((file) => {
      const named = readFileSync(join(root, file), 'utf8').matchAll(/(?:from |import )'(\.[^']+)'|import\('(\.[^']+)'\)/g)
      return [...named].map(([, at, late]) => [file, join(dirname(file), at ?? late ?? '')] as const)
    })
    expect(imports.length).toBeGreaterThan(files.length)
    expect(goesUp(['src/http/door.ts', 'src/provider/provider.ts'])).toBe(true)
    expect(goesUp(['src/provider/provider.ts', 'src/stranger/index.ts'])).toBe(true)
    expect(imports.filter(goesUp)).toEqual([])
  })

  it('pass nothing on from another module', () => {
    const passesOn = /^export\b[^=;()]*?\bfrom ['"]/m
    expect(passesOn.test("export type {\n  A,\n} from './a.ts'\n")).toBe(true)
    expect(files.filter((file) => passesOn.test(readFileSync(join(root, file), 'utf8')))).toEqual([])
  })

  it('say no ten lines twice', () => {
    const lines = Array.from({ length: 11 }, (_, index) => `  line${index}()`)
    expect(findTwice([['a', lines.join('\n')]])).toEqual([])
    const moved = lines.slice(1).map((line) => `  ${line}`)
    expect(
      findTwice([
        ['a', lines.join('\n')],
        ['b', `\n${moved.join('\n')}`],
      ]),
    ).toEqual(['a:2 = b:2'])
    const texts = files.map((file) => [file, readFileSync(join(root, file), 'utf8')] as const)
    expect(findTwice(texts)).toEqual([])
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
      // What is stored outlives the process.
      'src/store/clock.ts',
      // When a delivery was signed.
      'src/verify/verify.ts',
    ])
  })
})
