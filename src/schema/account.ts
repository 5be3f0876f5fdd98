import { formatId } from '../id.ts'
import type { Builder } from './builder.ts'
import { requireBounded } from './node.ts'
import type { ProviderNameRef } from './provider.ts'

/** Accounts and the queries of them. None of it calls upstream. */
export function addAccounts(builder: Builder, providerName: ProviderNameRef): void {
  builder.objectType('Account', {
    description: 'One set of credentials at one provider; there may be several.',
    interfaces: [builder.nodeInterfaceRef()],
    fields: (t) => ({
      id: t.id({
        description: 'Global, opaque, stable over restarts.',
        resolve: ({ slug }) => formatId({ kind: 'account', slug }),
      }),
      slug: t.exposeString('slug', {
        description: 'Unique, chosen by the operator: what inputs and filters take.',
      }),
      provider: t.field({
        type: 'Provider',
        description: 'Where it is an account.',
        resolve: ({ provider }, _, { gateway }) => gateway.getProvider(provider),
      }),
      sandbox: t.exposeBoolean('sandbox', {
        description: 'True where the embedded sandbox serves it.',
      }),
    }),
  })

  builder.queryFields((t) => ({
    account: t.field({
      type: 'Account',
      nullable: true,
      description: 'One account by its slug; null where the caller sees none. Calls nobody.',
      args: { slug: t.arg.string({ required: true, description: 'Its slug.' }) },
      resolve: (_, { slug }, { gateway }) => gateway.findAccount(slug) ?? null,
    }),
    accounts: t.field({
      type: ['Account'],
      description: 'The configured accounts. Calls nobody.',
      args: { providers: t.arg({ type: [providerName], description: 'Only accounts of these providers; left out: all.' }) },
      resolve: (_, { providers }, { gateway }) => {
        requireBounded('providers', providers)
        return gateway.accounts.filter(({ provider }) => providers == null || providers.includes(provider))
      },
    }),
  }))
}
