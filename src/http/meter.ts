import type { Http } from './call.ts'

const sizes = new WeakMap<object, number>()

/** Notes how many bytes an answer had, for all who share it. */
export function noteSize(answer: unknown, bytes: number): void {
  if (typeof answer === 'object' && answer !== null) sizes.set(answer, bytes)
}

/** What came through a door. */
export interface Meter {
  readonly calls: number
  readonly bytes: number
}

/** A door that calls `onFull` instead of sending, once the answers that came through it had `maxBytes`; and what they come to. */
export function createMeteredHttp(http: Http, maxBytes: number, onFull: () => never): { http: Http; readMeter(): Meter } {
  let [calls, bytes] = [0, 0]
  const metered: Http = {
    ...http,
    async send(call) {
      if (bytes >= maxBytes) onFull()
      calls += 1
      const answer = await http.send(call)
      bytes += (typeof answer === 'object' && answer !== null && sizes.get(answer)) || 0
      return answer
    },
  }
  return { http: metered, readMeter: () => ({ calls, bytes }) }
}
