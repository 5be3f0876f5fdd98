import type { Dispatcher } from 'undici'

export type ResponseHeaders = Dispatcher.ResponseData['headers']

/** How far a request has come: tells what is known of one that failed. */
export interface Progress {
  /** From here on the other side may have it: true just before its first byte is written. */
  sent: boolean
  /** Null until an answer begins. */
  status: number | null
}

export interface WireAnswer {
  readonly status: number
  readonly headers: ResponseHeaders
  readonly text: string
}

/**
 * One request and its whole answer. Rejects with the reason of the signal when that ends, else with what undici says; no
 * redirect is followed.
 */
export function send(
  dispatcher: Dispatcher,
  options: Dispatcher.DispatchOptions,
  signal: AbortSignal,
  progress: Progress,
): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(toError(signal))
    const chunks: Buffer[] = []
    let headers: ResponseHeaders = {}
    let running: Dispatcher.DispatchController | undefined
    const leave = () => {
      // One that still waits for a connection is ended when it gets one.
      running?.abort(toError(signal))
      reject(toError(signal))
    }
    signal.addEventListener('abort', leave, { once: true })
    dispatcher.dispatch(options, {
      onRequestStart(controller) {
        if (signal.aborted) return controller.abort(toError(signal))
        running = controller
        progress.sent = true
      },
      onResponseStart(_, status, given) {
        if (status < 200) return
        progress.status = status
        headers = given
      },
      onResponseData(_, chunk) {
        chunks.push(chunk)
      },
      onResponseEnd() {
        signal.removeEventListener('abort', leave)
        resolve({ status: progress.status ?? 0, headers, text: decode(chunks) })
      },
      onResponseError(_, error) {
        signal.removeEventListener('abort', leave)
        reject(error)
      },
    })
  })
}

function toError({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new DOMException('The request ended.', 'AbortError')
}

/** As UTF-8, without the mark that some put in front of it. */
function decode(chunks: readonly Buffer[]): string {
  const [first = Buffer.alloc(0)] = chunks
  const text = (chunks.length > 1 ? Buffer.concat(chunks) : first).toString()
  return text.startsWith('\uFEFF') ? text.slice(1) : text
}
