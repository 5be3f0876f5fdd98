import { createPublicKey } from 'node:crypto'
import type { JWK, JWTVerifyGetKey } from 'jose'
import type { Logger } from 'pino'

// The public keys of an identity provider, all of them at a time: what one token asks for never costs another one its key.

/** Finds the key for a token, or throws JWKSNoMatchingKey. */
export type KeySet = JWTVerifyGetKey
/** The one key set of a URL; it outlives a reload of the configuration, so that an outage meanwhile does no harm. */
export type KeySets = (url: string) => KeySet

/** How long a set counts as new; an older one is served while it is read again. */
const freshMs = 300_000
/** A set that nobody has tried to read again for so long is not served before that. */
const idleMs = 2 * freshMs
/** For how long a set is served that cannot be read again: hardly any token lives longer. */
const lastMs = 86_400_000
/** The time between two tries, whoever asks for a key that is not there; while there is no set at all, a shorter one. */
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

  /** Reads the set, once for all who wait for it, unless that was tried just now. */
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
    // Keys come from where the operator says, and from nowhere that an answer says.
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  })
  const text = await readText(response)
  if (!response.ok) throw new Error(`HTTP ${response.status}`)
  const keys = listKeys(JSON.parse(text)).filter(isUsable)
  // What no token can be checked with takes the place of no set that is good.
  if (keys.length === 0) throw new Error(`no set of 1 to ${maxKeys} signature keys`)
  const { createLocalJWKSet } = await import('jose')
  return createLocalJWKSet({ keys })
}

function listKeys(set: unknown): readonly unknown[] {
  const keys = typeof set === 'object' && set !== null && 'keys' in set ? set.keys : undefined
  return Array.isArray(keys) && keys.length <= maxKeys ? keys : []
}

/** Whether signatures can be checked with it: a whole public key that is for nothing else. */
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

/** What went wrong, without what was received. */
function toReason(error: unknown): string {
  if (error instanceof SyntaxError) return 'not JSON'
  if (!(error instanceof Error)) return 'unknown'
  return error.cause instanceof Error ? error.cause.message : error.message
}
