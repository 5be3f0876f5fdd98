import { InvalidInputError, type InputIssue, type InputIssueCode, UnsupportedError } from '../errors.ts'
import type { FieldRule, Options, OptionStatement } from '../provider/fields.ts'
import type { Rotation, Twin, UpdateInput } from '../provider/operations.ts'
import type { Provider } from '../provider/provider.ts'
import { isUnsupported } from '../provider/unsupported.ts'
import { shownSecret } from '../secret.ts'
import { inspectEventTypes } from './event-types.ts'
import { hasShownSecret, inspectMask, maskWayOuts } from './masked.ts'
import { findTargetIssue, toTarget } from './target.ts'
import { hasText, toUnchecked, type Unchecked } from './unchecked.ts'
import { inspectText } from './well-formed.ts'
import { wordIssue } from './wording.ts'
import { type RotationPrice, rotationStrategies, type RotationStrategy } from '../webhook.ts'

/** Maximum items in any other input list than event types. */
export const mostItems = 100
/** Maximum webhooks in a plan: more than fit into the largest body. */
export const mostDesired = 100_000
/** Maximum accounts that each list of a plan names. */
export const mostNamed = 1_000

// The rules that a provider declares for mutation fields. Shapes (types, lengths, formats) are in gateway/shapes.ts.

export interface ProviderOptions {
  readonly [provider: string]: Options | null | undefined
}
type Moment = 'onCreate' | 'onUpdate'

interface Fields {
  readonly url?: string | null | undefined
  readonly name?: string | null | undefined
  readonly eventTypes?: readonly string[] | null | undefined
  readonly enabled?: boolean | null | undefined
  readonly options?: ProviderOptions | null | undefined
}
export interface CreateFields extends Fields {
  readonly account: string
  readonly url: string
}
export interface UpdateFields extends Fields {
  readonly id: string
}
export interface RotateFields {
  readonly id: string
  readonly strategy?: RotationStrategy | null | undefined
  readonly newSecret?: string | null | undefined
  readonly graceSeconds?: number | null | undefined
}
export interface RedeliverFields {
  readonly deliveryId: string
  readonly allWebhooks?: boolean | null | undefined
}

/** Whether options of a provider set the signing secret. */
export function setsSecretOption({ options: statements }: Provider, options: Options): boolean {
  return Object.entries(options).some(([name, value]) => value != null && statements[name]?.secret === true)
}

/** All issues of a create input by this provider's rules. */
export function inspectCreate(provider: Provider, input: Unchecked): readonly InputIssue[] {
  return inspectFields(provider, input, 'onCreate')
}

/** All issues of an update input by this provider's rules. */
export function inspectUpdate(provider: Provider, input: Unchecked): readonly InputIssue[] {
  const issues = inspectFields(provider, input, 'onUpdate')
  const { url, name, eventTypes, enabled, options } = input
  const given = [url, name, eventTypes, enabled, ...Object.values(toUnchecked(toUnchecked(options)[provider.name]))]
  if (issues.length > 0 || given.some((value) => value !== undefined)) return issues
  return [{ path: ['input'], code: 'NOTHING_TO_CHANGE', message: 'Provide at least one field to change.' }]
}

/** Issues with the target URL of an input. */
export function inspectTarget({ url }: Unchecked): readonly InputIssue[] {
  const message = typeof url === 'string' ? findTargetIssue(url) : undefined
  return message === undefined ? [] : [{ path: ['input', 'url'], code: 'PRIVATE_TARGET', message }]
}

/** All issues of a rotation input by this provider's strategy. */
export function inspectRotation(
  { displayName }: Provider,
  rotation: Rotation<unknown, unknown, Options>,
  { strategy, newSecret, graceSeconds }: Unchecked,
): readonly InputIssue[] {
  return [
    ...inspectStrategy(displayName, rotation, strategy),
    ...inspectNewSecret(displayName, rotation, newSecret),
    ...inspectGrace(displayName, graceSeconds),
  ]
}

/** All issues of a redelivery input by this provider's rules. */
export function inspectRedelivery(
  { displayName, operations: { REDELIVER } }: Provider,
  { allWebhooks }: Unchecked,
): readonly InputIssue[] {
  if (allWebhooks !== true || isUnsupported(REDELIVER) || REDELIVER.toAll === undefined) return []
  return [toUnsupported('allWebhooks', `${displayName} does not support allWebhooks. ${REDELIVER.toAll.note}`)]
}

