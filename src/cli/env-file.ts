import { ConfigError } from '../config/config.ts'

/**
 * Adds the variables of files to the environment of this process, as Node.js does with --env-file: variables that are set win,
 * then those of the last file. Throws ConfigError.
 */
export function loadEnvFiles(files: readonly string[]): void {
  for (const file of files.toReversed()) {
    try {
      process.loadEnvFile(file)
    } catch {
      throw new ConfigError([`--env-file: ${file} cannot be read. Check its path and permissions`])
    }
  }
}
