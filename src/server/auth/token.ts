import type { JWTPayload } from 'jose'
import type { Logger } from 'pino'
import { type Caller, isScope } from '../../caller.ts'
import type { KeySet } from './key-set.ts'
import type { JwtSettings } from './settings.ts'

// Asymmetric algorithms only: with a shared secret, anyone who can verify a token could create one.
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512']

/** Finds the caller of a token; null if it is invalid. */
export function createTokenChecker(
  settings: JwtSettings,
  keySet: KeySet,
  log: Logger,
): (token: string) => Promise<Caller | null> {
  const { issuer, audience } = settings
  // A token without expiry would be a key that cannot be revoked.
  const rules = { issuer, audience, algorithms, clockTolerance: 30, requiredClaims: ['exp', 'sub'] }
  return async (token) => {
    // Loaded only if there are tokens to verify.
    const { errors, jwtVerify } = await import('jose')
    try {
      const { payload } = await jwtVerify(token, keySet, rules)
      return toCaller(payload, settings)
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) {
        log.warn({ reason: error instanceof Error ? error.name : 'unknown' }, 'token could not be verified')
      }
      return null
    }
  }
}

/** Null for claims that do not describe a caller. */
function toCaller(claims: JWTPayload, { scopesClaim, accountsClaim }: JwtSettings): Caller | null {
  const { sub } = claims
  if (typeof sub !== 'string' || sub === '') return null
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
