import type { Environment } from '../../config/config.ts'
import { CommandError } from '../failure.ts'
import type { Client } from './client.ts'
import type { RemoteOptions } from './remote.ts'

export interface ServerOptions {
  readonly server?: string | undefined
  readonly token?: string | undefined
}

/** A running gateway that is named; null for one in this process. Throws CommandError for a token that is for none. */
export function findServer({ server, token }: ServerOptions, environment: Environment): RemoteOptions | null {
  const named = server ?? (environment['HOOKQL_SERVER'] || undefined)
  const own = token ?? (environment['HOOKQL_TOKEN'] || undefined)
  const names = {
    server: server === undefined ? 'HOOKQL_SERVER' : '--server',
    token: token === undefined ? 'HOOKQL_TOKEN' : '--token',
  }
  if (named !== undefined) return { server: named, token: own, names }
  if (own === undefined) return null
  throw new CommandError([
    `${names.token}: no server is named that it is for. Set HOOKQL_SERVER or pass --server; or leave the token out to run a gateway in this process`,
  ])
}

/** Asks a running gateway if one is named, else one in this process. */
export async function connect(options: ServerOptions, environment: Environment, warn: (line: string) => void): Promise<Client> {
  const remote = findServer(options, environment)
  if (remote === null) return (await import('./embedded.ts')).embedGateway(environment, warn)
  return (await import('./remote.ts')).connectToServer(remote)
}
