import { RESTDataSource } from '@apollo/datasource-rest'
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import { createResolvers, sources, typeDefs } from './webhooks.js'

// Apollo Server with a RESTDataSource for each provider, as its documentation shows.

class Api extends RESTDataSource {
  constructor(source, options) {
    super(options)
    this.baseURL = `${source.baseUrl}/`
    this.own = source.headers
  }
  willSendRequest(_, request) {
    Object.assign(request.headers, this.own)
  }
  call(method, path, body) {
    return method === 'GET' ? this.get(path.slice(1)) : this.post(path.slice(1), { body })
  }
}

/** The same resolvers, over the data sources of the request. */
const resolvers = createResolvers()
for (const type of Object.values(resolvers)) {
  for (const name of Object.keys(type)) {
    type[name] = (parent, args, { apis }) => {
      const own = createResolvers((source, method, path, body) => apis.get(source.slug).call(method, path, body))
      const found = own.Query[name] ?? own.Mutation[name]
      return found(parent, args)
    }
  }
}

const server = new ApolloServer({ typeDefs, resolvers })
await startStandaloneServer(server, {
  listen: { port: Number(process.env.PORT), host: '127.0.0.1' },
  context: async () => ({ apis: new Map(sources.map((source) => [source.slug, new Api(source, { cache: server.cache })])) }),
})
