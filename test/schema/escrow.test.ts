import { describe, expect, it, onTestFinished } from 'vitest'
import { type Scope, scopes } from '../../src/caller.ts'
import { createLedger } from '../../src/gateway/write/ledger.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { baanx } from '../../src/providers/baanx/index.ts'
import { encrata } from '../../src/providers/encrata/index.ts'
import { github } from '../../src/providers/github/index.ts'
import { linear } from '../../src/providers/linear/index.ts'
import { shopify } from '../../src/providers/shopify/index.ts'
import { stripe } from '../../src/providers/stripe/index.ts'
import { verifik } from '../../src/providers/verifik/index.ts'
import { createApiKey, hashApiKey } from '../../src/server/auth/api-key.ts'
import { createKeys } from '../../src/store/keys.ts'
import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import { openHands } from '../hands/hands.ts'
import { toDraft } from '../helpers/draft.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { openStandIn } from '../helpers/stand-in.ts'

// Who gets the secret of a write whose outcome is settled later.

const withoutReveal = scopes.filter((scope) => scope !== 'secrets:reveal')
const people: Readonly<Record<string, readonly Scope[]>> = {
  ada: withoutReveal,
  bob: withoutReveal,
  chief: scopes,
  reader: ['webhooks:read', 'journal:read'],
}

const entry = 'journalEntry { id state open secretUntil secretExpired candidates { id } }'
const create = `mutation ($input: CreateWebhookInput!) { r: createWebhook(input: $input) { __typename
  ... on CreateWebhookSuccess { signingSecret webhook { id } ${entry} } ... on WebhookError { message ${entry} } } }`
const rotate = `mutation ($input: RotateWebhookSecretInput!) { r: rotateWebhookSecret(input: $input) { __typename
  ... on RotateWebhookSecretSuccess { signingSecret } ... on WebhookError { message ${entry} } } }`
const settle = `mutation ($input: SettleJournalEntryInput!) { r: settleJournalEntry(input: $input) { __typename
  ... on SettleJournalEntrySuccess { signingSecret secretState ${entry} warnings { code message } }
  ... on WebhookError { code message } ... on InvalidInputError { issues { path code message } } } }`
const reveal = `mutation ($id: ID!) { r: revealSigningSecret(input: { entryId: $id }) { __typename
  ... on RevealSigningSecretSuccess { signingSecret secretState } ... on WebhookError { code } } }`

interface OpenOptions {
  readonly secretRetentionMs?: number
  readonly wrap?: ((store: Store) => Store) | undefined
}

/** A store of writes to an account that has more webhooks than are kept, or by an earlier version. */
const forgetBefore = (store: Store): Store => ({
  ...store,
  begin(intent, turns) {
    const { before: _, ...secrets } = intent.secrets
    return store.begin({ ...intent, secrets }, turns)
  },
})

