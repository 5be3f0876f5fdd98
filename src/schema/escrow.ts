import type { Caller } from '../caller.ts'
import type { Gateway } from '../gateway/gateway.ts'
import type { Reader } from '../gateway/journal/view.ts'
import { journalMembers, type JournalOperation } from '../gateway/members.ts'
import { toUnchecked } from '../gateway/unchecked.ts'
import { needs } from './authorization.ts'
import type { Builder } from './builder.ts'
import type { WriteTarget } from './context.ts'
import { warnings } from './describe.ts'
import { type SecretStateRef, signingSecret, toStateField } from './secret.ts'

/** revealSigningSecret, acknowledgeSecret and settleJournalEntry, with their inputs and results. */
export function addEscrow(builder: Builder, secretState: SecretStateRef): void {
  const entryId = { required: true, description: 'The `id` of the journal entry of the write.' } as const
  // Nullable as on the errors, so that one document can select both.
  const journalEntry = { type: 'JournalEntry', nullable: true, description: 'The entry. Never null.' } as const

  builder.inputType('RevealSigningSecretInput', {
    description: 'The write whose signing secret to return.',
    fields: (t) => ({ entryId: t.id(entryId) }),
  })
  builder.objectType('RevealSigningSecretSuccess', {
    description: 'The signing secret that the write returned. Unless the entry is SUCCEEDED, it may not be in use.',
    fields: (t) => ({
      journalEntry: t.expose('journalEntry', journalEntry),
      signingSecret: t.string(signingSecret),
      secretState: t.field(toStateField(secretState)),
      warnings: t.expose('warnings', warnings),
    }),
  })
  const revealed = builder.errorUnion('RevealSigningSecretResult', {
    description: 'The signing secret, or why it was not returned.',
    types: ['RevealSigningSecretSuccess', ...journalMembers.REVEAL_SECRET],
    resolveType: succeed('RevealSigningSecretSuccess'),
  })

  builder.inputType('AcknowledgeSecretInput', {
    description: 'The write whose signing secret to erase.',
    fields: (t) => ({ entryId: t.id(entryId) }),
  })
  builder.objectType('AcknowledgeSecretSuccess', {
    description: 'The journal no longer has the signing secret.',
    fields: (t) => ({
      journalEntry: t.expose('journalEntry', journalEntry),
      warnings: t.expose('warnings', warnings),
    }),
  })
  const acknowledged = builder.errorUnion('AcknowledgeSecretResult', {
    description: 'The entry without its secret, or why nothing was erased.',
    types: ['AcknowledgeSecretSuccess', ...journalMembers.ACKNOWLEDGE_SECRET],
    resolveType: succeed('AcknowledgeSecretSuccess'),
  })

  const way = builder.enumType('Settlement', {
    description: 'How to settle a journal entry whose outcome is not known.',
    values: {
      LOOK_AGAIN: {
        description:
          "The gateway tries again to determine the outcome. It sends a write again only with the provider's own idempotency key.",
      },
      ADOPT: { description: 'The webhook in `webhookId` is the result. Its secret is rotated if that is the way to get one.' },
      ABANDON: {
        description:
          'Nobody can know the outcome. The gateway looks at the account once more, the entry is closed, its signing secret is erased, and its idempotency key is ' +
          'free again. The warning NO_SIGNING_SECRET names the webhooks that may be left with a secret that nobody has; NEW_WEBHOOK_UNKNOWN says that ' +
          'there may be others, because the account could not be read, now or before the write, or had too many webhooks before it.',
      },
    },
  })
  builder.inputType('SettleJournalEntryInput', {
    description: 'The journal entry to settle, and how.',
    fields: (t) => ({
      id: t.id({ required: true, description: 'The `id` of the journal entry.' }),
      as: t.field({ type: way, required: true, description: 'How to settle it.' }),
      webhookId: t.id({ description: 'The `id` of the webhook to adopt. Required for ADOPT, and InvalidInputError for others.' }),
    }),
  })
  builder.objectType('SettleJournalEntrySuccess', {
    description: 'The entry was looked at or settled: see its `state`.',
    fields: (t) => ({
      journalEntry: t.expose('journalEntry', journalEntry),
      signingSecret: t.string(signingSecret),
      secretState: t.field(toStateField(secretState)),
      warnings: t.expose('warnings', warnings),
    }),
  })
  const settled = builder.errorUnion('SettleJournalEntryResult', {
    description: 'The entry after the attempt to settle it, or why that failed.',
    types: ['SettleJournalEntrySuccess', ...journalMembers.SETTLE],
    resolveType: succeed('SettleJournalEntrySuccess'),
  })

  builder.mutationFields((t) => ({
    revealSigningSecret: t.field({
      type: revealed,
      extensions: needs(['secrets:write']),
      description:
        'Returns the signing secret of a write while the journal keeps it. Also requires scope secrets:write, and secrets:reveal for writes of other callers.',
      args: { input: t.arg({ type: 'RevealSigningSecretInput', required: true, description: 'The write.' }) },
      resolve: async (_, { input }, { gateway, caller, write }) =>
        write(await toTarget('REVEAL_SECRET', input.entryId, gateway), () =>
          gateway.journal.reveal(input.entryId, toReader(caller)),
        ),
    }),
    acknowledgeSecret: t.field({
      type: acknowledged,
      extensions: needs(['secrets:write']),
      description:
        'Erases the signing secret of a write from the journal. Also requires scope secrets:write, and secrets:reveal for writes of other callers.',
      args: { input: t.arg({ type: 'AcknowledgeSecretInput', required: true, description: 'The write.' }) },
      resolve: async (_, { input }, { gateway, caller, write }) =>
        write(await toTarget('ACKNOWLEDGE_SECRET', input.entryId, gateway), () =>
          gateway.journal.acknowledge(input.entryId, toReader(caller)),
        ),
    }),
    settleJournalEntry: t.field({
      type: settled,
      extensions: needs(({ input }) => [
        'journal:read',
        ...(toUnchecked(input)['as'] === 'ADOPT' ? (['secrets:write'] as const) : []),
      ]),
      description:
        'Settles a write whose outcome is not known. Also requires scope journal:read, and secrets:write for ADOPT. The secret that a write of another caller ' +
        'gave to an adopted webhook is returned with scope secrets:reveal only.',
      args: {
        input: t.arg({ type: 'SettleJournalEntryInput', required: true, description: 'The entry, and how to settle it.' }),
      },
      resolve: async (_, { input }, { gateway, caller, write }) =>
        write(await toTarget('SETTLE', input.id, gateway), (asker) => gateway.journal.settle(input, toReader(caller), asker)),
    }),
  }))
}

function succeed(success: string) {
  return (found: object) => (found instanceof Error ? undefined : success)
}

/** What the audit log shows of an operation on an entry: nothing of one that the caller cannot see. */
async function toTarget(operation: JournalOperation, id: string, gateway: Gateway): Promise<WriteTarget> {
  const entry = await gateway.journal.find(id)
  return entry === null
    ? { operation }
    : { operation, account: entry.account.slug, id: entry.webhookId ?? undefined, entry: entry.id }
}

function toReader({ name, scopes }: Caller): Reader {
  return { name, revealsAll: scopes.has('secrets:reveal') }
}
