/** An input that may be of any shape: rules say what they can of it, beside what its shape says. */
export interface Unchecked {
  readonly [field: string]: unknown
}

/** A value as an object with fields; empty for any other value. */
export function toUnchecked(value: unknown): Unchecked {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

/** A value and whatever it contains, at any depth; what contains itself comes once. */
export function listParts(value: unknown): readonly unknown[] {
  const parts = new Set([value])
  // What is added meanwhile comes later.
  for (const part of parts) for (const member of Object.values(toUnchecked(part))) parts.add(member)
  return [...parts]
}

/** Whether a value is an object with fields, and no list. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
