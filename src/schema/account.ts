import { formatId } from '../id.ts'
import type { Builder } from './builder.ts'
import { requireBounded } from './node.ts'
import type { ProviderNameRef } from './provider.ts'

/** Accounts and the queries of them. None of it calls upstream. */
export function addAccounts(builder: Builder, providerName: ProviderNameRef): void {
  builder.objectType('Account', {
    description: 'One set of credentials at a provider, which may have several accounts.',
    interfaces: [builder.nodeInterfaceRef()],
    fields: (t) => ({
      id: t.id({
        description: 'Global, opaque, stable over restarts.',
        resolve: ({ slug }) => formatId({ kind: 'account', slug }),
      }),
      slug: t.exposeString('slug', {
        description: 'Unique name, chosen by the operator; inputs and filters take it.',
      }),
      provider: t.field({
        type: 'Provider',
        description: 'The provider that the account belongs to.',
        resolve: ({ provider }, _, { gateway }) => gateway.getProvider(provider),
      }),
      sandbox: t.exposeBoolean('sandbox', {
        description: 'Whether it belongs to the embedded sandbox instead of a real provider.',
      }),
    }),
  })

  builder.queryFields((t) => ({
    account: t.field({
      type: 'Account',
      nullable: true,
      description: 'One account by its slug; null where the caller has no such account. No upstream call.',
      args: { slug: t.arg.string({ required: true, description: 'Its slug.' }) },
      resolve: (_, { slug }, { gateway }) => gateway.findAccount(slug) ?? null,
    }),
    accounts: t.field({
      type: ['Account'],
      description: 'The configured accounts that the caller may use. No upstream call.',
      args: { providers: t.arg({ type: [providerName], description: 'Only accounts at these providers; all by default.' }) },
      resolve: (_, { providers }, { gateway }) => {
        requireBounded('providers', providers)
        return gateway.accounts.filter(({ provider }) => providers == null || providers.includes(provider))
      },
    }),
  }))
}
