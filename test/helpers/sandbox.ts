import type { Provider } from '../../src/provider/provider.ts'
import { providers } from '../../src/providers/index.ts'
import { openGateway, toAccount } from './gateway.ts'
import { openStandIn } from './stand-in.ts'

/** A gateway with an account at every stand-in, each with the sandbox's sample webhooks. */
export async function openSandbox() {
  const open = async (provider: Provider) => toAccount(provider, await openStandIn(provider, { seeded: true }))
  return openGateway({ accounts: await Promise.all(providers.map(open)) })
}
