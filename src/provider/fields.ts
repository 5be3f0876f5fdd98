import type { ZodType } from 'zod'
import type { Json } from '../webhook.ts'
import type { Unsupported } from './unsupported.ts'

export type FieldRule = 'REQUIRED' | 'OPTIONAL' | Unsupported

export interface FieldStatement {
  readonly onCreate: FieldRule
  readonly onUpdate: FieldRule
  /** Notes for callers who set or read it. */
  readonly note?: string
}

export type CommonField = 'name' | 'url' | 'eventTypes' | 'enabled'

export type ScalarName = 'String' | 'Int' | 'Boolean' | 'DateTime' | 'JSON'

/** A key below `options.<provider>` of the mutation inputs. */
export interface OptionStatement extends FieldStatement {
  readonly type: 'String' | 'JSON'
  readonly list?: true
  /** Whether null is a value (not "omitted"). */
  readonly nullable?: true
  /** Whether it is a signing secret: a masked one is rejected. */
  readonly secret?: true
  readonly description: string
  /** Shape of a value, or of an item if `list`; no transforms. */
  readonly shape: ZodType<Json>
}
export interface OptionStatements {
  readonly [option: string]: OptionStatement
}

/** A field of this provider's webhook type only. */
export interface DetailStatement {
  readonly type: ScalarName | DetailObject
  readonly list?: true
  readonly required?: true
  readonly description: string
}
export interface DetailStatements {
  readonly [field: string]: DetailStatement
}
export interface DetailObject {
  /** GraphQL name, starting with the provider's type name. */
  readonly name: string
  readonly description: string
  readonly fields: DetailStatements
}

interface ScalarValues {
  String: string
  Int: number
  Boolean: boolean
  DateTime: Date
  JSON: Json
}
type ItemOf<T> = T extends keyof ScalarValues ? ScalarValues[T] : T extends DetailObject ? DetailsOf<T['fields']> : never
type ListOf<S extends { list?: true }, Item> = S extends { list: true } ? readonly Item[] : Item

/** The TypeScript type of a provider's details, from its declarations. */
export type DetailsOf<S extends DetailStatements> = {
  readonly [K in keyof S]: ListOf<S[K], ItemOf<S[K]['type']>> | (S[K] extends { required: true } ? never : null)
}
/** The TypeScript type of a provider's options, from its declarations. */
export type OptionsOf<S extends OptionStatements> = {
  readonly [K in keyof S]?: ListOf<S[K], S[K]['shape']['_zod']['output']> | (S[K] extends { nullable: true } ? null : never)
}

/** Validated options of any provider. */
export type Options = Readonly<Record<string, Json | undefined>>
