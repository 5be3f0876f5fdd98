import type { Connection } from './connection.ts'
import { createDirectory, findProvider } from './directory.ts'
import { createChecks } from './checks.ts'
import { attempt } from './members.ts'
import { startBudget } from '../budget.ts'
import { formatId } from '../id.ts'
import {
  type CreateFields,
  type RedeliverFields,
  refuseIssues,
  type RotateFields,
  toCreateInput,
  toUpdateInput,
  type UpdateFields,
} from './input.ts'
import type { Listing } from './listing.ts'
import { type CreateResult, requireSupport, type WriteResult } from './operations.ts'
import type { Operation } from '../provider/operations.ts'
import type { Provider } from '../provider/provider.ts'
import type { Snapshots } from './snapshots.ts'
import type { Account, AccountWebhook, TestResult, UpstreamRequest, Warning, WebhookDelivery } from '../webhook.ts'
import { boundOperation } from './write/bound.ts'
import { removeSurely, updateOnce } from './write/change.ts'
import { createOnce } from './write/create.ts'
import { runAfterEarlier, warnOfEarlier } from './write/earlier.ts'
import { toHref } from './write/compare.ts'
import { getSurely, readSurely } from './write/find.ts'
import { newProof, shownProof } from './write/proof.ts'
import { prepareRotation } from './write/rotate.ts'
import type { RotationPlan, RotationResult } from './write/rotation.ts'
import { verifyOnce } from './write/verify.ts'
import { type CallBound, type Asker, inTurn, runWrite, type Write, type WriteOptions } from './write/write.ts'

export interface DeleteResult {
  readonly deletedId: string
  readonly alreadyAbsent: boolean
  readonly warnings: readonly Warning[]
}

export interface TestedResult extends TestResult {
  readonly warnings: readonly Warning[]
}

export interface RedeliverResult {
  /** Number of webhooks that the event is resent to. */
  readonly webhookCount: number
  readonly warnings: readonly Warning[]
}

/** Preview of a write. */
export interface Preview {
  readonly requests: readonly UpstreamRequest[]
  readonly warnings: readonly Warning[]
}

export interface Deliveries {
  readonly deliveries: readonly WebhookDelivery[]
  /** Number of further deliveries that could not be read. */
  readonly unreadableCount: number
  /** How far back the delivery log goes. */
  readonly windowNote: string | null
}

interface RulesOptions extends WriteOptions {
  readonly providers: readonly Provider[]
  readonly connections: readonly Connection[]
  readonly snapshots: Snapshots
  /** Removes the credentials of all accounts from a text, for logs. */
  readonly redact: (text: string) => string
  readonly allowPrivateTargets: boolean
}

export type Rules = ReturnType<typeof createRules>

