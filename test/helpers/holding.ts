import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import { type Call, readCall } from '../hands/call.ts'

/** Serves on loopback for one test. Resolves to the port. */
export async function listen(listener: RequestListener): Promise<number> {
  const server: Server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close().closeAllConnections()
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('The server has no port.')
  return address.port
}

/** Headers that apply to a single connection. */
const ofConnection = new Set(['host', 'connection', 'content-length'])

/** A proxy that holds back the selected responses, by default those to writes, until `mayAnswer` resolves. Resolves to its base URL. */
export async function openHolding(
  baseUrl: string,
  mayAnswer: () => Promise<void>,
  isHeld = (effect: Call['effect']): boolean => effect === 'WRITE',
): Promise<string> {
  async function pass({ method = '', url = '', headers }: IncomingMessage, body: string) {
    const sent = new Headers()
    for (const [name, value] of Object.entries(headers)) {
      if (typeof value === 'string' && !ofConnection.has(name)) sent.set(name, value)
    }
    const answer = await fetch(new URL(url, baseUrl), { method, headers: sent, ...(body !== '' && { body }) })
    const answered = await answer.text()
    if (isHeld(readCall({ method, path: url, body }).effect)) await mayAnswer()
    return { status: answer.status, answered }
  }
  const port = await listen((incoming, response) => {
    const passed = text(incoming).then((body) => pass(incoming, body))
    const answer = { 'content-type': 'application/json' }
    void passed.then(({ status, answered }) => response.writeHead(status, answer).end(answered))
  })
  const url = new URL(baseUrl)
  url.port = String(port)
  return url.href.replace(/\/$/, '')
}
