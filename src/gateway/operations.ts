import { UnsupportedError } from '../errors.ts'
import { attempt, toMember } from './members.ts'
import type { Http } from '../http/call.ts'
import type { ListLimits } from '../http/http.ts'
import { createRedaction, hideCredentials } from '../http/redact.ts'
import { formatId } from '../id.ts'
import { type Listing, readListing, toTooLongError } from './listing.ts'
import { mapBatch } from '../provider/answers.ts'
import type { Options } from '../provider/fields.ts'
import type { CreateInput, Operation, RedeliverInput, Twin, UpdateInput } from '../provider/operations.ts'
import type { Provider } from '../provider/provider.ts'
import type { Shown } from '../provider/recovery.ts'
import { isUnsupported, type Unsupported } from '../provider/unsupported.ts'
import type { Secret } from '../secret.ts'
import { toTarget } from './target.ts'
import type { Account, AccountWebhook, Batch, Delivery, TestResult, Warning, Webhook } from '../webhook.ts'

export interface WriteResult {
  readonly webhook: AccountWebhook
  readonly warnings: readonly Warning[]
}
export interface CreateResult extends WriteResult {
  readonly signingSecret: Secret | null
  /** Whether a further write to it may come into effect later. */
  readonly isInDoubt?: boolean
}

/** A webhook and what makes one with the same settings. */
export interface Original {
  readonly webhook: AccountWebhook
  readonly twin: Twin<Options>
}

/** Where a provider's operations run. */
export interface Site {
  readonly provider: Provider
  readonly account: Account
  readonly http: Http
  /** What no text may show. */
  readonly secrets: readonly string[]
  readonly listLimits: ListLimits
}

export type AccountOperations = ReturnType<typeof bindOperations>

