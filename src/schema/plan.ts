import { mostEventTypes } from '../gateway/event-types.ts'
import { planMembers } from '../gateway/members.ts'
import { changeKinds } from '../plan/change.ts'
import { mostCandidates } from '../errors.ts'
import { problemCodes } from '../plan/problem.ts'
import { refusalCodes } from '../plan/valves.ts'
import type { Provider } from '../provider/provider.ts'
import { needs } from './authorization.ts'
import type { Builder } from './builder.ts'
import { toEnumValues } from './describe.ts'

/** webhookPlan, with what a plan consists of. */
export function addPlans(builder: Builder, providers: readonly Provider[]): void {
  addChanges(builder)
  addVerdicts(builder)
  builder.objectType('WebhookPlan', {
    extensions: needs(['webhooks:read']),
    description: 'What to do so that the webhooks are as desired.',
    fields: (t) => ({
      changes: t.expose('changes', {
        type: ['PlannedChange'],
        description:
          'One for each webhook, by account, then by kind, then by name or URL. None for accounts that could not be read.',
      }),
      problems: t.expose('problems', {
        type: ['PlanProblem'],
        description:
          'What keeps desired webhooks from being planned, so that nothing is changed for them; or UNSETTLED, which somebody has to settle.',
      }),
      refusals: t.expose('refusals', { type: ['PlanRefusal'], description: 'Why the plan is applied only with `force`.' }),
      warnings: t.expose('warnings', { type: ['Warning'], description: 'Warnings about the plan as a whole.' }),
      complete: t.exposeBoolean('isComplete', {
        description: 'Whether every account was read in full. If not, nothing is deleted. See `sources`.',
      }),
      sources: t.expose('sources', { type: ['WebhookSource'], description: 'One entry for each account of the plan.' }),
      keepsSecrets: t.boolean({
        description: 'Whether the journal keeps the signing secrets of new webhooks for a while: see `revealSigningSecret`.',
        resolve: (_, __, { gateway }) => gateway.keepsSecrets,
      }),
      fingerprint: t.exposeString('fingerprint', {
        description: 'Hash of the changes. The same as long as the plan would change the same.',
      }),
    }),
  })
  addPlanInputs(builder, providers)
  const result = builder.errorUnion('WebhookPlanResult', {
    description: 'The plan, or why there is none.',
    types: ['WebhookPlan', ...planMembers.PLAN],
    resolveType: (found) => (found instanceof Error ? undefined : 'WebhookPlan'),
  })
  builder.queryField('webhookPlan', (t) =>
    t.field({
      type: result,
      description: 'Plans the changes that make the webhooks as desired. Changes nothing. Lists each account once.',
      args: { input: t.arg({ type: 'WebhookPlanInput', required: true, description: 'The desired webhooks.' }) },
      resolve: (_, { input }, context) => context.plan(input),
    }),
  )
}

function addPlanInputs(builder: Builder, providers: readonly Provider[]): void {
  const hasOptions = providers.some(({ options }) => Object.keys(options).length > 0)
  builder.inputType('DesiredWebhookInput', {
    description: 'A webhook that there should be. A field that is left out is not managed, except that a new webhook is enabled.',
    fields: (t) => ({
      account: t.string({ required: true, description: 'Account slug, as listed by the accounts query.' }),
      id: t.id({
        description:
          'The `id` of the webhook. By default, a webhook is known by its name, or by its URL if it has none here or the provider has no names.',
      }),
      name: t.string({ description: 'Display name, 1 to 255 characters after trimming.' }),
      url: t.field({
        type: 'URL',
        required: true,
        description: 'URL that receives deliveries. Must use https and contain no user name or password.',
      }),
      eventTypes: t.stringList({
        description: `Event types to receive, in any order. Up to ${mostEventTypes}, each up to 255 characters.`,
      }),
      enabled: t.boolean({ description: 'Whether the webhook is enabled.' }),
      ...(hasOptions && {
        options: t.field({
          type: 'ProviderOptionsInput',
          description: 'Provider-specific options. Those that no list shows, such as secrets, count only for new webhooks.',
        }),
      }),
    }),
  })
  builder.inputType('WebhookPlanInput', {
    description: 'What there should be.',
    fields: (t) => ({
      webhooks: t.field({ type: ['DesiredWebhookInput'], required: true, description: desiredWebhooks }),
      prune: t.stringList({ description: prune }),
      accounts: t.stringList({ description: furtherAccounts }),
    }),
  })
}

export const desiredWebhooks = 'The desired webhooks, in any order.'
export const furtherAccounts =
  'Slugs of the accounts to read besides those of `webhooks` and `prune`. Their webhooks are UNMANAGED and stay.'
export const prune = 'Slugs of the accounts whose other webhooks are deleted. By default, they are UNMANAGED and stay.'

