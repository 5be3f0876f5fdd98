import * as z from 'zod'

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
