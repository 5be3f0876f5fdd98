import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { toAlreadyRead, toBrokenOff } from './body.ts'
import { isEncoded, toEncoded } from './encoded.ts'
import type { Incoming, Send } from './exchange.ts'
import { isRead, readLeft, readTarget } from './handed.ts'
import { toTooLarge } from './too-large.ts'
import type { Outbox } from './outbox.ts'

export interface ListenerOptions {
  readonly outbox: Outbox
  /** Produces a response and sends it once. */
  answer(request: Incoming, send: Send): Promise<void>
  /** False while draining: clients are told to leave their connections before those are closed. */
  isReady(): boolean
}

/** The node:http listener. */
export function createListener({ answer, outbox, isReady }: ListenerOptions): RequestListener {
  const latest = new WeakMap<Socket, ServerResponse>()
  return (request, response) => {
    latest.set(request.socket, response)
    // Requests behind this one on the same connection would get no response.
    const endsDrained = () => !isReady() && latest.get(request.socket) === response
    const send: Send = (made, caller) => {
      if (made.isLast === true || endsDrained()) response.setHeader('connection', 'close')
      outbox.send(response, made, caller)
    }
    answer(readRequest(request, response), send).catch(() => {
      // The response was interrupted, so nothing else can be sent on this connection.
      if (!response.writableEnded) response.destroy()
    })
  }
}

function readRequest(request: IncomingMessage, response: ServerResponse): Incoming {
  const { headers } = request
  return {
    ...readHead(request),
    headers,
    signal: watch(response),
    readHeader(name) {
      const value = headers[name]
      return typeof value === 'string' ? value : null
    },
    readBody: (mostBytes) => readBody(request, mostBytes),
  }
}

export function readHead(request: IncomingMessage): Pick<Incoming, 'method' | 'target' | 'hosts'> {
  return { method: request.method ?? '', target: readTarget(request), hosts: readHosts(request) }
}

/** Node keeps only the first of two Host headers; a proxy may use the other. */
function readHosts({ rawHeaders }: IncomingMessage): readonly string[] {
  const hosts: string[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    if (name.length === 4 && name.toLowerCase() === 'host') hosts.push(rawHeaders[index + 1] ?? '')
  }
  return hosts.length > 1 ? [hosts.join(', ')] : hosts
}

/** Aborts when the client disconnects. */
function watch(response: ServerResponse): AbortSignal {
  const left = new AbortController()
  if (response.destroyed) left.abort()
  response.once('close', () => {
    if (!response.writableFinished) left.abort()
  })
  return left.signal
}

function readBody(request: IncomingMessage, mostBytes: number): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  return new Promise((resolve, reject) => {
    if (isRead(request)) return resolve(readHanded(request, mostBytes))
    const breakOff = () => {
      if (!request.readableEnded) reject(toBrokenOff())
    }
    if (request.destroyed) breakOff()
    if (Number(request.headers['content-length']) > mostBytes) reject(toTooLarge())
    if (isEncoded(request.headers['content-encoding'])) reject(toEncoded())
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.byteLength
      // The rest of the body is read and discarded, so that the client can read the error.
      if (bytes > mostBytes) reject(toTooLarge())
      else chunks.push(chunk)
    })
    request.once('end', () => resolve(Buffer.concat(chunks).toString()))
    request.once('close', breakOff)
  })
}

/** The parsed body set on the request. */
function readHanded(request: IncomingMessage, mostBytes: number): string {
  const left = readLeft(request)
  if (left === null) throw toAlreadyRead()
  if (Buffer.byteLength(left) > mostBytes) throw toTooLarge()
  return left
}
