import { randomUUID } from 'node:crypto'
import { isRecord } from '../gateway/unchecked.ts'
import type { RequestInfo } from '../observe/request.ts'

export interface Answered {
  readonly request: RequestInfo
  readonly status: number
  readonly durationMs: number
}

// Format of request IDs from clients: nothing that could be mistaken for other log content.
const idForm = /^[A-Za-z0-9._-]{8,128}$/

/** Initial information about a request, with its x-request-id. */
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

/** The error code for logs and metrics, from any value. */
export function readCode(error: unknown): string {
  const extensions = isRecord(error) ? error['extensions'] : undefined
  const code = isRecord(extensions) ? extensions['code'] : undefined
  return typeof code === 'string' ? code : 'ERROR'
}
