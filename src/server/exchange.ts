/** A request, whichever transport it came by. */
export interface Incoming {
  readonly method: string
  /** Path and query, as the client asked for them. */
  readonly target: string
  /** Every host that it names, with its port; two Host headers are one, which names none. */
  readonly hosts: readonly string[]
  /** For those who trace. */
  readonly headers: Readonly<Record<string, unknown>>
  /** Ends when the client leaves. */
  readonly signal: AbortSignal
  /** Takes a name in lower case. */
  readHeader(name: string): string | null
  /** Rejects where the body has more bytes, and where somebody has read it. */
  readBody(mostBytes: number): Promise<string>
}

/** An answer as HTTP has it. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
  /** Whether nothing else is to be read of a client whose request cannot be told from what follows it. */
  readonly isLast?: boolean
}

/** Hands an answer to the client, once; null for a caller that is not known. */
export type Send = (answer: Answer, caller: string | null) => void
