import { ConflictError, PermissionDeniedError, WebhookError } from '../../errors.ts'
import { toNameKey } from '../../plan/name.ts'
import { toHref } from '../../provider/answers.ts'
import type { Provider } from '../../provider/provider.ts'
import type { AccountWebhook, Warning } from '../../webhook.ts'
import type { CreateFields, UpdateFields } from '../input.ts'
import type { Journaled } from '../journal/journaled.ts'
import type { Listing } from '../listing.ts'
import type { CreateResult, WriteResult } from '../operations.ts'
import type { Asker } from '../write/write.ts'
import type { DeleteResult } from '../writes.ts'
import type { Checked } from './checked.ts'
import { type Recalled, type Step, toPart } from './earlier.ts'
import { type Answered, toAnswer } from './outcome.ts'
import type { PlannedChange } from './planned.ts'
import { hashSettings } from './settings.ts'
import { toCreateFields } from './work.ts'

// The single mutations that carry changes out, each under the key of its plan.

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
  /** Whether it can read secrets of other callers. */
  readonly revealsAll: boolean
  /** Whether another change may begin. */
  mayContinue(): boolean
  /** Carries a mutation out like any other of this caller. */
  write<Result extends { readonly webhook?: AccountWebhook; readonly warnings: readonly Warning[] }>(
    target: Target,
    run: (asker: Asker) => Promise<Journaled<Result>>,
  ): Promise<Journaled<Result>>
}

export interface StepOptions {
  readonly writes: Writes
  readonly applier: Applier
  readonly idempotencyKey: string | undefined
  /** Of the plan that is applied. */
  readonly fingerprint: string
  readonly checked: Checked
  /** Of the input. */
  readonly digest: string
  /** Of the same key. */
  readonly earlier: readonly Recalled[]
  readonly listings: readonly Listing[]
}

/** At most this many entries of a call tell what was checked: it can be long. */
const mostCopies = 3

/** The mutations that anybody would use. They reject with bugs only. */
export function createSteps({ writes, applier, idempotencyKey, fingerprint, checked, digest, earlier, listings }: StepOptions) {
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
    const part = idempotencyKey === undefined ? undefined : toPart(facts, change, step, earlier, digest)
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
    const checkBefore = (listing: Listing) => requireAbsent(provider, listing, input, known)
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

  /** Deletes the new webhook of a replacement. */
  function withdraw(change: PlannedChange, id: string): Promise<Answered<DeleteResult>> {
    return answer(change, { operation: 'DELETE', id }, (asker) => writes.remove(id, asker), { step: 'WITHDRAW' })
  }

  return { create, update, remove, withdraw }
}

/** Nobody else has created it since the plan was made: another process does not wait for this one. */
function requireAbsent(provider: Provider, { webhooks }: Listing, { url, name }: CreateFields, known: ReadonlySet<string>): void {
  const isAt = (webhook: AccountWebhook) => toHref(webhook.url) === toHref(url)
  const isSame = (webhook: AccountWebhook) =>
    name == null || webhook.name === null ? isAt(webhook) : toNameKey(provider, webhook.name) === toNameKey(provider, name)
  const found = webhooks.find((webhook) => !known.has(webhook.id) && isSame(webhook))
  if (found === undefined) return
  const message = 'Somebody has created a webhook with this name or URL since the plan was made. Nothing was created. Plan again.'
  throw new ConflictError(message, null, found)
}

function toForbidden(caller: string): PermissionDeniedError {
  return new PermissionDeniedError(
    `To create a webhook requires scope secrets:write, which ${caller} does not have. Nothing was sent to the provider.`,
  )
}
