/** A request of any transport. */
export interface Incoming {
  readonly method: string
  /** Path and query as the client sent them. */
  readonly target: string
  /** The requested host with port; two Host headers are joined to an invalid one. */
  readonly hosts: readonly string[]
  /** For tracing. */
  readonly headers: Readonly<Record<string, unknown>>
  /** Aborts when the client disconnects. */
  readonly signal: AbortSignal
  /** Expects a lowercase name. */
  readHeader(name: string): string | null
  /** Rejects if the body has more bytes or was already read. */
  readBody(mostBytes: number): Promise<string>
}

/** An HTTP response. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
  /** Whether to close the connection because the request cannot be told apart from what follows it. */
  readonly isLast?: boolean
}

/** Sends a response to the client once; null for an unknown caller. */
export type Send = (answer: Answer, caller: string | null) => void
