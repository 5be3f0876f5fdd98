import type { IncomingMessage } from 'node:http'

// What Express, Fastify and their like do to a request of Node before they hand it on.

/** The path and query that the client asked for: a mounted application is given the rest of it as `url`. */
export function readTarget(request: IncomingMessage): string {
  const original: unknown = 'originalUrl' in request ? request.originalUrl : undefined
  return typeof original === 'string' ? original : (request.url ?? '')
}

/** Whether somebody has read the body: who waits for it would wait for ever. */
export function isRead({ method, readableDidRead, readableEnded }: IncomingMessage): boolean {
  return method === 'POST' && (readableDidRead || readableEnded)
}

/** The body that whoever has read it left at the request; null where nobody did. */
export function readLeft(request: IncomingMessage): string | null {
  const left: unknown = 'body' in request ? request.body : undefined
  if (left === undefined || left === null) return null
  if (left instanceof Uint8Array) return Buffer.from(left).toString()
  return typeof left === 'string' ? left : JSON.stringify(left)
}
