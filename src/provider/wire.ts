import * as z from 'zod'
import type { Batch, Instant, Json, Sent } from '../webhook.ts'
import { hideCredentials } from '../http/redact.ts'
import { Secret, shownSecret } from '../secret.ts'
import { isSegment, newId } from './path.ts'

// Shared parts of wire schemas. Callers can see what a schema reads as it was sent, unless it may be a secret: strings and
// untyped values are shown only if a part or the adapter declares that they are not secret.

/** A non-secret field of any content; `shown` selects the visible part. */
export function wireHarmless<S extends z.ZodType>(schema: S, shown: Harmless = true): S {
  const own = schema.clone()
  stated.set(own, shown)
  return own
}
const stated = new WeakMap<z.core.$ZodType, Harmless>()

/** A provider's ID. Values that cannot be used in a path or that contain a secret are invalid. */
export const wireId = wireHarmless(z.string().refine(isSegment, 'not an id'))

const digits = z.string().regex(/^(?:0|[1-9]\d*)$/)

/** An ID that is an integer, as its digits. Beyond 2^53, only if the provider states `exactIntegers`: a rounded one is invalid. */
export const wireNumericId = wireHarmless(
  z.union([z.int().nonnegative(), digits]).transform(String).refine(isSegment, 'not an id'),
)

/** A secret that is returned once; blank values do not count. */
export const wireSecret = z
  .string()
  .refine((text) => text.trim() !== '', 'blank')
  .transform((text) => new Secret(text))

/** A non-secret string. */
export const wireText = wireHarmless(z.string())

/** A name or description; null if empty. */
export const wireName = wireHarmless(z.string().transform((text) => (text === '' ? null : text)))

/** An ISO 8601 instant, with any offset. */
export const wireInstant = z.iso.datetime({ offset: true }).transform(toInstant)

function toInstant(text: string): Instant {
  // Most providers send UTC, with milliseconds or whole seconds. Nothing else that ends with Z is this long.
  if (text.length === 24 && text.endsWith('Z')) return text
  return text.length === 20 && text.endsWith('Z') ? `${text.slice(0, -1)}.000Z` : new Date(text).toISOString()
}

/** The last second that an ISO 8601 instant with four digits for the year has. */
const lastSecond = 253_402_300_799

/** Whole seconds since 1970. */
export const wireUnixSeconds = z
  .int()
  .min(0)
  .max(lastSecond)
  .transform((seconds): Instant => new Date(seconds * 1_000).toISOString())

/** An integer, clamped to the range of GraphQL's Int, so that a large counter does not fail a list. */
export const wireInt = z.int().transform((number) => Math.max(-2_147_483_648, Math.min(number, 2_147_483_647)))

/** An optional field: null if it is missing or unreadable. */
export function wireAside<S extends z.ZodType>(schema: S) {
  return schema.nullable().catch(null)
}

type Lenient<Shape extends Members, Aside extends keyof Shape> = Omit<Shape, Aside> & {
  [Member in Aside]: ReturnType<typeof wireAside<Shape[Member]>>
}
type Members = Readonly<Record<string, z.ZodType>>

/** A record for reads: one of these fields that is missing or unreadable is null. */
export function wireLenient<Shape extends Members, Aside extends keyof Shape & string>(
  schema: z.ZodObject<Shape>,
  asides: readonly Aside[],
): z.ZodObject<Lenient<Shape, Aside>> {
  const names = new Set<string>(asides)
  const members = Object.entries(schema.shape).filter(([member]) => names.has(member))
  const lenient = Object.fromEntries(members.map(([member, shape]) => [member, wireAside(shape)]))
  // Exactly the asides are replaced.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return schema.extend(lenient) as unknown as z.ZodObject<Lenient<Shape, Aside>>
}

/** An object of any members. */
export const wireMembers = z.custom<Readonly<Record<string, unknown>>>(
  (sent) => typeof sent === 'object' && sent !== null && !Array.isArray(sent),
)

/** A member alone, such as `data` around a response. */
export function wireField<S extends z.ZodType>(field: string, schema: S): z.ZodType<z.output<S>> {
  const member = wireAnswer(schema)
  return wireMembers.transform((sent, context) => {
    const read = member.safeParse(sent[field])
    if (read.success) return read.data
    for (const { path, message } of read.error.issues) context.addIssue({ code: 'custom', path: [field, ...path], message })
    return z.NEVER
  })
}

/** The members of a request, of which undefined ones are not sent. */
export type Changes<T> = { readonly [Member in keyof T]?: T[Member] | undefined }

/** An ignored response: any JSON, or none. */
export const wireIgnored = z.unknown()

/** Deeper nesting could overflow the stack of readers. */
const mostLevels = 1_000

/** A JSON object as received; objects that are nested too deeply are invalid. */
export const wireJsonObject = z.custom<{ readonly [key: string]: Json }>(
  (value) => isObject(value) && isShallow(value, mostLevels),
)

/** Whether objects and lists are nested at most this deep. */
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

