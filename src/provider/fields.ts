import type { ZodType } from 'zod'
import type { Instant, Json } from '../webhook.ts'
import { type Unsupported, unsupported } from './unsupported.ts'

export type FieldRule = 'REQUIRED' | 'OPTIONAL' | Unsupported

export interface FieldRules {
  readonly onCreate: FieldRule
  readonly onUpdate: FieldRule
}

export interface FieldStatement extends FieldRules {
  /** Notes for callers who set or read it. */
  readonly note?: string
  /** Whether reads may leave it out: null then says nothing. */
  readonly isUnreported?: true
}

/** A field that a create must have. */
export function required(note?: string): FieldStatement {
  return { onCreate: 'REQUIRED', onUpdate: 'OPTIONAL', ...(note !== undefined && { note }) }
}

export function optional(note?: string): FieldStatement {
  return { onCreate: 'OPTIONAL', onUpdate: 'OPTIONAL', ...(note !== undefined && { note }) }
}

/** A field that reads may leave out. */
export function unreported(statement: FieldStatement): FieldStatement {
  return { ...statement, isUnreported: true }
}

/** A field that the provider does not have, with the reason and what to do instead. */
export function absent(note: string): FieldStatement {
  return { onCreate: unsupported(note), onUpdate: unsupported(note) }
}

export type CommonField = 'name' | 'url' | 'eventTypes' | 'enabled'

export interface CommonFields extends Readonly<Record<CommonField, FieldStatement>> {
  /**
   * `shape`: what the provider allows in a name besides 1 to 255 characters; no transforms. `isUnique`: whether it refuses the name of
   * another webhook. `isCaseless`: whether names that differ only in case are the same to it.
   */
  readonly name: FieldStatement & {
    readonly shape?: ZodType<string>
    readonly isUnique?: true
    readonly isCaseless?: true
  }
}

export type ScalarName = 'String' | 'Int' | 'Boolean' | 'DateTime' | 'JSON'

/** A closed set of values. The value is the same everywhere, from the input to the adapter, which alone knows the provider's spelling. */
export interface EnumType {
  /** GraphQL name, starting with the provider's type name. */
  readonly name: string
  readonly description: string
  /** Names in capitals, with the description of each. */
  readonly values: Readonly<Record<string, string>>
}

/** A key below `options.<provider>` of the mutation inputs. Rules default to OPTIONAL. */
export type OptionStatement = Partial<FieldStatement> & OptionTraits & OptionType

export interface OptionTraits {
  readonly list?: true
  /** Whether null is a value (not "omitted"). */
  readonly nullable?: true
  /** Whether it is a signing secret: a masked one is rejected. */
  readonly secret?: true
  /** Whether reads may show it in another form, so that a difference says nothing. */
  readonly isReworded?: true
  /** The Boolean option that a webhook has instead of this one: where it is true, this one is not set, rather than unread. */
  readonly alternative?: string
  /** Whether an update changes only the members of an object that it sends, and an empty text removes one. */
  readonly isMerged?: true
  /** What a create without it gets, as the detail of the same name shows it. Stated only if it is certain. */
  readonly default?: Json
  readonly description: string
}
type OptionType =
  | {
      readonly type: 'String' | 'Int' | 'JSON'
      /** Shape of a value, or of an item if `list`; no transforms. */
      readonly shape: ZodType<Json>
    }
  | { readonly type: 'Boolean' | EnumType; readonly shape?: never }
export interface OptionStatements {
  readonly [option: string]: OptionStatement
}

/** A field of this provider's webhook type only. */
export interface DetailStatement {
  readonly type: ScalarName | EnumType | DetailObject
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
  DateTime: Instant
  JSON: Json
}
type ItemOf<T> = T extends keyof ScalarValues
  ? ScalarValues[T]
  : T extends EnumType
    ? keyof T['values'] & string
    : T extends DetailObject
      ? DetailsOf<T['fields']>
      : never
/** A shape is more exact than a type. */
type OptionItemOf<S extends OptionStatement> = S extends { shape: ZodType<infer Value> } ? Value : ItemOf<S['type']>
type ListOf<S extends { list?: true }, Item> = S extends { list: true } ? readonly Item[] : Item

/** The TypeScript type of a provider's details, from its declarations. */
export type DetailsOf<S extends DetailStatements> = {
  readonly [K in keyof S]: ListOf<S[K], ItemOf<S[K]['type']>> | (S[K] extends { required: true } ? never : null)
}
/** The TypeScript type of a provider's options, from its declarations. */
export type OptionsOf<S extends OptionStatements> = {
  readonly [K in keyof S]?: ListOf<S[K], OptionItemOf<S[K]>> | (S[K] extends { nullable: true } ? null : never)
}

/** Validated options of any provider. */
export type Options = Readonly<Record<string, Json | undefined>>

/** Whether a type is an enum of this provider. */
export function isEnum(type: OptionStatement['type'] | DetailStatement['type']): type is EnumType {
  return typeof type === 'object' && 'values' in type
}

/** The GraphQL type of an option's value. */
function toTypeName({ type, list }: Pick<OptionStatement, 'type' | 'list'>): string {
  const name = isEnum(type) ? type.name : type
  return list === true ? `[${name}!]` : name
}

/** A provider's declaration for a mutation input field, by its path below `input`. */
export interface FieldSupport extends FieldStatement {
  readonly path: string
  /** GraphQL type of the value. */
  readonly type: string
  /** The accepted values, with the description of each; null if it is not an enum. */
  readonly values: Readonly<Record<string, string>> | null
}

const commonTypes: Readonly<Record<CommonField, string>> = {
  name: 'String',
  url: 'URL',
  eventTypes: '[String!]',
  enabled: 'Boolean',
}

interface Configurable {
  readonly name: string
  readonly fields: CommonFields
  readonly options: OptionStatements
}

/** All mutation input fields that this provider has a rule for. */
export function listFields({ name, fields, options }: Configurable): readonly FieldSupport[] {
  const common = ['name', 'url', 'eventTypes', 'enabled'] as const
  return [
    ...common.map((path) => ({ path, type: commonTypes[path], values: null, ...fields[path] })),
    ...Object.entries(options).map(([key, { type, list, onCreate = 'OPTIONAL', onUpdate = 'OPTIONAL', note }]) => ({
      path: `options.${name}.${key}`,
      type: toTypeName({ type, ...(list && { list }) }),
      values: isEnum(type) ? type.values : null,
      onCreate,
      onUpdate,
      ...(note !== undefined && { note }),
    })),
  ]
}
