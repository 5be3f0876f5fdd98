import type { ServerResponse } from 'node:http'
import { GraphQLError } from 'graphql'
import type { Answer } from './exchange.ts'
import type { Limits } from './limits.ts'

/** Bytes waiting for clients to read them. Pass it on when you replace a server. */
export interface Backlog {
  bytes: number
  readonly byCaller: Map<string, number>
}

export const createBacklog = (): Backlog => ({ bytes: 0, byCaller: new Map() })

export type Outbox = ReturnType<typeof createOutbox>

/** Sends responses, disconnects clients that do not read in time, and tracks the waiting bytes per caller. */
export function createOutbox(
  limits: Pick<Limits, 'unsentBytes' | 'callerUnsentBytes' | 'sendTimeoutMs'>,
  backlog: Backlog = createBacklog(),
) {
  const { unsentBytes, callerUnsentBytes, sendTimeoutMs } = limits
  const readOwn = (caller: string) => backlog.byCaller.get(caller) ?? 0

  function add(caller: string, bytes: number): void {
    const own = readOwn(caller) + bytes
    backlog.bytes += bytes
    // Callers are not remembered after their last response.
    if (own === 0) backlog.byCaller.delete(caller)
    else backlog.byCaller.set(caller, own)
  }

  return {
    /** Why this caller has too many waiting bytes. If none are waiting, a response of any size is allowed. */
    findRefusal(caller: string, bytes = 1): GraphQLError | null {
      const isFull = (waiting: number, most: number) => waiting > 0 && waiting + bytes > most
      if (!isFull(backlog.bytes, unsentBytes) && !isFull(readOwn(caller), callerUnsentBytes)) return null
      const seconds = Math.ceil(sendTimeoutMs / 1_000)
      const message = `Too many response bytes are waiting to be read. Nothing was changed. Read pending responses and retry in ${seconds} s.`
      const http = { status: 503, headers: { 'retry-after': String(seconds) } }
      return new GraphQLError(message, { extensions: { code: 'OVERLOADED', http } })
    },

    /** Without a caller, only the time limit applies: such responses are small or shared. */
    send(response: ServerResponse, { status, headers, body }: Answer, caller: string | null): void {
      const bytes = Buffer.byteLength(body)
      response.writeHead(status, bytes === 0 ? headers : { ...headers, 'content-length': bytes })
      response.end(body)
      // Usually, the operating system has accepted all of it already.
      if (response.destroyed || response.writableLength === 0) return
      if (caller !== null) add(caller, bytes)
      const settle = () => {
        clearTimeout(timer)
        response.off('close', settle)
        if (caller !== null) add(caller, -bytes)
      }
      const timer = setTimeout(() => {
        // Not left to the end of the connection, which pipelined responses are not notified of.
        settle()
        response.req.socket.destroy()
      }, sendTimeoutMs)
      response.once('close', settle)
    },
  }
}
