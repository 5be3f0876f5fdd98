import { ConfigError } from '../config/config.ts'
import { providers } from '../providers/index.ts'
import { startSandbox } from '../sandbox/index.ts'
import { reveal } from '../secret.ts'
import { endWithReader, write } from './output.ts'
import { UsageError } from './usage.ts'

/** Runs only the stand-ins, for use in tests, and prints the variables that point a gateway to them. */
export async function runSandbox(port: string): Promise<void> {
  endWithReader()
  const sandbox = await startSandbox(providers, readPort(port)).catch(explain)
  for (const [index, provider] of providers.entries()) {
    const { baseUrl, token, settings = {} } = sandbox.accounts[index] ?? {}
    write(`${provider.environment.baseUrl}=${baseUrl}\n${provider.environment.token}=${reveal(token ?? '')}\n`)
    for (const [name, { variable }] of Object.entries(provider.settings ?? {})) {
      if (settings[name] !== undefined) write(`${variable}=${settings[name]}\n`)
    }
  }
}

/** The first port; each stand-in uses the next one. */
function readPort(text: string): number {
  const last = 65_536 - providers.length
  if (/^\d+$/.test(text) && Number(text) <= last) return Number(text)
  throw new UsageError(`--port: must be an integer from 0 to ${last}`)
}

function explain(error: unknown): never {
  if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE' && 'port' in error)) throw error
  throw new ConfigError([`--port: ${Number(error.port)} is already in use. Choose another port`])
}
