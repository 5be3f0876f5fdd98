import { parseArgs } from 'node:util'
import { providers } from '../providers/index.ts'
import { startSandbox } from './index.ts'

// Runs the stand-ins alone, for other people's tests: npm run sandbox -- --port 4100

const { values } = parseArgs({ options: { port: { type: 'string', default: '0' } } })
const sandbox = await startSandbox(providers, Number(values.port))
for (const [index, provider] of providers.entries()) {
  const { baseUrl, token } = sandbox.accounts[index] ?? {}
  process.stdout.write(`${provider.environment.baseUrl}=${baseUrl}\n${provider.environment.token}=${token}\n`)
}
