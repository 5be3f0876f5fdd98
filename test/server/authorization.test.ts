import { describe, expect, it } from 'vitest'
import { createApiKey, hashApiKey } from '../../src/server/auth/api-key.ts'
import { type Scope, scopes } from '../../src/caller.ts'
import { formatId } from '../../src/id.ts'
import { encrata } from '../../src/providers/encrata/index.ts'
import { verifik } from '../../src/providers/verifik/index.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { openStandIn } from '../helpers/stand-in.ts'

const url = 'https://hooks.acme.test/matrix'
const toDeliveryId = (slug: string) => {
  return formatId({ kind: 'delivery', slug, upstreamId: encrata.sandbox.seededId, key: 'x' })
}
const deliveryId = toDeliveryId('encrata')
const entryId = formatId({ kind: 'entry', id: 'absent' })
const fields: readonly (readonly [field: string, operation: string, needed: readonly Scope[]])[] = [
  ['Account.webhooks', '{ accounts { webhooks { nodes { id } } } }', ['webhooks:read']],
  ['Query.account', '{ account(slug: "encrata") { slug } }', ['webhooks:read']],
  ['Query.accounts', '{ accounts { slug } }', ['webhooks:read']],
  ['Query.node', 'query ($id: ID!) { node(id: $id) { id } }', ['webhooks:read']],
  ['Query.node, of a delivery', `{ node(id: "${deliveryId}") { id } }`, ['webhooks:read', 'deliveries:read']],
  ['Query.nodes', 'query ($id: ID!) { nodes(ids: [$id]) { id } }', ['webhooks:read']],
  [
    'Query.nodes, with a delivery',
    `query ($id: ID!) { nodes(ids: [$id, "${deliveryId}"]) { id } }`,
    ['webhooks:read', 'deliveries:read'],
  ],
  ['Query.provider', '{ provider(name: ENCRATA) { accounts { slug } } }', ['webhooks:read']],
  ['Query.providers', '{ providers { name accounts { slug } } }', ['webhooks:read']],
  ['Query.webhook', 'query ($id: ID!) { webhook(id: $id) { ... on Webhook { id } } }', ['webhooks:read']],
  ['Query.webhooks', '{ webhooks { nodes { id } } }', ['webhooks:read']],
  [
    'Webhook.deliveries',
    'query ($id: ID!) { webhook(id: $id) { ... on Webhook { deliveries { __typename } } } }',
    ['webhooks:read', 'deliveries:read'],
  ],
  [
    'Webhook.deliveries, of one type',
    'query ($id: ID!) { webhook(id: $id) { ... on EncrataWebhook { deliveries { __typename } } } }',
    ['webhooks:read', 'deliveries:read'],
  ],
  [
    'Query.webhookPlan',
    '{ webhookPlan(input: { webhooks: [], prune: ["encrata"] }) { __typename ... on WebhookPlan { fingerprint } } }',
    ['webhooks:read'],
  ],
  [
    'Mutation.applyWebhookPlan',
    'mutation { applyWebhookPlan(input: { webhooks: [], prune: ["encrata"], fingerprint: "x" }) { __typename } }',
    ['webhooks:write'],
  ],
  [
    'Mutation.applyWebhookPlan, with the plan',
    'mutation { applyWebhookPlan(input: { webhooks: [], prune: ["encrata"], fingerprint: "x" }) { ... on PlanOutdatedError { plan { fingerprint } } } }',
    ['webhooks:write', 'webhooks:read'],
  ],
  [
    'Mutation.applyWebhookPlan, with a secret',
    `mutation { applyWebhookPlan(input: { webhooks: [{ account: "verifik", url: "${url}", options: { verifik: { secret: "0123456789" } } }], fingerprint: "x" }) { __typename } }`,
    ['webhooks:write', 'secrets:write'],
  ],
  ['Query.journal', '{ journal { nodes { id } } }', ['webhooks:read', 'journal:read']],
  ['Query.journalEntry', `{ journalEntry(id: "${entryId}") { id } }`, ['webhooks:read', 'journal:read']],
  ['Query.node, of a journal entry', `{ node(id: "${entryId}") { id } }`, ['webhooks:read', 'journal:read']],
  ['Query.nodes, with a journal entry', `{ nodes(ids: ["${entryId}"]) { id } }`, ['webhooks:read', 'journal:read']],
  [
    'Webhook.journal',
    'query ($id: ID!) { webhook(id: $id) { ... on Webhook { journal { __typename } } } }',
    ['webhooks:read', 'journal:read'],
  ],
  [
    'Webhook.journal, after a write',
    'mutation ($id: ID!) { verifyWebhook(input: { id: $id }) { ... on VerifyWebhookSuccess { webhook { journal { __typename } } } } }',
    ['webhooks:write', 'journal:read'],
  ],
  [
    'JournalEntry.webhook, after a write',
    'mutation ($id: ID!) { verifyWebhook(input: { id: $id }) { ... on WebhookError { journalEntry { webhook { __typename } } } } }',
    ['webhooks:write', 'webhooks:read'],
  ],
  [
    'Mutation.revealSigningSecret',
    `mutation { revealSigningSecret(input: { entryId: "${entryId}" }) { __typename } }`,
    ['webhooks:write', 'secrets:write'],
  ],
  [
    'Mutation.acknowledgeSecret',
    `mutation { acknowledgeSecret(input: { entryId: "${entryId}" }) { __typename } }`,
    ['webhooks:write', 'secrets:write'],
  ],
  [
    'Mutation.settleJournalEntry',
    `mutation { settleJournalEntry(input: { id: "${entryId}", as: LOOK_AGAIN }) { __typename } }`,
    ['webhooks:write', 'journal:read'],
  ],
  [
    'Mutation.settleJournalEntry, with a webhook',
    `mutation ($id: ID!) { settleJournalEntry(input: { id: "${entryId}", as: ADOPT, webhookId: $id }) { __typename } }`,
    ['webhooks:write', 'journal:read', 'secrets:write'],
  ],
  [
    'Mutation.createWebhook',
    `mutation { createWebhook(input: { account: "encrata", name: "Matrix", url: "${url}", eventTypes: ["lookup.completed"] }) { __typename } }`,
    ['webhooks:write', 'secrets:write'],
  ],
  [
    'Mutation.updateWebhook',
    'mutation ($id: ID!) { updateWebhook(input: { id: $id, name: "Changed" }) { __typename } }',
    ['webhooks:write'],
  ],
  [
    'Mutation.updateWebhook, with a new secret',
    'mutation ($id: ID!) { updateWebhook(input: { id: $id, options: { verifik: { secret: "a-new-secret" } } }) { __typename } }',
    ['webhooks:write', 'secrets:write'],
  ],
  [
    'Mutation.deleteWebhook',
    'mutation ($id: ID!) { deleteWebhook(input: { id: $id, validateOnly: true }) { __typename } }',
    ['webhooks:write'],
  ],
  [
    'Mutation.rotateWebhookSecret',
    'mutation ($id: ID!) { rotateWebhookSecret(input: { id: $id, strategy: REPLACEMENT, validateOnly: true }) { __typename } }',
    ['webhooks:write', 'secrets:write'],
  ],
  ['Mutation.verifyWebhook', 'mutation ($id: ID!) { verifyWebhook(input: { id: $id }) { __typename } }', ['webhooks:write']],
  ['Mutation.testWebhook', 'mutation ($id: ID!) { testWebhook(input: { id: $id }) { __typename } }', ['webhooks:write']],
  [
    'Mutation.redeliverEvent',
    `mutation { redeliverEvent(input: { deliveryId: "${deliveryId}" }) { __typename } }`,
    ['webhooks:write'],
  ],
]
const combinations = Array.from({ length: 2 ** scopes.length }, (_, bits) =>
  scopes.filter((__, index) => (bits & (2 ** index)) !== 0),
)
const reaches = [
  ['every account', undefined],
  ['this account', ['encrata']],
  ['another account', ['verifik']],
] as const

