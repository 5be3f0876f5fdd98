import type { Http } from '../http/call.ts'
import type { UpstreamRate } from '../http/pace.ts'
import type { Upstream } from '../http/upstream.ts'
import type { Warning, Webhook } from '../webhook.ts'
import type { CommonField, DetailsOf, DetailStatements, FieldStatement, OptionsOf, OptionStatements } from './fields.ts'
import type { CreateInput, Operation, Operations, UpdateInput } from './operations.ts'
import type { Recovery, Shown } from './recovery.ts'
import type { SignatureScheme } from './signature.ts'
import type { StandInStatement } from './stand-in.ts'
import type { Unsupported } from './unsupported.ts'

// THE SPEC. A provider answers for every operation and every field with what it can or with the reason it cannot. The
// compiler, the gateway's refusals, the conformance suite, the GraphQL schema and the documentation all read these
// statements; there is no second list.

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
  /** Warnings that a write comes with, as far as they are known before it; with the webhook as it is afterwards, those that are true of it. */
  foresee?(write: Foreseen<OptionsOf<O>>, after?: Webhook<DetailsOf<D>>): readonly Warning[]
  /** Whether a webhook that was just read shows these options; left out: no read tells. Changes nothing. */
  showsOptions?(api: Api, webhook: Webhook<DetailsOf<D>>, options: OptionsOf<O>): Promise<Shown>
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
