import type { Answer } from './exchange.ts'
import type { Route } from './routes.ts'

const live = () => answer(200, 'ok\n')

/** Liveness and readiness checks. */
export function createHealth(isReady: () => boolean): readonly (readonly [string, Route])[] {
  const ready = () => (isReady() ? answer(200, 'ready\n') : answer(503, 'draining\n'))
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
