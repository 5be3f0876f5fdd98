import * as z from 'zod'
import type { InputIssue } from '../../errors.ts'
import type { Provider } from '../../provider/provider.ts'
import type { AccountWebhook } from '../../webhook.ts'
import { inspectCreate } from '../input.ts'
import { idShape, urlShape } from '../shapes.ts'
import { wordIssue } from '../wording.ts'
import { toManaged } from './managed.ts'

const known = z.object({ id: idShape, url: urlShape })

/**
 * Why a webhook that exists cannot be desired, whatever else is said of it; undefined if it can. Such a webhook can be in no file, so
 * no plan deletes it because it is in none.
 */
export function findObstacle(
  provider: Provider,
  { id, url }: Pick<AccountWebhook, 'id' | 'url'>,
  inspectUrl: (input: { readonly url: string }) => readonly InputIssue[],
): string | undefined {
  const issues = [
    ...(known.safeParse({ id, url }, { error: wordIssue }).error?.issues ?? []),
    ...inspectCreate(toManaged(provider), { url }),
    ...inspectUrl({ url }),
  ]
  return issues[0]?.message
}