/** The issue code for a failed shape check. */
export function toIssueCode(code: string): InputIssueCode {
  return code === 'too_small' ? 'TOO_SMALL' : code === 'too_big' ? 'TOO_BIG' : 'INVALID'
}

/** Throws if there are issues: UnsupportedError if all are of that kind, else InvalidInputError with all of them. */
export function refuseIssues(provider: Provider, issues: readonly InputIssue[]): void {
  const [first] = issues
  if (first === undefined) return
  if (issues.some((issue) => issue.code !== 'UNSUPPORTED')) throw new InvalidInputError(issues)
  throw new UnsupportedError(issues.map((issue) => issue.message).join(' '), provider.name, first.path)
}

/**
 * The input for an adapter: trimmed, with the URL in the form that was checked, only its own options, and null only where
 * null is a value.
 */
export function toCreateInput(provider: Provider, input: CreateFields): Twin<Options> {
  const { url, name, enabled } = input
  return {
    url: toTarget(url),
    name: name?.trim() ?? '',
    enabled: enabled ?? true,
    eventTypes: toEventTypes(input),
    options: toOptions(provider, input),
  }
}

/** Like toCreateInput; omitted fields stay undefined. */
export function toUpdateInput(provider: Provider, upstreamId: string, input: Fields): UpdateInput<Options> {
  const { url, name, enabled } = input
  return {
    upstreamId,
    url: url == null ? undefined : toTarget(url),
    name: name?.trim(),
    enabled: enabled ?? undefined,
    eventTypes: toEventTypes(input),
    options: toOptions(provider, input),
  }
}

function inspectStrategy(name: string, rotation: Rotation<unknown, unknown, Options>, given: unknown): readonly InputIssue[] {
  const asked = rotationStrategies.find((each) => each === given)
  if (asked === rotation.strategy || (asked === undefined && rotation.strategy !== 'REPLACEMENT')) return []
  const price = rotation.strategy === 'REPLACEMENT' ? ` Side effects: ${describePrice(rotation.price)}.` : ''
  const refusal =
    asked === undefined
      ? `${name} cannot rotate the secret of an existing webhook.`
      : `${name} does not support strategy ${asked}.`
  return [toUnsupported('strategy', `${refusal} Use strategy ${rotation.strategy}. ${rotation.note ?? ''}${price}`)]
}

function inspectNewSecret(name: string, rotation: Rotation<unknown, unknown, Options>, secret: unknown): readonly InputIssue[] {
  const path = ['input', 'newSecret']
  if (typeof secret !== 'string') return []
  if (rotation.strategy !== 'CALLER_CHOSEN')
    return [toUnsupported('newSecret', `${name} generates the secret itself. Omit newSecret.`)]
  const issues = rotation.shape.safeParse(secret, { error: wordIssue }).error?.issues ?? []
  return [
    ...issues.map(({ code, message }) => ({ path, code: toIssueCode(code), message })),
    ...inspectText(path, secret),
    ...inspectMask(path, secret, { secret: true, wayOut: maskWayOuts.rotation }),
  ]
}

function inspectGrace(name: string, graceSeconds: unknown): readonly InputIssue[] {
  if (graceSeconds == null) return []
  return [
    toUnsupported('graceSeconds', `${name} does not let you choose how long the old secret stays valid. Omit graceSeconds.`),
  ]
}

function toUnsupported(field: string, message: string): InputIssue {
  return { path: ['input', field], code: 'UNSUPPORTED', message }
}

function describePrice(price: RotationPrice): string {
  const parts = [
    price.changesId && 'the ID changes',
    price.duplicateDeliveries && 'events may be delivered twice in the meantime',
    price.losesDeliveryHistory && 'the delivery history is lost',
    price.needsVerification && 'the URL must be verified again',
  ]
  return parts.filter((part) => part !== false).join(', ')
}

function toEventTypes({ eventTypes }: Fields): readonly string[] | undefined {
  return eventTypes == null ? undefined : [...new Set(eventTypes)]
}

function toOptions(provider: Provider, { options }: Fields): Options {
  const { [provider.name]: own } = options ?? {}
  if (own == null) return {}
  const given = Object.entries(own)
  return Object.fromEntries(given.filter(([key, value]) => value !== null || provider.options[key]?.nullable === true))
}