function addChanges(builder: Builder): void {
  const kind = builder.enumType('PlannedChangeKind', {
    description: 'What a plan does about a webhook.',
    values: toEnumValues(changeKinds),
  })
  builder.objectType('FieldChange', {
    description: 'A field of a webhook that changes, or that cannot be compared.',
    fields: (t) => ({
      path: t.exposeString('path', { description: 'Path below the input, e.g. url or options.acme.metadata.' }),
      before: t.expose('before', {
        type: 'JSON',
        nullable: true,
        description: 'The value now. Null if there is none, or it is not shown.',
      }),
      after: t.expose('after', { type: 'JSON', nullable: true, description: 'The desired value. Null for a secret.' }),
      comparable: t.exposeBoolean('isComparable', {
        description: 'Whether both values are known. If not, the field of an existing webhook stays as it is.',
      }),
      note: t.exposeString('note', { nullable: true, description: 'Why it cannot be compared.' }),
    }),
  })
  builder.objectType('ReplacementPrice', {
    description: 'Side effects of replacing a webhook.',
    fields: (t) => ({
      changesId: t.exposeBoolean('changesId', { description: 'Whether the webhook gets a new ID.' }),
      duplicateDeliveries: t.exposeBoolean('duplicateDeliveries', {
        description: 'Whether events may be delivered twice in the meantime.',
      }),
      losesDeliveryHistory: t.exposeBoolean('losesDeliveryHistory', { description: 'Whether the delivery log is lost.' }),
      needsVerification: t.exposeBoolean('needsVerification', {
        description: 'Whether the URL must be verified again before events are sent.',
      }),
    }),
  })
  builder.objectType('PlannedChange', {
    description: 'What a plan does about one webhook.',
    fields: (t) => ({
      id: t.exposeID('id', {
        description: 'The same as long as the change is: the webhook, what changes, and what is deleted. For `only`.',
      }),
      kind: t.field({ type: kind, description: 'What is done.', resolve: (change) => change.kind }),
      account: t.expose('account', { type: 'Account', description: 'The account.' }),
      webhook: t.expose('webhook', {
        type: 'Webhook',
        nullable: true,
        description: 'The webhook as it is now. Null if it is yet to be created.',
      }),
      desiredIndex: t.exposeInt('desiredIndex', {
        nullable: true,
        description: 'Place in `input.webhooks`, from 0. Null if the webhook is not there.',
      }),
      name: t.exposeString('name', { nullable: true, description: 'The desired name, else the name now.' }),
      url: t.expose('url', { type: 'URL', description: 'The desired URL, else the URL now.' }),
      fields: t.expose('fields', { type: ['FieldChange'], description: 'What changes, and what cannot be compared.' }),
      price: t.expose('price', {
        type: 'ReplacementPrice',
        nullable: true,
        description: 'Side effects of a REPLACE, otherwise null.',
      }),
      warnings: t.expose('warnings', { type: ['Warning'], description: 'Warnings known in advance.' }),
      calls: t.exposeInt('calls', {
        description: 'Maximum upstream requests, unless a response is lost. Further list pages and retries do not count.',
      }),
    }),
  })
}

function addVerdicts(builder: Builder): void {
  const problemCode = builder.enumType('PlanProblemCode', {
    description: 'Kind of problem with desired webhooks.',
    values: toEnumValues(problemCodes),
  })
  builder.objectType('PlanProblem', {
    description: 'What is wrong with desired webhooks.',
    fields: (t) => ({
      code: t.field({ type: problemCode, description: 'Machine-readable code.', resolve: ({ code }) => code }),
      message: t.exposeString('message', { description: 'What is wrong and how to fix it.' }),
      account: t.expose('account', { type: 'Account', description: 'The account.' }),
      desiredIndexes: t.intList({
        description: 'Places of the desired webhooks in `input.webhooks`, from 0.',
        resolve: ({ indexes }) => indexes,
      }),
      webhooks: t.expose('webhooks', {
        type: ['Webhook'],
        description: `The webhooks that can be meant, up to ${mostCandidates}.`,
      }),
      journalEntryId: t.id({
        nullable: true,
        description: 'The journal entry of an UNSETTLED write. Otherwise null.',
        resolve: ({ journalEntryId }) => journalEntryId ?? null,
      }),
    }),
  })
  const refusalCode = builder.enumType('PlanRefusalCode', {
    description: 'Kind of doubt about a plan.',
    values: toEnumValues(refusalCodes),
  })
  builder.objectType('PlanRefusal', {
    description: 'Why a plan is applied only with `force`.',
    fields: (t) => ({
      code: t.field({ type: refusalCode, description: 'Machine-readable code.', resolve: ({ code }) => code }),
      message: t.exposeString('message', { description: 'What is unusual and what to do.' }),
      account: t.expose('account', { type: 'Account', description: 'The account.' }),
    }),
  })
}
