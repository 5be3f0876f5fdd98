import * as z from 'zod'
import type { InputIssue } from '../../errors.ts'
import { toIssueCode } from '../input.ts'
import { wordIssue } from '../wording.ts'

/** Shape of idempotency keys. */
export const keyShape = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[\x20-\x7e]*$/, 'Use printable ASCII characters only.')
  .nullish()

/** The issues of an idempotency key; repeats no values. */
export function inspectKey(key: unknown): readonly InputIssue[] {
  const issues = keyShape.safeParse(key, { error: wordIssue }).error?.issues ?? []
  return issues.map(({ code, message }) => ({ path: ['input', 'idempotencyKey'], code: toIssueCode(code), message }))
}
