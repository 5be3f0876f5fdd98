import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Command, CommanderError } from '@commander-js/extra-typings'
import type { Environment } from '../config/config.ts'
import { toPlain } from '../observe/plain.ts'
import { UsageError } from './usage.ts'

// The command line. Each command loads what it needs, and no more.

// Caches compiled code between starts, but never in a folder that others can write to. Without a writable folder, nothing is
// cached.
enableCompileCache(join(homedir(), '.cache', 'hookql'))

// What cannot be told of the work does not end it.
process.stderr.on('error', () => {})

const seeHelp = 'See hookql --help.'

/** Runs a command line. Prints its problems, or those of the configuration, one line each, and exits. */
export async function run(args: readonly string[], environment: Environment): Promise<void> {
  const [commander, { createProgram }] = await Promise.all([import('@commander-js/extra-typings'), import('./program.ts')])
  try {
    const program = createProgram(environment)
    await program.parseAsync(toArguments(args, program), { from: 'user' })
  } catch (error) {
    if (error instanceof commander.CommanderError) return failParsing(error)
    if (error instanceof UsageError) return fail([error.message, seeHelp])
    const [{ ConfigError }, { CommandError }] = await Promise.all([import('../config/config.ts'), import('./failure.ts')])
    if (error instanceof ConfigError || error instanceof CommandError) return fail(error.problems)
    throw error
  }
}

const isAboutAll = /^(?:-h|--help|-v|--version)$/

/**
 * Without a command, it serves. An option is parted from its value, so that no message repeats the value. Throws UsageError for a
 * value of an option that has none.
 */
function toArguments(given: readonly string[], { commands }: Command): string[] {
  const args = given[0] === 'help' && given[1]?.startsWith('-') === false ? [...given.slice(1), '--help'] : given
  const [first] = args
  if (first === undefined || (first.startsWith('-') && !isAboutAll.test(first))) return ['serve', ...part(args, commands)]
  // With an option, it would be asked what all commands are.
  const isKnown = first.startsWith('-') || first === 'help' || commands.some((each) => isCalled(each, first))
  return isKnown ? part(args, commands) : [first]
}

function isCalled(command: Command['commands'][number], name: string): boolean {
  return command.name() === name || command.aliases().includes(name)
}

function part(args: readonly string[], commands: Command['commands']): string[] {
  const flags = new Set(commands.flatMap(({ options }) => options.flatMap((each) => (each.isBoolean() ? [each.long] : []))))
  return args.flatMap((arg) => {
    const [, option, value] = /^(--[^=]+)=(.*)$/s.exec(arg) ?? []
    if (option === undefined || value === undefined) return arg
    if (flags.has(option)) throw new UsageError(`${option}: takes no value`)
    return [option, value]
  })
}

/** Help and version are no failures, and help that nobody asked for explains itself. */
function failParsing({ code, exitCode, message }: CommanderError): void {
  if (exitCode !== 0) fail(code === 'commander.help' ? [] : [toSentence(message), seeHelp])
}

/** The parser's message on one line. */
function toSentence(message: string): string {
  const [problem = '', advice = ''] = message.replace(/^error: /, '').split('\n')
  const sentence = problem.charAt(0).toUpperCase() + problem.slice(1)
  return `${sentence.replace(/\.$/, '')}.${advice.replace(/^\((.*)\)$/, ' $1')}`
}

function fail(lines: readonly string[]): void {
  // What a gateway says may be of a provider.
  for (const line of lines) process.stderr.write(`${toPlain(line)}\n`)
  process.exit(1)
}
