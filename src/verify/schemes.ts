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

const plain = {
  algorithm: 'HMAC-SHA256',
  timestampHeader: null,
  idHeader: null,
  signedContent: '{body}',
  encoding: 'hex',
  prefix: null,
  separator: null,
  key: 'text',
  toleranceSeconds: null,
  documented: true,
  note: null,
} as const satisfies Partial<SignatureScheme>

/** How each provider signs, and the scheme of Standard Webhooks. */
export const schemes = {
  baanx: {
    ...plain,
    header: 'X-Signature',
    timestampHeader: 'X-Timestamp',
    signedContent: '{timestamp}.{body}',
    toleranceSeconds: 300,
  },
  encrata: { ...plain, header: 'X-Encrata-Signature' },
  fingerprint: { ...plain, header: 'FPJS-Event-Signature', prefix: 'v1=', separator: ',' },
  verifik: {
    ...plain,
    header: 'X-Verifik-Signature',
    prefix: 'sha256=',
    documented: false,
    note: 'Verifik documents the header and its form, but not what is signed and with which key: the raw body and the secret are assumed.',
  },
  'standard-webhooks': {
    ...plain,
    header: 'webhook-signature',
    timestampHeader: 'webhook-timestamp',
    idHeader: 'webhook-id',
    signedContent: '{id}.{timestamp}.{body}',
    encoding: 'base64',
    prefix: 'v1,',
    separator: ' ',
    key: 'base64',
    toleranceSeconds: 300,
  },
} as const satisfies Readonly<Record<string, SignatureScheme>>

export type SchemeName = keyof typeof schemes
