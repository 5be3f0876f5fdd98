import type * as z from 'zod'

/** What to do about an issue of a shape that has no words of its own. Repeats no value. */
export function wordIssue(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return kinds[issue.expected] ?? 'Give a value of another type.'
    case 'too_small':
      return `Give at least ${count(issue.minimum, issue.origin)}.`
    case 'too_big':
      return `Give at most ${count(issue.maximum, issue.origin)}.`
    case 'invalid_value':
      return `Give one of ${issue.values.map(String).join(', ')}.`
    case 'invalid_union':
      return 'Give a value that JSON has: a text, a finite number, true, false, null, a list or an object.'
    default:
      return 'Give a value of the form that is asked for.'
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: 'Give a text.',
  boolean: 'Give true or false.',
  int: 'Give a whole number.',
  number: 'Give a number.',
  array: 'Give a list.',
  object: 'Give an object.',
  record: 'Give an object.',
}

function count(size: number | bigint, origin: string): string {
  const number = size.toLocaleString('en')
  if (origin === 'string') return `${number} ${Number(size) === 1 ? 'character' : 'characters'}`
  return origin === 'array' ? `${number} ${Number(size) === 1 ? 'item' : 'items'}` : number
}
