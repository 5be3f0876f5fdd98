import { Command } from '@commander-js/extra-typings'
import type { Environment } from '../config/config.ts'
import { version } from '../http/version.ts'
import { write } from './output.ts'
import { UsageError } from './usage.ts'

const more = `
Configure everything else with environment variables and a configuration file:
https://github.com/hookql/hookql/blob/main/docs/configuration.md

Exit codes: 0 success, 1 failure, 2 differences (plan --exit-code, drift). Node.js itself reads the files of --env-file, and
ends with 9 if one is missing.`

/** The commands and their options. An action loads what it needs. */
export function createProgram(environment: Environment): Command {
  const program = new Command('hookql')
    .description('One GraphQL API for the webhook subscriptions of several SaaS providers.')
    .version(version, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'show help; for a command: hookql <command> --help')
    .addHelpText('after', more)
    .exitOverride()
    .configureOutput({ writeOut: write, outputError: () => {} })

  configured(program.command('serve'))
    .alias('start')
    .description('serve GraphQL; the default command')
    .option('--port <number>', 'port to listen on; overrides PORT', toPort)
    .addHelpText('after', toExamples('hookql serve --port 4000 --config hookql.yaml'))
    .action(async ({ port, ...options }) => {
      const [{ start }, { toEnvironment }] = await Promise.all([import('./start.ts'), import('./environment.ts')])
      const given = toEnvironment(environment, options)
      return start(port === undefined ? given : { ...given, PORT: port })
    })

  addWebhooks(program, environment)
  addTools(program, environment)
  return program
}

/** What compares a file with what exists. */
function addWebhooks(program: Command, environment: Environment): void {
  asking(program.command('pull'))
    .description(
      'write a file of the webhooks that exist, or update those that are there. A new webhook goes to the first file that has its account, or else to the first file',
    )
    .option('--account <slug>', 'only this account. Repeatable', collect)
    .addHelpText('after', toExamples('hookql pull --account cards-eu -f webhooks.yaml', "hookql pull -f 'webhooks/*.yaml'"))
    .action(async (options) => (await import('./webhooks.ts')).pull(options, environment))

  asking(program.command('plan'))
    .description('show what would make the webhooks as the file says')
    .option('--json', 'print the plan as JSON')
    .option('--exit-code', 'exit with 2 if there are changes')
    .addHelpText('after', toExamples('hookql plan', "hookql plan -f 'webhooks/*.yaml' --exit-code"))
    .action(async (options) => (await import('./webhooks.ts')).plan(options, environment))

  asking(program.command('apply'))
    .description('make the webhooks as the file says: shows the plan, asks, and carries it out')
    .option('--yes', 'do not ask; needed without a terminal')
    .option('--force', 'also carry out a plan that changes or deletes unusually much')
    .option('--only <what>', 'only these changes: an ID, a name, a URL or an account. Repeatable', collect)
    .addHelpText('after', toExamples('hookql apply', 'hookql apply --yes --only orders'))
    .action(async (options) => (await import('./webhooks.ts')).apply(options, environment))

  asking(program.command('drift'))
    .description('show what differs from the file, and exit with 2 if anything does')
    .option('--watch <duration>', 'look again after this time, such as 5m, and show what is new')
    .option('--json', 'print it as JSON, with --watch one line for each change')
    .addHelpText('after', toExamples('hookql drift', 'hookql drift --watch 5m --json'))
    .action(async (options) => (await import('./webhooks.ts')).drift(options, environment))
}

function addTools(program: Command, environment: Environment): void {
  configured(program.command('check'))
    .description('check the configuration')
    .option('--live', 'also list the webhooks of every account, without writing')
    .addHelpText('after', toExamples('hookql check --live'))
    .action(async ({ live = false, ...options }) => {
      const [{ check }, { toEnvironment }, { openTerminal }] = await Promise.all([
        import('./check.ts'),
        import('./environment.ts'),
        import('./terminal.ts'),
      ])
      const given = toEnvironment(environment, options)
      if (!(await check(given, live, openTerminal(given).print))) process.exitCode = 1
    })

  program
    .command('key')
    .description('create an API key and print it once, with its hash')
    .addHelpText('after', toExamples('hookql key'))
    .action(async () => write((await import('./key.ts')).describeNewKey()))

  program
    .command('schema')
    .description('print the GraphQL schema')
    .addHelpText('after', toExamples('hookql schema > schema.graphql'))
    .action(async () => write((await import('./schema.ts')).describeSchema()))

  program
    .command('sandbox')
    .description('run only the sandbox providers')
    .option('--port <number>', 'first port; each provider uses the next one. By default, they use free ports', '0')
    .addHelpText('after', toExamples('hookql sandbox --port 5000'))
    .action(async ({ port }) => (await import('./sandbox.ts')).runSandbox(port))

  const store = program.command('store').description('maintain the store').helpCommand(false)
  configured(store.command('rekey'))
    .description('seal all secrets in the store with the first key; stop the server before, unless it uses Postgres')
    .addHelpText('after', toExamples('hookql store rekey --env-file .env'))
    .action(async (options) => {
      const [{ rekey }, { toEnvironment }, { openTerminal }] = await Promise.all([
        import('./rekey.ts'),
        import('./environment.ts'),
        import('./terminal.ts'),
      ])
      const given = toEnvironment(environment, options)
      openTerminal(given).print(await rekey(given))
    })
}

/** With the options of a command that reads the configuration. */
function configured<Arguments extends unknown[], Options extends Record<string, unknown>>(command: Command<Arguments, Options>) {
  return command
    .option('--env-file <file>', 'read variables from a file; those that are set override it. Repeatable', collect)
    .option('--config <file>', 'configuration file; overrides HOOKQL_CONFIG')
}

/** With the options of a command that asks a gateway. */
function asking<Arguments extends unknown[], Options extends Record<string, unknown>>(command: Command<Arguments, Options>) {
  return configured(command)
    .option('-f, --file <file>', 'file of webhooks, or a pattern. Repeatable. Defaults to webhooks.yaml', collect)
    .option('--server <url>', 'ask this gateway rather than one in this process; overrides HOOKQL_SERVER')
    .option('--token <token>', 'API key or token for it; overrides HOOKQL_TOKEN, which no list of processes shows')
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

function toPort(text: string): string {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return text
  throw new UsageError('--port: must be an integer from 0 to 65535')
}

function toExamples(...lines: readonly string[]): string {
  return `\n${lines.length === 1 ? 'Example' : 'Examples'}:\n${lines.map((line) => `  ${line}`).join('\n')}`
}
