import type { Provider } from '../provider/provider.ts'

/** What a name is known by: the same for each form in which its letters can be written, and for each case where the provider knows no other. */
export function toNameKey({ fields }: Pick<Provider, 'fields'>, name: string): string {
  const normal = toNormalName(name)
  return fields.name.isCaseless === true ? normal.toLowerCase() : normal
}

/** é is one character or two. */
export function toNormalName(name: string): string {
  return name.normalize('NFC')
}
