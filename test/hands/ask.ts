import { request } from 'undici'
import { toReach } from '../../src/gateway/reach.ts'
import { toForm } from '../../src/http/form.ts'
import type { Provider } from '../../src/provider/provider.ts'
import type { StandIn } from '../../src/sandbox/server.ts'

/** A call of nobody's gateway: what the stand-in answers, parsed; null where the answer is empty. */
export type Ask = (method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object) => Promise<unknown>

export function createAsk(provider: Provider, standIn: StandIn): Ask {
  const { baseUrl, headers } = toReach(provider, standIn)
  const isForm = provider.encoding === 'FORM'
  const type = isForm ? 'application/x-www-form-urlencoded' : 'application/json'
  return async (method, path, sent) => {
    const { body } = await request(`${baseUrl}${path}`, {
      method,
      headers: { ...headers, ...(sent && { 'content-type': type }) },
      body: sent === undefined ? null : isForm ? toForm(sent) : JSON.stringify(sent),
    })
    const text = await body.text()
    // An id that no number can hold is read as text.
    return text === '' ? null : JSON.parse(text.replaceAll(/"id":(\d{16,})/g, '"id":"$1"'))
  }
}