/** A provider's operations at one account. Fail with an error that the operation's result has as a member. */
export function bindOperations({ provider, account, http, secrets, listLimits }: Site) {
  const { operations } = provider
  const api = provider.connect(http)
  const { toShownText } = createRedaction(secrets)
  const site = { account, displayName: provider.displayName, http, limits: listLimits }

  function list(signal: AbortSignal): Promise<Listing> {
    return readListing({
      ...site,
      run: (metered) => requireSupport(provider, 'LIST', operations.LIST).run(provider.connect(metered), signal),
      toId,
      complete,
      toError: (cause) => toMember(cause, 'LIST'),
    })
  }

  async function read(upstreamId: string, signal: AbortSignal): Promise<Webhook> {
    const webhook = await attempt('GET', () => requireSupport(provider, 'GET', operations.GET).run(api, upstreamId, signal))
    if (webhook.upstreamId === upstreamId) return webhook
    throw http.toContractError('the response contains a different webhook than requested')
  }

  async function get(upstreamId: string, signal: AbortSignal): Promise<AccountWebhook> {
    return attach(await read(upstreamId, signal))
  }

  /** Reads a webhook to make another one of it, with what is masked everywhere else. */
  async function getOriginal(upstreamId: string, signal: AbortSignal): Promise<Original> {
    const rotation = requireSupport(provider, 'ROTATE_SECRET', operations.ROTATE_SECRET)
    if (rotation.strategy !== 'REPLACEMENT') throw new TypeError(`${provider.name} does not rotate by replacement`)
    const webhook = await read(upstreamId, signal)
    return { webhook: attach(webhook), twin: requireSupport(provider, 'ROTATE_SECRET', rotation.toTwin(webhook)) }
  }

  async function create(input: CreateInput<Options>, signal: AbortSignal): Promise<CreateResult> {
    const created = await attempt('CREATE', () => requireSupport(provider, 'CREATE', operations.CREATE).run(api, input, signal))
    return { ...created, webhook: attach(created.webhook) }
  }

  /** The proof that a webhook shows of the create that made it; null where it shows none. */
  async function readProof(upstreamId: string, signal: AbortSignal): Promise<string | null> {
    const { recovery } = provider
    return isUnsupported(recovery) ? null : attempt('GET', () => recovery.readProof(api, upstreamId, signal))
  }

  /** The outcome of a create whose answer was lost, from the webhook that has shown its proof. */
  async function recover(webhook: AccountWebhook, input: CreateInput<Options>, signal: AbortSignal): Promise<CreateResult> {
    const recovery = requireSupport(provider, 'CREATE', provider.recovery)
    const recovered = await attempt('CREATE', () => recovery.recover(api, webhook, input, signal))
    return keepWebhook(recovered, webhook.upstreamId)
  }

  async function update(input: UpdateInput<Options>, signal: AbortSignal): Promise<WriteResult> {
    const updated = await attempt('UPDATE', () => requireSupport(provider, 'UPDATE', operations.UPDATE).run(api, input, signal))
    return keepWebhook(updated, input.upstreamId)
  }

  /** Whether a webhook that was just read shows these options. */
  async function showsOptions(webhook: AccountWebhook, options: Options, signal: AbortSignal): Promise<Shown> {
    if (Object.keys(options).length === 0) return true
    return attempt('GET', async () => (await provider.showsOptions?.(api, webhook, options, signal)) ?? 'UNTOLD')
  }

  async function remove(upstreamId: string, signal: AbortSignal): Promise<void> {
    await attempt('DELETE', () => requireSupport(provider, 'DELETE', operations.DELETE).run(api, upstreamId, signal))
  }

  async function verify(upstreamId: string, signal: AbortSignal): Promise<void> {
    await attempt('VERIFY', () => requireSupport(provider, 'VERIFY', operations.VERIFY).run(api, upstreamId, signal))
  }

  /** Has the provider make a new secret; for strategy PROVIDER only. */
  async function rotateSecret(before: Webhook, signal: AbortSignal): Promise<CreateResult> {
    const rotation = requireSupport(provider, 'ROTATE_SECRET', operations.ROTATE_SECRET)
    if (rotation.strategy !== 'PROVIDER') throw new TypeError(`${provider.name} does not generate secrets for existing webhooks`)
    const rotated = await attempt('ROTATE_SECRET', () => rotation.run(api, before, signal))
    return keepWebhook(rotated, before.upstreamId)
  }

  async function test(upstreamId: string, signal: AbortSignal): Promise<TestResult> {
    const result = await attempt('TEST', () => requireSupport(provider, 'TEST', operations.TEST).run(api, upstreamId, signal))
    return { ...result, note: result.note && toShownText(result.note) }
  }

  async function listDeliveries(upstreamId: string, signal: AbortSignal): Promise<Batch<Delivery>> {
    const log = requireSupport(provider, 'LIST_DELIVERIES', operations.LIST_DELIVERIES)
    const deliveries = await attempt('LIST_DELIVERIES', () => log.run(api, upstreamId, signal))
    if (deliveries.items.length + deliveries.unreadable.length > listLimits.items) {
      throw toTooLongError(site, `${listLimits.items} deliveries`, 'HOOKQL_MAX_LIST_ITEMS')
    }
    return mapBatch(deliveries, (delivery) => ({
      ...delivery,
      responseBody: delivery.responseBody && toShownText(delivery.responseBody),
      error: delivery.error && toShownText(delivery.error),
    }))
  }

  async function redeliver(input: RedeliverInput, signal: AbortSignal): Promise<number> {
    return attempt('REDELIVER', () => requireSupport(provider, 'REDELIVER', operations.REDELIVER).run(api, input, signal))
  }

  function toId(upstreamId: string): string {
    return formatId({ kind: 'webhook', slug: account.slug, upstreamId })
  }

  /** What a write has made of a webhook: of the one that was asked for, whichever the answer names. */
  function keepWebhook<Result extends { readonly webhook: Webhook; readonly warnings: readonly Warning[] }>(
    result: Result,
    upstreamId: string,
  ) {
    const { webhook, warnings } = result
    const isNamed = webhook.upstreamId === upstreamId
    return {
      ...result,
      webhook: attach(isNamed ? webhook : { ...webhook, upstreamId }),
      warnings: isNamed ? warnings : [...warnings, toOtherNamed(provider)],
    }
  }

  function attach(webhook: Webhook): AccountWebhook {
    return complete({ ...webhook })
  }

  /** In place: of thousands, each copy would outlive the call. */
  function complete(webhook: Webhook): AccountWebhook {
    return Object.assign(webhook, { id: toId(webhook.upstreamId), account, url: hideCredentials(toTarget(webhook.url), '***') })
  }

  return {
    list,
    get,
    getOriginal,
    create,
    readProof,
    recover,
    update,
    showsOptions,
    remove,
    verify,
    rotateSecret,
    test,
    listDeliveries,
    redeliver,
  }
}

function toOtherNamed({ displayName }: Provider): Warning {
  const message =
    `The response from ${displayName} names a different webhook than the one that was changed, so the fields shown may ` +
    'belong to that one. Query both webhooks to check.'
  return { code: 'OTHER_WEBHOOK_NAMED', message }
}

/** Throws where the provider cannot do it: before anybody is called. */
export function requireSupport<S extends object>(provider: Provider, operation: Operation, statement: S | Unsupported): S {
  if (!isUnsupported(statement)) return statement
  throw new UnsupportedError(`${provider.displayName} does not support this operation: ${statement.note}`, provider.name, [
    operation,
  ])
}
