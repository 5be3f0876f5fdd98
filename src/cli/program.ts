import { Command } from '@commander-js/extra-typings'
import type { Environment } from '../config/config.ts'
import type { Client } from './client/client.ts'
import { version } from '../http/version.ts'
import type { Terminal } from './terminal.ts'
import { UsageError } from './usage.ts'

const more = `
Configure everything else with environment variables and a configuration file:
https://github.com/hookql/hookql/blob/main/docs/configuration.md

Exit codes: 0 success, 1 failure.`

/** The commands and their options. An action loads what it needs. */
export function createProgram(environment: Environment): Command {
  const program = new Command('hookql')
    .description('One GraphQL API for the webhook subscriptions of several SaaS providers.')
    .version(version, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'show help; for a command: hookql <command> --help')
    .addHelpText('after', more)
    .exitOverride()
    .configureOutput({ outputError: () => {} })

  const serve = program
    .command('serve')
    .alias('start')
    .description('serve GraphQL; the default command')
    .addHelpText('after', toExamples('hookql serve --port 4000 --config hookql.yaml'))
  configured(serve)
    .option('--port <number>', 'port to listen on; overrides PORT', toPort)
    .action(async ({ port, ...options }) => {
      const { start } = await import('./start.ts')
      const given = await toEnvironment(environment, options)
      return start(port === undefined ? given : { ...given, PORT: port })
    })

  configured(program.command('check'))
    .description('check the configuration')
    .option('--live', 'also list the webhooks of every account, without writing')
    .addHelpText('after', toExamples('hookql check --live'))
    .action(async ({ live = false, ...options }) => {
      const { check } = await import('./check.ts')
      const given = await toEnvironment(environment, options)
      if (!(await check(given, live, (line) => print(`${line}\n`)))) process.exitCode = 1
    })

  asking(program.command('pull'))
    .description('write a file of the webhooks that exist; keeps the order, comments and variables of the one that is there')
    .option('-f, --file <file>', `file to write. Defaults to webhooks.yaml`, collect)
    .option('--account <slug>', 'only this account. Repeatable', collect)
    .addHelpText('after', toExamples('hookql pull --account cards-eu -f webhooks.yaml'))
    .action(async ({ file = [], account = [], ...options }) => {
      const { pullWebhooks } = await import('./pull/pull.ts')
      await withClient(options, ({ client, terminal, environment }) =>
        pullWebhooks({ file, account, environment, folder: process.cwd() }, client, terminal),
      )
    })

  program
    .command('key')
    .description('create an API key and print it once, with its hash')
    .addHelpText('after', toExamples('hookql key'))
    .action(async () => {
      const { describeNewKey } = await import('./key.ts')
      print(describeNewKey())
    })

  program
    .command('schema')
    .description('print the GraphQL schema')
    .addHelpText('after', toExamples('hookql schema > schema.graphql'))
    .action(async () => {
      const { describeSchema } = await import('./schema.ts')
      print(describeSchema())
    })

  program
    .command('sandbox')
    .description('run only the sandbox providers')
    .option('--port <number>', 'first port; each provider uses the next one. By default, they use free ports', '0')
    .addHelpText('after', toExamples('hookql sandbox --port 5000'))
    .action(async ({ port }) => {
      const { runSandbox } = await import('./sandbox.ts')
      return runSandbox(port)
    })

  const store = program.command('store').description('maintain the store').helpCommand(false)
  configured(store.command('rekey'))
    .description('seal all secrets in the store with the first key; stop the server before, unless it uses Postgres')
    .addHelpText('after', toExamples('hookql store rekey --env-file .env'))
    .action(async (options) => {
      const { rekey } = await import('./rekey.ts')
      print(`${await rekey(await toEnvironment(environment, options))}\n`)
    })

  return program

  async function withClient(options: AskingOptions, run: (tools: Tools) => Promise<void>): Promise<void> {
    const [{ connect }, { openTerminal }] = await Promise.all([import('./client/connect.ts'), import('./terminal.ts')])
    const given = await toEnvironment(environment, options)
    const terminal = openTerminal()
    const client = await connect(options, given, terminal.note)
    try {
      await run({ client, terminal, environment: given })
    } finally {
      terminal.progress(null)
      await client.close()
    }
  }
}

interface Tools {
  readonly client: Client
  readonly terminal: Terminal
  readonly environment: Environment
}

interface ConfiguredOptions {
  readonly envFile?: readonly string[] | undefined
  readonly config?: string | undefined
}

/** With the options of a command that reads the configuration. */
function configured<Arguments extends unknown[], Options extends Record<string, unknown>>(command: Command<Arguments, Options>) {
  return command
    .option('--env-file <file>', 'read variables from a file; those that are set override it. Repeatable', collect)
    .option('--config <file>', 'configuration file; overrides HOOKQL_CONFIG')
}

interface AskingOptions extends ConfiguredOptions {
  readonly server?: string | undefined
  readonly token?: string | undefined
}

/** With the options of a command that asks a gateway. */
function asking<Arguments extends unknown[], Options extends Record<string, unknown>>(command: Command<Arguments, Options>) {
  return configured(command)
    .option('--server <url>', 'ask this gateway rather than one in this process; overrides HOOKQL_SERVER')
    .option('--token <token>', 'API key or token for it; overrides HOOKQL_TOKEN, which shows it to nobody else')
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

async function toEnvironment(environment: Environment, { envFile = [], config }: ConfiguredOptions): Promise<Environment> {
  if (envFile.length > 0) (await import('./env-file.ts')).loadEnvFiles(envFile)
  return config === undefined ? environment : { ...environment, HOOKQL_CONFIG: config }
}

function toPort(text: string): string {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return text
  throw new UsageError('--port: must be an integer from 0 to 65535')
}

function toExamples(...lines: readonly string[]): string {
  return `\n${lines.length === 1 ? 'Example' : 'Examples'}:\n${lines.map((line) => `  ${line}`).join('\n')}`
}

function print(text: string): void {
  process.stdout.write(text)
}
