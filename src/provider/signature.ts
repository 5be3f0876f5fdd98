/** How a provider signs deliveries. */
export interface SignatureScheme {
  readonly algorithm: 'HMAC-SHA256'
  /** Header with the signature, as documented. */
  readonly header: string
  /** Header with the signed timestamp; null if there is none. */
  readonly timestampHeader: string | null
  /** Prefix of the timestamp, if it is one of several values in its header. */
  readonly timestampPrefix: string | null
  /** Member of the JSON body with the timestamp, which is signed with the body; null if there is none. */
  readonly timestampMember: string | null
  /** Unit of the timestamp, since 1970. */
  readonly timestampUnit: 'seconds' | 'milliseconds'
  /** Header with the message ID; null if none is signed. */
  readonly idHeader: string | null
  /** The signed content: {body} is the raw bytes, {timestamp} and {id} are what the headers say, {url} is the webhook's URL. */
  readonly signedContent: string
  readonly encoding: 'hex' | 'base64'
  /** Prefix of a signature. */
  readonly prefix: string | null
  /** Separator, if the header can contain several values. */
  readonly separator: string | null
  /** How the key is derived from the secret: its UTF-8 bytes, or its base64-decoded bytes after an optional whsec_. */
  readonly key: 'text' | 'base64'
  /** Maximum difference between the signed timestamp and the receiver's clock. */
  readonly toleranceSeconds: number | null
  /** Whether a timestamp in the future is accepted, however far. */
  readonly acceptsFuture: boolean
  /** False if parts are assumed: see `note`. */
  readonly documented: boolean
  readonly note: string | null
}

/** Whether a timestamp is signed, so that replayed deliveries can be rejected. */
export function signsTime({ timestampHeader, timestampMember }: SignatureScheme): boolean {
  return timestampHeader !== null || timestampMember !== null
}
