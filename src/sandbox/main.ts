import { parseArgs } from 'node:util'
import { providers } from '../providers/index.ts'
import { startSandbox } from './index.ts'

// Runs the stand-ins alone, for other people's tests: npm run sandbox -- --port 4100

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '0' } } })
  const sandbox = await startSandbox(providers, readPort(values.port))
  for (const [index, provider] of providers.entries()) {
    const { baseUrl, token } = sandbox.accounts[index] ?? {}
    process.stdout.write(`${provider.environment.baseUrl}=${baseUrl}\n${provider.environment.token}=${token}\n`)
  }
}

/** The first of the ports, one for each stand-in. */
function readPort(text: string): number {
  const last = 65_536 - providers.length
  if (/^\d+$/.test(text) && Number(text) <= last) return Number(text)
  throw new RangeError(`--port: give a whole number from 0 to ${last}`)
}

// Only the command line can be wrong here, and its port can be taken: the message says which.
main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
})