function inspectFields(provider: Provider, input: Unchecked, moment: Moment): readonly InputIssue[] {
  const { fields } = provider
  return [
    ...inspectValue(provider, ['input', 'url'], fields.url[moment], input['url'], moment),
    ...inspectValue(provider, ['input', 'name'], fields.name[moment], input['name'], moment),
    ...(typeof fields.name[moment] === 'string' ? inspectName(provider, input['name']) : []),
    ...inspectValue(provider, ['input', 'eventTypes'], fields.eventTypes[moment], input['eventTypes'], moment),
    ...(typeof fields.eventTypes[moment] === 'string' ? inspectEventTypes(provider, input['eventTypes']) : []),
    ...inspectValue(provider, ['input', 'enabled'], fields.enabled[moment], toSwitch(provider, input['enabled'], moment), moment),
    ...inspectOptions(provider, input['options'], moment),
  ]
}

function inspectOptions(provider: Provider, given: unknown, moment: Moment): readonly InputIssue[] {
  const { options } = provider
  if (given === undefined && !Object.values(options).some((each) => each[moment] === 'REQUIRED')) return []
  const { [provider.name]: named, ...others } = toUnchecked(given)
  const own = toUnchecked(named)
  return [
    ...Object.entries(options).flatMap(([key, statement]) => {
      const path = ['input', 'options', provider.name, key]
      return inspectValue(provider, path, statement[moment] ?? 'OPTIONAL', own[key], moment, statement)
    }),
    ...listGiven(others).map((key): InputIssue => ({
      path: ['input', 'options', key],
      code: 'WRONG_PROVIDER',
      message: `The account belongs to ${provider.displayName}. ${toWayOut(provider)}`,
    })),
  ]
}

/** The value of `enabled` to check: where there is no switch, a new webhook is enabled, which is also the default of the input. */
function toSwitch({ fields }: Provider, enabled: unknown, moment: Moment): unknown {
  return moment === 'onCreate' && enabled === true && typeof fields.enabled[moment] === 'object' ? undefined : enabled
}

/** Names of the fields that are set. */
function listGiven(members: Unchecked): readonly string[] {
  return Object.keys(members).filter((name) => members[name] !== undefined)
}

function toWayOut(provider: Provider): string {
  return Object.keys(provider.options).length > 0 ? `Use options.${provider.name} instead.` : 'Omit options.'
}

function inspectValue(
  provider: Provider,
  path: readonly string[],
  rule: FieldRule,
  value: unknown,
  moment: Moment,
  { nullable, secret }: Pick<OptionStatement, 'nullable' | 'secret'> = {},
): readonly InputIssue[] {
  if (value === undefined && rule !== 'REQUIRED') return []
  const name = provider.displayName
  if (typeof rule === 'object') {
    return value == null
      ? []
      : [{ path, code: 'UNSUPPORTED', message: `${name} does not support ${toLabel(path)}: ${rule.note}` }]
  }
  if (value === null && nullable !== true && moment === 'onUpdate') {
    return [{ path, code: 'NULL', message: `${toLabel(path)} cannot be null. Omit it to keep the current value.` }]
  }
  if (Array.isArray(value) && value.length === 0) {
    return [
      {
        path,
        code: 'EMPTY',
        message: `Provide at least one item${rule === 'REQUIRED' ? ', or omit the field on an update' : ' or omit the field'}.`,
      },
    ]
  }
  if (rule === 'REQUIRED' && value == null) return [{ path, code: 'REQUIRED', message: `${name} requires ${toLabel(path)}.` }]
  // Most values are sent as they are, and one look is enough.
  if (secret !== true && !hasText(value, isOdd)) return []
  return [...inspectText(path, value), ...inspectMask(path, value, { secret, wayOut: maskWayOuts[moment] })]
}

const isOdd = (text: string) => !text.isWellFormed() || text.includes(shownSecret)

function toLabel(path: readonly string[]): string {
  return path.slice(1).join('.')
}

/** As it will be sent. */
function inspectName({ fields }: Provider, name: unknown): readonly InputIssue[] {
  const { shape } = fields.name
  const trimmed = typeof name === 'string' ? name.trim() : ''
  // Names that are too short, too long or masked are reported already.
  if (shape === undefined || trimmed === '' || hasShownSecret(trimmed)) return []
  const issues = shape.safeParse(trimmed, { error: wordIssue }).error?.issues ?? []
  return issues.map(({ code, message }) => ({ path: ['input', 'name'], code: toIssueCode(code), message }))
}
