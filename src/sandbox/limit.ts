import type { Route, StandInStatement } from '../provider/stand-in.ts'

/** Fixed windows, counted over all routes or per route, as declared. */
export function createLimits(now: () => Date) {
  const windows = new Map<object, { start: number; used: number }>()

  function take(key: object, limit: { calls: number; perMs: number }) {
    const time = now().getTime()
    const current = windows.get(key)
    const window = current !== undefined && time - current.start < limit.perMs ? current : { start: time, used: 0 }
    windows.set(key, window)
    window.used += 1
    const resetMs = window.start + limit.perMs
    const headers: Record<string, string> = {
      'x-ratelimit-limit': String(limit.calls),
      'x-ratelimit-remaining': String(Math.max(0, limit.calls - window.used)),
      'x-ratelimit-reset': String(Math.ceil(resetMs / 1000)),
    }
    const exceeded = window.used > limit.calls
    if (exceeded) headers['retry-after'] = String(Math.ceil((resetMs - time) / 1000))
    return { headers, exceeded }
  }

  return {
    /** Only route limits are sent in headers, like the one provider that sends them does. */
    count(statement: StandInStatement, route: Route): { headers: Record<string, string>; exceeded: boolean } {
      if (route.limit !== undefined) return take(route, route.limit)
      if (statement.limit !== undefined) return { headers: {}, exceeded: take(statement, statement.limit).exceeded }
      return { headers: {}, exceeded: false }
    },
  }
}
