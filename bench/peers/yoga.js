import { createServer } from 'node:http'
import { createSchema, createYoga } from 'graphql-yoga'
import { call } from './call.js'
import { createResolvers, typeDefs } from './webhooks.js'

// graphql-yoga with bare resolvers: what HookQL's own layers cost.

const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers: createResolvers(call) }),
  logging: false,
  landingPage: false,
})
const server = createServer(yoga)
server.listen(Number(process.env.PORT), '127.0.0.1')
