import type * as z from 'zod'

/** Message for a shape issue without a custom message. Repeats no values. */
export function wordIssue(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return kinds[issue.expected] ?? 'The value has the wrong type.'
    case 'too_small':
      return `Provide at least ${count(issue.minimum, issue.origin)}.`
    case 'too_big':
      return `Provide at most ${count(issue.maximum, issue.origin)}.`
    case 'invalid_value':
      return `Must be one of ${issue.values.map(String).join(', ')}.`
    case 'invalid_union':
      return 'Must be a JSON value: a string, a finite number, true, false, null, a list or an object.'
    default:
      return 'The value has the wrong format.'
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: 'Must be a string.',
  boolean: 'Must be true or false.',
  int: 'Must be an integer.',
  number: 'Must be a number.',
  array: 'Must be a list.',
  object: 'Must be an object.',
  record: 'Must be an object.',
}

function count(size: number | bigint, origin: string): string {
  const number = size.toLocaleString('en')
  if (origin === 'string') return `${number} ${Number(size) === 1 ? 'character' : 'characters'}`
  return origin === 'array' ? `${number} ${Number(size) === 1 ? 'item' : 'items'}` : number
}
