import type { EnumRef } from '@pothos/core'
import type { EnumType } from '../provider/fields.ts'
import type { Builder } from './builder.ts'
import { toEnumValues } from './describe.ts'

export type Enums = ReturnType<typeof createEnums>

/** The GraphQL enum of each type that providers declare: an option and a detail can share one. */
export function createEnums(builder: Builder) {
  const known = new Map<EnumType, EnumRef<Builder['$inferSchemaTypes'], string>>()
  return (type: EnumType) => {
    const { name, description, values } = type
    const ref = known.get(type) ?? builder.enumType(name, { description, values: toEnumValues(values) })
    known.set(type, ref)
    return ref
  }
}
