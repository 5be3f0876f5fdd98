import type { Plugin } from 'graphql-yoga'
import { isLoopback } from '../gateway/target.ts'

/**
 * Refuses requests that name another host. A web page can have its own host name lead to this machine, and would then be
 * of the same origin as a gateway that asks nobody who they are.
 */
export function useLoopbackOnly(): Plugin {
  return {
    onRequest({ url, fetchAPI, endResponse }) {
      if (isLoopback(url.hostname)) return
      const message = 'Without authentication the gateway answers to loopback names only: ask for 127.0.0.1 or localhost.'
      const body = { errors: [{ message, extensions: { code: 'MISDIRECTED_REQUEST' } }] }
      endResponse(fetchAPI.Response.json(body, { status: 421 }))
    },
  }
}