async function open(provider: Provider, { secretRetentionMs, wrap = (store) => store }: OpenOptions = {}) {
  const standIn = await openStandIn(provider)
  const store = await openStore({ path: null, keys: createKeys() })
  onTestFinished(() => store.close())
  const keys = new Map(Object.keys(people).map((name) => [name, createApiKey()]))
  const apiKeys = Object.entries(people).map(([name, own]) => ({ name, sha256: hashApiKey(keys.get(name) ?? ''), scopes: own }))
  const gateway = openGateway({
    providers: [provider],
    accounts: [toAccount(provider, standIn)],
    store: wrap(store),
    ledger: createLedger(),
    server: { auth: { apiKeys } },
    ...(secretRetentionMs !== undefined && { secretRetentionMs }),
  })
  const ask = async (query: string, variables: Record<string, unknown>, caller = 'ada') => {
    const { data, errors, text } = await gateway.ask(query, variables, { authorization: `Bearer ${keys.get(caller) ?? ''}` })
    expect(errors).toBeUndefined()
    return { ...data.r, text }
  }
  const lose = async (query: string, input: object) => {
    standIn.fail({ effect: 'WRITE', cut: 'connection', when: 'after', times: 9 })
    const lost = await ask(query, { input })
    standIn.heal()
    expect(lost).toMatchObject({ __typename: 'OutcomeUnknownError', journalEntry: { state: 'UNKNOWN', open: true } })
    return lost.journalEntry
  }
  const toInput = (fields: object = {}) => {
    const { account, url, name, eventTypes } = toDraft(provider, { name: 'Lost', url: 'https://hooks.acme.test/lost' })
    return { account, url, ...(provider !== github && { name }), eventTypes, ...fields }
  }
  /** Ada's create that took effect and whose response was lost. */
  const loseCreate = (fields?: object) => lose(create, toInput(fields))
  const breakReads = () => standIn.fail({ effect: 'READ', status: 503, body: '{}', times: 99 })
  /** Same, and no look could read the account. */
  const loseUnseen = async (fields?: object) => {
    standIn.fail({ effect: 'WRITE', cut: 'connection', when: 'after', times: 9 }, breakReads)
    const { journalEntry } = await ask(create, { input: toInput(fields) })
    expect(journalEntry).toMatchObject({ state: 'UNKNOWN', candidates: [] })
    standIn.heal()
    return journalEntry
  }
  /** Same, and the account could not be read before it either. */
  const loseUnlisted = (fields?: object) => {
    breakReads()
    return loseUnseen(fields)
  }
  const listAll = async () => (await ask('{ r: webhooks { nodes { id name url } } }', {})).nodes
  const move = async (id: string) => {
    const update = 'mutation ($input: UpdateWebhookInput!) { r: updateWebhook(input: $input) { __typename } }'
    const moved = await ask(update, { input: { id, name: 'Moved', url: 'https://hooks.acme.test/moved' } })
    expect(moved.__typename).toBe('UpdateWebhookSuccess')
  }
  const adopt = ({ id, candidates }: { id: string; candidates: readonly { id: string }[] }, caller: string) =>
    ask(settle, { input: { id, as: 'ADOPT', webhookId: candidates[0]?.id } }, caller)
  return { standIn, store, ask, lose, loseCreate, loseUnseen, loseUnlisted, breakReads, listAll, move, toInput, adopt }
}

describe('a settlement that takes no webhook', () => {
  it.each(['ABANDON', 'LOOK_AGAIN'])('is refused with one, before anything happens: %s', async (as) => {
    const { standIn, ask, loseCreate, adopt } = await open(github)
    const lost = await loseCreate()
    const sent = standIn.calls.length
    const refused = await ask(settle, { input: { id: lost.id, as, webhookId: lost.candidates[0].id } })
    expect(refused).toMatchObject({
      __typename: 'InvalidInputError',
      issues: [{ path: ['input', 'webhookId'], code: 'INVALID', message: expect.stringContaining('ADOPT') }],
    })
    expect(standIn.calls).toHaveLength(sent)
    expect(await adopt(lost, 'ada')).toMatchObject({ journalEntry: { state: 'SUCCEEDED' } })
  })
})

describe('the secret of a write that the journal keeps', () => {
  it('is shown with the scopes that whoever asks lacks to get it', async () => {
    const { ask, toInput } = await open(encrata)
    const { journalEntry } = await ask(create, { input: toInput() })
    const query = 'query ($id: ID!) { r: journalEntry(id: $id) { missingScopes } }'
    const readMissing = async (caller: string) => (await ask(query, { id: journalEntry.id }, caller)).missingScopes
    expect(await readMissing('ada')).toEqual([])
    expect(await readMissing('chief')).toEqual([])
    expect(await readMissing('bob')).toEqual(['secrets:reveal'])
    expect(await readMissing('reader')).toEqual(['webhooks:write', 'secrets:write', 'secrets:reveal'])
    await ask('mutation ($id: ID!) { r: acknowledgeSecret(input: { entryId: $id }) { __typename } }', { id: journalEntry.id })
    expect(await readMissing('reader')).toEqual([])
  })
})

describe('the secret of a write that is abandoned', () => {
  it('is told as revealSigningSecret tells it: the journal has it no more', async () => {
    const { ask, lose, toInput } = await open(github)
    const { webhook } = await ask(create, { input: toInput() })
    const lost = await lose(rotate, { id: webhook.id })
    expect(lost.secretUntil).toEqual(expect.any(String))
    const abandoned = await ask(settle, { input: { id: lost.id, as: 'ABANDON' } })
    expect(abandoned).toMatchObject({ secretState: 'NONE', journalEntry: { open: false, secretUntil: null } })
    expect(await ask(reveal, { id: lost.id })).toMatchObject({ signingSecret: null, secretState: 'NONE' })
  })
})

