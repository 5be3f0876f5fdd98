import type { Http } from './call.ts'

/** Traffic of an HTTP client. */
export interface Meter {
  readonly calls: number
  readonly bytes: number
}

/** An HTTP client that calls `onFull` instead of sending once its responses reach `maxBytes`, and its traffic. */
export function createMeteredHttp(http: Http, maxBytes: number, onFull: () => never): { http: Http; readMeter(): Meter } {
  let [calls, bytes] = [0, 0]
  const onRead = (size: number) => void (bytes += size)
  const count = <R extends object>(request: R) => {
    if (bytes >= maxBytes) onFull()
    calls += 1
    return { ...request, onRead }
  }
  const metered: Http = {
    ...http,
    read: (read) => http.read(count(read)),
    readPage: (read) => http.readPage(count(read)),
    write: (write) => http.write(count(write)),
  }
  return { http: metered, readMeter: () => ({ calls, bytes }) }
}
