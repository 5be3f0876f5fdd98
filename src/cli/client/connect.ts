import type { Environment } from '../../config/config.ts'
import type { Client } from './client.ts'

export interface ServerOptions {
  readonly server?: string | undefined
  readonly token?: string | undefined
}

/** Asks a running gateway if one is named, else one in this process. */
export async function connect(
  { server, token }: ServerOptions,
  environment: Environment,
  warn: (line: string) => void,
): Promise<Client> {
  const url = server ?? (environment['HOOKQL_SERVER'] || undefined)
  if (url === undefined) return (await import('./embedded.ts')).embedGateway(environment, warn)
  const { connectToServer } = await import('./remote.ts')
  return connectToServer({ server: url, token: token ?? (environment['HOOKQL_TOKEN'] || undefined) })
}
