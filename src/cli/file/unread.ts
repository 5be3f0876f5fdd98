import type * as z from 'zod'
import { toShapeIssue } from '../../config/file.ts'
import { isRecord } from '../../gateway/unchecked.ts'
import { slugPattern } from '../../id.ts'
import type { Provider } from '../../provider/provider.ts'

type Issue = z.core.$ZodIssue
type Members = Readonly<Record<string, unknown>>

/**
 * What the shape of a file tells of no account whose slug or provider is wrong: everything else that is wrong there. With an unknown
 * provider, that is what would be wrong with every one.
 */
export function findUnread(content: unknown, shape: z.ZodType, providers: readonly Provider[]): readonly Issue[] {
  const accounts = isRecord(content) && isRecord(content['accounts']) ? content['accounts'] : {}
  return Object.entries(accounts).flatMap(([slug, account]) => {
    if (!isRecord(account)) return []
    const read = (members: Members) => listIssues(slug, members, shape)
    const isKnown = providers.some(({ name }) => name === account['provider'])
    const readings = isKnown ? [] : providers.map(({ name }) => read({ ...account, provider: name }))
    return [...(slugPattern.test(slug) ? [] : read(account)), ...findCommon(readings, toKey)]
  })
}

const toKey = (issue: Issue) => [issue.code, issue.path, 'keys' in issue && issue.keys]

/** One for each unknown key. */
function listIssues(slug: string, account: Members, shape: z.ZodType): readonly Issue[] {
  const { error } = shape.safeParse({ accounts: { account } }, { error: toShapeIssue })
  return (error?.issues ?? []).flatMap((issue): readonly Issue[] => {
    const path = ['accounts', slug, ...issue.path.slice(2)]
    return issue.code === 'unrecognized_keys' ? issue.keys.map((key) => ({ ...issue, path, keys: [key] })) : [{ ...issue, path }]
  })
}

/** What is in each of the lists. */
export function findCommon<Item>([first = [], ...others]: readonly (readonly Item[])[], toKey: (item: Item) => unknown): Item[] {
  const toText = (item: Item) => JSON.stringify(toKey(item))
  const known = others.map((items) => new Set(items.map(toText)))
  return first.filter((item) => known.every((keys) => keys.has(toText(item))))
}
