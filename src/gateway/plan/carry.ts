import { ConflictError, OutcomeUnknownError, PermissionDeniedError, WebhookError } from '../../errors.ts'
import { listDifferences } from '../../plan/replace.ts'
import { toHref } from '../../provider/answers.ts'
import type { Provider } from '../../provider/provider.ts'
import type { Warning, AccountWebhook } from '../../webhook.ts'
import type { CreateFields, UpdateFields } from '../input.ts'
import type { Journaled } from '../journal/journaled.ts'
import type { Listing } from '../listing.ts'
import type { CreateResult, WriteResult } from '../operations.ts'
import type { Asker } from '../write/write.ts'
import type { DeleteResult } from '../writes.ts'
import { type Checked, type Recalled, type Step, toPart } from './earlier.ts'
import { type Answered, changedMeanwhile, type PlannedOutcome, toAnswer, toWithdrawn, untouched } from './outcome.ts'
import type { PlannedChange } from './planned.ts'
import { hashSettings } from './settings.ts'
import { toCreateFields, toLaterName, toUpdateFields } from './work.ts'

/** The mutations. */
export interface Writes {
  create(input: CreateFields, asker: Asker): Promise<Journaled<CreateResult>>
  update(input: UpdateFields, asker: Asker): Promise<Journaled<WriteResult>>
  remove(id: string, asker: Asker): Promise<Journaled<DeleteResult>>
}

/** A mutation, for the audit log. */
export interface Target {
  readonly operation: Exclude<Step, 'WITHDRAW'>
  readonly account?: string
  readonly id?: string
  readonly input?: object
  readonly idempotencyKey: string | undefined
}

/** Who applies a plan. */
export interface Applier {
  readonly caller: string
  readonly signal: AbortSignal
  /** Whether it may create webhooks, and get their secrets. */
  readonly mayCreate: boolean
  /** Whether another change may begin. */
  mayContinue(): boolean
  /** Carries a mutation out like any other of this caller. */
  write<Result extends { readonly webhook?: AccountWebhook; readonly warnings: readonly Warning[] }>(
    target: Target,
    run: (asker: Asker) => Promise<Journaled<Result>>,
  ): Promise<Journaled<Result>>
}

export interface CarryOptions {
  readonly writes: Writes
  readonly applier: Applier
  readonly idempotencyKey: string | undefined
  /** Of the plan that is applied. */
  readonly fingerprint: string
  readonly checked: Checked
  /** Of the same key. */
  readonly earlier: readonly Recalled[]
  readonly listings: readonly Listing[]
  /** Reads an account anew. */
  readonly list: (slug: string) => Promise<Listing>
}

/** At most this many entries of a call tell what was checked: it can be long. */
const mostCopies = 3

