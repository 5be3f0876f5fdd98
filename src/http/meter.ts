import type { Http } from './call.ts'

const sizes = new WeakMap<object, number>()

/** Records the size of a response for everyone who shares it. */
export function noteSize(answer: unknown, bytes: number): void {
  if (typeof answer === 'object' && answer !== null) sizes.set(answer, bytes)
}

/** Traffic of an HTTP client. */
export interface Meter {
  readonly calls: number
  readonly bytes: number
}

/** An HTTP client that calls `onFull` instead of sending once its responses reach `maxBytes`, and its traffic. */
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
