import { createHmac } from 'node:crypto'
import * as z from 'zod'
import type { Outcome } from './outcome.ts'
import type { Rig } from './rig.ts'

/** Whether the secret that was handed out, if one was, is the one that the stand-in has for this webhook. */
export async function isSecretOf(rig: Rig, { webhooks: [webhook], signingSecret }: Outcome): Promise<boolean> {
  return webhook === undefined || signingSecret === null || isAlive(rig, webhook.upstreamId, signingSecret)
}

/** Whether a secret is the one of this webhook, as far as the stand-in tells. */
export async function isAlive({ provider, ask }: Pick<Rig, 'provider' | 'ask'>, id: string, signingSecret: string) {
  switch (provider.name) {
    case 'baanx': {
      const { apiKey } = z.object({ apiKey: z.string() }).parse(await ask('GET', `/webhooks/${id}`))
      return apiKey.endsWith(signingSecret.slice(-4))
    }
    case 'verifik': {
      const { data } = z.object({ data: z.object({ secret: z.string().optional() }) }).parse(await ask('GET', `/webhooks/${id}`))
      // One of its variants shows none.
      return data.secret === undefined || data.secret === signingSecret
    }
    case 'encrata': {
      const { signature } = z.object({ signature: z.string() }).parse(await ask('POST', '/webhooks/test', { id }))
      const [sent] = z.array(z.object({ payload: z.json() })).parse(await ask('GET', `/webhooks/deliveries?webhook_id=${id}`))
      return createHmac('sha256', signingSecret).update(JSON.stringify(sent?.payload)).digest('hex') === signature
    }
    default:
      // Fingerprint shows nothing that is signed.
      return true
  }
}
