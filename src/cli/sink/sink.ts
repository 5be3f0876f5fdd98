import type { Environment } from '../../config/config.ts'
import type { SecretSink } from '../file/desired.ts'
import { type Patience, pipeSecret } from './command.ts'
import { writeSecret } from './file.ts'

/** Resolves once the secret is there to stay. Throws SinkError. */
export async function putSecret(
  sink: SecretSink,
  account: string,
  secret: string,
  environment: Environment,
  patience: Patience = {},
): Promise<void> {
  if ('file' in sink) return writeSecret(sink.file, sink.name, secret)
  const variables = { HOOKQL_SECRET_NAME: sink.name, HOOKQL_ACCOUNT: account }
  return pipeSecret(sink.command, secret, { ...patience, cwd: sink.folder, env: { ...environment, ...variables } })
}

/** What it is called, for a person. */
export function describeSink(sink: SecretSink): string {
  return 'file' in sink ? `${sink.name} in ${sink.file}` : `${sink.command[0]} (${sink.name})`
}
