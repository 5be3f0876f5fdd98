import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createLedger } from '../../src/gateway/write/ledger.ts'
import { providers } from '../../src/providers/index.ts'
import { isUnsupported } from '../../src/provider/unsupported.ts'
import { StoreError } from '../../src/store/error.ts'
import { parseKeys } from '../../src/store/keys.ts'
import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import { toDraft } from '../helpers/draft.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { openStandIn } from '../helpers/stand-in.ts'

const keys = parseKeys(Buffer.alloc(32, 9).toString('base64'), 'test')
const chosen = 'canary-chosen-by-the-caller-0123456789'
const key = 'canary-idempotency-key'

async function openFile() {
  const folder = mkdtempSync(join(tmpdir(), 'hookql-journal-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const store = await openStore({ path: join(folder, 'hookql.db'), keys })
  const search = (text: string) => readdirSync(folder).filter((file) => readFileSync(join(folder, file)).includes(text))
  return { store, search, close: () => store.close() }
}

/** Every secret of the writes of a gateway, by what it is; those of the intents too, since no outcome erases them. */
async function writeAll(store: Store, provider: (typeof providers)[number]) {
  const standIn = await openStandIn(provider)
  const account = toAccount(provider, standIn)
  const { gateway } = openGateway({ accounts: [account], store, ledger: createLedger() })
  const asker = { caller: 'key:ci', idempotencyKey: key }
  const secretOption = Object.entries(provider.options).find(([, { secret }]) => secret === true)?.[0]
  const options = secretOption === undefined ? {} : { options: { [provider.name]: { [secretOption]: chosen } } }
  const created = await gateway.create(toDraft(provider, { name: 'One', url: 'https://hooks.acme.test/one' }), asker)
  await gateway.create({ ...toDraft(provider, { name: 'Two', url: 'https://hooks.acme.test/two' }), ...options })
  const secrets: Record<string, string | undefined> = {
    token: standIn.token,
    key,
    chosen,
    created: created.signingSecret?.reveal(),
  }
  if (secretOption !== undefined) await gateway.update({ id: created.webhook.id, ...options })
  const rotation = provider.operations.ROTATE_SECRET
  if (!isUnsupported(rotation)) {
    const newSecret = rotation.strategy === 'CALLER_CHOSEN' ? { newSecret: `${chosen}-rotated` } : {}
    const rotated = await gateway.rotateSecret({ id: created.webhook.id, strategy: rotation.strategy, ...newSecret })
    secrets['rotated'] = rotated.signingSecret?.reveal()
  }
  // What the gateway made for a create, such as its proof, is in what it sent.
  for (const { text, effect } of standIn.calls) {
    if (effect === 'READ') continue
    const made = text.match(/[\w-]{43,}/g) ?? []
    for (const [index, value] of made.entries()) secrets[`made ${index} ${value.length}`] = value
  }
  return secrets
}

describe.each(providers)('the journal of writes at $displayName', (provider) => {
  it.each([
    ['as they end', (store: Store) => store],
    // What only an intent or a step has is not erased by an outcome.
    ['as a crash leaves them', (store: Store): Store => ({ ...store, settle: () => Promise.reject(new StoreError('dead')) })],
  ])('has no secret in clear in any of its files, %s', async (_, wrap) => {
    const { store, search, close } = await openFile()
    const secrets = await writeAll(wrap(store), provider)
    const entries = JSON.stringify(await store.list({}, 100))
    const searchAll = () =>
      Object.entries(secrets).flatMap(([name, text]) => (text === undefined ? [] : search(text).map(() => name)))
    expect(search('key:ci').length).toBeGreaterThan(0)
    expect(searchAll()).toEqual([])
    await close()
    expect(searchAll()).toEqual([])
    for (const text of Object.values(secrets)) if (text !== undefined) expect(entries).not.toContain(text)
  })
})
