import * as z from 'zod'
import type { Http } from '../../../src/http/call.ts'
import type { Failure } from '../../../src/http/upstream.ts'
import { newId, path } from '../../../src/provider/path.ts'
import { readPages } from '../../../src/provider/pages.ts'
import * as w from '../../../src/provider/wire.ts'

const wireRecord = z.object({
  id: w.wireId,
  label: w.wireName,
  url: w.wireText,
  topics: w.wireTexts,
  active: z.boolean(),
  created_at: w.wireInstant,
})

/** The documented responses by name, each with a sample in fixtures. */
export const wire = {
  hook: w.wireAnswer(w.wireShown(wireRecord)),
  // The only response with the secret: ID and secret are read even if the rest can't be.
  created: w.wireAnswer(w.wireSalvaged(wireRecord.extend({ secret: w.wireSecret }), ['id', 'secret'])),
  page: w.wireAnswer(
    z
      .object({ hooks: w.wireShownList(wireRecord), next: z.string().nullable() })
      .transform(({ hooks, next }) => ({ batch: hooks, next })),
  ),
}
export type WireHook = w.Salvaged<z.output<typeof wire.hook>, 'id' | 'url' | 'active' | 'raw'>
export type WireCreated = z.output<typeof wire.created>

export interface WireChanges {
  readonly label?: string | undefined
  readonly url?: string | undefined
  readonly topics?: readonly string[] | undefined
  readonly active?: boolean | undefined
}

export type BellhopApi = ReturnType<typeof createBellhopApi>

export function createBellhopApi(http: Http) {
  return {
    list: () =>
      readPages(http, '', (after) => {
        return http.read({ path: path`/hooks`, query: after === '' ? {} : { after }, answer: wire.page })
      }),
    get: (id: string) => http.read({ path: path`/hooks/${id}`, answer: wire.hook }),
    create: (body: WireChanges) =>
      http.write({ method: 'POST', path: path`/hooks`, body, answer: wire.created, assumed: assumeCreated(body) }),
    update: (id: string, body: WireChanges) => http.write({ method: 'PATCH', path: path`/hooks/${id}`, body, answer: wire.hook }),
    delete: (id: string) => http.write({ method: 'DELETE', path: path`/hooks/${id}`, answer: w.wireIgnored }),
  }
}

/** What a dry run shows as the result of a create. */
function assumeCreated({ label = '', url = '', topics = [], active = true }: WireChanges): WireCreated {
  return { id: newId, label, url, topics, active, created_at: new Date(0), secret: '[secret]', raw: null, unreadable: [] }
}

const wireFailure = z.object({ error: z.object({ code: z.string(), message: z.string() }) })

/** Null for a response that is not Bellhop's, such as a proxy's page. */
export function readFailure(_status: number, body: unknown): Failure | null {
  const error = wireFailure.safeParse(body).data?.error
  if (error === undefined) return null
  return error.code === 'quota' ? { ...error, meaning: { kind: 'LIMIT_REACHED', limit: 50 } } : error
}
