import { createHmac } from 'node:crypto'
import { request } from 'undici'
import { toReach } from '../../src/gateway/reach.ts'
import type { Provider } from '../../src/provider/provider.ts'
import type { StartOptions } from '../../src/sandbox/server.ts'
import { openStandIn } from '../helpers/stand-in.ts'

export const time = new Date('2026-07-01T12:00:00.000Z')

/** A stand-in and calls of it as any HTTP client makes them. */
export async function open(provider: Provider, options: StartOptions = {}) {
  const standIn = await openStandIn(provider, { now: () => time, ...options })
  // Verifik's names the type of a body even where there is none.
  const {
    baseUrl,
    headers: { 'content-type': _type, ...own },
  } = toReach(provider, standIn)
  return {
    standIn,
    /** A body that is text is sent as it is, all as JSON unless it says otherwise; an empty type: as none. */
    async call(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object | string, type?: string) {
      const headers = {
        ...own,
        ...((type ?? body) !== undefined && type !== '' && { 'content-type': type ?? 'application/json' }),
      }
      const text = typeof body === 'object' ? JSON.stringify(body) : (body ?? null)
      const response = await request(`${baseUrl}${path}`, { method, headers, body: text })
      const answer = await response.body.text()
      return { status: response.statusCode, text: answer, body: answer === '' ? undefined : JSON.parse(answer) }
    },
  }
}

export function toSignature(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('hex')
}
