/** How a provider signs deliveries. */
export interface SignatureScheme {
  readonly algorithm: 'HMAC-SHA256'
  /** Header with the signature, as documented. */
  readonly header: string
  /** Header with the timestamp in Unix seconds; null if none is signed. */
  readonly timestampHeader: string | null
  /** Header with the message ID; null if none is signed. */
  readonly idHeader: string | null
  /** The signed content: {body} is the raw bytes, {timestamp} and {id} are the header values. */
  readonly signedContent: string
  readonly encoding: 'hex' | 'base64'
  /** Prefix of a signature. */
  readonly prefix: string | null
  /** Separator, if the header can contain several signatures. */
  readonly separator: string | null
  /** How the key is derived from the secret: its UTF-8 bytes, or its base64-decoded bytes after an optional whsec_. */
  readonly key: 'text' | 'base64'
  /** Maximum difference between the signed timestamp and the receiver's clock. */
  readonly toleranceSeconds: number | null
  /** False if parts are assumed: see `note`. */
  readonly documented: boolean
  readonly note: string | null
}
