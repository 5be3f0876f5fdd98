import type { Dispatcher } from 'undici'
import { type AccountSettings, connect, type Connection, type CreateResult, type Listing, type WriteResult } from './connection.ts'
import { ConflictError, type InputIssue, NotFoundError, OutcomeUnknownError } from './errors.ts'
import { isSegment } from './http/path.ts'
import { redact } from './http/redact.ts'
import { parseId } from './id.ts'
import { type CreateFields, inspectCreate, inspectUpdate, refuseIssues, toCreateInput, toUpdateInput, type UpdateFields } from './input.ts'
import type { Provider } from './provider.ts'
import type { Account, AccountWebhook } from './webhook.ts'

export interface GatewayOptions {
  readonly providers: readonly Provider[]
  readonly accounts: readonly AccountSettings[]
  readonly dispatcher: Dispatcher
  /** The whole budget of one account within one operation. */
  readonly timeoutMs: number
}

export interface DeleteResult {
  readonly deletedId: string
  readonly alreadyAbsent: boolean
}

interface Location {
  readonly connection: Connection
  readonly upstreamId: string
}

export type Gateway = ReturnType<typeof createGateway>

/** The rules that hold for every provider. What it rejects with is a WebhookError; anything else is a bug. */
export function createGateway({ providers, accounts, dispatcher, timeoutMs }: GatewayOptions) {
  const connections = new Map(
    accounts.map((settings) => [settings.slug, connect(getProvider(settings.provider), settings, dispatcher)]),
  )

  function getProvider(name: string): Provider {
    const provider = providers.find((each) => each.name === name)
    if (provider === undefined) throw new TypeError(`There is no provider ${name}`)
    return provider
  }

  function getConnection(slug: string): Connection {
    const connection = connections.get(slug)
    if (connection !== undefined) return connection
    const known = [...connections.keys()].join(', ')
    throw new NotFoundError(`There is no account ${JSON.stringify(slug)}; the configured ones are: ${known || 'none'}.`)
  }

  /** Where the webhook of a global id is to be found; null for an id that no webhook here can have. */
  function locate(id: string): Location | null {
    const parsed = parseId(id)
    if (parsed?.kind !== 'webhook' || !isSegment(parsed.upstreamId)) return null
    const connection = connections.get(parsed.slug)
    return connection === undefined ? null : { connection, upstreamId: parsed.upstreamId }
  }

  function requireLocation(id: string): Location {
    const location = locate(id)
    if (location === null) throw new NotFoundError('No webhook has this id; take ids from the webhooks query.')
    return location
  }

  function startBudget(signal?: AbortSignal): AbortSignal {
    const budget = AbortSignal.timeout(timeoutMs)
    return signal === undefined ? budget : AbortSignal.any([budget, signal])
  }

  async function create(input: CreateFields): Promise<CreateResult> {
    const connection = getConnection(input.account)
    refuseIssues(connection.provider, inspectCreate(connection.provider, input))
    const asked = toCreateInput(connection.provider, input)
    const signal = startBudget()
    try {
      return await connection.create(asked, signal)
    } catch (error) {
      // A webhook without a name of its own (one documented shape has none) is told by its URL alone.
      const isAlike = ({ url, name }: AccountWebhook) => url === asked.url && (name ?? asked.name) === asked.name
      throw await explain(error, connection, asked, isAlike, signal)
    }
  }

  async function update(input: UpdateFields): Promise<WriteResult> {
    const { connection, upstreamId } = requireLocation(input.id)
    refuseIssues(connection.provider, inspectUpdate(connection.provider, input))
    const asked = toUpdateInput(connection.provider, upstreamId, input)
    const signal = startBudget()
    try {
      return await connection.update(asked, signal)
    } catch (error) {
      throw await explain(error, connection, asked, (webhook) => webhook.id === input.id, signal)
    }
  }

  async function remove(id: string): Promise<DeleteResult> {
    const { connection, upstreamId } = requireLocation(id)
    const signal = startBudget()
    try {
      await connection.remove(upstreamId, signal)
      return { deletedId: id, alreadyAbsent: false }
    } catch (error) {
      if (error instanceof NotFoundError) return { deletedId: id, alreadyAbsent: true }
      throw await explain(error, connection, {}, (webhook) => webhook.id === id, signal)
    }
  }

  return {
    providers,
    accounts: [...connections.values()].map(({ account }) => account),
    getProvider,
    /** A text without the credentials of any account, for logs. */
    redact: (text: string): string => redact(text, accounts.map(({ token }) => token)),
    findAccount: (slug: string): Account | undefined => connections.get(slug)?.account,
    /** The account of a webhook's global id; null for an id that no webhook here can have. */
    findAccountOf: (id: string): Account | null => locate(id)?.connection.account ?? null,
    /** Never rejects: a failure is data of the listing. */
    list: (account: Account, signal?: AbortSignal): Promise<Listing> => getConnection(account.slug).list(startBudget(signal)),
    async get(id: string, signal?: AbortSignal): Promise<AccountWebhook> {
      const { connection, upstreamId } = requireLocation(id)
      return connection.get(upstreamId, startBudget(signal))
    },
    /** Calls nobody when the input has an issue. The signing secret is in this result and nowhere else. */
    create,
    /** Calls nobody when the input has an issue. */
    update,
    remove,
    /** The issues for which `create` would refuse; none where there is no such account. */
    inspectCreate(input: CreateFields): readonly InputIssue[] {
      const provider = connections.get(input.account)?.provider
      return provider === undefined ? [] : inspectCreate(provider, input)
    },
    /** The issues for which `update` would refuse; none where there can be no such webhook. */
    inspectUpdate(input: UpdateFields): readonly InputIssue[] {
      const provider = locate(input.id)?.connection.provider
      return provider === undefined ? [] : inspectUpdate(provider, input)
    },
  }
}

/** Adds to a failed write what one look at the account tells: the webhook in the way, or what may be the outcome. */
async function explain(
  error: unknown,
  connection: Connection,
  asked: { readonly name?: string | undefined; readonly url?: string | undefined },
  isCandidate: (webhook: AccountWebhook) => boolean,
  signal: AbortSignal,
): Promise<unknown> {
  if (error instanceof OutcomeUnknownError) {
    const { webhooks } = await connection.list(signal)
    return new OutcomeUnknownError(error.message, webhooks.filter(isCandidate), error)
  }
  if (error instanceof ConflictError) {
    const { webhooks } = await connection.list(signal)
    const [existing = null, ...others] = webhooks.filter((webhook) => webhook[error.field] === asked[error.field])
    return new ConflictError(error.message, error.field, others.length === 0 ? existing : null, error)
  }
  return error
}
