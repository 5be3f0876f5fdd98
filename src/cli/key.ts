import { createApiKey, hashApiKey } from '../server/auth/api-key.ts'

/** A new API key, which is nowhere but in this text, and what to configure of it. */
export function describeNewKey(): string {
  const key = createApiKey()
  return `The key, for its owner. It is not shown again:

  ${key}

Its hash, for the configuration file:

auth:
  apiKeys:
    - name: whose-key-it-is
      sha256: '${hashApiKey(key)}'
      scopes: [webhooks:read]
`
}
