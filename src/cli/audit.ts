import { type Logger, pino } from 'pino'
import { ConfigError } from '../config/config.ts'
import { describeAuditProblem, openAuditFile } from '../observe/audit-file.ts'

/** Opens the audit log. Throws ConfigError. */
export function openAudit(file: string): Logger {
  try {
    return pino({}, openAuditFile(file))
  } catch (error) {
    throw new ConfigError([describeAuditProblem(file, error)])
  }
}