/** Carries out changes of a plan, each by the mutations that anybody would use. Rejects with bugs only. */
export function createCarrier({ writes, applier, idempotencyKey, fingerprint, checked, earlier, listings, list }: CarryOptions) {
  const known = new Set(listings.flatMap(({ webhooks }) => webhooks.map(({ id }) => id)))

  let copiesLeft = checked.unkept.length === 0 ? 0 : mostCopies

  /** `settings` are those of the webhook that is replaced or deleted. */
  async function answer<Result extends { readonly webhook?: AccountWebhook; readonly warnings: readonly Warning[] }>(
    change: PlannedChange,
    target: Omit<Target, 'idempotencyKey'>,
    run: (asker: Asker) => Promise<Journaled<Result>>,
    { step = target.operation, settings = null }: { readonly step?: Step; readonly settings?: string | null } = {},
  ): Promise<Answered<Result>> {
    const facts = { fingerprint, settings, ...(copiesLeft > 0 && { checked: checked.unkept }) }
    const part = idempotencyKey === undefined ? undefined : toPart(facts, change, step, earlier)
    copiesLeft -= 1
    const answered = await applier.write({ ...target, idempotencyKey }, (asker) => run({ ...asker, part })).catch(toAnswer)
    // An entry that holds its key keeps what it tells.
    if (facts.checked !== undefined && !(answered instanceof WebhookError) && !answered.replayed) copiesLeft = 0
    return answered
  }

  async function create(
    provider: Provider,
    change: PlannedChange,
    settings: string | null = null,
  ): Promise<Answered<CreateResult>> {
    if (!applier.mayCreate) return toForbidden(applier.caller)
    const input = toCreateFields(provider, change)
    const checkBefore = (listing: Listing) => requireAbsent(listing, input, known)
    const created = await answer(
      change,
      { operation: 'CREATE', account: input.account },
      (asker) => writes.create(input, { ...asker, checkBefore }),
      { settings },
    )
    if (!(created instanceof WebhookError)) known.add(created.webhook.id)
    return created
  }

  function update(change: PlannedChange, input: UpdateFields): Promise<Answered<WriteResult>> {
    return answer(change, { operation: 'UPDATE', id: input.id, input }, (asker) => writes.update(input, asker))
  }

  function remove(provider: Provider, change: PlannedChange): Promise<Answered<DeleteResult>> {
    const id = change.webhook?.id ?? ''
    const settings = change.webhook && hashSettings(provider, change.webhook)
    return answer(change, { operation: 'DELETE', id }, (asker) => writes.remove(id, asker), { settings })
  }

  /** Undoes a replacement, because the old webhook is not as it was. */
  async function withdraw(change: PlannedChange, created: Journaled<CreateResult>, now: AccountWebhook): Promise<PlannedOutcome> {
    const { webhook } = created
    const { id } = webhook
    const removed = await answer(change, { operation: 'DELETE', id }, (asker) => writes.remove(id, asker), { step: 'WITHDRAW' })
    const outcome = { ...untouched, change }
    if (!(removed instanceof WebhookError)) return { ...outcome, create: toWithdrawn(now) }
    const message = `${changedMeanwhile} It was kept, and the new webhook (ID ${id}) may still exist: ${removed.message} Delete one of them.`
    return { ...outcome, create: created, delete: new OutcomeUnknownError(message, [webhook], removed) }
  }

  /** The rest of a replacement, once the new webhook exists: the old one goes only if the new one takes its place. */
  async function finish(
    provider: Provider,
    change: PlannedChange,
    created: Answered<CreateResult> | null,
    settings: string | null,
  ): Promise<PlannedOutcome> {
    const outcome = { ...untouched, change, create: created }
    if (created === null || created instanceof WebhookError) return outcome
    const keep = (reason: string) => ({ ...outcome, skipped: `The old webhook was kept. ${reason}` })
    const obstacle = findObstacle(provider, change, created)
    if (obstacle !== null) return keep(obstacle)
    const { webhooks, state } = await list(change.account.slug)
    const find = (id: string | undefined) => webhooks.find((webhook) => webhook.id === id)
    const now = find(change.webhook?.id)
    if (now === undefined && state !== 'COMPLETE') return keep('It could not be read again to check for changes in the meantime.')
    if (created.replayed && find(created.webhook.id) === undefined) return keep('The new one could not be found.')
    if (now !== undefined && hashSettings(provider, now) !== settings) return withdraw(change, created, now)
    const removed = await remove(provider, change)
    const name = toLaterName(provider, change)
    if (removed instanceof WebhookError || name === undefined || created.webhook.name === name)
      return { ...outcome, delete: removed }
    return { ...outcome, delete: removed, update: await update(change, { id: created.webhook.id, name }) }
  }

  async function replace(provider: Provider, change: PlannedChange): Promise<PlannedOutcome> {
    const settings = change.webhook && hashSettings(provider, change.webhook)
    return finish(provider, change, await create(provider, change, settings), settings)
  }

  return {
    finish,
    async carry(provider: Provider, change: PlannedChange): Promise<PlannedOutcome> {
      const outcome = { ...untouched, change }
      switch (change.kind) {
        case 'CREATE':
          return { ...outcome, create: await create(provider, change) }
        case 'UPDATE':
          return { ...outcome, update: await update(change, toUpdateFields(provider, change)) }
        case 'REPLACE':
          return replace(provider, change)
        case 'DELETE':
          return { ...outcome, delete: await remove(provider, change) }
        case 'UNMANAGED':
        case 'NONE':
          return outcome
      }
    },
  }
}

/** Nobody else has created it since the plan was made: another process does not wait for this one. */
function requireAbsent({ webhooks }: Listing, { url, name }: CreateFields, known: ReadonlySet<string>): void {
  const isAt = (webhook: AccountWebhook) => toHref(webhook.url) === toHref(url)
  const isSame = (webhook: AccountWebhook) => (name == null || webhook.name === null ? isAt(webhook) : webhook.name === name)
  const found = webhooks.find((webhook) => !known.has(webhook.id) && isSame(webhook))
  if (found === undefined) return
  const message = 'Somebody has created a webhook with this name or URL since the plan was made. Nothing was created. Plan again.'
  throw new ConflictError(message, null, found)
}

/** Why the old webhook must stay. */
function findObstacle(provider: Provider, { webhook, desired }: PlannedChange, created: CreateResult): string | null {
  if (created.isInDoubt === true || created.warnings.some(({ code }) => code === 'JOURNAL_INCOMPLETE'))
    return 'The new one or its secret may not be settled yet. See the warnings.'
  if (webhook?.status === 'ACTIVE' && created.webhook.status !== 'ACTIVE')
    return 'The new one does not send events yet. Verify it, then delete the old one.'
  const wrong = desired === null ? [] : listDifferences(provider, desired, created.webhook)
  return wrong.length === 0 ? null : `The new one differs in ${wrong.join(' and ')}.`
}

function toForbidden(caller: string): PermissionDeniedError {
  return new PermissionDeniedError(
    `To create a webhook requires scope secrets:write, which ${caller} does not have. Nothing was sent to the provider.`,
  )
}