/** A response, or an item of one. Compiled on first use. */
export function wireAnswer<S extends z.ZodType>(schema: S): z.ZodLazy<S> {
  return z.lazy(() => z.compile(schema))
}

/** The part of a value that may be shown: all, none, parts of an object or of each item of a list, or the result of a function. */
type Harmless = boolean | { readonly [member: string]: Harmless } | ((sent: { readonly [key: string]: Json | undefined }) => Json)

/** The visible part of what a schema reads, by its declaration or type. Unknown types may be secret. */
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

/** Types that cannot contain a secret. */
const roomless = [z.ZodBoolean, z.ZodNumber, z.ZodEnum, z.ZodLiteral, z.ZodISODateTime, z.ZodUndefined]

function mapMembers(shape: z.core.$ZodShape): Harmless {
  return Object.fromEntries(Object.entries(shape).map(([member, schema]) => [member, findHarmless(schema)]))
}

/** For values with several readings: hidden if any reading may be secret. */
function mergeHarmless(one: Harmless, other: Harmless): Harmless {
  if (one === other || other === true) return one
  if (one === true) return other
  if (typeof one !== 'object' || typeof other !== 'object') return false
  const merged = Object.entries(other).map(([member, rule]) => [member, mergeHarmless(one[member] ?? rule, rule)] as const)
  return { ...one, ...Object.fromEntries(merged) }
}

type Shown<T> = T & { readonly raw: Sent | null }

/** What `schema` reads from an object, with its non-secret fields as `raw`. */
export function wireShown<T extends object>(schema: z.ZodType<T>): z.ZodType<Shown<T>> {
  const compiled = wireAnswer(schema)
  const harmless = findHarmless(schema)
  return z.custom<Json>().transform((sent, context) => {
    const read = compiled.safeParse(sent)
    return read.success ? show(read.data, sent, harmless) : refuse(read.error.issues, context)
  })
}

/** A record in which only the `Kept` fields are certain; any other is null if unreadable. */
export type Salvaged<T, Kept extends keyof T> = Pick<T, Kept> & {
  readonly [K in keyof T as K extends Kept ? never : K]: T[K] | null
}

/** Names of the unreadable fields of a response. */
export interface Unread {
  readonly unreadable: readonly string[]
}

/**
 * Reads as much of an object as possible, for responses that come only once, for example with a secret. Fails only if a `kept`
 * field is unreadable; any other unreadable field is null and listed.
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
    // Each field was read by the schema's shape for it.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return show(salvaged as Salvaged<z.output<S>, Kept> & Unread, sent, harmless)
  })
}

/** What a dry run assumes as the response to a create that more requests follow: an ID and a secret. The rest is unreadable. */
export function assumeCreated<T>(created: z.ZodType<T>): T {
  return created.parse({ id: newId, secret: shownSecret })
}

function isObject(value: unknown): boolean {
  return isHolder(value) && !Array.isArray(value)
}

const wireOwnId = z.object({ id: wireId }).transform(({ id }) => id)
/** Of an item whose ID is an integer. */
export const wireOwnNumericId = z.object({ id: wireNumericId }).transform(({ id }) => id)

/** Same, for a list of objects. `id` reads only the ID of an item, to identify skipped ones. */
export function wireShownList<T extends object>(
  schema: z.ZodType<T>,
  id: z.ZodType<string> = wireOwnId,
): z.ZodType<Batch<Shown<T>>> {
  const harmless = findHarmless(schema)
  return readEach(schema, id, (item, sent) => show(item, sent, harmless))
}

/** A list in which an unreadable record does not affect the others. */
export function wireList<T>(schema: z.ZodType<T>, id: z.ZodType<string> = wireOwnId): z.ZodType<Batch<T>> {
  return readEach(schema, id, (item) => item)
}

/** Maximum unreadable items in a response; one with more does not match the documentation. */
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
    // Item by item, so that checking can stop at the limit of unreadable items.
    for (const each of sent) {
      const { success, data } = z.safeParse(item, each)
      if (success) items.push(toItem(data, each))
      else if (unreadable.length < mostUnreadable) unreadable.push(z.safeParse(id, each).data ?? null)
      else return refuse([{ path: [], message: `more than ${mostUnreadable} items cannot be read` }], context)
    }
    return { items, unreadable }
  })
}

/** Maximum items of a list within a record. */
const mostMembers = 10_000

/** A list of strings within a record. */
export const wireTexts = wireHarmless(
  z.custom<readonly string[]>((sent) => isMemberList(sent) && sent.every((each) => typeof each === 'string')),
)

/** An object within a record whose members are strings. */
export const wireTextMembers = wireHarmless(
  z.custom<Readonly<Record<string, string>>>((sent) => {
    if (!isHolder(sent) || Array.isArray(sent)) return false
    const values: readonly unknown[] = Object.values(sent)
    return values.length <= mostMembers && values.every((each) => typeof each === 'string')
  }),
)

/** Any other list within a record. Stops at the first unreadable item, because collecting an error for each could mean millions. */
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
  // A private field, so that secrets never appear when this is printed.
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
