/** How a provider signs deliveries. */
export interface SignatureScheme {
  readonly algorithm: 'HMAC-SHA256'
  /** Header with the signature, as documented. */
  readonly header: string
  /** Header with the time of sending in Unix seconds; null where none is signed. */
  readonly timestampHeader: string | null
  /** Header with the id of the message; null where none is signed. */
  readonly idHeader: string | null
  /** What is signed: {body} are the raw bytes, {timestamp} and {id} the values of their headers. */
  readonly signedContent: string
  readonly encoding: 'hex' | 'base64'
  /** What stands before a signature. */
  readonly prefix: string | null
  /** What stands between signatures, where the header may hold several. */
  readonly separator: string | null
  /** How a secret becomes the key: its text as UTF-8, or what its base64 stands for, after an optional whsec_. */
  readonly key: 'text' | 'base64'
  /** How far the signed time may be from the receiver's clock. */
  readonly toleranceSeconds: number | null
  /** False where something is assumed: see `note`. */
  readonly documented: boolean
  readonly note: string | null
}
