import { setTimeout as sleep } from 'node:timers/promises'
import { findBaseUrlIssue } from '../../config/value.ts'
import { createMask } from '../../http/mask.ts'
import { CommandError } from '../failure.ts'
import { type Client, createSend, type Kind, toUnanswered } from './client.ts'

export interface RemoteOptions {
  /** URL of a gateway, with or without /graphql. */
  readonly server: string
  /** API key or token; undefined for none. */
  readonly token: string | undefined
  /** Where the two were given. */
  readonly names: { readonly server: string; readonly token: string }
  readonly limits?: Limits | undefined
}

interface Limits {
  /** Time for an answer, over all tries. */
  readonly timeoutMs: Readonly<Record<Kind, number>>
  readonly bytes: number
}

/** A gateway ends its queries after operationTimeoutMs; a mutation then ends what it has begun. A list has as many bytes by default. */
const ownLimits: Limits = { timeoutMs: { query: 120_000, mutation: 240_000 }, bytes: 100_000_000 }
/** Pauses before a request without a response is sent again; every operation of the command line can be repeated. */
const pausesMs = [500, 2_000]

/** Asks a running gateway. Throws CommandError. */
export function connectToServer({ server, token, names, limits = ownLimits }: RemoteOptions): Client {
  const issue = findBaseUrlIssue(server)
  if (issue !== undefined) throw new CommandError([`${names.server}: ${issue}`])
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
    throw new CommandError([`${names.token}: has characters that no token has`])
  const url = new URL(server)
  if (!url.pathname.endsWith('/graphql')) url.pathname = `${url.pathname.replace(/\/$/, '')}/graphql`
  const place = url.origin
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json',
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  }

  async function post(body: string, kind: Kind) {
    const timeoutMs = limits.timeoutMs[kind]
    const ending = new AbortController()
    const timer = setTimeout(() => ending.abort(), timeoutMs)
    try {
      return await tryAll(body, kind, ending.signal)
    } catch (error) {
      if (!ending.signal.aborted) throw error
      throw toUnanswered(`${place}: has not answered within ${timeoutMs / 1_000} s`, kind)
    } finally {
      clearTimeout(timer)
    }
  }

  async function tryAll(body: string, kind: Kind, signal: AbortSignal) {
    for (const pauseMs of [...pausesMs, null]) {
      try {
        // The token is for this address alone.
        const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal })
        if (response.status >= 300 && response.status < 400) throw toRedirected(response)
        return { status: response.status, text: await readText(response, kind) }
      } catch (error) {
        if (error instanceof CommandError) throw error
        if (pauseMs === null) throw toUnanswered(`${place}: does not respond (${toReason(error)}). Check ${names.server}`, kind)
        await sleep(pauseMs, undefined, { signal })
      }
    }
    throw toUnanswered(`${place}: does not respond`, kind)
  }

  async function readText({ body }: Response, kind: Kind): Promise<string> {
    const chunks: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of body ?? []) {
      bytes += chunk.length
      if (bytes > limits.bytes) throw toUnanswered(`${place}: its answer is longer than ${limits.bytes} bytes`, kind)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString()
  }

  /** Nothing was done there, and what is meant for one address is sent to no other. */
  function toRedirected(response: Response): CommandError {
    const location = response.headers.get('location')
    const target = location !== null && URL.canParse(location, url) ? ` to ${new URL(location, url).origin}` : ''
    return new CommandError([`${place}: redirects${target}. Set ${names.server} to the address of the gateway itself`])
  }

  return {
    // What it says is shown, and it may repeat what it was sent.
    send: createSend(post, place, createMask(token === undefined ? [] : [token]).hide),
    keepsJournal: true,
    isSandbox: false,
    isSandboxUnasked: false,
    close: () => Promise.resolve(),
  }
}

function toReason(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code
  return cause instanceof Error ? cause.message : 'unknown'
}
