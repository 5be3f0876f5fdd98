import { createApiKey, hashApiKey } from '../server/auth/api-key.ts'

/** A new API key, which is not stored anywhere, and its configuration. */
export function describeNewKey(): string {
  const key = createApiKey()
  return `API key. Store it now: it is not shown again.

  ${key}

Configuration, with the hash of the key:

auth:
  apiKeys:
    - name: key-owner
      sha256: '${hashApiKey(key)}'
      scopes: [webhooks:read]
`
}
