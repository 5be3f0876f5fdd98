import * as z from 'zod'
import type { Batch, Json, Sent } from '../webhook.ts'
import { hideCredentials } from '../http/redact.ts'
import { isSegment } from './path.ts'

// Pieces of wire schemas that several providers share. What a schema reads, callers may see as it was sent, unless it may be a
// secret: texts and whatever has any shape are shown only where a piece, or the adapter, says that they are none.

/** A member that is no secret, whatever is in it; `shown` says what is left of it. */
export function wireHarmless<S extends z.ZodType>(schema: S, shown: Harmless = true): S {
  const own = schema.clone()
  stated.set(own, shown)
  return own
}
const stated = new WeakMap<z.core.$ZodType, Harmless>()

/** An id as the provider gave it. What no path can carry is none, nor what has a secret of the account in it: neither could be asked for. */
export const wireId = wireHarmless(z.string().refine(isSegment, 'not an id'))

/** A secret that comes once; a blank is none. */
export const wireSecret = z.string().refine((text) => text.trim() !== '', 'blank')

/** A text that is no secret. */
export const wireText = wireHarmless(z.string())

/** A name or a description: null where it is empty. */
export const wireName = wireHarmless(z.string().transform((text) => (text === '' ? null : text)))

/** An ISO 8601 instant, with any offset; read as a Date. */
export const wireInstant = z.iso.datetime({ offset: true }).transform((text) => new Date(text))

/** A whole number; what is beyond GraphQL's Int is read as its end, so that one large counter fails no list. */
export const wireInt = z.int().transform((number) => Math.max(-2_147_483_648, Math.min(number, 2_147_483_647)))

/** A member that takes nothing else with it: null where it is left out or cannot be read. */
export function wireAside<S extends z.ZodType>(schema: S) {
  return schema.nullable().catch(null)
}

/** Where nothing of the answer is read: any JSON, or none at all. */
export const wireIgnored = z.unknown()

/** More would take the stack of those who read it. */
const mostLevels = 1_000

/** A JSON object as it came; one with more levels than can be read is none. */
export const wireJsonObject = z.custom<{ readonly [key: string]: Json }>(
  (value) => isObject(value) && isShallow(value, mostLevels),
)

/** Whether objects and lists are within each other so many levels deep at most. */
export function isShallow(value: unknown, levels: number): boolean {
  let level = [value].filter(isHolder)
  for (let depth = 0; depth < levels && level.length > 0; depth += 1) {
    const next: object[] = []
    for (const each of level) {
      for (const value of isArray(each) ? each : Object.values(each)) if (isHolder(value)) next.push(value)
    }
    level = next
  }
  return level.length === 0
}

function isArray(value: object): value is readonly unknown[] {
  return Array.isArray(value)
}

function isHolder(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** A whole answer, or an item of one. Compiled when the first is read, and not for those who only start. */
export function wireAnswer<S extends z.ZodType>(schema: S): z.ZodLazy<S> {
  return z.lazy(() => z.compile(schema))
}

/** What may be shown: all of it, nothing, what is said of the members of an object, or of a list of them, or what is left of an object. */
type Harmless = boolean | { readonly [member: string]: Harmless } | ((sent: { readonly [key: string]: Json | undefined }) => Json)

/** What may be shown of what a schema reads, by its own statement or its type. What is not known here may be a secret. */
function findHarmless(schema: z.core.$ZodType): Harmless {
  const own = stated.get(schema)
  if (own !== undefined) return own
  if (schema instanceof z.ZodObject) return mapMembers(schema.shape)
  if (schema instanceof z.ZodUnion) return schema.options.map(findHarmless).reduce(mergeHarmless)
  if (schema instanceof z.ZodPipe) return findHarmless(schema.in)
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodCatch) {
    return findHarmless(schema.def.innerType)
  }
  return roomless.some((type) => schema instanceof type)
}

/** Types that have no room for a secret. */
const roomless = [z.ZodBoolean, z.ZodNumber, z.ZodEnum, z.ZodLiteral, z.ZodISODateTime, z.ZodUndefined]

function mapMembers(shape: z.core.$ZodShape): Harmless {
  return Object.fromEntries(Object.entries(shape).map(([member, schema]) => [member, findHarmless(schema)]))
}

/** Of what is read in several ways: what may be a secret in one of them is not shown. */
function mergeHarmless(one: Harmless, other: Harmless): Harmless {
  if (one === other || other === true) return one
  if (one === true) return other
  if (typeof one !== 'object' || typeof other !== 'object') return false
  const merged = Object.entries(other).map(([member, rule]) => [member, mergeHarmless(one[member] ?? rule, rule)] as const)
  return { ...one, ...Object.fromEntries(merged) }
}

type Shown<T> = T & { readonly raw: Sent | null }

/** What `schema` reads of an object and, as `raw`, what the provider sent of its harmless members. */
export function wireShown<T extends object>(schema: z.ZodType<T>): z.ZodType<Shown<T>> {
  const compiled = wireAnswer(schema)
  const harmless = findHarmless(schema)
  return z.custom<Json>().transform((sent, context) => {
    const read = compiled.safeParse(sent)
    return read.success ? show(read.data, sent, harmless) : refuse(read.error.issues, context)
  })
}

/** A record of which nothing is sure to be there but the members `Kept`: any other is null where it could not be read. */
export type Salvaged<T, Kept extends keyof T> = Pick<T, Kept> & {
  readonly [K in keyof T as K extends Kept ? never : K]: T[K] | null
}

/** Which members of an answer could not be read. */
export interface Unread {
  readonly unreadable: readonly string[]
}

/**
 * As much of an object as can be read, for answers that come only once: of a secret, say. It fails only where one of the
 * members `kept` cannot be read; any other one is null then, and named.
 */
