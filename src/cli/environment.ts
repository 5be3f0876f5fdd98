import { accessSync, constants } from 'node:fs'
import { ConfigError, type Environment } from '../config/config.ts'

/** Options of a command that reads the configuration. */
export interface ConfiguredOptions {
  readonly envFile?: readonly string[] | undefined
  readonly config?: string | undefined
}

/** The environment with what the options add to it. Throws ConfigError. */
export function toEnvironment(environment: Environment, { envFile = [], config }: ConfiguredOptions): Environment {
  loadEnvFiles(envFile)
  if (config === undefined) return environment
  // With a server that is asked, nothing else reads it.
  requireReadable(config)
  return { ...environment, HOOKQL_CONFIG: config }
}

/**
 * Adds the variables of files to the environment of this process, as Node.js does with --env-file: variables that are set win,
 * then those of the last file.
 */
function loadEnvFiles(files: readonly string[]): void {
  for (const file of files.toReversed()) {
    try {
      process.loadEnvFile(file)
    } catch {
      throw new ConfigError([`--env-file: ${file} cannot be read. Check its path and permissions`])
    }
  }
}

function requireReadable(config: string): void {
  try {
    accessSync(config, constants.R_OK)
  } catch {
    throw new ConfigError([`--config: ${config} cannot be read. Check its path and permissions`])
  }
}
