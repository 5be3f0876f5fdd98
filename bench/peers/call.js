import { Agent, request } from 'undici'

const dispatcher = new Agent({ connections: 16, allowH2: false, keepAliveTimeout: 10_000 })

/** Calls an upstream with undici and answers with its parsed body. */
export async function call({ baseUrl, headers }, method, path, body) {
  const response = await request(`${baseUrl}${path}`, {
    method,
    headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
    dispatcher,
  })
  const text = await response.body.text()
  if (response.statusCode >= 300) throw new Error(`HTTP ${response.statusCode}`)
  return JSON.parse(text)
}
