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
  if (typeof value !== 'object' || value === null) return [value]
  const parts = new Set<unknown>([value])
  // Parts added during iteration are visited later.
  for (const part of parts) for (const member of Object.values(toUnchecked(part))) parts.add(member)
  return [...parts]
}

/** Whether a value is an object and not a list. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
