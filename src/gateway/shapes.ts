import * as z from 'zod'
import type { InputIssue } from '../errors.ts'
import { mostEventTypes } from './event-types.ts'
import { mostDesired, mostItems, mostNamed, toIssueCode } from './input.ts'
import { isEnum, type OptionStatement } from '../provider/fields.ts'
import type { Provider } from '../provider/provider.ts'
import { hasEmptyLabel } from './target.ts'
import { listParts } from './unchecked.ts'
import { type Json, rotationStrategies } from '../webhook.ts'
import { wordIssue } from './wording.ts'

// Shapes of inputs: types, lengths and formats, without transforms. Provider-specific rules are in input.ts.

const text = z.string()
export const idShape = text.min(1, 'Provide an ID.').max(2_000)
// It contains two upstream IDs.
const deliveryIdShape = text.min(1, 'Provide an ID.').max(4_000)
const slugShape = text.min(1, 'Provide an account slug.').max(255)

export const nameShape = text.superRefine((name, context) => {
  const trimmed = name.trim()
  // Only a long name can be shorter in characters than in code units, and still be too long.
  const length = trimmed.length > 255 ? Array.from(trimmed).length : trimmed.length
  const issue = { origin: 'string', input: name, message: 'Must be 1 to 255 characters long.' } as const
  if (length < 1) context.addIssue({ ...issue, code: 'too_small', minimum: 1 })
  if (length > 255) context.addIssue({ ...issue, code: 'too_big', maximum: 255 })
})

export const urlShape = text
  .superRefine((given, context) => {
    // URL parsing drops some of these characters and turns others into slashes, so the intended URL is unclear.
    if (/[\s\p{Cc}\\]/u.test(given)) {
      return context.addIssue('Remove spaces, control characters and backslashes, or percent-encode them, e.g. %20 or %5C.')
    }
    const url = URL.parse(given)
    if (url === null) return context.addIssue('Must be an absolute URL, e.g. https://example.com/webhooks.')
    if (hasEmptyLabel(url)) context.addIssue('Remove the extra dots in the host name.')
    if (url.protocol !== 'https:') context.addIssue('Must be an https:// URL.')
    if (url.username !== '' || url.password !== '') {
      context.addIssue('Remove the user name and password from the URL. To authenticate deliveries, verify their signatures.')
    }
  })
  // For editors, which cannot parse URLs.
  .meta({ pattern: String.raw`^[Hh][Tt][Tt][Pp][Ss]:[^\s\\\u0000-\u001f\u007f-\u009f]+$` })

export const eventTypeShape = text.min(1, 'Provide the name of an event type.').max(255)

export type Shapes = ReturnType<typeof buildShapes>

const built = new WeakMap<readonly Provider[], Shapes>()

/** The input shape of each operation, cached per list. */
export function createShapes(providers: readonly Provider[]): Shapes {
  const shapes = built.get(providers) ?? buildShapes(providers)
  built.set(providers, shapes)
  return shapes
}

function buildShapes(providers: readonly Provider[]) {
  const fields = {
    name: nameShape.nullish(),
    enabled: z.boolean().nullish(),
    eventTypes: boundList(eventTypeShape, mostEventTypes).nullish(),
    options: toOptionsShape(providers),
  }
  const webhook = toObject({ id: idShape })
  // Each webhook is parsed on its own: they are so many that a copy of all of them costs more than the checks.
  const slugs = boundList(slugShape, mostNamed).nullish()
  const plan = { webhooks: boundList(z.unknown(), mostDesired), prune: slugs, accounts: slugs }
  return {
    CREATE: toObject({ account: slugShape, url: urlShape, ...fields }),
    UPDATE: toObject({ id: idShape, url: urlShape.nullish(), ...fields }),
    DELETE: webhook,
    VERIFY: webhook,
    ROTATE_SECRET: toObject({
      id: idShape,
      strategy: z.enum(rotationStrategies).nullish(),
      newSecret: text.nullish(),
      graceSeconds: z.int().min(0).nullish(),
    }),
    TEST: webhook,
    REDELIVER: toObject({ deliveryId: deliveryIdShape, allWebhooks: z.boolean().nullish() }),
    LIST: toObject({ account: z.looseObject({ slug: slugShape }, 'Provide an account.') }),
    GET: webhook,
    LIST_DELIVERIES: webhook,
    DESIRED: z.compile(
      toObject({ account: slugShape, id: idShape.nullish(), url: urlShape, ...fields, options: toOpaque(fields.options) }),
    ),
    PLAN: toObject(plan),
    APPLY: toObject({
      ...plan,
      fingerprint: text.min(1).max(255),
      only: boundList(idShape, mostDesired).nullish(),
      force: z.boolean().nullish(),
    }),
  }
}