/** A gateway with a caller for every combination of scopes and accounts. */
async function openMatrix() {
  const standIns = {
    encrata: await openStandIn(encrata, { seeded: true }),
    verifik: await openStandIn(verifik, { seeded: true }),
  }
  const callers = reaches.flatMap(([, accounts], reach) => {
    return combinations.map((granted) => ({ key: createApiKey(), granted, accounts, name: `${reach}.${granted.length}` }))
  })
  const apiKeys = callers.map(({ key, granted, accounts }, index) => {
    return { name: `caller-${index}`, sha256: hashApiKey(key), scopes: granted, accounts }
  })
  const { ask } = openGateway({
    accounts: [toAccount(encrata, standIns.encrata), toAccount(verifik, standIns.verifik)],
    server: { auth: { apiKeys } },
  })
  const id = formatId({ kind: 'webhook', slug: 'encrata', upstreamId: encrata.sandbox.seededId })
  const run = async (caller: (typeof callers)[number], query: string, variables: Record<string, unknown> = { id }) => {
    const before = { encrata: standIns.encrata.calls.length, verifik: standIns.verifik.calls.length }
    const answer = await ask(query, variables, { authorization: `Bearer ${caller.key}` })
    const called = (['encrata', 'verifik'] as const).filter((name) => standIns[name].calls.length > before[name])
    return { ...answer, called }
  }
  return { callers, run, standIns, id }
}

