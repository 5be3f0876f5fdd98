import { GraphQLError } from 'graphql'
import type { Logger } from 'pino'
import { createKeyring } from './api-key.ts'
import { anybody, type Caller } from '../../caller.ts'
import type { KeySets } from './key-set.ts'
import type { AuthSettings } from './settings.ts'
import { createTokenChecker } from './token.ts'

export type Authentication = ReturnType<typeof createAuthentication>

/** Authenticates requests by their Authorization header. Null disables authentication. */
export function createAuthentication(auth: AuthSettings | null, log: Logger, keySets: KeySets) {
  const findByKey = createKeyring(auth?.apiKeys ?? [])
  const findByToken = auth?.jwt && createTokenChecker(auth.jwt, keySets(auth.jwt.jwksUrl), log)

  return {
    /** The caller, if it can be determined without any request; else null. */
    findCaller(authorization: string | null): Caller | null {
      if (auth === null) return anybody
      const credential = readCredential(authorization)
      return credential === null ? null : findByKey(credential)
    },

    /** The caller of a token. Rejects missing or invalid credentials before the request is read. */
    async checkToken(authorization: string | null): Promise<Caller> {
      const credential = readCredential(authorization)
      const caller = credential === null ? null : await findByToken?.(credential)
      if (caller == null) throw toUnauthenticated(authorization)
      return caller
    },
  }
}

/** The API key or token in an Authorization header; null if there is none. */
function readCredential(header: string | null): string | null {
  return /^Bearer +([\x21-\x7e]+) *$/i.exec(header ?? '')?.[1] ?? null
}

function toUnauthenticated(authorization: string | null): GraphQLError {
  const given = readCredential(authorization) !== null
  const advice = 'Send an API key or token as "Authorization: Bearer ...".'
  const challenge = `Bearer realm="hookql"${given ? ', error="invalid_token"' : ''}`
  return new GraphQLError(`${given ? 'Invalid credentials.' : describeMissing(authorization)} ${advice}`, {
    extensions: { code: 'UNAUTHENTICATED', http: { status: 401, headers: { 'www-authenticate': challenge } } },
  })
}

/** Describes an invalid Authorization header without repeating it, because it may contain a key. */
function describeMissing(header: string | null): string {
  if (header === null || header.trim() === '') return 'Credentials are missing.'
  if (!/^Bearer(?: |$)/i.test(header)) return 'The Authorization header must start with "Bearer ".'
  return 'The Authorization header must contain exactly one key or token after "Bearer ".'
}