/** Converts a shape error to issues. Repeats no values and no unknown names. */
export function toIssues({ issues }: z.ZodError, input: unknown): readonly InputIssue[] {
  const all = issues.map(({ path, code, message }): InputIssue => ({
    path: toKnownPath(path).map(String),
    code: code === 'invalid_type' && readAt(input, path) == null ? 'REQUIRED' : toIssueCode(code),
    message,
  }))
  return [...new Map(all.map((issue) => [JSON.stringify(issue), issue])).values()]
}

/** After an option's name, only list indexes are kept: other segments are names within the caller's value. */
function toKnownPath(path: readonly PropertyKey[]): readonly PropertyKey[] {
  return path[0] === 'options' ? path.filter((part, index) => index < 3 || (index === 3 && typeof part === 'number')) : path
}

function readAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) => (typeof value === 'object' && value !== null ? Reflect.get(value, part) : null),
    input,
  )
}

/** Rejects unknown fields: a misspelled one would otherwise be ignored silently. */
function toObject<Fields extends z.core.$ZodLooseShape>(fields: Fields) {
  const names = Object.keys(fields).join(', ')
  const wayOut = names === '' ? 'Remove the field.' : `Unknown field. Allowed fields: ${names}.`
  return z.strictObject(fields, {
    error: ({ code }) => (code === 'unrecognized_keys' ? wayOut : 'Must be an object.'),
  })
}

/** Keyed by provider, so that each issue has its path; exactly one key, like @oneOf in the schema. */
function toOptionsShape(providers: readonly Provider[]) {
  const configurable = providers.filter(({ options }) => Object.keys(options).length > 0)
  const own = Object.fromEntries(configurable.map((provider) => [provider.name, toOwnOptions(provider).nullish()]))
  const names = Object.keys(own).join(', ')
  return toObject(own)
    .refine(isOne, names === '' ? 'Omit options.' : `Provide exactly one of ${names}, as an object.`)
    .nullish()
}

/** The same shape, into which the compiler does not see: it compiles nothing that contains a recursive one, such as JSON. */
function toOpaque(shape: z.ZodType) {
  return z
    .unknown()
    .superRefine((value, context) => {
      for (const issue of shape.safeParse(value, { error: wordIssue }).error?.issues ?? []) context.addIssue({ ...issue })
    })
    .nullish()
}

/** Whether exactly one field is set, and not to null. */
function isOne(options: object): boolean {
  const given = Object.values(options).filter((each) => each !== undefined)
  return given.length === 1 && given[0] !== null
}

function toOwnOptions({ options }: Provider) {
  const fields = Object.entries(options).map(([name, statement]) => {
    const own = toValueShape(statement)
    // null is accepted here: whether it is a valid value is one of the provider's rules.
    return [name, z.nullish(statement.list === true ? boundList(own) : own)] as const
  })
  return z
    .unknown()
    .refine(isPlain, 'Must be an object.')
    .pipe(toObject(Object.fromEntries(fields)))
}

/** The shape of an option's value, or of an item of its list. */
export function toValueShape({ type, shape }: OptionStatement): z.ZodType<Json> {
  if (isEnum(type)) return z.enum(Object.keys(type.values))
  if (shape === undefined) return z.boolean()
  if (type === 'JSON') return z.unknown().refine(isWhole, 'The name __proto__ is not allowed.').pipe(shape)
  return type === 'Int' ? z.int32().pipe(z.any()).pipe(shape) : shape
}

/** Whether it is a plain object and not a Map or a Date, whose contents would be ignored silently. */
function isPlain(value: unknown): boolean {
  return Object.prototype.toString.call(value) === '[object Object]'
}

/** Whether a deep copy of a value keeps all fields; a field named __proto__ would be lost. */
function isWhole(value: unknown): boolean {
  return listParts(value).every((part) => typeof part !== 'object' || part === null || !Object.hasOwn(part, '__proto__'))
}

/** An input list. A list that is too long is rejected without checking its items. */
export function boundList<Item>(item: z.ZodType<Item>, most = mostItems) {
  return z.array(item).max(most)
}
