import type { EnumRef, ObjectRef } from '@pothos/core'
import { type DetailStatement, type DetailStatements, isEnum, type ScalarName } from '../provider/fields.ts'
import type { Details, Json } from '../webhook.ts'
import type { Builder } from './builder.ts'
import type { Enums } from './enum.ts'

type Types = Builder['$inferSchemaTypes']

/** Adds a provider's declared fields to a type, including nested objects. */
export function addDetails<Parent extends object>(
  builder: Builder,
  enums: Enums,
  parent: ObjectRef<Types, Parent>,
  statements: DetailStatements,
  read: (parent: Parent) => Details,
): void {
  for (const [name, statement] of Object.entries(statements)) {
    const type = toType(builder, enums, statement)
    const { description, list = false, required = false } = statement
    builder.objectField(parent, name, (t) =>
      list
        ? t.field({ type: [type], nullable: !required, description, resolve: (source) => toList(read(source)[name]) })
        : t.field({ type, nullable: !required, description, resolve: (source) => read(source)[name] ?? null }),
    )
  }
}

function toType(
  builder: Builder,
  enums: Enums,
  { type }: DetailStatement,
): ScalarName | ObjectRef<Types, Details> | EnumRef<Types, string> {
  if (typeof type === 'string') return type
  if (isEnum(type)) return enums(type)
  const object = builder.objectRef<Details>(type.name)
  object.implement({ description: type.description })
  addDetails(builder, enums, object, type.fields, (source) => source)
  return object
}

function toList(value: Json | undefined): readonly Json[] | null {
  return Array.isArray(value) ? value : null
}
