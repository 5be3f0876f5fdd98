import { setTimeout as sleep } from 'node:timers/promises'
import { findBaseUrlIssue } from '../../config/value.ts'
import { CommandError } from '../failure.ts'
import { type Client, createSend } from './client.ts'

export interface RemoteOptions {
  /** URL of a gateway, with or without /graphql. */
  readonly server: string
  /** API key or token; undefined for none. */
  readonly token: string | undefined
}

/** More than the longest operation takes. */
const timeoutMs = 120_000
/** Pauses before a request without a response is sent again; every operation of the command line can be repeated. */
const pausesMs = [500, 2_000]

/** Asks a running gateway. Throws CommandError. */
export function connectToServer({ server, token }: RemoteOptions): Client {
  const issue = findBaseUrlIssue(server)
  if (issue !== undefined) throw new CommandError([`--server: ${issue}`])
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) throw new CommandError(['--token: has characters that no token has'])
  const url = new URL(server)
  if (!url.pathname.endsWith('/graphql')) url.pathname = `${url.pathname.replace(/\/$/, '')}/graphql`
  const place = url.origin

  async function post(body: string): Promise<Response> {
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    }
    for (const pauseMs of [...pausesMs, null]) {
      try {
        // The token is for this address alone.
        return await fetch(url, { method: 'POST', headers, body, redirect: 'error', signal: AbortSignal.timeout(timeoutMs) })
      } catch (error) {
        if (pauseMs === null) throw new CommandError([`${place}: does not respond (${toReason(error)}). Check --server`])
        await sleep(pauseMs)
      }
    }
    throw new CommandError([`${place}: does not respond`])
  }

  return { send: createSend(post, place), keepsSecrets: true, isSandboxUnasked: false, close: () => Promise.resolve() }
}

function toReason(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  if (cause instanceof Error && 'code' in cause) return String(cause.code)
  return cause instanceof Error ? cause.message : 'unknown'
}
