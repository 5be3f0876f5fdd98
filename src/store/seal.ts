import { createCipheriv, createDecipheriv, createHash, createSecretKey, type KeyObject, randomBytes } from 'node:crypto'

/** A 256-bit key that secrets are sealed with. */
export interface SealingKey {
  /** Start of a hash of the key: tells keys apart without revealing anything about them. */
  readonly id: string
  readonly key: KeyObject
}

/** A secret as it is stored. */
export interface Sealed {
  readonly keyId: string
  /** Nonce, authentication tag and ciphertext. */
  readonly bytes: Uint8Array
}

const algorithm = 'aes-256-gcm'
const nonceLength = 12
const tagLength = 16

/** Where a secret is stored: sealed for one place, it opens in no other. */
export function toPlace(entry: string, field: string): string {
  return `${entry} ${field}`
}

export function toSealingKey(bytes: Uint8Array): SealingKey {
  const id = createHash('sha256').update('hookql sealing key').update(bytes).digest('hex').slice(0, 16)
  return { id, key: createSecretKey(bytes) }
}

export type Keyring = ReturnType<typeof createKeyring>

/** Seals with the first key and opens with any of them. A secret can only be opened for the place it was sealed for. */
export function createKeyring([first, ...others]: readonly [SealingKey, ...SealingKey[]]) {
  const keys = new Map([first, ...others].map(({ id, key }) => [id, key]))

  return {
    firstId: first.id,
    ids: [first.id, ...others.map(({ id }) => id)] as const,
    has: (keyId: string): boolean => keys.has(keyId),

    seal(text: string, place: string): Sealed {
      const nonce = randomBytes(nonceLength)
      const cipher = createCipheriv(algorithm, first.key, nonce).setAAD(Buffer.from(place))
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return { keyId: first.id, bytes: Buffer.concat([nonce, cipher.getAuthTag(), body]) }
    },

    /** Returns null if the secret was sealed with an unknown key or for another place, or was changed. */
    open({ keyId, bytes }: Sealed, place: string): string | null {
      const key = keys.get(keyId)
      if (key === undefined || bytes.length < nonceLength + tagLength) return null
      const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceLength), { authTagLength: tagLength })
      decipher.setAAD(Buffer.from(place)).setAuthTag(bytes.subarray(nonceLength, nonceLength + tagLength))
      try {
        return Buffer.concat([decipher.update(bytes.subarray(nonceLength + tagLength)), decipher.final()]).toString()
      } catch {
        return null
      }
    },
  }
}
