import { UnsupportedError } from '../errors.ts'
import { attempt, toMember } from './members.ts'
import type { Http } from '../http/call.ts'
import type { ListLimits } from '../http/door.ts'
import { createRedaction, hideCredentials } from '../http/redact.ts'
import { formatId } from '../id.ts'
import { type Listing, readListing, toTooLongError } from './listing.ts'
import { mapBatch, toUnreadableWarnings } from '../provider/answers.ts'
import type { Options } from '../provider/fields.ts'
import type { CreateInput, Operation, RedeliverInput, RotateInput, Supported, Twin, Updated } from '../provider/operations.ts'
import type { UpdateInput } from '../provider/operations.ts'
import type { Provider } from '../provider/provider.ts'
import { type Shown, showsDetails } from '../provider/recovery.ts'
import { isUnsupported, type Unsupported } from '../provider/unsupported.ts'
import type { Secret } from '../secret.ts'
import { toTarget } from './target.ts'
import { createRecognition } from './unmodified.ts'
import type { Account, AccountWebhook, Batch, Delivery, Details, TestResult, Warning, Webhook } from '../webhook.ts'

export interface WriteResult {
  readonly webhook: AccountWebhook
  readonly warnings: readonly Warning[]
}
export interface CreateResult extends WriteResult {
  readonly signingSecret: Secret | null
  /** Whether another write to it may still take effect later. */
  readonly isInDoubt?: boolean
}

/** A webhook, and the input that creates one with the same settings. */
export interface Original {
  readonly webhook: AccountWebhook
  readonly twin: Twin<Options>
}

/** Context in which a provider's operations run. */
export interface Site {
  readonly provider: Provider
  readonly account: Account
  /** Values that no text may contain. */
  readonly secrets: readonly string[]
  readonly listLimits: ListLimits
}

export type AccountOperations = ReturnType<ReturnType<typeof bindOperations>['within']>

