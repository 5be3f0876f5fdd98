import { createServer, type RequestListener, type Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** An HTTP server that responds to CONNECT like any other request; by default, Node closes the connection silently. */
export function createHttpServer(listener: RequestListener): Server {
  const latest = new WeakMap<Socket, ServerResponse>()
  const server = createServer((request, response) => {
    latest.set(request.socket, response)
    listener(request, response)
  })
  return server.on('connect', (request) => {
    const { socket } = request
    // From here on, Node no longer handles data or errors on the socket.
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
    // A pending response on this connection must go first, or the client would confuse the two.
    const before = latest.get(socket)
    if (before === undefined || before.closed) answer()
    else before.once('close', answer)
  })
}
