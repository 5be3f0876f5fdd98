import type { Limit, Route, StandInStatement } from '../provider/stand-in.ts'

/** Fixed windows, counted over all routes or per route, as declared. */
export function createLimits(now: () => Date) {
  const windows = new Map<object, { start: number; used: number }>()

  function take(key: object, { calls: limit, perMs, toHeaders = toSeconds }: Limit) {
    const time = now().getTime()
    const current = windows.get(key)
    const window = current !== undefined && time - current.start < perMs ? current : { start: time, used: 0 }
    windows.set(key, window)
    window.used += 1
    const resetMs = window.start + perMs
    const exceeded = window.used > limit
    const headers: Record<string, string> = {
      ...toHeaders({ limit, remaining: Math.max(0, limit - window.used), resetMs }),
      ...(exceeded && { 'retry-after': String(Math.ceil((resetMs - time) / 1000)) }),
    }
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

const toSeconds: NonNullable<Limit['toHeaders']> = ({ limit, remaining, resetMs }) => ({
  'x-ratelimit-limit': String(limit),
  'x-ratelimit-remaining': String(remaining),
  'x-ratelimit-reset': String(Math.ceil(resetMs / 1000)),
})
