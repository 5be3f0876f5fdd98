import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Logger } from 'pino'
import { createKeyring, isApiKey } from './api-key.ts'
import { anybody, type Caller } from '../../caller.ts'
import type { KeySets } from './key-set.ts'
import type { AuthSettings } from './settings.ts'
import { createTokenChecker } from './token.ts'
import { requests } from '../../observe/request.ts'

/**
 * Refuses requests without good credentials before anything of them is parsed, and knows who sent the others. Null
 * lets everybody in.
 */
export function createAuthentication(auth: AuthSettings | null, log: Logger, keySets: KeySets) {
  const callers = new WeakMap<Request, Caller>()
  const findByKey = createKeyring(auth?.apiKeys ?? [])
  const findByToken = auth?.jwt && createTokenChecker(auth.jwt, keySets(auth.jwt.jwksUrl), log)

  /** Who sends a request with this Authorization header, as far as that can be told without asking anybody; else null. */
  function findCaller(authorization: string | undefined): Caller | null {
    if (auth === null) return anybody
    const credential = readCredential(authorization)
    return credential === null ? null : findByKey(credential)
  }

  /** Who sends a request with this Authorization header; null for credentials that are missing or not good. */
  async function authenticate(authorization: string | undefined): Promise<Caller | null> {
    const caller = findCaller(authorization)
    const credential = readCredential(authorization)
    if (caller !== null || credential === null || isApiKey(credential)) return caller
    return (await findByToken?.(credential)) ?? null
  }

  const plugin: Plugin = {
    async onRequestParse({ request }) {
      const authorization = request.headers.get('authorization') ?? undefined
      const caller = await authenticate(authorization)
      if (caller === null) throw toUnauthenticated(authorization)
      callers.set(request, caller)
      const info = requests.getStore()
      if (info !== undefined) info.caller = caller.name
    },
  }
  return {
    plugin,
    findCaller,
    /** Who sent a request that was let in. */
    getCaller(request: Request): Caller {
      const caller = callers.get(request)
      if (caller === undefined) throw new TypeError('This request has not been authenticated')
      return caller
    },
  }
}

/** The API key or token of an Authorization header; null where there is none. */
function readCredential(header: string | undefined): string | null {
  return /^Bearer +([\x21-\x7e]+) *$/i.exec(header ?? '')?.[1] ?? null
}

function toUnauthenticated(authorization: string | undefined): GraphQLError {
  const given = readCredential(authorization) !== null
  const advice = 'Send an API key or a token as "Authorization: Bearer ...".'
  const challenge = `Bearer realm="hookql"${given ? ', error="invalid_token"' : ''}`
  return new GraphQLError(`${given ? 'These credentials are not accepted.' : describeMissing(authorization)} ${advice}`, {
    extensions: { code: 'UNAUTHENTICATED', http: { status: 401, headers: { 'www-authenticate': challenge } } },
  })
}

/** What is wrong with a header that has no credential, without repeating it: it may be a key all the same. */
function describeMissing(header = ''): string {
  if (header.trim() === '') return 'Credentials are missing.'
  if (!/^Bearer(?: |$)/i.test(header)) return 'The Authorization header does not begin with "Bearer ".'
  return 'The Authorization header has no single key or token after "Bearer ".'
}
