import { randomUUID } from 'node:crypto'
import type { Plugin } from 'graphql-yoga'
import { isRecord } from '../gateway/unchecked.ts'
import { quietly } from '../observe/quietly.ts'
import { type RequestInfo, requests } from '../observe/request.ts'

export interface Answered {
  readonly request: RequestInfo
  readonly status: number
  readonly durationMs: number
}

// What a client may choose as the id of its request: nothing that could be mistaken for anything else in a log.
const idForm = /^[A-Za-z0-9._-]{8,128}$/

interface Started {
  readonly info: RequestInfo
  /** Whether a listener knows of it, which tells of it once it knows what it sent. */
  readonly isListened: boolean
  readonly startedMs: number
}

/** Gives each request an id, or takes its own, and tells of it when it is answered. No answer is kept by anybody. */
export function useRequestInfo(onAnswer: (answered: Answered) => void): Plugin {
  const started = new WeakMap<Request, Started>()
  return {
    onRequest({ request, requestHandler, setRequestHandler }) {
      const known = requests.getStore()
      const info = known ?? createInfo(request.headers.get('x-request-id'))
      started.set(request, { info, isListened: known !== undefined, startedMs: performance.now() })
      setRequestHandler((given, context) => requests.run(info, () => requestHandler(given, context)))
    },
    onResponse({ request, response }) {
      const found = started.get(request)
      if (found === undefined) return
      const { info, isListened, startedMs } = found
      response.headers.set('x-request-id', info.requestId)
      if (!response.headers.has('cache-control')) response.headers.set('cache-control', 'no-store')
      if (request.method === 'POST' && !isListened) {
        onAnswer({ request: info, status: response.status, durationMs: performance.now() - startedMs })
      }
    },
    onResultProcess({ result }) {
      const info = requests.getStore()
      if (info !== undefined) quietly('Reading errors', () => (info.errors = listErrors(result).map(readCode)))
    },
  }
}

/** What is known of a request when it arrives, by its x-request-id. */
export function createInfo(asked: string | null | undefined): RequestInfo {
  const requestId = asked != null && idForm.test(asked) ? asked : randomUUID()
  return {
    requestId,
    caller: null,
    operation: null,
    type: null,
    traceId: null,
    errors: [],
    unknownOutcomes: 0,
    hasWritten: false,
  }
}

/** The errors of an answer; none of one that comes in parts. */
function listErrors(result: object): readonly unknown[] {
  return 'errors' in result && Array.isArray(result.errors) ? result.errors : []
}

/** The code of an error, for logs and metrics; of whatever stands where one should. */
export function readCode(error: unknown): string {
  const extensions = isRecord(error) ? error['extensions'] : undefined
  const code = isRecord(extensions) ? extensions['code'] : undefined
  return typeof code === 'string' ? code : 'ERROR'
}