/** The rules for every provider. They throw WebhookErrors; anything else is a bug. */
export function createRules({
  providers,
  connections,
  snapshots,
  redact,
  allowPrivateTargets,
  timeoutMs,
  looksMs,
}: RulesOptions) {
  const directory = createDirectory(connections)
  const { shapes, rules, inspect, requireShape } = createChecks({ providers, directory, allowPrivateTargets })
  const writing = { timeoutMs, looksMs }
  // Callers with different accounts share no cursors.
  const scope = connections.map(({ account }) => account.slug).join(' ')

  /** Runs a write in turn with other writes to the same webhook, or creates for the same URL. */
  function runInTurn<Result>(connection: Connection, key: string, asker: Asker, run: (write: Write) => Promise<Result>) {
    return runWrite(connection, writing, asker, (write) => inTurn(write, key, () => run(write)))
  }

  /** Same, for a write that changes an existing webhook. */
  function changeInTurn<Result extends { readonly warnings: readonly Warning[] }>(
    connection: Connection,
    upstreamId: string,
    asker: Asker,
    run: (write: Write) => Promise<Result>,
  ) {
    return runInTurn(connection, upstreamId, asker, (write) => runAfterEarlier(write, upstreamId, run))
  }

  // The validated input, the same for a write and its preview.

  function readCreate(given: CreateFields, proof: string) {
    const input = requireShape('CREATE', shapes.CREATE, given)
    const connection = directory.getConnection(input.account)
    const { provider } = connection
    refuseIssues(provider, rules.CREATE(input))
    return { connection, asked: { ...toCreateInput(provider, input), proof } }
  }

  function readUpdate(given: UpdateFields) {
    const input = requireShape('UPDATE', shapes.UPDATE, given)
    const { connection, upstreamId } = directory.getLocation(input.id)
    refuseIssues(connection.provider, rules.UPDATE(input))
    return { connection, asked: toUpdateInput(connection.provider, upstreamId, input) }
  }

  function readRotation(given: RotateFields) {
    const input = requireShape('ROTATE_SECRET', shapes.ROTATE_SECRET, given)
    const { connection, upstreamId } = directory.getLocation(input.id)
    const { provider } = connection
    const rotation = requireSupport(provider, 'ROTATE_SECRET', provider.operations.ROTATE_SECRET)
    refuseIssues(provider, rules.ROTATE_SECRET(input))
    const asked = { upstreamId, newSecret: input.newSecret ?? undefined }
    return { connection, upstreamId, prepare: (write: Write) => prepareRotation(write, rotation, asked) }
  }

  function readRedelivery(given: RedeliverFields) {
    const input = requireShape('REDELIVER', shapes.REDELIVER, given)
    const { connection, upstreamId, key } = directory.getDelivery(input.deliveryId)
    return { connection, asked: { key, webhookId: input.allWebhooks === true ? undefined : upstreamId } }
  }

  function readLocation(operation: 'GET' | 'LIST_DELIVERIES' | 'DELETE' | 'VERIFY' | 'TEST', id: string) {
    return directory.getLocation(requireShape(operation, shapes[operation], { id }).id)
  }

  return {
    providers,
    accounts: connections.map(({ account }) => account),
    getProvider: (name: string): Provider => findProvider(providers, name),
    redact,
    findAccount: (slug: string): Account | undefined => directory.find(slug)?.account,
    /** The account of a webhook's global ID; null for an ID that no webhook of these accounts can have. */
    findAccountOf: (id: string): Account | null => directory.locate(id)?.connection.account ?? null,

    /** Location of the delivery with a global ID; null for an ID that no delivery of these accounts can have. */
    findDelivery(id: string): { readonly account: Account; readonly webhookId: string } | null {
      const location = directory.locateDelivery(id)
      if (location === null) return null
      const { account } = location.connection
      return { account, webhookId: formatId({ kind: 'webhook', slug: account.slug, upstreamId: location.upstreamId }) }
    },

    /** Maximum number of upstream requests of an operation. */
    bound: (provider: Provider, operation: Operation): CallBound => boundOperation(provider, operation, looksMs.length),

    // ---- reads

    /** Rejects if the account does not exist; any other failure is part of the listing. */
    async list(account: Account, signal?: AbortSignal): Promise<Listing> {
      const asked = requireShape('LIST', shapes.LIST, { account })
      const connection = directory.getConnection(asked.account.slug)
      using budget = startBudget(timeoutMs, signal)
      return await connection.listTogether(budget)
    },

    /** The cached listing that this cursor belongs to, if any. Sends no requests. */
    findKept: (account: Account, cursor: string): Listing | null =>
      snapshots.find(directory.getConnection(account.slug), `${scope} ${cursor}`),

    /** Links a cursor to its listing, so that the next page can be served from it. */
    keep: (listing: Listing, cursor: string): void =>
      snapshots.keep(directory.getConnection(listing.account.slug), listing, `${scope} ${cursor}`),

    get: (id: string, signal?: AbortSignal): Promise<AccountWebhook> =>
      attempt('GET', async () => {
        const { connection, upstreamId } = readLocation('GET', id)
        using budget = startBudget(timeoutMs, signal)
        return await getSurely({ connection, budget }, upstreamId)
      }),

    /** All deliveries in the provider's log, in any order. */
    listDeliveries: (id: string, signal?: AbortSignal): Promise<Deliveries> =>
      attempt('LIST_DELIVERIES', async () => {
        const { connection, upstreamId } = readLocation('LIST_DELIVERIES', id)
        const { provider, account } = connection
        const { note } = requireSupport(provider, 'LIST_DELIVERIES', provider.operations.LIST_DELIVERIES)
        using budget = startBudget(timeoutMs, signal)
        const { items, unreadable } = await connection.listDeliveriesTogether(upstreamId, budget)
        const deliveries = items.map((each) => ({
          ...each,
          id: formatId({ kind: 'delivery', slug: account.slug, upstreamId, key: each.key }),
          webhookId: id,
        }))
        return { windowNote: note, deliveries, unreadableCount: unreadable.length }
      }),

    // ---- writes: an invalid input sends no request

    /** The only result that contains the signing secret. */
    create: (input: CreateFields, asker: Asker = {}): Promise<CreateResult> =>
      attempt('CREATE', async () => {
        const { connection, asked } = readCreate(input, newProof())
        return runInTurn(connection, toHref(asked.url), asker, (write) => createOnce(write, asked))
      }),

    update: (input: UpdateFields, asker: Asker = {}): Promise<WriteResult> =>
      attempt('UPDATE', async () => {
        const { connection, asked } = readUpdate(input)
        return changeInTurn(connection, asked.upstreamId, asker, (write) => updateOnce(write, asked))
      }),

    remove: (id: string, asker: Asker = {}): Promise<DeleteResult> =>
      attempt('DELETE', async () => {
        const { connection, upstreamId } = readLocation('DELETE', id)
        return changeInTurn(connection, upstreamId, asker, async (write) => {
          const alreadyAbsent = await removeSurely(write, upstreamId)
          const warnings = alreadyAbsent ? [] : (connection.provider.foresee?.({ operation: 'DELETE' }) ?? [])
          return { deletedId: id, alreadyAbsent, warnings }
        })
      }),

    /** The webhook after the verification attempt, whether or not it is verified. */
    verify: (id: string, asker: Asker = {}): Promise<WriteResult> =>
      attempt('VERIFY', async () => {
        const { connection, upstreamId } = readLocation('VERIFY', id)
        const verify = async (write: Write) => ({ webhook: await verifyOnce(write, upstreamId), warnings: [] })
        return runWrite(connection, writing, asker, (write) => runAfterEarlier(write, upstreamId, verify))
      }),

    /** The only result that contains the new signing secret. */
    rotateSecret: (input: RotateFields, asker: Asker = {}): Promise<RotationResult> =>
      attempt('ROTATE_SECRET', async () => {
        const { connection, upstreamId, prepare } = readRotation(input)
        return changeInTurn(connection, upstreamId, asker, async (write) => {
          const { plan, carryOut } = await readSurely(write, upstreamId, () => prepare(write))
          write.begin()
          return { plan, ...(await carryOut()) }
        })
      }),

    test: (id: string, asker: Asker = {}): Promise<TestedResult> =>
      attempt('TEST', async () => {
        const { connection, upstreamId } = readLocation('TEST', id)
        const test = async ({ connection: at, budget }: Write) => ({
          ...(await at.within(budget).test(upstreamId)),
          warnings: [],
        })
        return runWrite(connection, writing, asker, (write) => runAfterEarlier(write, upstreamId, test))
      }),

    redeliver: (input: RedeliverFields, asker: Asker = {}): Promise<RedeliverResult> =>
      attempt('REDELIVER', async () => {
        const { connection, asked } = readRedelivery(input)
        const redeliver = () =>
          runWrite(connection, writing, asker, async ({ connection: at, budget }) => ({
            webhookCount: await at.within(budget).redeliver(asked),
            warnings: [],
          }))
        // The event itself may be missing, and no list of events exists.
        return asked.webhookId === undefined ? redeliver() : warnOfEarlier(connection, asked.webhookId, redeliver)
      }),

    // ---- previews: they write nothing

    previewCreate: (input: CreateFields): Promise<Preview> =>
      attempt('CREATE', async () => {
        const { connection, asked } = readCreate(input, shownProof)
        using budget = startBudget(timeoutMs)
        const requests = await connection.rehearse(budget, (operations) => operations.create(asked))
        return { requests, warnings: connection.provider.foresee?.({ operation: 'CREATE', input: asked }) ?? [] }
      }),

    previewUpdate: (input: UpdateFields): Promise<Preview> =>
      attempt('UPDATE', async () => {
        const { connection, asked } = readUpdate(input)
        using budget = startBudget(timeoutMs)
        const requests = await connection.rehearse(budget, (operations) => operations.update(asked))
        return { requests, warnings: connection.provider.foresee?.({ operation: 'UPDATE', input: asked }) ?? [] }
      }),

    previewRemove: (id: string): Promise<Preview> =>
      attempt('DELETE', async () => {
        const { connection, upstreamId } = readLocation('DELETE', id)
        using budget = startBudget(timeoutMs)
        const requests = await connection.rehearse(budget, (operations) => operations.remove(upstreamId))
        return { requests, warnings: connection.provider.foresee?.({ operation: 'DELETE' }) ?? [] }
      }),

    previewRotation: (input: RotateFields): Promise<RotationPlan> =>
      attempt('ROTATE_SECRET', async () => {
        const { connection, prepare } = readRotation(input)
        using budget = startBudget(timeoutMs)
        return (await prepare({ connection, budget, waiting: budget, looksMs, begin: () => {} })).plan
      }),

    // ---- rules

    /** The issues for which an operation would reject an input; none if its account or webhook is unknown. */
    inspect,
  }
}
