import type { Http } from './http.ts'

const sizes = new WeakMap<object, number>()

/** Notes how many bytes an answer had, for all who share it. */
export function noteSize(answer: unknown, bytes: number): void {
  if (typeof answer === 'object' && answer !== null) sizes.set(answer, bytes)
}

/** A door that calls `onFull` instead of sending, once the answers that came through it had `maxBytes`. */
export function createMeteredHttp(http: Http, maxBytes: number, onFull: () => never): Http {
  let bytes = 0
  return {
    ...http,
    async send(call) {
      if (bytes >= maxBytes) onFull()
      const answer = await http.send(call)
      bytes += (typeof answer === 'object' && answer !== null && sizes.get(answer)) || 0
      return answer
    },
  }
}
