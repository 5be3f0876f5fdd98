import type { SignatureScheme } from '../provider/signature.ts'

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

/** Signature schemes of the providers, and of Standard Webhooks. */
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
    note: 'Verifik documents the header and its format, but not the signed content or the key. The gateway assumes the raw body and the signing secret.',
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
