import type * as Jwt from '@graphql-yoga/plugin-jwt'
import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Logger } from 'pino'
import { createKeyring, isApiKey } from '../auth/api-key.ts'
import { anybody, type Caller, isScope } from '../auth/caller.ts'
import type { AuthSettings, JwtSettings } from '../auth/settings.ts'
import { requests } from '../observe/request.ts'

type Claims = Readonly<Record<string, unknown>>

// What signs with a public key; with a shared secret, whoever can check a token could make one.
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'] as const

/**
 * Refuses requests without good credentials before anything of them is parsed, and knows who sent the others. Null
 * lets everybody in.
 */
export function createAuthentication(auth: AuthSettings | null, log: Logger) {
  const callers = new WeakMap<Request, Caller>()
  const findCaller = createKeyring(auth?.apiKeys ?? [])

  function authenticate(request: Request, claims: Claims | undefined): Caller {
    if (auth === null) return anybody
    const token = readToken(request.headers.get('authorization'))
    const caller = token === null ? null : (findCaller(token) ?? toCaller(claims, auth.jwt))
    if (caller === null) throw toUnauthenticated(token !== null)
    return caller
  }

  const guard: Plugin = {
    onRequestParse({ request, serverContext }) {
      const caller = authenticate(request, readClaims(serverContext))
      callers.set(request, caller)
      const info = requests.getStore()
      if (info !== undefined) info.caller = caller.name
    },
  }
  return {
    plugins: [...(auth?.jwt === undefined ? [] : [useTokens(auth.jwt, log)]), guard],
    /** Who sends a request with this Authorization header, as far as that can be told without asking anybody; else null. */
    findCaller(authorization: string | undefined): Caller | null {
      if (auth === null) return anybody
      const token = readToken(authorization ?? null)
      return token === null ? null : findCaller(token)
    },
    /** Who sent a request that was let in. */
    getCaller(request: Request): Caller {
      const caller = callers.get(request)
      if (caller === undefined) throw new TypeError('This request has not been authenticated')
      return caller
    },
  }
}

/** Checks tokens; those that are not good are left to the guard behind it, which refuses them like missing ones. */
function useTokens(settings: JwtSettings, log: Logger): Plugin {
  // Loaded where there are tokens to check, and nowhere else.
  const loaded = import('@graphql-yoga/plugin-jwt').then((jwt) => createChecker(jwt, settings, log))
  return {
    onYogaInit(payload) {
      void loaded.then((checker) => checker.onYogaInit?.(payload))
    },
    async onRequestParse(payload) {
      await (await loaded).onRequestParse?.(payload)
    },
  }
}

function createChecker(
  { createRemoteJwksSigningKeyProvider, useJWT }: typeof Jwt,
  { issuer, audience, jwksUrl }: JwtSettings,
  log: Logger,
): Plugin {
  const readKey = createRemoteJwksSigningKeyProvider({
    jwksUri: jwksUrl,
    cache: true,
    rateLimit: true,
    jwksRequestsPerMinute: 10,
    timeout: 5_000,
  })
  return useJWT({
    signingKeyProviders: [
      async (kid) => {
        try {
          return await readKey(kid)
        } catch (error) {
          log.warn({ reason: error instanceof Error ? error.message : 'unknown' }, 'no key to check a token with')
          // With a key that verifies nothing the token is refused; without one the request would fail as a bug.
          return 'none'
        }
      },
    ],
    tokenLookupLocations: [findToken],
    tokenVerification: { issuer, audience, algorithms: [...algorithms], clockTolerance: 30 },
    reject: { missingToken: false, invalidToken: false },
  })
}

/** The claims of a token that was found good. */
function readClaims(context: object): Claims | undefined {
  const jwt = 'jwt' in context ? context.jwt : undefined
  return isRecord(jwt) && isRecord(jwt['payload']) ? jwt['payload'] : undefined
}

function isRecord(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null
}

function findToken({ request }: { readonly request: Request }) {
  const token = readToken(request.headers.get('authorization'))
  return token === null || isApiKey(token) ? undefined : { token }
}

/** The bearer token of an Authorization header; null where there is none. */
function readToken(header: string | null): string | null {
  return /^Bearer +([\x21-\x7e]+) *$/i.exec(header ?? '')?.[1] ?? null
}

/** Null for claims that no caller can be made of. */
function toCaller(claims: Claims | undefined, settings: JwtSettings | undefined): Caller | null {
  // A token that never ends would be a key that nobody can take back.
  if (claims === undefined || settings === undefined || typeof claims['exp'] !== 'number') return null
  const { sub } = claims
  if (typeof sub !== 'string' || sub === '') return null
  const { scopesClaim, accountsClaim } = settings
  return {
    name: `jwt:${sub.slice(0, 200)}`,
    scopes: new Set(readWords(claims[scopesClaim]).filter(isScope)),
    accounts: accountsClaim === undefined ? null : new Set(readWords(claims[accountsClaim])),
  }
}

function readWords(claim: unknown): readonly string[] {
  if (typeof claim === 'string') return claim.split(' ').filter((word) => word !== '')
  return Array.isArray(claim) ? claim.filter((word) => typeof word === 'string') : []
}

function toUnauthenticated(given: boolean): GraphQLError {
  const advice = 'Send an API key or a token as "Authorization: Bearer ...".'
  const challenge = `Bearer realm="hookql"${given ? ', error="invalid_token"' : ''}`
  return new GraphQLError(given ? `These credentials are not accepted. ${advice}` : `Credentials are missing. ${advice}`, {
    extensions: { code: 'UNAUTHENTICATED', http: { status: 401, headers: { 'www-authenticate': challenge } } },
  })
}
