import type { Builder } from './builder.ts'
import { requireBounded } from './node.ts'
import type { ProviderNameRef } from './provider.ts'

/** Accounts and their queries. None of them sends upstream requests. */
export function addAccounts(builder: Builder, providerName: ProviderNameRef): void {
  builder.objectType('Account', {
    description: 'One set of credentials at a provider. A provider can have several accounts.',
    interfaces: ['Node'],
    fields: (t) => ({
      slug: t.exposeString('slug', { description: 'Unique name chosen by the operator, used in inputs and filters.' }),
      provider: t.field({
        type: 'Provider',
        description: 'The provider that the account belongs to.',
        resolve: ({ provider }, _, { gateway }) => gateway.getProvider(provider),
      }),
      sandbox: t.exposeBoolean('sandbox', {
        description: 'Whether requests go to the built-in sandbox instead of the provider.',
      }),
      scope: t.field({
        type: ['AccountSetting'],
        description:
          'The part of the provider that the account covers, such as a repository, as configured by the operator. ' +
          'Empty if the credentials alone determine it.',
        resolve: ({ settings = {} }) => Object.entries(settings).map(([name, value]) => ({ name, value })),
      }),
    }),
  })

  builder.objectType('AccountSetting', {
    description: 'A setting of an account. It is never a secret.',
    fields: (t) => ({
      name: t.exposeString('name', { description: "Name in the configuration, e.g. repository. The provider's page lists all." }),
      value: t.exposeString('value', { description: 'The configured value, e.g. acme/widgets.' }),
    }),
  })

  builder.queryFields((t) => ({
    account: t.field({
      type: 'Account',
      nullable: true,
      description: 'Looks up an account by slug. Null if the caller has no such account. Sends no upstream request.',
      args: { slug: t.arg.string({ required: true, description: 'The account slug.' }) },
      resolve: (_, { slug }, { gateway }) => gateway.findAccount(slug) ?? null,
    }),
    accounts: t.field({
      type: ['Account'],
      description: 'The configured accounts that the caller can use. Sends no upstream request.',
      args: { providers: t.arg({ type: [providerName], description: 'Only accounts at these providers. Defaults to all.' }) },
      resolve: (_, { providers }, { gateway }) => {
        requireBounded('providers', providers)
        return gateway.accounts.filter(({ provider }) => providers == null || providers.includes(provider))
      },
    }),
  }))
}