/** A provider's operations on one account. They throw only errors that are members of the operation's result. */
export function bindOperations({ provider, account, secrets, listLimits }: Site) {
  const { operations, recovery } = provider
  const { toShownText } = createRedaction(secrets)
  const connect = (http: Http) => provider.connect(http, account.settings ?? {})
  const site = {
    account,
    displayName: provider.displayName,
    limits: listLimits,
    recognition: createRecognition(),
    toId,
    complete,
  }

  function toId(upstreamId: string): string {
    return formatId({ kind: 'webhook', slug: account.slug, upstreamId })
  }

  function complete(webhook: Webhook): AccountWebhook {
    return { ...webhook, id: toId(webhook.upstreamId), account, url: hideCredentials(toTarget(webhook.url), '***') }
  }

  /** The result of a write, with a warning about what could not be read. */
  function warnOfUnreadable<Result extends Updated<Details>>({ unreadable = [], ...result }: Result) {
    return { ...result, warnings: [...result.warnings, ...toUnreadableWarnings(provider.displayName, unreadable)] }
  }

  /** The result of a write for the requested webhook, whichever webhook the response names. */
  function keepWebhook<Result extends Updated<Details>>(answer: Result, upstreamId: string) {
    const result = warnOfUnreadable(answer)
    const { webhook, warnings } = result
    const isNamed = webhook.upstreamId === upstreamId
    return {
      ...result,
      webhook: complete({ ...webhook, upstreamId }),
      warnings: isNamed ? warnings : [...warnings, toOtherNamed(provider)],
    }
  }

  const list = (http: Http): Promise<Listing> =>
    readListing({
      ...site,
      http,
      run: (metered) => requireSupport(provider, 'LIST', operations.LIST).run(connect(metered)),
      toError: (cause) => toMember(cause, 'LIST'),
    })

  function within(http: Http) {
    const api = connect(http)

    function run<Argument, Result>(
      operation: Operation,
      statement: Supported<[api: unknown, argument: Argument], Promise<Result>> | Unsupported,
      argument: Argument,
    ): Promise<Result> {
      return attempt(operation, () => requireSupport(provider, operation, statement).run(api, argument))
    }

    async function read(upstreamId: string): Promise<Webhook> {
      const webhook = await run('GET', operations.GET, upstreamId)
      requireSame(webhook, upstreamId)
      return webhook
    }

    function requireSame(webhook: Webhook, upstreamId: string): void {
      if (webhook.upstreamId !== upstreamId) throw http.toContractError('it contains a different webhook than requested')
    }

    /** An update that is based on a read is based on the webhook that was requested. */
    function readCurrent({ upstreamId, readCurrent: readNewest }: UpdateInput<Options>) {
      return <Read>(readAny: () => Promise<Read>, toWebhook: (read: Read) => Webhook): Promise<Read> => {
        const readSame = async () => {
          const found = await readAny()
          requireSame(toWebhook(found), upstreamId)
          return found
        }
        return readNewest?.(readSame, toWebhook) ?? readSame()
      }
    }

    return {
      list: () => list(http),

      get: async (upstreamId: string): Promise<AccountWebhook> => complete(await read(upstreamId)),

      /** Reads a webhook for replacement, with values that are masked elsewhere. */
      async getOriginal(upstreamId: string): Promise<Original> {
        const rotation = requireSupport(provider, 'ROTATE_SECRET', operations.ROTATE_SECRET)
        if (rotation.strategy !== 'REPLACEMENT') throw new TypeError(`${provider.name} does not rotate by replacement`)
        const webhook = await read(upstreamId)
        const twin = requireSupport(provider, 'ROTATE_SECRET', rotation.toTwin(webhook))
        return { webhook: complete(webhook), twin }
      },

      async create(input: CreateInput<Options>): Promise<CreateResult> {
        const created = warnOfUnreadable(await run('CREATE', operations.CREATE, input))
        return { ...created, webhook: complete(created.webhook) }
      },

      /** The proof in a webhook of the create that made it; null if it has none. */
      readProof: async (upstreamId: string): Promise<string | null> =>
        isUnsupported(recovery) ? null : attempt('GET', async () => (await recovery.readProof?.(api, upstreamId)) ?? null),

      /** The outcome of a create whose response was lost, from the webhook with its proof. */
      async recover(webhook: AccountWebhook, input: CreateInput<Options>): Promise<CreateResult> {
        const way = requireSupport(provider, 'CREATE', recovery)
        return keepWebhook(await attempt('CREATE', () => way.recover(api, webhook, input)), webhook.upstreamId)
      },

      update: async (input: UpdateInput<Options>): Promise<WriteResult> =>
        keepWebhook(await run('UPDATE', operations.UPDATE, { ...input, readCurrent: readCurrent(input) }), input.upstreamId),

      /** Whether a webhook that was just read has these options. */
      async showsOptions(webhook: AccountWebhook, options: Options): Promise<Shown> {
        if (Object.keys(options).length === 0) return true
        const shows = () => provider.showsOptions?.(webhook, options) ?? showsDetails(webhook.details, options)
        return attempt('GET', async () => provider.readsOptions?.(api, webhook, options) ?? shows())
      },

      /** Whether the response names the webhook, or none. */
      async remove(upstreamId: string): Promise<boolean> {
        const named = await run('DELETE', operations.DELETE, upstreamId)
        return named === undefined || named === upstreamId
      },

      verify: (upstreamId: string): Promise<unknown> => run('VERIFY', operations.VERIFY, upstreamId),

      /** Asks the provider to generate a new secret; for strategy PROVIDER only. */
      async rotateSecret(input: RotateInput): Promise<CreateResult> {
        const rotation = requireSupport(provider, 'ROTATE_SECRET', operations.ROTATE_SECRET)
        if (rotation.strategy !== 'PROVIDER')
          throw new TypeError(`${provider.name} does not generate secrets for existing webhooks`)
        return keepWebhook(await run('ROTATE_SECRET', rotation, input), input.upstreamId)
      },

      async test(upstreamId: string): Promise<TestResult> {
        const result = await run('TEST', operations.TEST, upstreamId)
        return { ...result, note: result.note && toShownText(result.note) }
      },

      async listDeliveries(upstreamId: string): Promise<Batch<Delivery>> {
        const deliveries = await run('LIST_DELIVERIES', operations.LIST_DELIVERIES, upstreamId)
        if (deliveries.items.length + deliveries.unreadable.length > listLimits.items) {
          throw toTooLongError(site, `${listLimits.items} deliveries`, 'HOOKQL_MAX_LIST_ITEMS')
        }
        return mapBatch(deliveries, (delivery) => ({
          ...delivery,
          responseBody: delivery.responseBody && toShownText(delivery.responseBody),
          error: delivery.error && toShownText(delivery.error),
        }))
      },

      redeliver: (input: RedeliverInput): Promise<number> => run('REDELIVER', operations.REDELIVER, input),
    }
  }

  return { list, within }
}

function toOtherNamed({ displayName }: Provider): Warning {
  const message =
    `The response from ${displayName} names a different webhook than the one that was changed, so the fields shown may ` +
    'belong to that one. Query both webhooks to check.'
  return { code: 'OTHER_WEBHOOK_NAMED', message }
}

const operationFields: Readonly<Record<Operation, string>> = {
  CREATE: 'createWebhook',
  GET: 'webhook',
  LIST: 'webhooks',
  UPDATE: 'updateWebhook',
  DELETE: 'deleteWebhook',
  VERIFY: 'verifyWebhook',
  ROTATE_SECRET: 'rotateWebhookSecret',
  TEST: 'testWebhook',
  LIST_DELIVERIES: 'deliveries',
  REDELIVER: 'redeliverEvent',
}

/** Throws if the provider does not support it, before any request is sent. */
export function requireSupport<S extends object>(provider: Provider, operation: Operation, statement: S | Unsupported): S {
  if (!isUnsupported(statement)) return statement
  throw new UnsupportedError(
    `${provider.displayName} does not support ${operationFields[operation]}. ${statement.note}`,
    provider.name,
    [operation],
  )
}
