import type { SignatureScheme } from '../provider/signature.ts'

const plain = {
  algorithm: 'HMAC-SHA256',
  timestampHeader: null,
  timestampPrefix: null,
  timestampMember: null,
  timestampUnit: 'seconds',
  idHeader: null,
  signedContent: '{body}',
  encoding: 'hex',
  prefix: null,
  separator: null,
  key: 'text',
  toleranceSeconds: null,
  acceptsFuture: false,
  documented: true,
  note: null,
} as const satisfies Partial<SignatureScheme>

const standardWebhooks = {
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
} as const satisfies SignatureScheme

/** Signature schemes of the providers, of others whose deliveries are signed alike, and of Standard Webhooks. */
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
  github: { ...plain, header: 'X-Hub-Signature-256', prefix: 'sha256=' },
  linear: {
    ...plain,
    header: 'Linear-Signature',
    timestampMember: 'webhookTimestamp',
    timestampUnit: 'milliseconds',
    toleranceSeconds: 60,
  },
  paddle: {
    ...plain,
    header: 'Paddle-Signature',
    timestampHeader: 'Paddle-Signature',
    timestampPrefix: 'ts=',
    signedContent: '{timestamp}:{body}',
    prefix: 'h1=',
    separator: ';',
    toleranceSeconds: 5,
  },
  pagerduty: { ...plain, header: 'X-PagerDuty-Signature', prefix: 'v1=', separator: ',' },
  shopify: {
    ...plain,
    header: 'X-Shopify-Hmac-Sha256',
    encoding: 'base64',
    note: "The key is the client secret of the app that created the webhook. Shopify may use it for an hour after it's rotated.",
  },
  square: { ...plain, header: 'x-square-hmacsha256-signature', signedContent: '{url}{body}', encoding: 'base64' },
  stripe: {
    ...plain,
    header: 'Stripe-Signature',
    timestampHeader: 'Stripe-Signature',
    timestampPrefix: 't=',
    signedContent: '{timestamp}.{body}',
    prefix: 'v1=',
    separator: ',',
    toleranceSeconds: 300,
    acceptsFuture: true,
  },
  svix: { ...standardWebhooks, header: 'svix-signature', timestampHeader: 'svix-timestamp', idHeader: 'svix-id' },
  verifik: {
    ...plain,
    header: 'X-Verifik-Signature',
    prefix: 'sha256=',
    documented: false,
    note: 'Verifik documents the header and its format, but not the signed content or the key. The gateway assumes the raw body and the signing secret.',
  },
  'standard-webhooks': standardWebhooks,
} as const satisfies Readonly<Record<string, SignatureScheme>>

export type SchemeName = keyof typeof schemes
