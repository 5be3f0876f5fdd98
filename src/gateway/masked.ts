import type { InputIssue } from '../errors.ts'
import { shownSecret } from '../secret.ts'
import { hasText } from './unchecked.ts'

/** Advice for callers who only have a masked value. */
export const maskWayOuts = {
  onCreate: 'Provide the actual value.',
  onUpdate: 'Provide the actual value, or omit the field to keep the current one.',
  rotation: 'Provide your own secret, or omit the field and the gateway generates one.',
} as const

interface Masking {
  /** Whether the value is a signing secret, for which providers show their own masks. */
  readonly secret?: true | undefined
  readonly wayOut: string
}

/** Rejects masked values: writing one back would overwrite the real value. */
export function inspectMask(path: readonly string[], value: unknown, masking: Masking): readonly InputIssue[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => inspectMask([...path, String(index)], item, masking))
  const { secret, wayOut } = masking
  if (hasShownSecret(value)) {
    return [{ path, code: 'MASKED_SECRET', message: `${shownSecret} is a placeholder for a hidden secret. ${wayOut}` }]
  }
  if (secret !== true || typeof value !== 'string' || !/\*{3}|•{3}|…/.test(value)) return []
  return [{ path, code: 'MASKED_SECRET', message: `This is a masked secret, not the secret itself. ${wayOut}` }]
}

/** Whether a value contains the placeholder for a secret, including in names. */
export function hasShownSecret(value: unknown): boolean {
  return hasText(value, (text) => text.includes(shownSecret))
}
