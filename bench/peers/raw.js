import { createServer } from 'node:http'
import { call } from './call.js'
import { createResolvers, findSource, toWebhook } from './webhooks.js'

// The limit of the runtime: no GraphQL, only these four answers, told apart by the name of the operation.

const { Query, Mutation } = createResolvers(call)

const answers = {
  List: async () => ({ webhooks: await Query.webhooks() }),
  One: async ({ id }) => ({ webhook: await Query.webhook(null, { id }) }),
  async Twenty({ ids }) {
    const { source } = findSource(ids[0])
    const found = new Map(
      source
        .readList(await call(source, 'GET', source.list))
        .map((wire) => toWebhook(source, wire))
        .map((webhook) => [webhook.id, webhook]),
    )
    return Object.fromEntries(ids.map((id, index) => [`w${index}`, found.get(id)]))
  },
  Create: async (variables) => ({ r: await Mutation.createWebhook(null, variables) }),
}

const server = createServer((request, response) => {
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', async () => {
    const { operationName, variables } = JSON.parse(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))
    const text = JSON.stringify({ data: await answers[operationName](variables) })
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(text) })
    response.end(text)
  })
})
server.listen(Number(process.env.PORT), '127.0.0.1')
// So that a profile of it is written.
process.once('SIGTERM', () => process.exit())
