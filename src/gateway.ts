import type { Dispatcher } from 'undici'
import {
  type AccountSettings,
  connect,
  type Connection,
  type CreateResult,
  listSecrets,
  type Listing,
  type WriteResult,
} from './connection.ts'
import { type InputIssue, NotFoundError } from './errors.ts'
import { startBudget } from './http/budget.ts'
import { defaultDoor, type DoorOptions } from './http/http.ts'
import { isSegment } from './http/path.ts'
import { redact } from './http/redact.ts'
import { parseId } from './id.ts'
import {
  type CreateFields,
  inspectCreate,
  inspectUpdate,
  refuseIssues,
  toCreateInput,
  toUpdateInput,
  type UpdateFields,
} from './input.ts'
import type { Provider } from './provider.ts'
import type { Account, AccountWebhook } from './webhook.ts'
import { removeSurely, updateSurely } from './write/change.ts'
import { createOnce } from './write/create.ts'

export interface GatewayOptions {
  readonly providers: readonly Provider[]
  readonly accounts: readonly AccountSettings[]
  readonly dispatcher: Dispatcher
  /** The whole budget of one account within one operation. */
  readonly timeoutMs: number
  readonly door?: Partial<DoorOptions> | undefined
  /** Pauses before each look for what a create without an answer has made. */
  readonly looksMs?: readonly number[] | undefined
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
export function createGateway({ providers, accounts, dispatcher, timeoutMs, door, looksMs = [0, 500, 1_500] }: GatewayOptions) {
  const connections = new Map(
    accounts.map((settings) => [
      settings.slug,
      connect(getProvider(settings.provider), settings, dispatcher, { ...defaultDoor, ...door }),
    ]),
  )

  const writing = { timeoutMs, looksMs }

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

  async function create(input: CreateFields): Promise<CreateResult> {
    const connection = getConnection(input.account)
    const { provider } = connection
    refuseIssues(provider, inspectCreate(provider, input))
    const asked = toCreateInput(provider, input)
    return createOnce(connection, provider.prepare?.(asked) ?? asked, writing)
  }

  async function update(input: UpdateFields): Promise<WriteResult> {
    const { connection, upstreamId } = requireLocation(input.id)
    refuseIssues(connection.provider, inspectUpdate(connection.provider, input))
    return updateSurely(connection, toUpdateInput(connection.provider, upstreamId, input), writing)
  }

  async function remove(id: string): Promise<DeleteResult> {
    const { connection, upstreamId } = requireLocation(id)
    return { deletedId: id, alreadyAbsent: await removeSurely(connection, upstreamId, writing) }
  }

  return {
    providers,
    accounts: [...connections.values()].map(({ account }) => account),
    getProvider,
    /** A text without the credentials of any account, for logs. */
    redact: (text: string): string => redact(text, accounts.flatMap(listSecrets)),
    findAccount: (slug: string): Account | undefined => connections.get(slug)?.account,
    /** The account of a webhook's global id; null for an id that no webhook here can have. */
    findAccountOf: (id: string): Account | null => locate(id)?.connection.account ?? null,
    /** Never rejects: a failure is data of the listing. */
    list: (account: Account, signal?: AbortSignal): Promise<Listing> =>
      getConnection(account.slug).list(startBudget(timeoutMs, signal)),
    async get(id: string, signal?: AbortSignal): Promise<AccountWebhook> {
      const { connection, upstreamId } = requireLocation(id)
      return connection.get(upstreamId, startBudget(timeoutMs, signal))
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
