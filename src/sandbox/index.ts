import type { AccountSettings } from '../gateway/account.ts'
import type { Provider } from '../provider/provider.ts'
import { type StandIn, startStandIn } from './server.ts'

export interface Sandbox {
  /** One account for each stand-in, with the provider's name as its slug. */
  readonly accounts: readonly AccountSettings[]
  readonly standIns: readonly StandIn[]
  close(): Promise<void>
}

/** Starts a stand-in for every provider, on free ports or on consecutive ones from `firstPort`. */
export async function startSandbox(providers: readonly Provider[], firstPort = 0): Promise<Sandbox> {
  const standIns = await Promise.all(
    providers.map((provider, index) => startStandIn(provider, { port: firstPort === 0 ? 0 : firstPort + index })),
  )
  return {
    standIns,
    accounts: providers.map(({ name }, index) => ({
      slug: name,
      provider: name,
      sandbox: true,
      token: standIns[index]?.token ?? '',
      baseUrl: standIns[index]?.baseUrl,
      settings: standIns[index]?.settings,
    })),
    async close() {
      await Promise.all(standIns.map((standIn) => standIn.close()))
    },
  }
}