describe('a scope', () => {
  it('is asked for by every field of Query and Mutation', async () => {
    const { callers, run } = await openMatrix()
    const all = callers.find(({ granted, accounts }) => granted.length === scopes.length && accounts === undefined)
    if (all === undefined) throw new Error('Nobody may do everything.')
    const { data } = await run(all, '{ schema: __schema { types { name fields { name } } } }', {})
    const types: readonly { name: string; fields: readonly { name: string }[] | null }[] = data.schema.types
    const rooted = types.filter(({ name }) => name === 'Query' || name === 'Mutation')
    const known = rooted.flatMap(({ name: type, fields: members }) => (members ?? []).map(({ name }) => `${type}.${name}`))
    const tested = new Set(
      fields.map(([field]) => field.split(',')[0]).filter((field) => /^(Query|Mutation)\./.test(field ?? '')),
    )
    expect(tested).toEqual(new Set(known))
  })

  it.each(fields)('of %s is needed, whatever else is granted', async (_, operation, needed) => {
    const { callers, run } = await openMatrix()
    // Those with nothing, with everything but one scope, with what is needed alone, and with everything; or all of them.
    const telling = callers.filter(({ granted }) => {
      const isEnough = granted.length === needed.length && needed.every((scope) => granted.includes(scope))
      return isEnough || granted.length === 0 || granted.length >= scopes.length - 1
    })
    for (const caller of process.env['HOOKQL_TEST_ALL'] === undefined ? telling : callers) {
      const isVisible = caller.accounts === undefined || caller.accounts.some((slug) => slug === 'encrata')
      const missing = needed.filter((scope) => !caller.granted.includes(scope))
      const { data, errors, called, text } = await run(caller, operation, operation.includes('$id') ? undefined : {})
      if (missing.length > 0) {
        expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
        const named = errors?.[0]?.extensions?.['scopes'] as readonly Scope[]
        expect(named.toSorted()).toEqual(missing.toSorted())
        expect(errors?.[0]?.message).toContain(named.join(' and '))
        expect(called).toEqual([])
        continue
      }
      expect(errors).toBeUndefined()
      expect(data).toBeDefined()
      if (isVisible) continue
      expect(called).not.toContain('encrata')
      expect(text).not.toMatch(/"encrata"|Encrata"/)
    }
  })
})

describe('an account that a caller may not see', () => {
  it('answers like one that is not there, to the letter', async () => {
    const { callers, run, id } = await openMatrix()
    const caller = callers.find(({ granted, accounts }) => granted.length === scopes.length && accounts?.[0] === 'verifik')
    if (caller === undefined) throw new Error('Nobody sees this account alone.')
    const absent = formatId({ kind: 'webhook', slug: 'nobody', upstreamId: encrata.sandbox.seededId })
    const errors = '... on WebhookError { __typename code message retry upstream { status } }'
    const pairs = [
      ['query ($id: ID!) { webhook(id: $id) { ' + errors + ' } }', { id }, { id: absent }],
      ['query ($id: ID!) { node(id: $id) { id } }', { id }, { id: absent }],
      [
        'query ($id: ID!) { node(id: $id) { id } }',
        { id: formatId({ kind: 'account', slug: 'encrata' }) },
        { id: formatId({ kind: 'account', slug: 'nobody' }) },
      ],
      [
        'query ($slug: String!) { webhooks(filter: { accounts: [$slug] }) { complete } }',
        { slug: 'encrata' },
        { slug: 'nobody' },
      ],
      [
        `mutation ($id: ID!) { redeliverEvent(input: { deliveryId: $id }) { ${errors} } }`,
        { id: deliveryId },
        { id: toDeliveryId('nobody') },
      ],
      ['query ($id: ID!) { node(id: $id) { id } }', { id: deliveryId }, { id: toDeliveryId('nobody') }],
      ['query ($slug: String!) { account(slug: $slug) { id } }', { slug: 'encrata' }, { slug: 'nobody' }],
      [
        `mutation ($slug: String!) { createWebhook(input: { account: $slug, name: "x", url: "${url}" }) { ${errors} } }`,
        { slug: 'encrata' },
        { slug: 'nobody' },
      ],
    ] as const
    for (const [query, hidden, missing] of pairs) {
      const [one, other] = [await run(caller, query, hidden), await run(caller, query, missing)]
      expect(one.text).toBe(other.text.replaceAll('nobody', 'encrata'))
      expect([...one.called, ...other.called]).toEqual([])
    }
  })

  it('is in no list and no source', async () => {
    const { callers, run } = await openMatrix()
    const caller = callers.find(({ granted, accounts }) => granted.length === scopes.length && accounts?.[0] === 'verifik')
    if (caller === undefined) throw new Error('Nobody sees this account alone.')
    const { data } = await run(
      caller,
      '{ accounts { slug } providers { name accounts { slug } } webhooks { nodes { account { slug } } sources { account { slug } } } }',
      {},
    )
    expect(data.accounts).toEqual([{ slug: 'verifik' }])
    expect(data.providers.filter(({ accounts }: { accounts: unknown[] }) => accounts.length > 0)).toEqual([
      { name: 'VERIFIK', accounts: [{ slug: 'verifik' }] },
    ])
    expect(data.webhooks.sources).toEqual([{ account: { slug: 'verifik' } }])
    expect(JSON.stringify(data.webhooks.nodes)).not.toContain('encrata')
  })
})