export function wireSalvaged<S extends z.ZodObject, Kept extends keyof z.output<S> & string>(
  schema: S,
  kept: readonly Kept[],
): z.ZodType<Shown<Salvaged<z.output<S>, Kept> & Unread>> {
  const whole = wireAnswer(schema)
  const harmless = findHarmless(schema)
  return z.custom<{ readonly [member: string]: Json }>(isObject).transform((sent, context) => {
    const read = whole.safeParse(sent)
    if (!read.success && kept.some((member) => !z.safeParse(schema.shape[member], sent[member]).success)) {
      return refuse(read.error.issues, context)
    }
    const members = Object.entries(schema.shape).map(([member, shape]) => [member, z.safeParse(shape, sent[member])] as const)
    const unreadable = members.flatMap(([member, { success }]) => (success ? [] : [member]))
    const salvaged: unknown = { ...Object.fromEntries(members.map(([member, { data }]) => [member, data ?? null])), unreadable }
    // Each member was read by the schema's own shape for it.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return show(salvaged as Salvaged<z.output<S>, Kept> & Unread, sent, harmless)
  })
}

function isObject(value: unknown): boolean {
  return isHolder(value) && !Array.isArray(value)
}

const wireOwnId = z.object({ id: wireId }).transform(({ id }) => id)

/** The same of a list of objects. `id` reads no more than the id of one, so that what is left out is known by it. */
export function wireShownList<T extends object>(
  schema: z.ZodType<T>,
  id: z.ZodType<string> = wireOwnId,
): z.ZodType<Batch<Shown<T>>> {
  const harmless = findHarmless(schema)
  return readEach(schema, id, (item, sent) => show(item, sent, harmless))
}

/** A list in which one record that cannot be read takes no other with it. */
export function wireList<T>(schema: z.ZodType<T>, id: z.ZodType<string> = wireOwnId): z.ZodType<Batch<T>> {
  return readEach(schema, id, (item) => item)
}

/** So many of one answer may be unreadable; one with more is not what was promised at all. */
const mostUnreadable = 1_000

function readEach<T, Item>(
  schema: z.ZodType<T>,
  id: z.ZodType<string>,
  toItem: (read: T, sent: Json) => Item,
): z.ZodType<Batch<Item>> {
  const item = wireAnswer(schema)
  return z.custom<readonly Json[]>(Array.isArray).transform((sent, context) => {
    const items: Item[] = []
    const unreadable: (string | null)[] = []
    // One by one, so that what cannot be read costs no more than the little of it that is looked at.
    for (const each of sent) {
      const { success, data } = z.safeParse(item, each)
      if (success) items.push(toItem(data, each))
      else if (unreadable.length < mostUnreadable) unreadable.push(z.safeParse(id, each).data ?? null)
      else return refuse([{ path: [], message: `more than ${mostUnreadable} items cannot be read` }], context)
    }
    return { items, unreadable }
  })
}

/** The most items that a list within a record may have: more cost more to show than anybody has use for. */
const mostMembers = 10_000

/** A list of texts within a record. */
export const wireTexts = wireHarmless(
  z.custom<readonly string[]>((sent) => isMemberList(sent) && sent.every((each) => typeof each === 'string')),
)

/** Any other list within a record. Nothing is looked at beyond the first item that cannot be read: an error for each could be millions. */
export function wireArray<T>(schema: z.ZodType<T>): z.ZodType<T[]> {
  const item = wireAnswer(schema)
  const list = z.custom<readonly Json[]>(isMemberList).transform((sent, context) => {
    const items: T[] = []
    for (const each of sent) {
      const { success, data, error } = z.safeParse(item, each)
      if (!success) return refuse(error.issues, context)
      items.push(data)
    }
    return items
  })
  return wireHarmless(list, findHarmless(schema))
}

function isMemberList(sent: unknown): sent is readonly unknown[] {
  return Array.isArray(sent) && sent.length <= mostMembers
}

function show<T extends object>(read: T, sent: Json, harmless: Harmless): Shown<T> {
  return Object.assign(read, { raw: new SentObject(sent, harmless) })
}

function refuse(issues: readonly Pick<z.core.$ZodIssue, 'path' | 'message'>[], context: z.RefinementCtx): never {
  for (const { path, message } of issues) context.addIssue({ code: 'custom', path, message })
  return z.NEVER
}

class SentObject implements Sent {
  // Private to the engine: what is not harmless shows in no print of this.
  #sent: Json
  readonly #harmless: Harmless

  constructor(sent: Json, harmless: Harmless) {
    this.#sent = sent
    this.#harmless = harmless
  }

  read(): Json {
    return isShallow(this.#sent, mostLevels) ? pick(this.#sent, this.#harmless) : null
  }

  seal(): void {
    this.#sent = this.read()
  }

  toJSON(): Json {
    return this.read()
  }
}

function pick(sent: Json, harmless: Harmless): Json {
  if (typeof sent === 'string') return hideCredentials(sent, '***')
  if (typeof sent !== 'object' || sent === null) return sent
  if (isList(sent)) return sent.map((item) => pick(item, harmless))
  if (typeof harmless === 'function') return pick(harmless(sent), true)
  const members = Object.entries(sent).flatMap(([member, value]) => {
    const rule = typeof harmless === 'object' ? Object.hasOwn(harmless, member) && harmless[member] : harmless
    return rule === undefined || rule === false || value === undefined ? [] : [[member, pick(value, rule)] as const]
  })
  return Object.fromEntries(members)
}

function isList(sent: Exclude<Json, string | number | boolean | null>): sent is readonly Json[] {
  return Array.isArray(sent)
}
