import { randomUUID } from 'node:crypto'
import { isRecord } from '../gateway/unchecked.ts'
import type { RequestInfo } from '../observe/request.ts'

export interface Answered {
  readonly request: RequestInfo
  readonly status: number
  readonly durationMs: number
}

// What a client may choose as the id of its request: nothing that could be mistaken for anything else in a log.
const idForm = /^[A-Za-z0-9._-]{8,128}$/

/** What is known of a request when it arrives, by its x-request-id. */
export function createInfo(asked: string | null): RequestInfo {
  const requestId = asked !== null && idForm.test(asked) ? asked : randomUUID()
  return {
    requestId,
    caller: null,
    operation: null,
    type: null,
    traceId: null,
    errors: [],
    hasWritten: false,
  }
}

/** The code of an error, for logs and metrics; of whatever stands where one should. */
export function readCode(error: unknown): string {
  const extensions = isRecord(error) ? error['extensions'] : undefined
  const code = isRecord(extensions) ? extensions['code'] : undefined
  return typeof code === 'string' ? code : 'ERROR'
}
