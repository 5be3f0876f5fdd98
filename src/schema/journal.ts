import { InvalidInputError } from '../errors.ts'
import { describeNoAccount } from '../gateway/directory.ts'
import type { PlacedEntry } from '../gateway/journal/view.ts'
import { parseId } from '../id.ts'
import type { JournaledOperation, JournalState } from '../journal.ts'
import type { EntryFilter } from '../store/store.ts'
import { needs } from './authorization.ts'
import type { Builder } from './builder.ts'
import type { Context } from './context.ts'
import { addJournalEntry } from './journal-entry.ts'
import { requireBounded, toBadInput } from './node.ts'
import { createOrdering, type Edge, type Page, type Place } from './ordering.ts'
import { type PageArguments, toCut } from './page.ts'
import { throwReadError, toReadError } from './read-error.ts'
import type { WebhookResultRef, WebhookStatusRef } from './webhook.ts'

interface JournalFilter {
  readonly accounts?: readonly string[] | null | undefined
  readonly operations?: readonly JournaledOperation[] | null | undefined
  readonly states?: readonly JournalState[] | null | undefined
  readonly webhookId?: string | null | undefined
  readonly since?: Date | null | undefined
  readonly until?: Date | null | undefined
}

/** The lists of journal entries, and their queries. */
export function addJournal(builder: Builder, status: WebhookStatusRef, webhookResult: WebhookResultRef): void {
  const { operation, state } = addJournalEntry(builder, status, webhookResult)
  const edge = builder.objectRef<Edge<PlacedEntry>>('JournalEdge').implement({
    description: 'A journal entry with its cursor.',
    fields: (t) => ({
      cursor: t.exposeString('cursor', { description: 'Cursor for `after` with the same filter.' }),
      node: t.field({ type: 'JournalEntry', description: 'The entry.', resolve: ({ node }) => node.entry }),
    }),
  })
  const connection = builder.objectRef<Page<PlacedEntry>>('JournalConnection').implement({
    description: 'A page of journal entries, newest first.',
    fields: (t) => ({
      edges: t.expose('edges', { type: [edge], description: 'Entries on this page, with cursors.' }),
      nodes: t.field({
        type: ['JournalEntry'],
        description: 'Entries on this page.',
        resolve: ({ edges }) => edges.map(({ node }) => node.entry),
      }),
      pageInfo: t.expose('pageInfo', { type: 'PageInfo', description: 'Position of this page in the list.' }),
    }),
  })
  const filter = builder.inputRef<JournalFilter>('JournalFilter').implement({
    description: 'All conditions must match. An empty list matches nothing.',
    fields: (t) => ({
      accounts: t.stringList({ description: 'Only accounts with these slugs. An unknown slug is an error.' }),
      operations: t.field({ type: [operation], description: 'Only these operations.' }),
      states: t.field({ type: [state], description: 'Only these states.' }),
      webhookId: t.id({ description: 'Only writes to this webhook, including the one that replaced it.' }),
      since: t.field({ type: 'DateTime', description: 'Only writes that started at this time or later.' }),
      until: t.field({ type: 'DateTime', description: 'Only writes that started before this time.' }),
    }),
  })

  const page = builder.args((t) => ({
    first: t.int({ description: 'Page size, 0 to 200. Defaults to 50.' }),
    after: t.string({ description: 'Returns entries after this cursor.' }),
  }))
  builder.queryFields((t) => ({
    journal: t.field({
      type: connection,
      extensions: needs(['journal:read']),
      description: 'The record of all writes, newest first. Also requires scope journal:read. Sends no upstream request.',
      args: { ...page, filter: t.arg({ type: filter, description: 'Filter. Defaults to all entries.' }) },
      resolve: async (_, args, context) => readPage(args, toEntryFilter(args.filter ?? {}, context), context),
    }),
    journalEntry: t.field({
      type: 'JournalEntry',
      nullable: true,
      extensions: needs(['journal:read']),
      description:
        'Looks up a journal entry. Null if it does not exist. Also requires scope journal:read. Sends no upstream request.',
      args: { id: t.arg.id({ required: true, description: 'The `id` of a JournalEntry.' }) },
      resolve: (_, { id }, { getEntry }) => getEntry(id).catch(throwReadError),
    }),
  }))
  builder.interfaceField('Webhook', 'journal', (t) =>
    t.field({
      type: connection,
      // An error below a write must not discard the result of the write.
      nullable: true,
      extensions: needs(['journal:read']),
      description:
        'Writes to this webhook, newest first. Requires scope journal:read. If they cannot be read, null with an entry in the top-level `errors`.',
      args: page,
      resolve: ({ account, upstreamId }, args, context) =>
        readPage(args, { webhook: { account: account.slug, id: upstreamId } }, context),
    }),
  )
}

