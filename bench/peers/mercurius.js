import Fastify from 'fastify'
import mercurius from 'mercurius'
import { call } from './call.js'
import { createResolvers, typeDefs } from './webhooks.js'

// Mercurius with JIT and undici, as its documentation recommends for speed.

const app = Fastify()
app.register(mercurius, { schema: typeDefs, resolvers: createResolvers(call), jit: 1 })
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
