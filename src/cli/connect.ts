import { createServer, type RequestListener, type Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** An HTTP server that answers CONNECT like any other request: by itself Node closes the connection without a word. */
export function createHttpServer(listener: RequestListener): Server {
  const latest = new WeakMap<Socket, ServerResponse>()
  const server = createServer((request, response) => {
    latest.set(request.socket, response)
    listener(request, response)
  })
  return server.on('connect', (request) => {
    const { socket } = request
    // From here on Node looks after neither what comes in nor what fails.
    socket.on('error', () => socket.destroy())
    socket.resume()
    const answer = () => {
      if (socket.destroyed) return
      const response = new ServerResponse(request)
      response.shouldKeepAlive = false
      response.assignSocket(socket)
      response.once('finish', () => socket.destroySoon())
      listener(request, response)
    }
    // An answer that is still to be sent here comes first, or this one would be taken for it.
    const before = latest.get(socket)
    if (before === undefined || before.closed) answer()
    else before.once('close', answer)
  })
}
