import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Environment } from '../config/config.ts'
import { UsageError } from './usage.ts'

// The command line. Each command loads what it needs, and no more.

// Caches compiled code between starts, but never in a folder that others can write to. Without a writable folder, nothing is
// cached.
enableCompileCache(join(homedir(), '.cache', 'hookql'))

const help = `hookql [command]

  start     serve GraphQL (default)
  check     check the configuration; with --live, also list the webhooks of every account (read-only)
  sandbox   run only the sandbox providers; --port N uses ports from N upwards
  schema    print the GraphQL schema
  key       create an API key and print it once, with its hash

Configure everything else with environment variables and the HOOKQL_CONFIG file. See the README.
Exit codes: 0 success, 1 failure, 2 invalid command line.
`

const options = {
  help: { type: 'boolean', short: 'h', default: false },
  live: { type: 'boolean', default: false },
  port: { type: 'string', default: '0' },
} as const

/** Options of each command, in addition to --help. */
const commands: Readonly<Record<string, readonly string[]>> = {
  start: [],
  check: ['live'],
  sandbox: ['port'],
  schema: [],
  key: [],
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
  }
}

function readArguments(args: readonly string[]) {
  const { values, positionals, tokens } = parse(args)
  const [command = 'start', ...others] = positionals
  const known = commands[command]
  if (known === undefined || others.length > 0) throw new UsageError(`Unknown command ${JSON.stringify(positionals.join(' '))}.`)
  const stranger = tokens.find((token) => token.kind === 'option' && token.name !== 'help' && !known.includes(token.name))
  if (stranger?.kind === 'option') throw new UsageError(`${command} does not accept ${stranger.rawName}.`)
  return { command, values }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, tokens: true })
  } catch (error) {
    throw error instanceof TypeError ? new UsageError(error.message) : error
  }
}

function print(text: string): void {
  process.stdout.write(text)
}

function fail(exitCode: number, lines: readonly string[]): void {
  for (const line of lines) process.stderr.write(`${line}\n`)
  process.exit(exitCode)
}
