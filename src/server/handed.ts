import type { IncomingMessage } from 'node:http'

// Handles how Express, Fastify and similar frameworks modify Node requests.

/** The path and query that the client requested: a mounted application only gets the rest as `url`. */
export function readTarget(request: IncomingMessage): string {
  const original: unknown = 'originalUrl' in request ? request.originalUrl : undefined
  return typeof original === 'string' ? original : (request.url ?? '')
}

/** Whether the body was already read; waiting for it would never end. */
export function isRead({ method, readableDidRead, readableEnded }: IncomingMessage): boolean {
  return method === 'POST' && (readableDidRead || readableEnded)
}

/** The parsed body that a framework set on the request; null if there is none. */
export function readLeft(request: IncomingMessage): string | null {
  const left: unknown = 'body' in request ? request.body : undefined
  if (left === undefined || left === null) return null
  if (left instanceof Uint8Array) return Buffer.from(left).toString()
  return typeof left === 'string' ? left : JSON.stringify(left)
}
