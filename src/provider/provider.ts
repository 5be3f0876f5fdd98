import type { Http, Path } from '../http/call.ts'
import type { Upstream } from '../http/upstream.ts'
import type { Warning, Webhook } from '../webhook.ts'
import type { ApiVersion } from './address.ts'
import type { Authentication } from './authentication.ts'
import type { EventCatalogue } from './events.ts'
import type { CommonFields, DetailsOf, DetailStatements, OptionsOf, OptionStatements } from './fields.ts'
import type { CreateInput, Operation, Operations, UpdateInput } from './operations.ts'
import type { Recovery, Shown } from './recovery.ts'
import type { SettingsOf, SettingStatements } from './settings.ts'
import type { SignatureScheme } from './signature.ts'
import type { StandInStatement } from './stand-in.ts'
import type { Unsupported } from './unsupported.ts'

// THE SPEC. A provider declares for every operation and field that it supports it, or why not. The compiler, the gateway's
// refusals, the conformance suite, the GraphQL schema and the documentation all read these declarations; there is no second
// list.

/** A provider's documented limits, except its rate limit; null if not documented. */
export interface ProviderLimits {
  /** Maximum number of webhooks per account. */
  readonly maxWebhooks: number | null
  /** Time an endpoint has to respond to a delivery. */
  readonly receiverTimeoutMs: number | null
  /** Number of retries for a failed delivery. */
  readonly deliveryRetries: number | null
  readonly note: string | null
}

/** Two webhooks can share a URL if they have no event type in common, or another value of one of these options. */
export interface SharedUrl {
  /** What a create without event types gets. */
  readonly eventTypes: readonly string[]
  readonly options?: readonly string[]
}

export interface ProviderStatement<
  Api,
  D extends DetailStatements,
  O extends OptionStatements,
  S extends SettingStatements = SettingStatements,
> extends Upstream {
  /** Lower-case; folder name, default slug, key of `options` and, in capitals, value of ProviderName. */
  readonly name: string
  /** Also the prefix of its GraphQL types. */
  readonly displayName: string
  readonly docsUrl: string
  readonly authentication: Authentication
  /** What an account of this provider needs besides its token; omitted for nothing. */
  readonly settings?: S
  /** Default base URL, or how it follows from the settings. An account can set another one. */
  readonly baseUrl: string | { from(settings: SettingsOf<NoInfer<S>>): string }
  /** What an account's settings add to any base URL, such as `/repos/acme/widgets`. */
  accountPath?(settings: SettingsOf<NoInfer<S>>): Path
  readonly environment: { readonly token: string; readonly baseUrl: string }
  /** Sent with every request, in addition to those of authentication and API version. Lowercase. */
  readonly headers?: Readonly<Record<string, string>>
  /** Pins the provider's API version; an account can set another version. */
  readonly apiVersion?: ApiVersion
  readonly limits: ProviderLimits
  /** How deliveries are signed; null if they are not. */
  readonly signature: SignatureScheme | null
  readonly operations: Operations<NoInfer<Api>, DetailsOf<D>, OptionsOf<O>>
  readonly fields: CommonFields
  readonly options: O
  readonly details: D
  readonly eventTypes: EventCatalogue
  /** What webhooks with the same URL differ in; omitted if no two can have the same URL. */
  readonly sharedUrl?: SharedUrl
  /** Warnings of a write that are known in advance; given the webhook after the write, only those that still apply. */
  foresee?(write: Foreseen<OptionsOf<O>>, after?: Webhook<DetailsOf<D>>): readonly Warning[]
  /** Whether a webhook has these options, as far as every read shows them. Defaults to `showsDetails`. */
  showsOptions?(webhook: Webhook<DetailsOf<D>>, options: OptionsOf<O>): Shown
  /** Same, for a webhook that was just read, with requests of its own for what reads do not show. Changes nothing. Defaults to `showsOptions`. */
  readsOptions?(api: NoInfer<Api>, webhook: Webhook<DetailsOf<D>>, options: OptionsOf<O>): Promise<Shown>
  /** How a create whose response was lost is recovered, or why it cannot be. */
  readonly recovery: Recovery<NoInfer<Api>, DetailsOf<D>, OptionsOf<O>> | Unsupported
  connect(http: Http, settings: SettingsOf<NoInfer<S>>): Api
  /** The sandbox stand-in for the provider's API. */
  readonly sandbox: StandInStatement
}

export type Foreseen<Options> =
  | { readonly operation: 'CREATE'; readonly input: CreateInput<Options> }
  | { readonly operation: 'UPDATE'; readonly input: UpdateInput<Options> }
  | { readonly operation: 'DELETE' }

export type Provider = ProviderStatement<unknown, DetailStatements, OptionStatements>

export function defineProvider<
  Api,
  const D extends DetailStatements,
  const O extends OptionStatements,
  const S extends SettingStatements,
>(statement: ProviderStatement<Api, D, O, S>): Provider {
  return statement
}

/** The GraphQL enum value of a provider. */
export function toProviderName(provider: Pick<Provider, 'name'>): string {
  return provider.name.toUpperCase()
}

/** A provider's declaration for an operation. */
export interface OperationSupport {
  readonly operation: Operation
  readonly support: 'NATIVE' | 'EMULATED' | 'UNSUPPORTED'
  readonly note: string | null
  readonly maxCalls: number
}
