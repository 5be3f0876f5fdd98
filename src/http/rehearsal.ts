import * as z from 'zod'
import type { UpstreamRequest } from '../webhook.ts'
import { shownSecret } from '../secret.ts'
import { revealBody } from './body.ts'
import { type Http, toUrl, type Write } from './call.ts'
import { createMask } from './mask.ts'
import { hideCredentials } from './redact.ts'

/** Ends a rehearsal, because the response to the last write is unknown. */
export class RehearsalEnd extends Error {
  override readonly name = 'RehearsalEnd'
}

/**
 * An HTTP client that sends no writes: it records each one and continues with the assumed response, or throws RehearsalEnd.
 * Reads are sent unless their response is assumed, for objects that do not exist yet.
 */
export function createRehearsal(http: Http, baseUrl: string) {
  const requests: UpstreamRequest[] = []
  const door: Http = {
    ...http,
    read: (read) => (read.assumed === undefined ? http.read(read) : Promise.resolve(read.assumed)),
    write(write) {
      requests.push(toRequest(write, baseUrl))
      if (write.assumed !== undefined) return Promise.resolve(write.assumed)
      return Promise.reject(new RehearsalEnd('The remaining requests depend on a response'))
    },
  }
  return { http: door, requests }
}

function toRequest(write: Write<unknown>, baseUrl: string): UpstreamRequest {
  const { method, body } = write
  const { json, secrets } = revealBody(body ?? {})
  const mask = createMask(secrets)
  const url = mask.hideIn(toUrl(write, baseUrl))
  if (body === undefined) return { method, url, body: null }
  // Its secrets are hidden already, but another value may repeat one.
  const hidden: unknown = JSON.parse(JSON.stringify(body))
  const shown = JSON.stringify(mask.hide(hidden, json), (_, value: unknown) =>
    typeof value === 'string' ? hideCredentials(value, shownSecret) : value,
  )
  return { method, url, body: z.json().parse(JSON.parse(shown)) }
}
