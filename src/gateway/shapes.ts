import * as z from 'zod'
import type { InputIssue } from '../errors.ts'
import { mostItems, toIssueCode } from './input.ts'
import type { Provider } from '../provider/provider.ts'
import { hasEmptyLabel } from './target.ts'
import { listParts } from './unchecked.ts'
import { rotationStrategies } from '../webhook.ts'

// Shapes of inputs: types, lengths and formats, without transforms. What depends on the account's provider is in input.ts.

const text = z.string()
const idShape = text.min(1, 'Provide an ID.').max(2_000)
// Two upstream ids are in it.
const deliveryIdShape = text.min(1, 'Provide an ID.').max(4_000)
const slugShape = text.min(1, 'Provide an account slug.').max(255)

const nameShape = text.superRefine((name, context) => {
  const length = Array.from(name.trim()).length
  const issue = { origin: 'string', input: name, message: 'Must be 1 to 255 characters long.' } as const
  if (length < 1) context.addIssue({ ...issue, code: 'too_small', minimum: 1 })
  if (length > 255) context.addIssue({ ...issue, code: 'too_big', maximum: 255 })
})

const urlShape = text.superRefine((given, context) => {
  // Reading a URL drops some of these and turns others into slashes: what was meant is anybody's guess.
  if (/[\s\p{Cc}\\]/u.test(given)) {
    return context.addIssue('Remove spaces, control characters and backslashes, or percent-encode them, e.g. %20 or %5C.')
  }
  const url = URL.canParse(given) ? new URL(given) : undefined
  if (url === undefined) return context.addIssue('Must be an absolute URL, e.g. https://example.com/webhooks.')
  if (hasEmptyLabel(url)) context.addIssue('Remove the extra dots in the host name.')
  if (url.protocol !== 'https:') context.addIssue('Must be an https:// URL.')
  if (url.username !== '' || url.password !== '') {
    context.addIssue('Remove the user name and password from the URL. To authenticate deliveries, verify their signatures.')
  }
})

const eventTypeShape = text.min(1, 'Provide the name of an event type.').max(255)

export type Shapes = ReturnType<typeof createShapes>

/** The shape of what each operation takes. */
export function createShapes(providers: readonly Provider[]) {
  const fields = {
    name: nameShape.nullish(),
    enabled: z.boolean().nullish(),
    eventTypes: boundList(eventTypeShape).nullish(),
    options: toOptionsShape(providers),
  }
  const webhook = toObject({ id: idShape })
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
  }
}

/** What an error of a shape says of the input that it was given. Repeats no value, and no name that is not one of ours. */
export function toIssues({ issues }: z.ZodError, input: unknown): readonly InputIssue[] {
  const all = issues.map(({ path, code, message }): InputIssue => ({
    path: toKnownPath(path).map(String),
    code: code === 'invalid_type' && readAt(input, path) == null ? 'REQUIRED' : toIssueCode(code),
    message,
  }))
  return [...new Map(all.map((issue) => [JSON.stringify(issue), issue])).values()]
}

/** Behind the name of an option, only places in a list are known: the rest are names within a value of the caller's. */
function toKnownPath(path: readonly PropertyKey[]): readonly PropertyKey[] {
  return path[0] === 'options' ? path.filter((part, index) => index < 3 || (index === 3 && typeof part === 'number')) : path
}

function readAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) => (typeof value === 'object' && value !== null ? Reflect.get(value, part) : null),
    input,
  )
}

/** Refuses a field that it does not have: a misspelt one would else be left out without a word. */
function toObject<Fields extends z.core.$ZodLooseShape>(fields: Fields) {
  const names = Object.keys(fields).join(', ')
  const wayOut = names === '' ? 'Remove the field.' : `Unknown field. Allowed fields: ${names}.`
  return z.strictObject(fields, {
    error: ({ code }) => (code === 'unrecognized_keys' ? wayOut : 'Must be an object.'),
  })
}

/** By the keys of the object, so that each issue has its path; exactly one of them, as @oneOf has it in the schema. */
function toOptionsShape(providers: readonly Provider[]) {
  const configurable = providers.filter(({ options }) => Object.keys(options).length > 0)
  const own = Object.fromEntries(configurable.map((provider) => [provider.name, toOwnOptions(provider).nullish()]))
  const names = Object.keys(own).join(', ')
  return toObject(own)
    .refine(isOne, names === '' ? 'Omit options.' : `Provide exactly one of ${names}, as an object.`)
    .nullish()
}

/** Whether it has one member that is not left out, and that one not as null. */
function isOne(options: object): boolean {
  const given = Object.values(options).filter((each) => each !== undefined)
  return given.length === 1 && given[0] !== null
}

function toOwnOptions({ options }: Provider) {
  const fields = Object.entries(options).map(([name, { type, list, shape }]) => {
    const own = type === 'JSON' ? z.unknown().refine(isWhole, 'The name __proto__ is not allowed.').pipe(shape) : shape
    // null passes here: whether it is a value of its own is one of the provider's rules.
    return [name, z.nullish(list === true ? boundList(own) : own)] as const
  })
  return z
    .unknown()
    .refine(isPlain, 'Must be an object.')
    .pipe(toObject(Object.fromEntries(fields)))
}

/** Whether it is an object for members, and not a Map or a Date, whose contents would be left out without a word. */
function isPlain(value: unknown): boolean {
  return Object.prototype.toString.call(value) === '[object Object]'
}

/** Whether a value keeps all of its members when it is copied, at any depth; a member by the name of __proto__ is lost. */
function isWhole(value: unknown): boolean {
  return listParts(value).every((part) => typeof part !== 'object' || part === null || !Object.hasOwn(part, '__proto__'))
}

/** A list in an input. One that is too long is refused as a whole: its items are not looked at. */
function boundList<Item>(item: z.ZodType<Item>) {
  return z.array(z.any()).max(mostItems).pipe(z.array(item))
}
