import type { Connection } from './connection.ts'
import { startBudget } from '../budget.ts'
import type { Checks } from './checks.ts'
import type { Directory } from './directory.ts'
import {
  type CreateFields,
  type RedeliverFields,
  refuseIssues,
  type RotateFields,
  setsSecretOption,
  toCreateInput,
  toUpdateInput,
  type UpdateFields,
} from './input.ts'
import type { Recorded } from './journal/entry-log.ts'
import { createJournal } from './journal/journal.ts'
import type { Journaled } from './journal/journaled.ts'
import type { Recordable } from './journal/outcome.ts'
import { pack } from './journal/record.ts'
import { createSettling } from './journal/settle.ts'
import { attempt } from './members.ts'
import { type CreateResult, requireSupport, type WriteResult } from './operations.ts'
import { toHref } from '../provider/answers.ts'
import type { Store } from '../store/store.ts'
import type { TestResult, UpstreamRequest, Warning } from '../webhook.ts'
import { listAsked, packUpdate, removeSurely, updateOnce } from './write/change.ts'
import { createOnce } from './write/create.ts'
import { runAfterEarlier, warnOfEarlier } from './write/earlier.ts'
import { readSurely } from './write/find.ts'
import { type Marks, newMarks, shownMarks } from './write/proof.ts'
import { prepareRotation } from './write/rotate.ts'
import type { PreparedRotation, RotationPlan, RotationResult } from './write/rotation.ts'
import { verifyOnce } from './write/verify.ts'
import { type Asker, inTurn, noEntry, runWrite, type Write, type WriteOptions } from './write/write.ts'

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

export interface WritesOptions {
  readonly directory: Directory
  readonly checks: Checks
  readonly writing: WriteOptions
  readonly openStore: () => Promise<Store>
  readonly secretRetentionMs: number
}

