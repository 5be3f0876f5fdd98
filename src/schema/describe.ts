/** Enum values from their descriptions. */
export function toEnumValues(texts: Readonly<Record<string, string>>) {
  return Object.fromEntries(Object.entries(texts).map(([name, description]) => [name, { description }]))
}
