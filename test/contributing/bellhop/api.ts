import * as z from 'zod'
import type { Http } from '../../../src/http/call.ts'
import { readJsonFailure } from '../../../src/provider/failures.ts'
import { path } from '../../../src/provider/path.ts'
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

export type WireChanges = w.Changes<{ label: string; url: string; topics: readonly string[]; active: boolean }>

export function createBellhopApi(http: Http) {
  return {
    list: () =>
      readPages(http, '', (after) => {
        return http.read({ path: path`/hooks`, query: after === '' ? {} : { after }, answer: wire.page })
      }),
    get: (id: string) => http.read({ path: path`/hooks/${id}`, answer: wire.hook }),
    create: (body: WireChanges) => http.write({ method: 'POST', path: path`/hooks`, body, answer: wire.created }),
    update: (id: string, body: WireChanges) => http.write({ method: 'PATCH', path: path`/hooks/${id}`, body, answer: wire.hook }),
    delete: (id: string) => http.write({ method: 'DELETE', path: path`/hooks/${id}`, answer: w.wireIgnored }),
  }
}

const wireError = w.wireField('error', z.object({ code: z.string(), message: z.string() }))

/** Anything else is not Bellhop's, such as a proxy's page. */
export const readFailure = readJsonFailure(wireError, ({ code, message }) => {
  return { code, message, ...(code === 'quota' && { meaning: { kind: 'LIMIT_REACHED', limit: 50 } }) }
})
