import type { Dispatcher } from 'undici'
import {
  ConflictError,
  InvalidInputError,
  LimitReachedError,
  NotFoundError,
  UnsupportedError,
  UpstreamRejectedError,
  WebhookError,
} from './errors.ts'
import { createHttp, type DoorOptions } from './http/http.ts'
import type { Rate } from './http/pace.ts'
import { formatId } from './id.ts'
import type { CreateInput, Operation, Options, Provider, Supported, Unsupported, UpdateInput } from './provider.ts'
import type { Account, AccountWebhook, Warning, Webhook } from './webhook.ts'
import { createClaims } from './write/claims.ts'

/** What an operator configures of one account. */
export interface AccountSettings extends Account {
  readonly token: string
  /** What stands before `/webhooks`; the provider's own where left out. */
  readonly baseUrl?: string | undefined
  /** Sent with every call, beside the provider's own. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly apiVersion?: string | undefined
  /** How many calls it takes; left out: what the provider documents. */
  readonly rateLimit?: Rate | undefined
}

/** What one account's list came to. Never a rejection: a failure is data here. */
export interface Listing {
  readonly account: Account
  /** TRUNCATED: it failed after the first page. */
  readonly state: 'COMPLETE' | 'TRUNCATED' | 'FAILED'
  readonly webhooks: readonly AccountWebhook[]
  readonly error: WebhookError | null
}

export interface WriteResult {
  readonly webhook: AccountWebhook
  readonly warnings: readonly Warning[]
}
export interface CreateResult extends WriteResult {
  readonly signingSecret: string | null
}

/** A provider's operations at one account. Fail with an error that the operation's result has as a member. */
export type Connection = ReturnType<typeof connect>

export function connect(provider: Provider, settings: AccountSettings, dispatcher: Dispatcher, door: DoorOptions) {
  const account: Account = { slug: settings.slug, provider: provider.name, sandbox: settings.sandbox }
  const http = openHttp(provider, account, settings, dispatcher, door)
  const api = provider.connect(http)
  const { operations } = provider

  async function list(signal: AbortSignal): Promise<Listing> {
    const webhooks = new Map<string, AccountWebhook>()
    const toListing = (state: Listing['state'], error: WebhookError | null) => ({
      account,
      state,
      webhooks: [...webhooks.values()],
      error,
    })
    try {
      for await (const batch of requireSupport(provider, 'LIST', operations.LIST).run(api, signal)) {
        for (const webhook of batch) webhooks.set(webhook.upstreamId, attach(webhook))
      }
      return toListing('COMPLETE', null)
    } catch (cause) {
      return toListing(webhooks.size > 0 ? 'TRUNCATED' : 'FAILED', toMember(cause, 'LIST'))
    }
  }

  async function get(upstreamId: string, signal: AbortSignal): Promise<AccountWebhook> {
    return attach(await attempt('GET', () => requireSupport(provider, 'GET', operations.GET).run(api, upstreamId, signal)))
  }

  async function create(input: CreateInput<Options>, signal: AbortSignal): Promise<CreateResult> {
    const created = await attempt('CREATE', () => requireSupport(provider, 'CREATE', operations.CREATE).run(api, input, signal))
    return { ...created, webhook: attach(created.webhook) }
  }

  /** The secret of a webhook that a create with this input made, though its answer was lost. */
  async function recoverSecret(upstreamId: string, input: CreateInput<Options>, signal: AbortSignal): Promise<string> {
    return attempt('CREATE', () => requireSupport(provider, 'CREATE', provider.recoverSecret).run(api, upstreamId, input, signal))
  }

  async function update(input: UpdateInput<Options>, signal: AbortSignal): Promise<WriteResult> {
    const updated = await attempt('UPDATE', () => requireSupport(provider, 'UPDATE', operations.UPDATE).run(api, input, signal))
    return { ...updated, webhook: attach(updated.webhook) }
  }

  async function remove(upstreamId: string, signal: AbortSignal): Promise<void> {
    await attempt('DELETE', () => requireSupport(provider, 'DELETE', operations.DELETE).run(api, upstreamId, signal))
  }

  function attach(webhook: Webhook): AccountWebhook {
    const id = formatId({ kind: 'webhook', slug: account.slug, upstreamId: webhook.upstreamId })
    return { ...webhook, id, account, url: maskCredentials(webhook.url) }
  }

  return {
    account,
    provider,
    claims: createClaims(),
    startFresh: http.startFresh,
    list,
    get,
    create,
    recoverSecret,
    update,
    remove,
  }
}

/** What no text may show of an account. Short header values are flags, and words of every second sentence. */
export function listSecrets({ token, headers = {} }: AccountSettings): readonly string[] {
  return [token, ...Object.values(headers).filter((value) => value.length >= 8)]
}

function openHttp(provider: Provider, account: Account, settings: AccountSettings, dispatcher: Dispatcher, door: DoorOptions) {
  const { apiVersion } = provider
  const { token, headers = {} } = settings
  const endpoint = {
    account,
    provider,
    baseUrl: (settings.baseUrl ?? provider.baseUrl).replace(/\/+$/, ''),
    headers: {
      ...provider.headers,
      ...(apiVersion && { [apiVersion.header]: settings.apiVersion ?? apiVersion.default }),
      ...headers,
      authorization: `Bearer ${token}`,
    },
    secrets: listSecrets(settings),
    dispatcher,
    rate: settings.rateLimit === undefined ? provider.rate : { per: 'account' as const, ...provider.rate, ...settings.rateLimit },
  }
  return createHttp(endpoint, door)
}

function requireSupport<S extends Supported<never, unknown>>(
  provider: Provider,
  operation: Operation,
  statement: S | Unsupported,
): S {
  if (statement.support !== 'UNSUPPORTED') return statement
  throw new UnsupportedError(`${provider.displayName} cannot do this: ${statement.note}`, provider.name, [operation])
}

/** Which errors a provider's answer may not become, because the operation's result has no such member. */
const strangers: Record<Operation, readonly (new (...args: never[]) => WebhookError)[]> = {
  LIST: [InvalidInputError, ConflictError, LimitReachedError, NotFoundError],
  GET: [InvalidInputError, ConflictError, LimitReachedError],
  CREATE: [],
  UPDATE: [LimitReachedError],
  DELETE: [InvalidInputError, ConflictError, LimitReachedError],
}

async function attempt<Result>(operation: Operation, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run()
  } catch (cause) {
    throw toMember(cause, operation)
  }
}

/** What an adapter threw, as a member of the operation's result. A bug is thrown on. */
function toMember(cause: unknown, operation: Operation): WebhookError {
  if (!(cause instanceof WebhookError)) throw cause
  if (!strangers[operation].some((type) => cause instanceof type)) return cause
  const status = cause.upstream?.status ?? 'none'
  return new UpstreamRejectedError(`The provider rejected the call (HTTP ${status}); upstream.message has its reason.`, cause)
}

/** Basic auth in a URL is a secret like any other. */
function maskCredentials(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1***@')
}
