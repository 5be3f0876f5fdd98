/** The values of an enum, from what each one means. */
export function toEnumValues(texts: Readonly<Record<string, string>>) {
  return Object.fromEntries(Object.entries(texts).map(([name, description]) => [name, { description }]))
}
