import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { createApiKey, hashApiKey } from '../../src/auth/api-key.ts'
import { startGateway } from '../helpers/process.ts'

interface Nodes {
  readonly nodes: readonly { readonly id: string }[]
}

const toIds = (nodes: Nodes['nodes']) => nodes.map(({ id }) => id)

export type SandboxGateway = Awaited<ReturnType<typeof startSandboxGateway>>

/** A gateway with the embedded sandbox that lets nobody in but who has this key. */
export async function startSandboxGateway() {
  const apiKey = createApiKey()
  const folder = mkdtempSync(join(tmpdir(), 'hookql-consumer-'))
  const scopes = ['webhooks:read', 'webhooks:write', 'secrets:write', 'deliveries:read']
  writeFileSync(
    join(folder, 'hookql.yaml'),
    JSON.stringify({ auth: { apiKeys: [{ name: 'app', sha256: hashApiKey(apiKey), scopes }] } }),
  )
  const gateway = await startGateway({ HOOKQL_CONFIG: join(folder, 'hookql.yaml'), HOOKQL_SANDBOX: 'true', HOOKQL_PACING: 'off' })
  rmSync(folder, { recursive: true })

  /** All webhooks and their deliveries, asked for without any cache. */
  async function listWebhooks(): Promise<readonly { readonly id: string; readonly deliveries: Nodes }[]> {
    const query = '{ webhooks { nodes { id deliveries { nodes { id } } } } }'
    const { data } = await gateway.ask(query, {}, { authorization: `Bearer ${apiKey}` })
    return data.webhooks.nodes
  }

  const listIds = async () => toIds(await listWebhooks())

  /** The webhook with the most deliveries, and their ids. */
  async function findDeliveries(): Promise<{ readonly id: string; readonly deliveryIds: readonly string[] }> {
    const webhooks = (await listWebhooks()).map(({ id, deliveries }) => ({ id, deliveryIds: toIds(deliveries.nodes) }))
    return webhooks.reduce((most, each) => (each.deliveryIds.length > most.deliveryIds.length ? each : most))
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
