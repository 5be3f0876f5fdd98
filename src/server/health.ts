import type { Answer } from './exchange.ts'
import type { Route } from './routes.ts'

const live = () => answer(200, 'ok\n')

export interface Readiness {
  /** False while draining. */
  isReady(): boolean
  /** Whether writes can be recorded. */
  isStoreHealthy(): boolean
}

/** What /readyz says. */
export function checkReadiness({ isReady, isStoreHealthy }: Readiness): { readonly status: number; readonly body: string } {
  if (!isReady()) return { status: 503, body: 'draining\n' }
  return isStoreHealthy() ? { status: 200, body: 'ready\n' } : { status: 503, body: 'store cannot be written\n' }
}

/** Liveness and readiness checks. */
export function createHealth(readiness: Readiness): readonly (readonly [string, Route])[] {
  const ready = () => {
    const { status, body } = checkReadiness(readiness)
    return answer(status, body)
  }
  return [
    ['/livez', { handlers: { GET: live, HEAD: live }, isPublic: true }],
    ['/readyz', { handlers: { GET: ready, HEAD: ready }, isPublic: true }],
  ]
}

/** Redirects browsers from the root to GraphQL. */
export function redirect(path: string): Route {
  const lead = (): Answer => ({ status: 302, headers: { location: path }, body: '' })
  return { handlers: { GET: lead, HEAD: lead }, isPublic: true }
}

function answer(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'text/plain;charset=UTF-8' }, body }
}
