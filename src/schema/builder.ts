import SchemaBuilder from '@pothos/core'
import ErrorsPlugin from '@pothos/plugin-errors'
import ZodPlugin from '@pothos/plugin-zod'
import type { GraphQLResolveInfo } from 'graphql'
import * as z from 'zod'
import type { InputIssue, UpstreamFailure, WebhookError } from '../errors.ts'
import type { JournalEntry, WebhookState } from '../journal.ts'
import type { HeldSecret, Journaled, SettleInput } from '../gateway/journal/journaled.ts'
import type { Acknowledged } from '../gateway/journal/view.ts'
import type { DeleteResult, Preview, RedeliverResult, TestedResult } from '../gateway/writes.ts'
import type { CreateFields, ProviderOptions, RedeliverFields, RotateFields, UpdateFields } from '../gateway/input.ts'
import type { Listing } from '../gateway/listing.ts'
import type { CreateResult, WriteResult } from '../gateway/operations.ts'
import type { Applied } from '../gateway/plan/apply.ts'
import type { PlannedOutcome } from '../gateway/plan/outcome.ts'
import type { ApplyFields, DesiredFields, PlanFields } from '../gateway/plan/input.ts'
import type { PlannedChange, WebhookPlan } from '../gateway/plan/planned.ts'
import type { FieldChange } from '../plan/change.ts'
import type { Problem } from '../plan/problem.ts'
import type { Refusal } from '../plan/valves.ts'
import type { EventType } from '../provider/events.ts'
import type { FieldSupport } from '../provider/fields.ts'
import type { OperationSupport, Provider, ProviderLimits } from '../provider/provider.ts'
import type { SignatureScheme } from '../provider/signature.ts'
import type {
  Account,
  AccountWebhook,
  Instant,
  Json,
  RotationPrice,
  UpstreamRequest,
  Warning,
  WebhookDelivery,
} from '../webhook.ts'
import type { RotationPlan, RotationResult } from '../gateway/write/rotation.ts'
import { needs } from './authorization.ts'
import type { Context } from './context.ts'
import type { PageInfo } from './ordering.ts'

export interface Types {
  Context: Context
  DefaultFieldNullability: false
  Scalars: {
    ID: { Input: string; Output: string }
    DateTime: { Input: Date; Output: Instant }
    URL: { Input: string; Output: string }
    JSON: { Input: Json; Output: Json }
  }
  Interfaces: { Node: Node; Webhook: AccountWebhook; WebhookError: WebhookError }
  Objects: {
    Account: Account
    AccountSetting: { readonly name: string; readonly value: string }
    AcknowledgeSecretSuccess: Acknowledged
    CreateWebhookSuccess: Journaled<CreateResult>
    DeleteWebhookSuccess: Journaled<DeleteResult>
    Delivery: WebhookDelivery
    EventType: EventType
    FieldSupport: FieldSupport
    InputIssue: InputIssue
    JournalEntry: JournalEntry
    MutationPreview: Preview
    OperationSupport: OperationSupport
    PageInfo: PageInfo
    Provider: Provider
    ProviderLimits: LimitsOfProvider
    RateLimit: NonNullable<Provider['rates']>[number]
    RedeliverEventSuccess: Journaled<RedeliverResult>
    RevealSigningSecretSuccess: WithSecret<Acknowledged>
    RotateWebhookSecretSuccess: WithSecret<Journaled<Omit<RotationResult, 'signingSecret'>>>
    RotationPlan: RotationPlan
    SettleJournalEntrySuccess: WithSecret<Acknowledged>
    SignatureScheme: SignatureScheme
    TestWebhookSuccess: Journaled<TestedResult>
    UpdateWebhookSuccess: Journaled<WriteResult>
    UpstreamFailure: UpstreamFailure
    UpstreamRequest: UpstreamRequest
    VerifyWebhookSuccess: Journaled<WriteResult>
    Warning: Warning
    ApplyWebhookPlanSuccess: Applied
    PlannedChange: PlannedChange
    PlannedOutcome: PlannedOutcome
    FieldChange: FieldChange
    PlanProblem: Problem
    PlanRefusal: Refusal
    ReplacementPrice: RotationPrice
    WebhookPlan: WebhookPlan
    WebhookSource: Listing & { readonly count: number }
    WebhookState: WebhookState
  }
  Inputs: {
    AcknowledgeSecretInput: { entryId: string }
    CreateWebhookInput: CreateFields & Previewable
    DesiredWebhookInput: DesiredFields
    WebhookPlanInput: PlanFields
    ApplyWebhookPlanInput: ApplyFields & Repeatable
    DeleteWebhookInput: { id: string } & Previewable
    ProviderOptionsInput: ProviderOptions
    RedeliverEventInput: RedeliverFields & Repeatable
    RevealSigningSecretInput: { entryId: string }
    RotateWebhookSecretInput: RotateFields & Previewable
    SettleJournalEntryInput: SettleInput
    TestWebhookInput: { id: string } & Repeatable
    UpdateWebhookInput: UpdateFields & Previewable
    VerifyWebhookInput: { id: string } & Repeatable
  }
}

/** Objects with a global ID. */
export type Node = Provider | Account | AccountWebhook | WebhookDelivery | JournalEntry

interface Repeatable {
  readonly idempotencyKey?: string | null | undefined
}

interface Previewable extends Repeatable {
  readonly validateOnly?: boolean | null | undefined
}

type WithSecret<Result> = Result & HeldSecret

type LimitsOfProvider = ProviderLimits & { readonly rates: NonNullable<Provider['rates']> }

export type Builder = ReturnType<typeof createBuilder>

/** Callbacks for the plugins, provided by other modules. */
export interface Answers {
  toInvalidInputError(error: z.ZodError, args: Record<string, unknown>, context: Context, info: GraphQLResolveInfo): Error
}

const dateTime = z.iso.datetime({ offset: true })

/** Plugins, scalars and defaults. Other modules add the types. */
export function createBuilder({ toInvalidInputError }: Answers) {
  const builder = new SchemaBuilder<Types>({
    // Errors first, so that it catches what the others throw.
    plugins: [ErrorsPlugin, ZodPlugin],
    defaultFieldNullability: false,
    errors: { directResult: true },
    zod: { validationError: toInvalidInputError },
  })

  builder.queryType({
    description: 'Read operations. A failing provider never fails the whole query. Requires scope webhooks:read.',
    extensions: needs(['webhooks:read']),
  })
  builder.mutationType({
    description: 'Write operations, each on one account. Requires scope webhooks:write.',
    extensions: needs(['webhooks:write']),
  })
  builder.scalarType('DateTime', {
    description: 'ISO 8601 timestamp in UTC, e.g. 2026-01-05T09:00:00.000Z. Inputs can have any UTC offset.',
    specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
    serialize: (instant) => instant,
    parseValue: (value) => {
      const text = dateTime.safeParse(value).data
      if (text === undefined) throw new TypeError('A DateTime must be an ISO 8601 timestamp with a time zone.')
      return new Date(text)
    },
  })
  builder.scalarType('JSON', {
    description: 'Any JSON value.',
    specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc8259',
    serialize: (value) => value,
  })
  // Accepts any text: an invalid URL is reported later with its path, together with all other problems.
  builder.scalarType('URL', {
    description: 'Absolute URL (WHATWG). Endpoint URLs are normalized, and a trailing dot after the host is removed.',
    specifiedByURL: 'https://url.spec.whatwg.org/',
    serialize: (url) => url,
    parseValue: (value) => {
      if (typeof value !== 'string') throw new TypeError('A URL must be a string.')
      return value
    },
  })
  return builder
}
