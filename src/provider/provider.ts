import type { ZodType } from 'zod'
import type { Http } from '../http/call.ts'
import type { UpstreamRate } from '../http/pace.ts'
import type { Upstream } from '../http/upstream.ts'
import type { StandInStatement } from './stand-in.ts'
import type { Secret } from '../secret.ts'
import type { SignatureScheme } from './signature.ts'
import type { Batch, Delivery, Json, RotationPrice, TestResult, Warning, Webhook } from '../webhook.ts'

// THE SPEC. A provider answers for every operation and every field with what it can or with the reason it cannot. The
// compiler, the gateway's refusals, the conformance suite, the GraphQL schema and the README's table all read these
// statements; there is no second list.

export interface Unsupported {
  readonly support: 'UNSUPPORTED'
  /** A sentence for the caller: why, and what to do instead. */
  readonly note: string
}

export function unsupported(note: string): Unsupported {
  return { support: 'UNSUPPORTED', note }
}

/** Upstream calls that a statement comes to at most. */
export function countCalls(statement: { readonly maxCalls: number } | Unsupported): number {
  return isUnsupported(statement) ? 0 : statement.maxCalls
}

export function isUnsupported(statement: object | string): statement is Unsupported {
  return typeof statement === 'object' && 'support' in statement && statement.support === 'UNSUPPORTED'
}

// ---- operations

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
  readonly LIST: Supported<[api: Api, signal: AbortSignal], AsyncIterable<Batch<Webhook<D>>>> | Unsupported
  readonly GET: Supported<[api: Api, upstreamId: string, signal: AbortSignal], Promise<Webhook<D>>> | Unsupported
  readonly CREATE: Supported<[api: Api, input: CreateInput<Options>, signal: AbortSignal], Promise<Created<D>>> | Unsupported
  readonly UPDATE: Supported<[api: Api, input: UpdateInput<Options>, signal: AbortSignal], Promise<Updated<D>>> | Unsupported
  /** Fails with NotFoundError when there is nothing to delete. */
  readonly DELETE: Supported<[api: Api, upstreamId: string, signal: AbortSignal], Promise<void>> | Unsupported
  /** Has the provider call the endpoint; whether it has passed is read from the webhook. */
  readonly VERIFY: Supported<[api: Api, upstreamId: string, signal: AbortSignal], Promise<void>> | Unsupported
  readonly ROTATE_SECRET: Rotation<Api, D, Options> | Unsupported
  readonly TEST: Supported<[api: Api, upstreamId: string, signal: AbortSignal], Promise<TestResult>> | Unsupported
  /** Every delivery that the provider tells of, in any order; the note says how far back it goes. */
  readonly LIST_DELIVERIES: Supported<[api: Api, upstreamId: string, signal: AbortSignal], Promise<Batch<Delivery>>> | Unsupported
  /** Resolves to the number of webhooks that the event is sent to again. */
  readonly REDELIVER: Supported<[api: Api, input: RedeliverInput, signal: AbortSignal], Promise<number>> | Unsupported
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
  [api: Api, before: Known & Pick<Webhook, 'upstreamId'>, signal: AbortSignal],
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

// ---- fields

export type FieldRule = 'REQUIRED' | 'OPTIONAL' | Unsupported

export interface FieldStatement {
  readonly onCreate: FieldRule
  readonly onUpdate: FieldRule
  /** What a caller should know when giving it or reading it. */
  readonly note?: string
}

export type CommonField = 'name' | 'url' | 'eventTypes' | 'enabled'

export type ScalarName = 'String' | 'Int' | 'Boolean' | 'DateTime' | 'JSON'

/** A key below `options.<provider>` of the mutation inputs. */
export interface OptionStatement extends FieldStatement {
  readonly type: 'String' | 'JSON'
  readonly list?: true
  /** True where null is a value of its own (not "left out"). */
  readonly nullable?: true
  /** True for a signing secret: a masked one is refused. */
  readonly secret?: true
  readonly description: string
  /** Shape of one value (of one item, where `list`); no transforms. */
  readonly shape: ZodType<Json>
}
export interface OptionStatements {
  readonly [option: string]: OptionStatement
}

/** A field that only this provider's webhook type has. */
export interface DetailStatement {
  readonly type: ScalarName | DetailObject
  readonly list?: true
  readonly required?: true
  readonly description: string
}
export interface DetailStatements {
  readonly [field: string]: DetailStatement
}
export interface DetailObject {
  /** GraphQL name, starting with the provider's type name. */
  readonly name: string
  readonly description: string
  readonly fields: DetailStatements
}

interface ScalarValues {
  String: string
  Int: number
  Boolean: boolean
  DateTime: Date
  JSON: Json
}
type ItemOf<T> = T extends keyof ScalarValues ? ScalarValues[T] : T extends DetailObject ? DetailsOf<T['fields']> : never
type ListOf<S extends { list?: true }, Item> = S extends { list: true } ? readonly Item[] : Item

/** The TypeScript type of a provider's details, from its statements. */
export type DetailsOf<S extends DetailStatements> = {
  readonly [K in keyof S]: ListOf<S[K], ItemOf<S[K]['type']>> | (S[K] extends { required: true } ? never : null)
}
/** The TypeScript type of a provider's options, from its statements. */
export type OptionsOf<S extends OptionStatements> = {
  readonly [K in keyof S]?: ListOf<S[K], S[K]['shape']['_zod']['output']> | (S[K] extends { nullable: true } ? null : never)
}

/** Options of any provider, after they passed its shapes. */
export type Options = Readonly<Record<string, Json | undefined>>

// ---- event types

