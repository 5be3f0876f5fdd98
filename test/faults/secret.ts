import type { Outcome } from './outcome.ts'
import type { Rig } from './rig.ts'

/** Whether the secret that was handed out, if one was, is the one that the stand-in has for this webhook. */
export async function isSecretOf({ hands }: Rig, { webhooks: [webhook], signingSecret }: Outcome): Promise<boolean> {
  return webhook === undefined || signingSecret === null || hands.isAlive(webhook.upstreamId, signingSecret)
}
