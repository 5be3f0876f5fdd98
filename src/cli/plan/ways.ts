import { isUnsupported } from '../../provider/unsupported.ts'
import { providers } from '../../providers/index.ts'
import type { WebhooksFile } from '../file/desired.ts'

// What a person can send to get a secret where it belongs.

/** How to fetch a secret that could not be put anywhere. */
export function describeReveal(entryId: string): string {
  return `mutation { revealSigningSecret(input: { entryId: ${JSON.stringify(entryId)} }) { ... on RevealSigningSecretSuccess { signingSecret } ... on WebhookError { message } } }`
}

/** How to get another one in place of a secret that nobody has. */
export function describeRotate(webhookId: string, account: string, { accounts }: Pick<WebhooksFile, 'accounts'>): string {
  const rotation = providers.find(({ name }) => name === accounts.get(account)?.provider)?.operations.ROTATE_SECRET
  // It is never the default, because the webhook gets another ID.
  const isReplaced = rotation !== undefined && !isUnsupported(rotation) && rotation.strategy === 'REPLACEMENT'
  const input = `id: ${JSON.stringify(webhookId)}${isReplaced ? ', strategy: REPLACEMENT' : ''}`
  return `mutation { rotateWebhookSecret(input: { ${input} }) { ... on RotateWebhookSecretSuccess { webhook { id } signingSecret } ... on WebhookError { message } } }`
}

/** How to say that a secret, which the journal has not any more, is where it belongs. */
export function describeAcknowledge(entryId: string): string {
  return `mutation { acknowledgeSecret(input: { entryId: ${JSON.stringify(entryId)} }) { ... on WebhookError { message } } }`
}
