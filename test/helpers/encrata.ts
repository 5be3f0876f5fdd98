import { toReach } from '../../src/gateway/reach.ts'
import { encrata } from '../../src/providers/encrata/index.ts'
import type { StandIn } from '../../src/sandbox/server.ts'

/** Makes webhooks at Encrata as others do, who need not keep to the rules of a gateway. */
export async function createElsewhere(standIn: StandIn, urls: readonly string[]): Promise<void> {
  const { baseUrl, headers } = toReach(encrata, standIn)
  for (const url of urls) {
    const body = JSON.stringify({ url, events: ['credits.low'], description: url })
    const response = await fetch(`${baseUrl}/webhooks`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body,
    })
    if (!response.ok) throw new Error(`The stand-in refuses ${url}: ${await response.text()}`)
  }
}