/** The writes and their previews. An invalid input sends no request, and every write that begins is in the journal. */
export function createWrites({ directory, checks, writing, openStore, secretRetentionMs }: WritesOptions) {
  const { shapes, rules, requireShape, readLocation } = checks
  const settling = createSettling({
    openStore,
    secretRetentionMs,
    writing,
    findConnection(slug, upstream) {
      const connection = directory.find(slug)
      return connection?.ledger.account === upstream ? connection : undefined
    },
  })
  const journal = createJournal({ openStore, secretRetentionMs, look: settling.look })

  function record<Result extends Recordable>(
    recorded: Recorded,
    asker: Asker,
    run: (write: Write) => Promise<Result>,
  ): Promise<Journaled<Result>> {
    return journal.run(recorded, asker, writing.timeoutMs, (entry) => runWrite(recorded.connection, writing, asker, entry, run))
  }

  /** Same, in turn with other writes to the same webhook. */
  function recordInTurn<Result extends Recordable>(
    recorded: Recorded & { readonly upstreamId: string },
    asker: Asker,
    run: (write: Write) => Promise<Result>,
  ): Promise<Journaled<Result>> {
    const { upstreamId } = recorded
    return record(recorded, asker, (write) => inTurn(write, upstreamId, (own) => runAfterEarlier(own, upstreamId, run)))
  }

  /** Same, without a turn: it changes nothing that another write reads. */
  function recordAfterEarlier<Result extends Recordable>(
    recorded: Recorded & { readonly upstreamId: string },
    asker: Asker,
    run: (write: Write) => Promise<Result>,
  ): Promise<Journaled<Result>> {
    return record(recorded, asker, (write) => runAfterEarlier(write, recorded.upstreamId, run))
  }

  // The validated input, the same for a write and its preview.

  function readCreate(given: CreateFields, marks: Marks) {
    const input = requireShape('CREATE', shapes.CREATE, given)
    const connection = directory.getConnection(input.account)
    const { provider } = connection
    refuseIssues(provider, rules.CREATE(input))
    return { connection, asked: { ...toCreateInput(provider, input), ...marks } }
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
    refuseIssues(connection.provider, rules.REDELIVER(input))
    return { connection, asked: { key, webhookId: upstreamId, allWebhooks: input.allWebhooks === true } }
  }

  return {
    /** The only result that contains the signing secret. */
    create: (input: CreateFields, asker: Asker = {}): Promise<Journaled<CreateResult>> =>
      attempt('CREATE', async () => {
        const { connection, asked } = readCreate(input, newMarks())
        const { account } = connection
        const own = toComparable({ account: account.slug, ...asked, proof: undefined, key: undefined })
        const recorded = { operation: 'CREATE', connection, upstreamId: null, input: own, setsSecret: true } as const
        return record(recorded, asker, (write) => inTurn(write, toHref(asked.url), (own) => createOnce(own, asked)))
      }),

    update: (input: UpdateFields, asker: Asker = {}): Promise<Journaled<WriteResult>> =>
      attempt('UPDATE', async () => {
        const { connection, asked } = readUpdate(input)
        const setsSecret = setsSecretOption(connection.provider, asked.options)
        const { upstreamId } = asked
        const own = toComparable({ account: connection.account.slug, ...asked })
        const recorded = { operation: 'UPDATE', connection, upstreamId, input: own, setsSecret } as const
        return recordInTurn(recorded, asker, async (write) => {
          await write.begin({ facts: { fields: listAsked(asked) }, secrets: { input: packUpdate(asked) } })
          return updateOnce(write, asked)
        })
      }),

    remove: (id: string, asker: Asker = {}): Promise<Journaled<DeleteResult>> =>
      attempt('DELETE', async () => {
        const { connection, upstreamId } = readLocation('DELETE', id)
        return recordInTurn(toRecorded('DELETE', connection, upstreamId, id), asker, async (write) => {
          await write.begin({})
          const alreadyAbsent = await removeSurely(write, upstreamId)
          const warnings = alreadyAbsent ? [] : (connection.provider.foresee?.({ operation: 'DELETE' }) ?? [])
          return { deletedId: id, alreadyAbsent, warnings }
        })
      }),

    /** The webhook after the verification attempt, whether or not it is verified. */
    verify: (id: string, asker: Asker = {}): Promise<Journaled<WriteResult>> =>
      attempt('VERIFY', async () => {
        const { connection, upstreamId } = readLocation('VERIFY', id)
        return recordAfterEarlier(toRecorded('VERIFY', connection, upstreamId, id), asker, async (write) => {
          await write.begin({})
          return { webhook: await verifyOnce(write, upstreamId), warnings: [] }
        })
      }),

    /** The only result that contains the new signing secret. */
    rotateSecret: (input: RotateFields, asker: Asker = {}): Promise<Journaled<RotationResult>> =>
      attempt('ROTATE_SECRET', async () => {
        const { connection, upstreamId, prepare } = readRotation(input)
        const recorded = { operation: 'ROTATE_SECRET', connection, upstreamId, input, setsSecret: true } as const
        return recordInTurn(recorded, asker, async (write) => {
          let prepared: PreparedRotation | null = null
          // The entry has the plan too: a repeated rotation shows it.
          const begin: Write['begin'] = ({ facts, ...rest }) =>
            write.begin({ ...rest, facts: { ...facts, plan: pack(prepared?.plan ?? null) } })
          prepared = await readSurely(write, upstreamId, () => prepare({ ...write, begin }))
          const { plan, carryOut } = prepared
          const rotated = await carryOut()
          return { plan, ...rotated, warnings: [...(plan.warnings ?? []), ...rotated.warnings] }
        })
      }),

    test: (id: string, asker: Asker = {}): Promise<Journaled<TestedResult>> =>
      attempt('TEST', async () => {
        const { connection, upstreamId } = readLocation('TEST', id)
        return recordAfterEarlier(toRecorded('TEST', connection, upstreamId, id), asker, async (write) => {
          await write.begin({})
          return { ...(await write.connection.within(write.budget).test(upstreamId)), warnings: [] }
        })
      }),

    redeliver: (input: RedeliverFields, asker: Asker = {}): Promise<Journaled<RedeliverResult>> =>
      attempt('REDELIVER', async () => {
        const { connection, asked } = readRedelivery(input)
        const webhookId = asked.allWebhooks ? null : asked.webhookId
        const redeliver = async (write: Write) => {
          await write.begin({})
          return { webhookCount: await write.connection.within(write.budget).redeliver(asked), warnings: [] }
        }
        // The event itself may be missing, and no list of events exists.
        return record(toRecorded('REDELIVER', connection, webhookId, input), asker, (write) =>
          webhookId === null ? redeliver(write) : warnOfEarlier(write, webhookId, () => redeliver(write)),
        )
      }),

    /** The outcome of an entry that holds a key. */
    recall: journal.recall,
    /** Settles an open entry on the word of a person. */
    settleEntry: settling.decide,
    listInterrupted: settling.listInterrupted,
    settleInterrupted: settling.settleInterrupted,

    // ---- previews: they write nothing

    previewCreate: (input: CreateFields): Promise<Preview> =>
      attempt('CREATE', async () => {
        const { connection, asked } = readCreate(input, shownMarks)
        using budget = startBudget(writing.timeoutMs)
        const requests = await connection.rehearse(budget, (operations) => operations.create(asked))
        return { requests, warnings: connection.provider.foresee?.({ operation: 'CREATE', input: asked }) ?? [] }
      }),

    previewUpdate: (input: UpdateFields): Promise<Preview> =>
      attempt('UPDATE', async () => {
        const { connection, asked } = readUpdate(input)
        using budget = startBudget(writing.timeoutMs)
        const requests = await connection.rehearse(budget, (operations) => operations.update(asked))
        return { requests, warnings: connection.provider.foresee?.({ operation: 'UPDATE', input: asked }) ?? [] }
      }),

    previewRemove: (id: string): Promise<Preview> =>
      attempt('DELETE', async () => {
        const { connection, upstreamId } = readLocation('DELETE', id)
        using budget = startBudget(writing.timeoutMs)
        const requests = await connection.rehearse(budget, (operations) => operations.remove(upstreamId))
        return { requests, warnings: connection.provider.foresee?.({ operation: 'DELETE' }) ?? [] }
      }),

    previewRotation: (input: RotateFields): Promise<RotationPlan> =>
      attempt('ROTATE_SECRET', async () => {
        const { connection, prepare } = readRotation(input)
        using budget = startBudget(writing.timeoutMs)
        return (
          await prepare({ connection, budget, waiting: budget, looksMs: writing.looksMs, checkMayBegin: () => {}, ...noEntry })
        ).plan
      }),
  }
}

/** An input in the form that is sent; the order of event types does not matter. */
function toComparable<Input extends { readonly eventTypes?: readonly string[] | undefined }>(input: Input): Input {
  return { ...input, eventTypes: input.eventTypes && [...new Set(input.eventTypes)].toSorted() }
}

function toRecorded<Id extends string | null>(
  operation: 'DELETE' | 'VERIFY' | 'TEST' | 'REDELIVER',
  connection: Connection,
  upstreamId: Id,
  input: unknown,
) {
  return { operation, connection, upstreamId, input, setsSecret: false } as const
}
