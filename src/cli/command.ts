import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Environment } from '../config/config.ts'
import { findNearest } from '../gateway/nearest.ts'
import { UsageError } from './usage.ts'

// The command line. Each command loads what it needs, and no more.

// Caches compiled code between starts, but never in a folder that others can write to. Without a writable folder, nothing is
// cached.
enableCompileCache(join(homedir(), '.cache', 'hookql'))

const help = `hookql [command]

  start         serve GraphQL (default)
  check         check the configuration; with --live, also list the webhooks of every account (read-only)
  sandbox       run only the sandbox providers; --port N uses ports from N upwards
  schema        print the GraphQL schema
  key           create an API key and print it once, with its hash
  store rekey   seal all secrets in the store with the first key; stop the server before, unless it uses Postgres

  --help        show this help
  --version     print the version

Configure everything else with environment variables and the HOOKQL_CONFIG file:
https://github.com/hookql/hookql/blob/main/docs/configuration.md

Exit codes: 0 success, 1 failure, 2 invalid command line.
`

const options = {
  help: { type: 'boolean', short: 'h', default: false },
  version: { type: 'boolean', short: 'v', default: false },
  live: { type: 'boolean', default: false },
  port: { type: 'string', default: '0' },
} as const

/** Options that every command accepts. */
const common = new Set(['help', 'version'])

/** Further options of each command. */
const commands: Readonly<Record<string, readonly string[]>> = {
  start: [],
  check: ['live'],
  sandbox: ['port'],
  schema: [],
  key: [],
  'store rekey': [],
}

/** Runs a command line. Prints its problems, or those of the configuration, and exits. */
export async function run(args: readonly string[], environment: Environment): Promise<void> {
  try {
    await runCommand(readArguments(args), environment)
  } catch (error) {
    const { ConfigError } = await import('../config/config.ts')
    if (error instanceof ConfigError) return fail(1, error.problems)
    if (error instanceof UsageError) return fail(2, [error.message, 'See hookql --help.'])
    throw error
  }
}

async function runCommand({ command, values }: ReturnType<typeof readArguments>, environment: Environment): Promise<void> {
  if (values.help) return print(help)
  if (values.version) return print(`${(await import('../http/version.ts')).version}\n`)
  switch (command) {
    case 'start': {
      const { start } = await import('./start.ts')
      return start(environment)
    }
    case 'sandbox': {
      const { runSandbox } = await import('./sandbox.ts')
      return runSandbox(values.port)
    }
    case 'check': {
      const { check } = await import('./check.ts')
      if (!(await check(environment, values.live, (line) => print(`${line}\n`)))) process.exitCode = 1
      return
    }
    case 'schema': {
      const [{ createSchema, formatSchema }, { providers }] = await Promise.all([
        import('../schema/index.ts'),
        import('../providers/index.ts'),
      ])
      return print(formatSchema(createSchema(providers)))
    }
    case 'key': {
      const { describeNewKey } = await import('./key.ts')
      return print(describeNewKey())
    }
    case 'store rekey': {
      const { rekey } = await import('./rekey.ts')
      return print(`${await rekey(environment)}\n`)
    }
  }
}

function readArguments(args: readonly string[]) {
  const { values, positionals, tokens } = parse(args)
  const command = positionals.join(' ') || 'start'
  const known = commands[command]
  if (known === undefined) {
    const below = Object.keys(commands).filter((name) => name.startsWith(`${positionals[0]} `))
    const way = below.length > 0 ? ` Did you mean ${below.join(' or ')}?` : suggest(command, Object.keys(commands))
    throw new UsageError(`Unknown command ${JSON.stringify(command)}.${way}`)
  }
  const stranger = tokens.find((token) => token.kind === 'option' && !common.has(token.name) && !known.includes(token.name))
  if (stranger?.kind === 'option') throw new UsageError(`${command} does not accept ${stranger.rawName}.`)
  return { command, values }
}

function parse(args: readonly string[]) {
  const given = { args: [...args], options, allowPositionals: true, tokens: true } as const
  for (const token of parseArgs({ ...given, strict: false }).tokens) {
    if (token.kind !== 'option' || Object.hasOwn(options, token.name)) continue
    const known = Object.keys(options).map((name) => `--${name}`)
    throw new UsageError(`Unknown option ${JSON.stringify(token.rawName)}.${suggest(token.rawName, known)}`)
  }
  try {
    return parseArgs(given)
  } catch (error) {
    throw error instanceof TypeError ? new UsageError(error.message) : error
  }
}

function suggest(name: string, known: readonly string[]): string {
  const [nearest] = findNearest(name, known, () => 2)
  return nearest === undefined ? '' : ` Did you mean ${nearest}?`
}

function print(text: string): void {
  process.stdout.write(text)
}

function fail(exitCode: number, lines: readonly string[]): void {
  for (const line of lines) process.stderr.write(`${line}\n`)
  process.exit(exitCode)
}