describe('a webhook that nobody has the secret of', () => {
  const abandon = (id: string) => ({ input: { id, as: 'ABANDON' } })

  it('is named with the way out where its create is abandoned', async () => {
    const { ask, loseCreate } = await open(encrata)
    const lost = await loseCreate()
    const [{ id: webhookId }] = lost.candidates
    const { warnings } = await ask(settle, abandon(lost.id))
    expect(warnings).toEqual([{ code: 'NO_SIGNING_SECRET', message: expect.stringContaining(`webhook ${webhookId}`) }])
    expect(warnings[0].message).toContain('Rotate')
  })

  it.each(['loseUnseen', 'loseUnlisted'] as const)(
    'is named where its create is abandoned, though no earlier look could read the account: %s',
    async (lose) => {
      const { standIn, store, ask, listAll, toInput, ...own } = await open(encrata)
      const lost = await own[lose]()
      const sent = standIn.calls.length
      const { warnings } = await ask(settle, abandon(lost.id))
      expect(standIn.calls.slice(sent).map(({ effect }) => effect)).toEqual(['READ'])
      const { id } = (await listAll()).find(({ url }: { url: string }) => url === toInput().url)
      expect(warnings).toEqual([{ code: 'NO_SIGNING_SECRET', message: expect.stringContaining(`webhook ${id} `) }])
      expect(await store.list({ states: ['UNKNOWN'] }, 9)).toMatchObject([{ abandonedMs: expect.any(Number) }])
    },
  )

  it('is named where its create is abandoned, and nothing that was there before, whoever has changed it since', async () => {
    const { standIn, ask, loseUnseen, listAll, move, toInput } = await open(encrata)
    const hands = openHands(encrata, standIn)
    await hands.create('Lost', 'https://hooks.acme.test/namesake')
    await hands.create('other', toInput().url)
    const before = (await listAll()).map(({ id }: { id: string }) => id)
    const lost = await loseUnseen()
    const { id } = (await listAll()).find((each: { id: string }) => !before.includes(each.id))
    await move(id)
    await hands.create('Later', 'https://hooks.acme.test/later')
    const own = (await listAll()).find(({ name }: { name: string }) => name === 'Later')
    const { warnings } = await ask(settle, abandon(lost.id))
    expect(warnings).toMatchObject([{ code: 'NO_SIGNING_SECRET' }])
    for (const each of [id, own.id]) expect(warnings[0].message).toContain(each)
    for (const each of before) expect(warnings[0].message).not.toContain(each)
  })

  it('is named only if it has the ID that its create has chosen', async () => {
    const { standIn, ask, loseUnlisted, listAll, move } = await open(linear)
    const hands = openHands(linear, standIn)
    const lost = await loseUnlisted()
    const [{ id }] = await listAll()
    await move(id)
    await hands.create('Lost', 'https://hooks.acme.test/lost')
    const { warnings } = await ask(settle, abandon(lost.id))
    expect(warnings).toEqual([{ code: 'NO_SIGNING_SECRET', message: expect.stringContaining(`webhook ${id} `) }])
  })

  it.each([
    ['could not be read before', 'loseUnlisted', undefined],
    ['had more webhooks before than are kept', 'loseUnseen', forgetBefore],
  ] as const)('may be there besides those like it where the account %s', async (_, lose, wrap) => {
    const { standIn, ask, listAll, move, ...own } = await open(encrata, { wrap })
    await openHands(encrata, standIn).create('Lost', 'https://hooks.acme.test/namesake')
    const [namesake] = await listAll()
    const lost = await own[lose]()
    const { id } = (await listAll()).find((each: { id: string }) => each.id !== namesake.id)
    await move(id)
    const { warnings } = await ask(settle, abandon(lost.id))
    expect(warnings).toMatchObject([
      { code: 'NO_SIGNING_SECRET', message: expect.stringContaining(`webhook ${namesake.id} `) },
      { code: 'NEW_WEBHOOK_UNKNOWN', message: expect.stringContaining('not known which webhooks the account had before') },
    ])
  })

  it('may be there where its create is abandoned while the account cannot be read', async () => {
    const { ask, loseCreate, loseUnseen, breakReads, standIn } = await open(encrata)
    const unseen = await loseUnseen()
    breakReads()
    expect(await ask(settle, abandon(unseen.id))).toMatchObject({
      journalEntry: { open: false },
      warnings: [{ code: 'NEW_WEBHOOK_UNKNOWN', message: expect.stringContaining('Rotate') }],
    })
    standIn.heal()
    const seen = await loseCreate({ url: 'https://hooks.acme.test/seen' })
    breakReads()
    const { warnings } = await ask(settle, abandon(seen.id))
    expect(warnings).toMatchObject([
      { code: 'NO_SIGNING_SECRET', message: expect.stringContaining(seen.candidates[0].id) },
      { code: 'NEW_WEBHOOK_UNKNOWN' },
    ])
  })

  it('is none that was deleted, or that another write has made since', async () => {
    const { standIn, ask, loseCreate, toInput } = await open(encrata)
    const deleted = await loseCreate()
    await ask('mutation ($id: ID!) { r: deleteWebhook(input: { id: $id }) { __typename } }', { id: deleted.candidates[0].id })
    expect(await ask(settle, abandon(deleted.id))).toMatchObject({ warnings: [] })
    standIn.fail({ effect: 'WRITE', cut: 'connection', when: 'before' })
    const { journalEntry } = await ask(create, { input: toInput() })
    expect(await ask(create, { input: toInput() })).toMatchObject({ __typename: 'CreateWebhookSuccess' })
    expect(await ask(settle, abandon(journalEntry.id))).toMatchObject({ warnings: [] })
  })

  it('stays told after its adoption, until somebody says that he has it', async () => {
    const { ask, loseCreate, adopt } = await open(encrata)
    const lost = await loseCreate()
    expect(await adopt(lost, 'ada')).toMatchObject({
      secretState: 'NONE',
      warnings: [{ code: 'NO_SIGNING_SECRET' }],
      journalEntry: { state: 'SUCCEEDED', secretUntil: null, secretExpired: true },
    })
    expect(await ask(reveal, { id: lost.id })).toMatchObject({ signingSecret: null, secretState: 'NONE' })
    const acknowledge = `mutation ($id: ID!) { r: acknowledgeSecret(input: { entryId: $id }) {
      ... on AcknowledgeSecretSuccess { journalEntry { secretExpired } } } }`
    await ask(acknowledge, { id: lost.id })
    expect(await ask('query ($id: ID!) { r: journalEntry(id: $id) { secretExpired } }', { id: lost.id })).toMatchObject({
      secretExpired: false,
    })
  })

  it.each([
    ['where its secret is known', github],
    ['where its account has the secret', shopify],
  ])('is none after an adoption %s', async (_, provider) => {
    const { loseCreate, adopt } = await open(provider)
    const adopted = await adopt(await loseCreate(), 'ada')
    expect(adopted).toMatchObject({ journalEntry: { state: 'SUCCEEDED', secretExpired: false } })
  })

  it('is named where a rotation in place is abandoned', async () => {
    const { ask, lose, toInput } = await open(baanx)
    const { webhook } = await ask(create, { input: toInput() })
    const lost = await lose(rotate, { id: webhook.id })
    const { warnings } = await ask(settle, abandon(lost.id))
    expect(warnings).toEqual([{ code: 'NO_SIGNING_SECRET', message: expect.stringContaining(webhook.id) }])
  })

  it('is the new one only where a replacement is abandoned', async () => {
    const { ask, lose, toInput } = await open(encrata)
    const { webhook } = await ask(create, { input: toInput() })
    const lost = await lose(rotate, { id: webhook.id, strategy: 'REPLACEMENT' })
    const twins = lost.candidates.filter(({ id }: { id: string }) => id !== webhook.id)
    expect(twins).toHaveLength(1)
    const { warnings } = await ask(settle, abandon(lost.id))
    expect(warnings).toMatchObject([{ code: 'NO_SIGNING_SECRET', message: expect.stringContaining(twins[0].id) }])
    expect(warnings[0].message).not.toContain(webhook.id)
  })

  it('is none where the caller gave the secret, or where nothing was seen', async () => {
    const given = await open(github)
    const own = await given.loseCreate({ options: { github: { secret: 'a-secret-of-the-caller' } } })
    expect(await given.ask(settle, abandon(own.id))).toMatchObject({ warnings: [] })
    const { standIn, ask, toInput } = await open(encrata)
    standIn.fail({ effect: 'WRITE', cut: 'connection', when: 'before' })
    const { journalEntry } = await ask(create, { input: toInput() })
    expect(journalEntry).toMatchObject({ state: 'UNKNOWN', candidates: [] })
    expect(await ask(settle, abandon(journalEntry.id))).toMatchObject({ warnings: [] })
  })
})

