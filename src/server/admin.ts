import type { IncomingMessage, RequestListener } from 'node:http'
import { isIP } from 'node:net'
import type { Logger } from 'pino'
import { isLoopback } from '../gateway/target.ts'
import type { Metrics } from '../observe/metrics.ts'
import { checkReadiness, type Readiness } from './health.ts'
import { readHead } from './listener.ts'
import type { Outbox } from './outbox.ts'
import { readPath } from './routes.ts'

export interface AdminOptions extends Readiness {
  readonly metrics: Pick<Metrics, 'format' | 'contentType'>
  readonly log: Logger
  /** Separate from the gateway's, so that its clients cannot block the metrics. */
  readonly outbox: Outbox
  /** Address that the port listens on. */
  readonly host: string
}

const text = 'text/plain; charset=utf-8'
const allow = 'GET, HEAD, OPTIONS'

/** Metrics and health checks for operators. */
export function createAdmin({ metrics, log, outbox, host, ...readiness }: AdminOptions): RequestListener {
  async function readMetrics() {
    const body = await metrics.format()
    const refusal = outbox.findRefusal('admin', Buffer.byteLength(body))
    return refusal === null
      ? { status: 200, body, type: metrics.contentType }
      : { status: 503, body: `${refusal.message}\n`, type: text }
  }

  const routes = new Map([
    ['/livez', () => Promise.resolve({ status: 200, body: 'ok\n', type: text })],
    ['/readyz', () => Promise.resolve({ ...checkReadiness(readiness), type: text })],
    ['/metrics', readMetrics],
  ])
  return (request, response) => {
    const answer = (status: number, body: string, headers: Readonly<Record<string, string>> = { 'content-type': text }) => {
      if (!readiness.isReady()) response.setHeader('connection', 'close')
      outbox.send(response, { status, headers, body }, 'admin')
    }
    const path = readPath(readHead(request), routes)
    if (path === null) return answer(400, 'The Host header or the path is malformed.\n')
    if (!isServed(readName(request), host))
      return answer(421, 'Use the IP address, a cluster-internal name, or the name in HOST.\n')
    const route = routes.get(path)
    if (route === undefined) return answer(404, 'Not found. Available paths: /metrics, /livez and /readyz.\n')
    if (request.method === 'OPTIONS') return answer(204, '', { allow })
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return answer(405, `Use ${allow}.\n`, { 'content-type': text, allow })
    route().then(
      ({ status, body, type }) => answer(status, body, { 'content-type': type }),
      (error: unknown) => {
        log.error({ reason: error instanceof Error ? error.message : 'unknown' }, 'metrics failed')
        answer(500, 'metrics failed\n')
      },
    )
  }
}

/** The requested host, without the port. */
function readName({ headers: { host = '' } }: IncomingMessage): string {
  return host.replace(/:\d+$/, '').replace(/\.$/, '').toLowerCase()
}

/**
 * Whether a request with this host is accepted. A web page could point its own public name here (DNS rebinding) and share the
 * origin, so only names that cannot be registered are allowed. No browser sends HTTP without a Host header.
 */
function isServed(name: string, host: string): boolean {
  if (isLoopback(name) || name === host.toLowerCase() || name === '') return true
  if (isLoopback(host)) return false
  return isIP(name.replace(/^\[|\]$/g, '')) !== 0 || !name.includes('.') || /\.(?:svc|local|internal)$/.test(name)
}
