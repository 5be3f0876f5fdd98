import type { Builder } from './builder.ts'
import type { Cut, Ordering } from './ordering.ts'
import { InvalidInputError, type InputIssueCode } from '../errors.ts'

/** Default and maximum page size. */
export const defaultSize = 50
export const maximumSize = 200

export interface PageArguments {
  readonly first?: number | null | undefined
  readonly last?: number | null | undefined
  readonly after?: string | null | undefined
  readonly before?: string | null | undefined
}

/** The PageInfo type. */
export function addPageInfo(builder: Builder): void {
  builder.objectType('PageInfo', {
    description: 'Position of a page in its list.',
    fields: (t) => ({
      hasNextPage: t.exposeBoolean('hasNextPage', { description: 'Whether there are items after this page.' }),
      hasPreviousPage: t.exposeBoolean('hasPreviousPage', { description: 'Whether there are items before this page.' }),
      startCursor: t.exposeString('startCursor', {
        nullable: true,
        description: 'Cursor of the first item. Null on an empty page.',
      }),
      endCursor: t.exposeString('endCursor', { nullable: true, description: 'Cursor of the last item. Null on an empty page.' }),
    }),
  })
}

/** The requested page. Throws InvalidInputError, also for a cursor of another list. */
export function toCut(args: PageArguments, ordering: Pick<Ordering<never>, 'parseCursor'>): Cut {
  const { first, last } = args
  if (first != null && last != null) throw refuse('last', 'Use either first or last, not both.')
  const [name, size] = last == null ? (['first', first ?? defaultSize] as const) : (['last', last] as const)
  if (size < 0 || size > maximumSize) {
    throw refuse(name, `${name} must be between 0 and ${maximumSize}, not ${size}.`, size < 0 ? 'TOO_SMALL' : 'TOO_BIG')
  }
  return { size, backwards: last != null, after: toPlace('after', args.after), before: toPlace('before', args.before) }

  function toPlace(argument: string, cursor: string | null | undefined) {
    if (cursor == null) return null
    const place = ordering.parseCursor(cursor)
    if (place !== null) return place
    throw refuse(
      argument,
      `The cursor in ${argument} does not belong to this list. Use a cursor returned for the same list, filter and order.`,
    )
  }
}

function refuse(argument: string, message: string, code: InputIssueCode = 'INVALID'): InvalidInputError {
  return new InvalidInputError([{ path: [argument], code, message }])
}
