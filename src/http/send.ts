import type { Dispatcher } from 'undici'

export type ResponseHeaders = Dispatcher.ResponseData['headers']

/** Progress of a request, which determines what is known if it fails. */
export interface Progress {
  /** Whether the server may have received it: true just before the first byte is written. */
  sent: boolean
  /** Null until a response starts. */
  status: number | null
}

export interface WireAnswer {
  readonly status: number
  readonly headers: ResponseHeaders
  readonly text: string
}

/**
 * Sends one request and reads the full response. Rejects with the signal's reason if it aborts, else with undici's error.
 * Follows no redirects, and sends nothing if it is not sure then that it may.
 */
export function send(
  dispatcher: Dispatcher,
  options: Dispatcher.DispatchOptions,
  signal: AbortSignal,
  progress: Progress,
  isSure: () => boolean = () => true,
): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(toError(signal))
    const chunks: Buffer[] = []
    let headers: ResponseHeaders = {}
    let running: Dispatcher.DispatchController | undefined
    const leave = () => {
      // A request that is waiting for a connection is aborted once it gets one.
      running?.abort(toError(signal))
      reject(toError(signal))
    }
    signal.addEventListener('abort', leave, { once: true })
    dispatcher.dispatch(options, {
      onRequestStart(controller) {
        if (signal.aborted) return controller.abort(toError(signal))
        if (!isSure()) return controller.abort(new DOMException('It may not be sent now.', 'InvalidStateError'))
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

/** Decoded as UTF-8, without a byte order mark. */
function decode(chunks: readonly Buffer[]): string {
  const [first = Buffer.alloc(0)] = chunks
  const text = (chunks.length > 1 ? Buffer.concat(chunks) : first).toString()
  return text.startsWith('\uFEFF') ? text.slice(1) : text
}