export interface EventType {
  readonly name: string
  readonly description: string
}
export interface EventCatalogue {
  readonly known: readonly EventType[]
  /** True: a name outside `known` is refused before the call. */
  readonly closed: boolean
  /** True: `category.*` and `*` are accepted too. */
  readonly wildcards?: true
}

// ---- answers that are not quite what was promised

/** What to know of an answer of which only a part could be read. */
export function toUnreadableWarnings(displayName: string, unreadable: readonly string[]): readonly Warning[] {
  if (unreadable.length === 0) return []
  const message =
    `It is done, but the answer of ${displayName} has members that could not be read: ${unreadable.join(', ')}. ` +
    'What they say is null here or, where there must be a value, what you asked for. Read the webhook to see what it is.'
  return [{ code: 'UNREADABLE_FIELD', message }]
}

// ---- lists

/** The same batch with each item converted. */
export function mapBatch<From, To>({ items, unreadable }: Batch<From>, convert: (item: From) => To): Batch<To> {
  return { items: items.map(convert), unreadable }
}

// ---- lost answers

/** Whether a webhook shows what was asked for; UNTOLD where what was read of it does not tell. */
export type Shown = boolean | 'UNTOLD'

/** Whether it shows all of it: one thing that is otherwise is enough to say that it does not. */
export function areShown(each: readonly Shown[]): Shown {
  if (each.includes(false)) return false
  return each.includes('UNTOLD') ? 'UNTOLD' : true
}

/** A webhook is taken for the outcome of a create without an answer only when it shows the proof of that very create. */
export interface Recovery<Api, D, Options> {
  readonly note: string
  /** The proof that a webhook shows; null where it shows none. Changes nothing. */
  readProof(api: Api, upstreamId: string, signal: AbortSignal): Promise<string | null>
  /** The outcome of a create, from the webhook that has shown its proof: with its signing secret, and as it is with that. */
  recover(api: Api, webhook: Webhook<D>, input: CreateInput<Options>, signal: AbortSignal): Promise<Created<D>>
}

// ---- the provider

/** What a provider documents of its limits, beside its rate; null where it names none. */
export interface ProviderLimits {
  /** Webhooks of one account. */
  readonly maxWebhooks: number | null
  /** What an endpoint may take to answer a delivery. */
  readonly receiverTimeoutMs: number | null
  /** How often a failed delivery is sent again. */
  readonly deliveryRetries: number | null
  readonly note: string | null
}

export interface ProviderStatement<Api, D extends DetailStatements, O extends OptionStatements> extends Upstream {
  /** Lower-case; folder name, default slug, key of `options` and, in capitals, value of ProviderName. */
  readonly name: string
  /** Also the prefix of its GraphQL types. */
  readonly displayName: string
  readonly docsUrl: string
  /** What stands before `/webhooks`. */
  readonly baseUrl: string
  readonly environment: { readonly token: string; readonly baseUrl: string }
  /** Sent with every call, beside the Authorization header. */
  readonly headers?: Readonly<Record<string, string>>
  /** The header that pins the provider's API version; an account may set another version. */
  readonly apiVersion?: { readonly header: string; readonly default: string }
  /** Left out where the documentation names none. */
  readonly rate?: UpstreamRate
  readonly limits: ProviderLimits
  /** How deliveries are signed; null where they are not. */
  readonly signature: SignatureScheme | null
  readonly operations: Operations<Api, DetailsOf<D>, OptionsOf<O>>
  readonly fields: Readonly<Record<CommonField, FieldStatement>>
  readonly options: O
  readonly details: D
  readonly eventTypes: EventCatalogue
  /** Warnings that a write will come with, as far as they are known before it. */
  foresee?(write: Foreseen<OptionsOf<O>>): readonly Warning[]
  /** Whether a webhook that was just read shows these options; left out: no read tells. Changes nothing. */
  showsOptions?(api: Api, webhook: Webhook<DetailsOf<D>>, options: OptionsOf<O>, signal: AbortSignal): Promise<Shown>
  /** How a create whose answer was lost is recovered; or why it cannot be. */
  readonly recovery: Recovery<Api, DetailsOf<D>, OptionsOf<O>> | Unsupported
  connect(http: Http): Api
  /** The embedded stand-in: same API, no vendor. */
  readonly sandbox: StandInStatement
}

export type Foreseen<Options> =
  | { readonly operation: 'CREATE'; readonly input: CreateInput<Options> }
  | { readonly operation: 'UPDATE'; readonly input: UpdateInput<Options> }
  | { readonly operation: 'DELETE' }

export type Provider = ProviderStatement<unknown, DetailStatements, OptionStatements>

export function defineProvider<Api, const D extends DetailStatements, const O extends OptionStatements>(
  statement: ProviderStatement<Api, D, O>,
): Provider {
  return statement
}

/** One name of a provider in GraphQL: its enum value. */
export function toProviderName(provider: Pick<Provider, 'name'>): string {
  return provider.name.toUpperCase()
}

/** What a provider says of one operation. */
export interface OperationSupport {
  readonly operation: Operation
  readonly support: 'NATIVE' | 'EMULATED' | 'UNSUPPORTED'
  readonly note: string | null
  readonly maxCalls: number
}

/** What it says of one field of the mutation inputs, by its path below `input`. */
export interface FieldSupport extends FieldStatement {
  readonly path: string
}

/** Every field of the mutation inputs that this provider has a rule for. */
export function listFields(provider: Provider): readonly FieldSupport[] {
  return [
    ...Object.entries(provider.fields).map(([path, statement]) => ({ path, ...statement })),
    ...Object.entries(provider.options).map(([key, statement]) => ({ path: `options.${provider.name}.${key}`, ...statement })),
  ]
}
