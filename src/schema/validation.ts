import type { GraphQLResolveInfo } from 'graphql'
import * as z from 'zod'
import { InvalidInputError, type InputIssue } from '../errors.ts'
import { type CreateFields, mostItems, toIssueCode, type UpdateFields } from '../input.ts'
import { hasEmptyLabel } from '../target.ts'
import type { Context } from './context.ts'

// Shapes of input values: lengths and formats. What depends on the provider is in ../input.ts.

export const nameShape = z.string().refine((name) => {
  const length = Array.from(name.trim()).length
  return length >= 1 && length <= 255
}, 'Give 1 to 255 characters.')

export const urlShape = z.string().superRefine((text, context) => {
  // Reading a URL drops some of these and turns others into slashes: what was meant is anybody's guess.
  if (/[\s\p{Cc}\\]/u.test(text)) {
    return context.addIssue('Leave out blanks, control characters and backslashes, or percent-encode them, e.g. %20 or %5C.')
  }
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined) return context.addIssue('Give an absolute URL, e.g. https://example.com/webhooks.')
  if (hasEmptyLabel(url)) context.addIssue('Leave one dot between the labels of the host, and none before them.')
  if (url.protocol !== 'https:') context.addIssue('Only https is accepted; give a URL that starts with https://.')
  if (url.username !== '' || url.password !== '') {
    context.addIssue('Leave user name and password out of the URL; check the signature of deliveries instead.')
  }
})

export const eventTypeShape = z.string().min(1, 'Give the name of an event type.').max(255, 'Give at most 255 characters.')

/** A list in an input. One that is too long is refused as a whole: its items are not looked at. */
export function boundList<Item>(item: z.ZodType<Item>) {
  return z.array(z.any()).max(mostItems, `Give at most ${mostItems}.`).pipe(z.array(item))
}

/** Every issue of the input at once: what its shape violates and what the provider's rules add. */
export function toInvalidInputError(
  error: z.ZodError,
  args: Record<string, unknown>,
  { gateway }: Context,
  { fieldName }: GraphQLResolveInfo,
): InvalidInputError {
  const issues: InputIssue[] = error.issues.map(({ path, code, message }) => ({
    path: path.map(String),
    code: toIssueCode(code),
    message,
  }))
  const reported = new Set(issues.map((issue) => issue.path.join('.')))
  // GraphQL has coerced the argument to the input type of this very field.
  /* oxlint-disable typescript/no-unsafe-type-assertion */
  const rules =
    fieldName === 'createWebhook'
      ? gateway.inspectCreate(args['input'] as CreateFields)
      : fieldName === 'updateWebhook'
        ? gateway.inspectUpdate(args['input'] as UpdateFields)
        : []
  /* oxlint-enable typescript/no-unsafe-type-assertion */
  return new InvalidInputError([...issues, ...rules.filter((issue) => !reported.has(issue.path.join('.')))])
}
