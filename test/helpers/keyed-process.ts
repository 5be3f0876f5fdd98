import { createGateway } from '../../src/gateway/gateway.ts'
import { createDispatcher } from '../../src/http/dispatcher.ts'
import type { Repeat } from '../../src/provider/operations.ts'
import { parseKeys } from '../../src/store/keys.ts'
import { openStore } from '../../src/store/open.ts'
import { createKeyed, keyOfStore } from './keyed.ts'

// A process that creates a webhook, for a test that kills it.

const { COMES_TO, BASE_URL = '', TOKEN = '', STORE = '' } = process.env
const comesTo: Repeat['comesTo'] = COMES_TO === 'REFUSED' ? 'REFUSED' : 'REPLAYED'
const gateway = createGateway({
  providers: [createKeyed({ comesTo })],
  accounts: [{ slug: 'keyed', provider: 'keyed', sandbox: true, token: TOKEN, baseUrl: BASE_URL }],
  dispatcher: createDispatcher(),
  timeoutMs: 30_000,
  store: await openStore({ path: STORE, keys: parseKeys(keyOfStore, 'test') }),
})
await gateway.create(
  { account: 'keyed', name: 'Orders', url: 'https://hooks.acme.test/orders' },
  { caller: 'client', idempotencyKey: 'order-1' },
)
process.exit()
