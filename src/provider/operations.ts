import type { ZodType } from 'zod'
import type { Secret } from '../secret.ts'
import type { Batch, Delivery, RotationPrice, TestResult, Warning, Webhook } from '../webhook.ts'
import type { Unsupported } from './unsupported.ts'

export const operationNames = [
  'LIST',
  'GET',
  'CREATE',
  'UPDATE',
  'DELETE',
  'VERIFY',
  'ROTATE_SECRET',
  'TEST',
  'LIST_DELIVERIES',
  'REDELIVER',
] as const
export type Operation = (typeof operationNames)[number]

/** NATIVE: the provider has a call for it. EMULATED: composed of several. Other reads that it may take count in `maxCalls` only. */
export interface Supported<Args extends readonly unknown[], Result> {
  readonly support: 'NATIVE' | 'EMULATED'
  readonly note: string | null
  /** Upstream calls at most, for a list those of each page; retries left out. */
  readonly maxCalls: number
  // A method, so that a provider's own input types may be narrower than the registry's: the gateway hands a provider
  // nothing but its own api and options that passed its own shapes.
  run(...args: Args): Result
}

export function native<Args extends readonly unknown[], Result>(
  run: (...args: Args) => Result,
  note: string | null = null,
  maxCalls = 1,
): Supported<Args, Result> {
  return { support: 'NATIVE', note, maxCalls, run }
}

export function emulated<Args extends readonly unknown[], Result>(
  maxCalls: number,
  note: string,
  run: (...args: Args) => Result,
): Supported<Args, Result> {
  return { support: 'EMULATED', note, maxCalls, run }
}

export interface CreateInput<Options> {
  readonly url: string
  /** Trimmed, 1 to 255 characters; empty for the twin of a webhook that has no name. */
  readonly name: string
  readonly eventTypes: readonly string[] | undefined
  readonly enabled: boolean
  readonly options: Options
  /**
   * Random, made by the gateway for this create alone. Where the provider shows it back, the webhook is the outcome of this
   * very create; it is of no use once that is settled.
   */
  readonly proof: string
}

/** What makes a webhook with the same settings as another one. */
export type Twin<Options> = Omit<CreateInput<Options>, 'proof'>

/** A field that is undefined stays as it is. */
export interface UpdateInput<Options> {
  readonly upstreamId: string
  readonly url: string | undefined
  readonly name: string | undefined
  readonly eventTypes: readonly string[] | undefined
  readonly enabled: boolean | undefined
  readonly options: Options
  /** The webhook as it was read before, where the answer must not be lost whatever can be read of it. */
  readonly before?: Known
  /**
   * For an update that builds on what it reads first: reads it until it is not older than what was acknowledged before. Left
   * out in a rehearsal.
   */
  readonly readCurrent?: <Read>(read: () => Promise<Read>, toWebhook: (read: Read) => Webhook) => Promise<Read>
}

/** What an answer that could be read only in part falls back to. */
export type Known = Pick<Webhook, 'url' | 'enabled'>

export interface Created<D> {
  readonly webhook: Webhook<D>
  /** The only time it leaves the gateway; null where the provider gives none. */
  readonly signingSecret: Secret | null
  readonly warnings: readonly Warning[]
  /** Whether a further write to it was not clearly answered, so that it may come into effect later. */
  readonly isInDoubt?: boolean
}

export interface Updated<D> {
  readonly webhook: Webhook<D>
  readonly warnings: readonly Warning[]
}

/** Every operation fails with a WebhookError or, when it is a bug, with anything else. */
export interface Operations<Api, D, Options> {
  /** Batches as they arrive, up to the last page; a webhook may occur twice when the list changes meanwhile. */
  readonly LIST: Supported<[api: Api], AsyncIterable<Batch<Webhook<D>>>> | Unsupported
  readonly GET: Supported<[api: Api, upstreamId: string], Promise<Webhook<D>>> | Unsupported
  readonly CREATE: Supported<[api: Api, input: CreateInput<Options>], Promise<Created<D>>> | Unsupported
  readonly UPDATE: Supported<[api: Api, input: UpdateInput<Options>], Promise<Updated<D>>> | Unsupported
  /** Fails with NotFoundError when there is nothing to delete. */
  readonly DELETE: Supported<[api: Api, upstreamId: string], Promise<unknown>> | Unsupported
  /** Has the provider call the endpoint; whether it has passed is read from the webhook. */
  readonly VERIFY: Supported<[api: Api, upstreamId: string], Promise<unknown>> | Unsupported
  readonly ROTATE_SECRET: Rotation<Api, D, Options> | Unsupported
  readonly TEST: Supported<[api: Api, upstreamId: string], Promise<TestResult>> | Unsupported
  /** Every delivery that the provider tells of, in any order; the note says how far back it goes. */
  readonly LIST_DELIVERIES: Supported<[api: Api, upstreamId: string], Promise<Batch<Delivery>>> | Unsupported
  /** Resolves to the number of webhooks that the event is sent to again. */
  readonly REDELIVER: Supported<[api: Api, input: RedeliverInput], Promise<number>> | Unsupported
}

export interface RedeliverInput {
  /** The `key` of a delivery. */
  readonly key: string
  /** Left out: to all active webhooks. */
  readonly webhookId: string | undefined
}

/** The three ways to a new signing secret. */
export type Rotation<Api, D, Options> = ProviderRotation<Api, D> | CallerChosenRotation<Options> | ReplacementRotation<D, Options>

/** The provider makes the new secret. */
export interface ProviderRotation<Api, D> extends Supported<
  [api: Api, before: Known & Pick<Webhook, 'upstreamId'>],
  Promise<Created<D>>
> {
  readonly strategy: 'PROVIDER'
  readonly graceSeconds: Grace
}

/** How long the old secret stays valid: 0 where it is dead at once, null where nobody says. */
export type Grace = number | null

/** An update with a secret of the caller's, or of the gateway's. */
export interface CallerChosenRotation<Options> {
  readonly strategy: 'CALLER_CHOSEN'
  readonly graceSeconds: Grace
  readonly support: 'NATIVE'
  readonly note: string | null
  /** What a secret of the caller's may be; no transforms. */
  readonly shape: ZodType<string>
  createSecret(): string
  toOptions(secret: string): Options
}

/** A twin takes the place of the webhook, which is then deleted. */
export interface ReplacementRotation<D, Options> {
  readonly strategy: 'REPLACEMENT'
  readonly support: 'EMULATED'
  readonly note: string
  readonly price: RotationPrice
  /** What makes a webhook with the same settings; or why nothing does. */
  toTwin(webhook: Webhook<D>): Twin<Options> | Unsupported
}
