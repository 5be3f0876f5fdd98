import { defaultSize, maximumSize } from '../schema/page.ts'
import type { RootField } from './sets.ts'

/** Maximum items on the requested page. */
export function readPageSize({ args: { first, last } }: Pick<RootField, 'args'>): number {
  const size = typeof first === 'number' ? first : typeof last === 'number' ? last : defaultSize
  return Math.min(Math.max(0, size), maximumSize)
}
