import type { Mutations } from './mutation.ts'

/** Defects in how the journal is shown. */
export const api: Mutations = {
  'gateway/journal/view.ts': [
    {
      name: 'entries of other accounts are listed',
      from: 'const visible = { ...filter, accounts: accounts?.filter(isVisible) }',
      to: 'const visible = { ...filter }',
      test: 'schema/journal',
    },
    {
      name: 'entries of other accounts are found by their id',
      from: 'stored !== null && isVisible(stored.account) ? stored : null',
      to: 'stored',
      test: 'schema/journal',
    },
    {
      name: 'anybody reads any secret',
      from: 'if (stored !== null && mayHaveSecret(stored, reader)) return stored',
      to: 'if (stored !== null) return stored',
      test: 'schema/journal',
    },
    {
      name: 'the scope for all secrets is worth nothing',
      from: ' || revealsAll',
      to: '',
      test: 'schema/journal',
    },
    {
      name: 'a secret is read after its time',
      from: 'const text = isExpired ? null : await',
      to: 'const text = await',
      test: 'schema/journal',
    },
    {
      name: 'a secret that is gone looks like one that never was',
      from: "...(hadSecret && { secretState: 'GONE' })",
      to: '',
      test: 'schema/journal',
    },
    {
      name: 'the secret of an open entry is erased',
      from: 'if (journalEntry.isOpen) {',
      to: 'if (journalEntry.isOpen && id === "") {',
      test: 'schema/journal',
    },
    {
      name: 'an acknowledged secret is kept',
      from: 'await read((store) => store.eraseSigningSecret(stored.id))',
      to: 'await Promise.resolve()',
      test: 'schema/journal',
    },
    {
      name: 'a store that fails is a bug',
      from: 'cause instanceof StoreError ? new StoreUnavailableError(unreadable, { cause }) : cause',
      to: 'cause',
      test: 'schema/journal',
    },
    {
      name: 'an account that is gone takes the name of another provider',
      from: 'configured?.provider === provider ? configured : { slug, provider, sandbox: false }',
      to: 'configured ?? { slug, provider, sandbox: true }',
      test: 'schema/journal',
    },
  ],
  'gateway/journal/key.ts': [
    {
      name: 'a key can have any characters',
      from: ".regex(/^[\\x20-\\x7e]*$/, 'Use printable ASCII characters only.')",
      to: '',
      test: 'schema/journal',
    },
    { name: 'a key can be longer', from: '.max(255)', to: '.max(256)', test: 'schema/journal' },
  ],
  'gateway/predecessor.ts': [
    {
      name: 'a reloaded gateway forgets the journal',
      from: 'if (inherited !== undefined) return inherited',
      to: 'if (inherited === null) return inherited',
      test: 'schema/journal',
    },
  ],
  'schema/journal.ts': [
    {
      name: 'the journal of a webhook is the journal of all',
      from: '{ webhook: { account: account.slug, id: upstreamId } }',
      to: 'account.slug === upstreamId ? { accounts: [] } : {}',
      test: 'schema/journal',
    },
    {
      name: 'cursors are good for any filter',
      from: 'getBinding: () => `journal ${JSON.stringify(toBinding(filter))}`',
      to: "getBinding: () => `journal ${toBinding({}).join('')}`",
      test: 'schema/journal',
    },
    { name: 'there is never a next page', from: 'cut.size + 1', to: 'cut.size', test: 'schema/journal' },
    {
      name: 'a filter takes unknown accounts',
      from: 'if (unknown !== undefined)',
      to: 'if (unknown === "")',
      test: 'schema/journal',
    },
    {
      name: 'a journal that cannot be read takes the result of a write away',
      from: "      nullable: true,\n      extensions: needs(['journal:read']),\n      description:\n        'Writes to",
      to: "      extensions: needs(['journal:read']),\n      description:\n        'Writes to",
      test: 'schema/journal',
    },
  ],
  'schema/journal-entry.ts': [
    {
      name: 'the secret of another caller seems to need no scope of its own',
      from: 'isOwn ? [] :',
      to: 'isOwn || true ? [] :',
      test: 'schema/escrow',
    },
    {
      name: 'the webhook of an entry needs no scope',
      from: "        extensions: needs(['webhooks:read']),\n",
      to: '',
      test: 'server/authorization',
    },
    {
      name: 'a webhook that is gone is an error',
      from: 'if (error instanceof NotFoundError) return null',
      to: 'if (error === null) return null',
      test: 'schema/journal',
    },
    {
      name: 'no field has changed',
      from: 'stateFields.filter((field) => !isDeepStrictEqual',
      to: 'stateFields.filter((field) => isDeepStrictEqual',
      test: 'schema/journal',
    },
  ],
  'schema/escrow.ts': [
    {
      name: 'an adoption needs no scope for secrets',
      from: "toUnchecked(input)['as'] === 'ADOPT'",
      to: "toUnchecked(input)['as'] === ''",
      test: 'server/authorization',
    },
    {
      name: 'a settlement shows the entry to those who may not read the journal',
      from: "        'journal:read',\n",
      to: '',
      test: 'server/authorization',
    },
    {
      name: 'everybody may read the secrets of all',
      from: "scopes.has('secrets:reveal')",
      to: "scopes.has('secrets:write')",
      test: 'schema/journal',
    },
    { name: 'the audit does not name the entry', from: ', entry: entry.id }', to: ' }', test: 'schema/journal' },
  ],
  'server/entry-cost.ts': [
    {
      name: 'webhooks of entries cost nothing',
      from: 'webhooks: sumFields(whole, sizeOf, (field) => (isWebhook(field) ? 1 : 0))',
      to: 'webhooks: sumFields(whole, sizeOf, (field) => (isWebhook(field) ? 0 : 0))',
      test: 'server/limits',
    },
    {
      name: 'delivery logs of entries cost nothing',
      from: '(logs.has(field) ? 1 : 0)',
      to: '(logs.has(field) ? 0 : 0)',
      test: 'server/limits',
    },
  ],
  'server/cost.ts': [
    {
      name: 'webhooks of several entries are read one by one',
      from: 'if (readCount > 1) for (const account of ofEntries) lists.add(account)',
      to: 'void readCount',
      test: 'server/limits',
    },
    {
      name: 'a settlement costs nothing',
      from: 'others += Math.max(0, ...gateway.accounts.map(countSettling))',
      to: 'others += 0 * gateway.accounts.map(countSettling).length',
      test: 'server/limits',
    },
  ],
  'server/field-bound.ts': [
    {
      name: 'pages of the journal cost as much as any',
      from: 'storeReads + readPageSize({ args })',
      to: '1 + 0 * readPageSize({ args })',
      test: 'server/limits',
    },
  ],
}
