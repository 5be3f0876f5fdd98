import { hash } from 'node:crypto'
import type { Http, Read } from '../http/call.ts'
import type { AccountWebhook } from '../webhook.ts'

type Webhooks = readonly AccountWebhook[]

/** Maximum size of a response, in characters, whose webhooks are kept; enough for about 150. */
const mostCharacters = 65_536

/** Ends the reading of a list that is the same as before. */
export class Unmodified extends Error {
  override readonly name = 'Unmodified'
  readonly webhooks: Webhooks

  constructor(webhooks: Webhooks) {
    super('The list is the same as before')
    this.webhooks = webhooks
  }
}

export type Recognition = ReturnType<typeof createRecognition>

/**
 * Recognizes the list of an account that comes in one response, the same as before, so that it is not parsed, checked and converted
 * again. Every list is still requested. Keeps a digest of the last response and, once that came twice, its webhooks.
 */
export function createRecognition() {
  let last = ''
  let unmodified: Unmodified | undefined

  /** For one reading: an HTTP client that throws Unmodified, and a function for a complete list that took one request. */
  function open(http: Http): { readonly http: Http; keep(webhooks: Webhooks): void } {
    let reads = 0
    let digest = ''

    function recognize(text: string): Unmodified | undefined {
      digest = text.length > mostCharacters ? '' : hash('sha256', text)
      // A later page can be what the whole list was before.
      return reads === 1 && digest === last ? unmodified : undefined
    }

    async function read<T>(request: Read<T>): Promise<T> {
      reads += 1
      // Other methods are of GraphQL, where the body also states the rate limit.
      if (request.method !== undefined) return http.read(request)
      const safeParse = (body: unknown) => request.answer.safeParse(body)
      const found = await http.read<T | Unmodified>({ ...request, answer: { recognize, safeParse } })
      if (found instanceof Unmodified) throw found
      return found
    }

    function keep(webhooks: Webhooks): void {
      if (digest === '') return
      if (digest === last) unmodified ??= new Unmodified(seal(webhooks))
      else [last, unmodified] = [digest, undefined]
    }

    return { http: { ...http, read }, keep }
  }

  return { open }
}

/** Drops possible secrets from the provider's response. */
function seal(webhooks: Webhooks): Webhooks {
  for (const { raw } of webhooks) raw?.seal()
  return webhooks
}
