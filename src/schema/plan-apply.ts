import { WebhookError } from '../errors.ts'
import { planMembers } from '../gateway/members.ts'
import { mostChanges } from '../gateway/plan/choose.ts'
import { PlanOutdatedError, PlanUnsafeError } from '../gateway/plan/errors.ts'
import { toUnchecked } from '../gateway/unchecked.ts'
import type { Provider } from '../provider/provider.ts'
import { needs } from './authorization.ts'
import type { Builder } from './builder.ts'
import { idempotencyKey } from './describe.ts'
import { type MutationResults, setsSecret } from './mutation.ts'
import { desiredWebhooks, furtherAccounts, prune } from './plan.ts'

/** applyWebhookPlan, with its input, outcomes and errors. */
export function addApply(builder: Builder, providers: readonly Provider[], results: MutationResults): void {
  addPlanErrors(builder)
  addOutcomes(builder, results)
  builder.inputType('ApplyWebhookPlanInput', {
    description: 'The plan to carry out.',
    fields: (t) => ({
      webhooks: t.field({ type: ['DesiredWebhookInput'], required: true, description: desiredWebhooks }),
      prune: t.stringList({ description: prune }),
      accounts: t.stringList({ description: furtherAccounts }),
      fingerprint: t.string({ required: true, description: 'The `fingerprint` of the plan that you have checked.' }),
      only: t.idList({
        description:
          'IDs of the changes to carry out. Defaults to all. A change that has become another one has another ID. The `refusals` of the plan hold ' +
          'whichever are chosen.',
      }),
      force: t.boolean({ defaultValue: false, description: 'Whether to carry it out despite its `refusals`.' }),
      idempotencyKey: t.string({
        description: `${idempotencyKey.description} Here, the input is \`webhooks\` and \`prune\`, and a repeat goes on where it was with the changes that were checked under the key, without comparing fingerprints.`,
      }),
    }),
  })
  builder.objectType('ApplyWebhookPlanSuccess', {
    description:
      'What was carried out, and what is left to do. Apply it again with the fingerprint of `remaining` until that has nothing to change, is ' +
      '`complete`, and has no `problems`. Give the IDs of the changes that you have checked as `only`: `remaining` has those too that have come up since.',
    fields: (t) => ({
      outcomes: t.expose('outcomes', {
        type: ['PlannedOutcome'],
        description: `One for each change that was begun, up to ${mostChanges}. A repeat with the same fingerprint and key has those of the first call too.`,
      }),
      remaining: t.expose('remaining', { type: 'WebhookPlan', nullable: true, description: 'The plan as it is now.' }),
    }),
  })
  const result = builder.errorUnion('ApplyWebhookPlanResult', {
    description: 'What was carried out, or why nothing was.',
    types: ['ApplyWebhookPlanSuccess', ...planMembers.APPLY],
    resolveType: (found) => (found instanceof Error ? undefined : 'ApplyWebhookPlanSuccess'),
  })
  builder.mutationField('applyWebhookPlan', (t) =>
    t.field({
      type: result,
      extensions: needs(({ input }) => (listDesired(input).some((each) => setsSecret(providers, each)) ? ['secrets:write'] : [])),
      description:
        `Carries out up to ${mostChanges} changes of a plan, as many as its time allows, creates before deletes. What fails stops only what ` +
        'depends on it. What has begun is finished, and the accounts are listed once more, so that the response can come later than that of a ' +
        'query. Also requires scope webhooks:read, and secrets:write to create webhooks.',
      args: { input: t.arg({ type: 'ApplyWebhookPlanInput', required: true, description: 'The plan to carry out.' }) },
      resolve: (_, { input: { idempotencyKey, ...input } }, context) => context.applyPlan(input, idempotencyKey),
    }),
  )
}

function listDesired(input: unknown): readonly unknown[] {
  const { webhooks } = toUnchecked(input)
  return Array.isArray(webhooks) ? webhooks : []
}

function addOutcomes(builder: Builder, { created, updated, deleted }: MutationResults): void {
  builder.objectType('PlannedOutcome', {
    description:
      'What has become of a change. A REPLACE has a create, then a delete; or, if the old webhook was changed meanwhile, ConflictError as its create.',
    fields: (t) => ({
      change: t.expose('change', { type: 'PlannedChange', description: 'The change.' }),
      create: t.field({
        type: created,
        nullable: true,
        description: 'As of createWebhook. Null if nothing was to be created.',
        resolve: ({ create }) => orThrow(create),
      }),
      update: t.field({
        type: updated,
        nullable: true,
        description: 'As of updateWebhook. Null if nothing was to be updated.',
        resolve: ({ update }) => orThrow(update),
      }),
      delete: t.field({
        type: deleted,
        nullable: true,
        description: 'As of deleteWebhook. Null if nothing was to be deleted.',
        resolve: (outcome) => orThrow(outcome.delete),
      }),
      skipped: t.exposeString('skipped', {
        nullable: true,
        description: 'Why it was not carried out, or not to its end. Otherwise null.',
      }),
    }),
  })
}

/** The union takes an error that is thrown. */
function orThrow<Result>(answer: Result | WebhookError): Result {
  if (answer instanceof WebhookError) throw answer
  return answer
}

function addPlanErrors(builder: Builder): void {
  const plan = { type: 'WebhookPlan', description: 'The plan as it is now.' } as const
  builder.objectType(PlanOutdatedError, {
    name: 'PlanOutdatedError',
    interfaces: ['WebhookError'],
    description: 'The plan would change something else by now. Nothing was changed.',
    fields: (t) => ({ plan: t.expose('plan', plan) }),
  })
  builder.objectType(PlanUnsafeError, {
    name: 'PlanUnsafeError',
    interfaces: ['WebhookError'],
    description: 'The plan changes unusually much, and `force` is not set. Nothing was changed.',
    fields: (t) => ({ plan: t.expose('plan', plan) }),
  })
}