describe('the secret of a write that somebody else adopts', () => {
  const secret = 'canary-secret-that-ada-has-chosen'

  it.each([
    ['that the caller of a create chose', github, { options: { github: { secret } } }],
    ['that a create at another provider sent', verifik, { options: { verifik: { secret } } }],
    ['that the provider has made', stripe, {}],
  ])('%s is handed out to nobody without the scope, and kept for those who may have it', async (_, provider, fields) => {
    const { ask, loseCreate, adopt } = await open(provider)
    const lost = await loseCreate(fields)
    const adopted = await adopt(lost, 'bob')
    expect(adopted).toMatchObject({
      signingSecret: null,
      secretState: 'KEPT',
      journalEntry: { state: 'SUCCEEDED', secretUntil: expect.any(String) },
      warnings: [],
    })
    expect(await ask(reveal, { id: lost.id }, 'bob')).toMatchObject({ code: 'NOT_FOUND' })
    const own = await ask(reveal, { id: lost.id })
    expect(own).toMatchObject({ secretState: 'HANDED_OUT', signingSecret: expect.any(String) })
    expect(adopted.text).not.toContain(own.signingSecret)
    expect(await ask(reveal, { id: lost.id }, 'chief')).toMatchObject({ signingSecret: own.signingSecret })
  })

  it('that a rotation has set is not handed out either', async () => {
    const { ask, lose, toInput, adopt } = await open(github)
    const { webhook } = await ask(create, { input: toInput() })
    const lost = await lose(rotate, { id: webhook.id, newSecret: secret })
    expect(await adopt(lost, 'bob')).toMatchObject({ signingSecret: null, secretState: 'KEPT' })
    expect(await ask(reveal, { id: lost.id })).toMatchObject({ signingSecret: secret })
  })

  it.each(['ada', 'chief'])('is handed out to %s', async (caller) => {
    const { loseCreate, adopt } = await open(github)
    const lost = await loseCreate({ options: { github: { secret } } })
    expect(await adopt(lost, caller)).toMatchObject({ signingSecret: secret, secretState: 'HANDED_OUT' })
  })

  it('is handed out where the adoption itself has made it', async () => {
    const { ask, lose, toInput, adopt } = await open(baanx)
    const { webhook, signingSecret } = await ask(create, { input: toInput() })
    const lost = await lose(rotate, { id: webhook.id })
    const adopted = await adopt(lost, 'bob')
    expect(adopted).toMatchObject({ signingSecret: expect.any(String), secretState: 'HANDED_OUT' })
    expect(adopted.signingSecret).not.toBe(signingSecret)
  })

  it('is not lost where the journal keeps none: the entry stays open for those who may have it', async () => {
    const { ask, loseCreate, adopt } = await open(github, { secretRetentionMs: 0 })
    const lost = await loseCreate({ options: { github: { secret } } })
    const refused = await adopt(lost, 'bob')
    expect(refused).toMatchObject({ code: 'PERMISSION_DENIED', message: expect.stringContaining('secrets:reveal') })
    expect(refused.text).not.toContain(secret)
    expect(await ask(settle, { input: { id: lost.id, as: 'LOOK_AGAIN' } })).toMatchObject({ journalEntry: { open: true } })
    expect(await adopt(lost, 'ada')).toMatchObject({ signingSecret: secret })
  })

  it('is returned to nobody else who repeats the key of the write', async () => {
    const { ask, toInput } = await open(github)
    const input = toInput({ idempotencyKey: 'k', options: { github: { secret } } })
    expect(await ask(create, { input })).toMatchObject({ signingSecret: secret })
    const other = await ask(create, { input: toInput({ idempotencyKey: 'k' }) }, 'bob')
    expect(other.text).not.toContain(secret)
  })
})
