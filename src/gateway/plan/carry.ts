import { OutcomeUnknownError, PermissionDeniedError, WebhookError } from '../../errors.ts'
import { listDifferences } from '../../plan/replace.ts'
import type { Provider } from '../../provider/provider.ts'
import type { StoredEntry } from '../../store/store.ts'
import type { AccountWebhook } from '../../webhook.ts'
import type { Journaled } from '../journal/journaled.ts'
import type { Listing } from '../listing.ts'
import type { CreateResult } from '../operations.ts'
import type { RecallOptions } from './earlier.ts'
import { type Answered, changedMeanwhile, type PlannedOutcome, toAnswer, toWithdrawn, untouched } from './outcome.ts'
import type { Begun, PlannedChange } from './planned.ts'
import { hashSettings } from './settings.ts'
import { createSteps, type StepOptions } from './steps.ts'
import { toLaterName, toUpdateFields } from './work.ts'

export interface CarryOptions extends StepOptions {
  /** Reads an account anew. */
  readonly list: (slug: string) => Promise<Listing>
  /** The outcome of a create that is recorded. */
  readonly recall: (entry: StoredEntry) => ReturnType<RecallOptions['recall']>
}

/** Carries out changes of a plan, each by the mutations that anybody would use. Rejects with bugs only. */
export function createCarrier({ list, recall, ...options }: CarryOptions) {
  const { create, update, remove, withdraw: takeBack } = createSteps(options)

  /** Undoes a replacement, because the old webhook is not as it was. */
  async function withdraw(change: PlannedChange, created: Journaled<CreateResult>, now: AccountWebhook): Promise<PlannedOutcome> {
    const { webhook } = created
    const { id } = webhook
    const removed = await takeBack(change, id)
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
    const keep = (why: string) => ({ ...outcome, skipped: `The old webhook was kept. ${why}` })
    const reason = findReasonToKeep(provider, change, created)
    if (reason !== null) return keep(reason)
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

  /** What an earlier apply has created, with its secret for those who may have it. */
  async function recallBegun({ entry, twin }: Begun): Promise<Answered<CreateResult> | null> {
    const { caller, mayCreate, revealsAll } = options.applier
    if (!mayCreate || (entry.caller !== caller && !revealsAll)) return toWithheld(twin.id, entry.caller)
    const created = await recall(entry).catch(toAnswer)
    return created === null || created instanceof WebhookError ? created : { ...created, webhook: twin }
  }

  async function replace(provider: Provider, change: PlannedChange): Promise<PlannedOutcome> {
    if (change.begun !== undefined) return finish(provider, change, await recallBegun(change.begun), change.begun.settings)
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

function toWithheld(id: string, caller: string): PermissionDeniedError {
  return new PermissionDeniedError(
    `The old webhook was kept. ${caller} has created the new one (ID ${id}), and to get its secret requires scope secrets:write, and secrets:reveal for other callers.`,
  )
}

/** Why the old webhook must stay. */
function findReasonToKeep(provider: Provider, { webhook, desired }: PlannedChange, created: CreateResult): string | null {
  if (created.isInDoubt === true || created.warnings.some(({ code }) => code === 'JOURNAL_INCOMPLETE'))
    return 'The new one or its secret may not be settled yet. See the warnings.'
  if (webhook?.status === 'ACTIVE' && created.webhook.status !== 'ACTIVE')
    return 'The new one does not send events yet. Verify it, then delete the old one.'
  const wrong = desired === null ? [] : listDifferences(provider, desired, created.webhook)
  return wrong.length === 0 ? null : `The new one differs in ${wrong.join(' and ')}.`
}
