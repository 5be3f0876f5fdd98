import { createPublicKey } from 'node:crypto'
import type { JWK, JWTVerifyGetKey } from 'jose'
import type { Logger } from 'pino'

// The public keys of an identity provider, always as a full set, so that no token can evict another token's key.

/** Finds the key for a token, or throws JWKSNoMatchingKey. */
export type KeySet = JWTVerifyGetKey
/** The key set of a URL. It survives configuration reloads, so that an outage at that time does no harm. */
export type KeySets = (url: string) => KeySet

/** How long a set counts as fresh; an older one is used while it is refreshed. */
const freshMs = 300_000
/** A set older than this is refreshed before it is used. */
const idleMs = 2 * freshMs
/** How long a set is used if it cannot be refreshed; few tokens live longer. */
const lastMs = 86_400_000
/** Time between two attempts, even if tokens name unknown keys; shorter while there is no set. */
const [cooldownMs, firstCooldownMs] = [10_000, 1_000]
const timeoutMs = 5_000
const maxBytes = 262_144
const maxKeys = 100

export function createKeySets(log: Logger, now = () => performance.now()): KeySets {
  const sets = new Map<string, KeySet>()
  return (url) => {
    const set = sets.get(url) ?? createKeySet(url, log, now)
    sets.set(url, set)
    return set
  }
}

function createKeySet(url: string, log: Logger, now: () => number): KeySet {
  let last: { readonly find: KeySet; readonly readMs: number } | undefined
  let reading: Promise<void> | undefined
  let triedMs = -Infinity

  /** Reads the set once for everyone waiting, unless it was attempted just now. */
  function refresh(): Promise<void> | undefined {
    if (reading === undefined && now() - triedMs >= (getLast() === undefined ? firstCooldownMs : cooldownMs)) {
      triedMs = now()
      reading = read().finally(() => {
        reading = undefined
      })
    }
    return reading
  }

  async function read(): Promise<void> {
    try {
      last = { find: await readKeys(url), readMs: now() }
    } catch (error) {
      const advice =
        getLast() === undefined
          ? 'no signing keys to verify tokens with'
          : 'signing keys not refreshed: the previous ones stay in effect'
      log.warn({ reason: toReason(error) }, advice)
    }
  }

  function getLast() {
    return last !== undefined && now() - last.readMs < lastMs ? last : undefined
  }

  return async (header, token) => {
    const before = getLast()
    if (before === undefined || now() - triedMs > idleMs) await refresh()
    else if (now() - before.readMs > freshMs) void refresh()
    const { errors } = await import('jose')
    const find = getLast()?.find
    if (find === undefined) throw new errors.JWKSNoMatchingKey()
    try {
      return await find(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      await refresh()
      const found = getLast()?.find
      if (found === undefined || found === find) throw error
      return found(header, token)
    }
  }
}

async function readKeys(url: string): Promise<KeySet> {
  const response = await fetch(url, {
    headers: { accept: 'application/json' },
    // Keys come only from the configured URL, never from a redirect.
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  })
  const text = await readText(response)
  if (!response.ok) throw new Error(`HTTP ${response.status}`)
  const keys = listKeys(JSON.parse(text)).filter(isUsable)
  // An unusable set never replaces a good one.
  if (keys.length === 0) throw new Error(`no set of 1 to ${maxKeys} signature keys`)
  const { createLocalJWKSet } = await import('jose')
  return createLocalJWKSet({ keys })
}

function listKeys(set: unknown): readonly unknown[] {
  const keys = typeof set === 'object' && set !== null && 'keys' in set ? set.keys : undefined
  return Array.isArray(keys) && keys.length <= maxKeys ? keys : []
}

/** Whether it can verify signatures: a complete public key that is not restricted to other uses. */
function isUsable(key: unknown): key is JWK {
  if (typeof key !== 'object' || key === null || ('use' in key && key.use !== 'sig')) return false
  try {
    createPublicKey({ key: { ...key }, format: 'jwk' })
    return true
  } catch {
    return false
  }
}

async function readText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw new Error(`more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** The failure, without the received content. */
function toReason(error: unknown): string {
  if (error instanceof SyntaxError) return 'not JSON'
  if (!(error instanceof Error)) return 'unknown'
  return error.cause instanceof Error ? error.cause.message : error.message
}
