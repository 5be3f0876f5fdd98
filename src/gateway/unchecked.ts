/** An input of unknown shape. Rules check what they can, in addition to the shape. */
export interface Unchecked {
  readonly [field: string]: unknown
}

/** The value as an object; an empty object for any other value. */
export function toUnchecked(value: unknown): Unchecked {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

/** A value and everything it contains, at any depth; cycles are visited once. */
export function listParts(value: unknown): readonly unknown[] {
  const members = listMembers(value)
  // Most lists and objects contain no others.
  if (!members.some((member) => typeof member === 'object')) return [value, ...members]
  const parts = new Set<unknown>([value])
  // Parts added during iteration are visited later.
  for (const part of parts) for (const member of listMembers(part)) parts.add(member)
  return [...parts]
}

function listMembers(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  return typeof value === 'object' && value !== null ? Object.values(value) : []
}

/** Whether a value contains such a text, at any depth, including in names. */
export function hasText(value: unknown, isSuch: (text: string) => boolean): boolean {
  if (typeof value === 'string') return isSuch(value)
  if (typeof value !== 'object') return false
  return listParts(value).some((part) => {
    return typeof part === 'string' ? isSuch(part) : isRecord(part) && Object.keys(part).some((name) => isSuch(name))
  })
}

/** Whether a value is an object and not a list. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
