import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { createApiKey, hashApiKey } from '../../src/server/auth/api-key.ts'
import { startGateway } from '../helpers/process.ts'

interface Identified {
  readonly id: string
}

interface Logged {
  readonly deliveries: { readonly nodes: readonly Identified[] }
}

const toIds = (nodes: readonly Identified[]) => nodes.map(({ id }) => id)

export type SandboxGateway = Awaited<ReturnType<typeof startSandboxGateway>>

/** A gateway with the embedded sandbox that lets nobody in but who has this key. */
export async function startSandboxGateway() {
  const apiKey = createApiKey()
  const folder = mkdtempSync(join(tmpdir(), 'hookql-consumer-'))
  const scopes = ['webhooks:read', 'webhooks:write', 'secrets:write', 'deliveries:read']
  // Not fingerprint, which takes five calls in a second: tests would wait for each other.
  const accounts = ['baanx', 'encrata', 'verifik']
  writeFileSync(
    join(folder, 'hookql.yaml'),
    JSON.stringify({ auth: { apiKeys: [{ name: 'app', sha256: hashApiKey(apiKey), scopes, accounts }] } }),
  )
  const gateway = await startGateway({ HOOKQL_CONFIG: join(folder, 'hookql.yaml'), HOOKQL_SANDBOX: 'true', HOOKQL_PACING: 'off' })
  rmSync(folder, { recursive: true })

  /** Asks without any cache. */
  async function list<Node>(filter: object, selection: string): Promise<readonly Node[]> {
    const query = `query ($filter: WebhookFilter) { webhooks(filter: $filter) { nodes { ${selection} } } }`
    const { data } = await gateway.ask(query, { filter }, { authorization: `Bearer ${apiKey}` })
    return data.webhooks.nodes
  }

  /** The ids of all webhooks, or of those of one account. */
  const listIds = async (account?: string) => toIds(await list(account === undefined ? {} : { accounts: [account] }, 'id'))

  /** A webhook with several deliveries, and their ids. */
  async function findDeliveries(): Promise<{ readonly id: string; readonly deliveryIds: readonly string[] }> {
    const webhooks = await list<Identified & Logged>({ accounts: ['baanx'] }, 'id deliveries { nodes { id } }')
    const found = webhooks.find(({ deliveries }) => deliveries.nodes.length > 2)
    if (found === undefined) throw new Error('No webhook of the sandbox has several deliveries.')
    return { id: found.id, deliveryIds: toIds(found.deliveries.nodes) }
  }

  return { ...gateway, apiKey, listIds, findDeliveries }
}

/** A gateway of another day: it gives one answer to everything. */
export async function serve(answer: object): Promise<string> {
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(answer))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('There is no port.')
  return `http://127.0.0.1:${address.port}/graphql`
}
