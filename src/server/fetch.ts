import { createYoga, type FetchAPI, type Plugin } from 'graphql-yoga'
import { toAlreadyRead } from './body.ts'
import { isEncoded, toEncoded } from './encoded.ts'
import { toTooLarge } from './too-large.ts'
import type { Answer, Incoming, Send } from './exchange.ts'

/** The Fetch API handler. `answer` sends its response once. */
export function createFetch(answer: (request: Incoming, send: Send) => Promise<void>) {
  const plugin: Plugin = {
    async onRequest({ request, fetchAPI, endResponse }) {
      const made = await new Promise<Answer>((resolve, reject) => {
        answer(readRequest(request), resolve).catch(reject)
      })
      endResponse(toResponse(made, fetchAPI))
    },
  }
  return createYoga({
    plugins: [plugin],
    cors: false,
    graphiql: false,
    landingPage: false,
    logging: false,
    // No URL ends with this.
    healthCheckEndpoint: ' ',
  })
}

function toResponse({ status, headers, body }: Answer, { Response }: FetchAPI): Response {
  return new Response(body.length === 0 ? null : typeof body === 'string' ? body : new Uint8Array(body), {
    status,
    headers: { ...headers },
  })
}

function readRequest(request: Request): Incoming {
  const { method, headers, signal } = request
  const url = new URL(request.url)
  const host = headers.get('host')
  return {
    method,
    target: `${url.pathname}${url.search}`,
    hosts: host === null ? [url.host] : [host, url.host],
    headers: Object.fromEntries(headers),
    signal,
    readHeader: (name) => headers.get(name),
    readBody: (mostBytes) => readBody(request, mostBytes),
  }
}

async function readBody({ headers, body, bodyUsed }: Request, mostBytes: number): Promise<string> {
  if (bodyUsed || body?.locked === true) throw toAlreadyRead()
  if (Number(headers.get('content-length')) > mostBytes) throw toTooLarge()
  if (isEncoded(headers.get('content-encoding'))) throw toEncoded()
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength
    if (bytes > mostBytes) throw toTooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