function toEntryFilter(filter: JournalFilter, { gateway }: Context): EntryFilter {
  const { accounts, operations, states, webhookId, since, until } = filter
  for (const name of ['accounts', 'operations', 'states'] as const) requireBounded(`filter.${name}`, filter[name])
  const unknown = accounts?.find((slug) => gateway.findAccount(slug) === undefined)
  if (unknown !== undefined) {
    const known = gateway.accounts.map(({ slug }) => slug)
    throw toBadInput(describeNoAccount(unknown, known))
  }
  const webhook = webhookId == null || gateway.findAccountOf(webhookId) === null ? null : parseId(webhookId)
  if (webhookId != null && webhook?.kind !== 'webhook') {
    throw toBadInput(
      'No webhook has the ID in filter.webhookId. Use the `id` of a Webhook, or the `webhookId` of a JournalEntry.',
    )
  }
  return {
    accounts: accounts ?? undefined,
    operations: operations ?? undefined,
    states: states ?? undefined,
    webhook: webhook?.kind === 'webhook' ? { account: webhook.slug, id: webhook.upstreamId } : undefined,
    sinceMs: since?.getTime(),
    untilMs: until?.getTime(),
  }
}

/** One page, from one more entry than it shows. */
async function readPage(args: PageArguments, filter: EntryFilter, { gateway }: Context): Promise<Page<PlacedEntry>> {
  const ordering = createOrdering<PlacedEntry>({
    getBinding: () => `journal ${JSON.stringify(toBinding(filter))}`,
    toPlace: ({ position, entry }) => ({ key: `${entry.startedAt} ${pad(position)}`, id: entry.id }),
    compareKeys: (a, b) => (a < b ? 1 : -1),
  })
  try {
    const cut = toCut(args, {
      parseCursor(cursor) {
        const place = ordering.parseCursor(cursor)
        return place === null || readPosition(place) === undefined ? null : place
      },
    })
    const found = await gateway.journal.list(filter, cut.size + 1, cut.after === null ? undefined : readPosition(cut.after))
    const { edges, pageInfo } = ordering.cut(found, cut)
    const { hasNextPage, startCursor, endCursor } = pageInfo
    return { edges, pageInfo: { hasNextPage, hasPreviousPage: cut.after !== null, startCursor, endCursor } }
  } catch (error) {
    throw error instanceof InvalidInputError
      ? toBadInput(error.issues.map(({ message }) => message).join(' '))
      : toReadError(error)
  }
}

/** Numbers of one length are ordered like texts. */
function pad(number: number): string {
  return String(number).padStart(15, '0')
}

function readPosition({ key }: Place): number | undefined {
  const [, digits] = / (\d{15})$/.exec(key ?? '') ?? []
  return digits === undefined ? undefined : Number(digits)
}

function toBinding({ accounts, operations, states, webhook, sinceMs, untilMs }: EntryFilter): readonly unknown[] {
  const sets = [accounts, operations, states].map((names) => (names === undefined ? null : [...new Set(names)].toSorted()))
  return [...sets, webhook?.account ?? null, webhook?.id ?? null, sinceMs ?? null, untilMs ?? null]
}
