import * as z from 'zod'
import type { Json, Sent } from '../webhook.ts'
import { hideCredentials } from './redact.ts'

// Pieces of wire schemas that several providers share.

/** An id as the provider gave it. */
export const wireId = z
  .string()
  .min(1)
  .max(256)
  .refine((id) => id.isWellFormed(), 'not well-formed Unicode')

/** An ISO 8601 instant, with any offset; read as a Date. */
export const wireInstant = z.iso.datetime({ offset: true }).transform((text) => new Date(text))

/** A whole number; what is beyond GraphQL's Int is read as its end, so that one large counter fails no list. */
export const wireInt = z.int().transform((number) => Math.max(-2_147_483_648, Math.min(number, 2_147_483_647)))

/** Where nothing of the answer is read: any JSON, or none at all. */
export const wireIgnored = z.unknown()

/** Which members of an answer are known to be harmless; a nested object names those of an object, or of a list of them. */
export interface Harmless {
  readonly [member: string]: true | Harmless
}

type Shown<T> = T & { readonly upstream: Sent | null }

/** What `schema` reads of an object and, as `upstream`, what the provider sent of its harmless members. */
export function wireShown<T extends object>(schema: z.ZodType<T>, harmless: Harmless): z.ZodType<Shown<T>> {
  return z.custom<Json>().transform((sent, context) => {
    const read = schema.safeParse(sent)
    return read.success ? show(read.data, sent, harmless) : refuse(read.error, context)
  })
}

/** The same of a list of objects, read in one go. */
export function wireShownList<T extends object>(schema: z.ZodType<T>, harmless: Harmless): z.ZodType<readonly Shown<T>[]> {
  const list = z.array(schema)
  return z.custom<readonly Json[]>().transform((sent, context) => {
    const read = list.safeParse(sent)
    return read.success ? read.data.map((item, index) => show(item, sent[index] ?? null, harmless)) : refuse(read.error, context)
  })
}

function show<T extends object>(read: T, sent: Json, harmless: Harmless): Shown<T> {
  return Object.assign(read, { upstream: new SentObject(sent, harmless) })
}

function refuse({ issues }: z.ZodError, context: z.RefinementCtx): never {
  for (const { path, message } of issues) context.addIssue({ code: 'custom', path, message })
  return z.NEVER
}

class SentObject implements Sent {
  // Private to the engine: what is not harmless shows in no print of this.
  readonly #sent: Json
  readonly #harmless: Harmless

  constructor(sent: Json, harmless: Harmless) {
    this.#sent = sent
    this.#harmless = harmless
  }

  read(): Json {
    return pick(this.#sent, this.#harmless)
  }

  toJSON(): Json {
    return this.read()
  }
}

function pick(sent: Json, harmless: true | Harmless): Json {
  if (typeof sent === 'string') return hideCredentials(sent, '***')
  if (typeof sent !== 'object' || sent === null) return sent
  if (Array.isArray(sent)) return sent.map((item: Json) => pick(item, harmless))
  const members = Object.entries(sent).flatMap(([member, value]) => {
    const rule = harmless === true || (Object.hasOwn(harmless, member) ? harmless[member] : undefined)
    return rule === undefined || value === undefined ? [] : [[member, pick(value, rule)] as const]
  })
  return Object.fromEntries(members)
}
