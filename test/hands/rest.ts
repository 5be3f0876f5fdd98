import * as z from 'zod'
import type { Made, StoredWebhook, Ways } from './hands.ts'

// What the providers with `/webhooks` have in common.

// An operation's own call is its first that fits; none of them uses both PUT and PATCH.
export const own: Ways['own'] = {
  create: [{ method: 'POST' }],
  update: [{ method: 'PUT' }, { method: 'PATCH' }],
  delete: [{ method: 'DELETE' }],
  get: [{ method: 'GET' }],
  list: [{ method: 'GET' }],
  rotate: [{ method: 'POST' }, { method: 'PUT' }],
  verify: [{ method: 'POST' }],
  test: [{ method: 'POST' }],
  deliveries: [{ method: 'GET' }],
  redeliver: [{ method: 'POST' }],
}

export const makes: Ways['makes'] = ({ method, path }) => method === 'POST' && /\/webhook(?:s|_endpoints)$/.test(path)

const stored = z
  .object({
    id: z.string().optional(),
    _id: z.string().optional(),
    url: z.string(),
    name: z.string().optional(),
    description: z.string().nullish(),
    isActive: z.boolean().optional(),
    is_active: z.boolean().optional(),
    status: z.string().optional(),
    verified: z.boolean().default(true),
  })
  .transform(({ id, _id = id, url, name, description, isActive, is_active: active = isActive, status, verified }) => ({
    id: _id ?? '',
    url,
    name: name ?? description ?? '',
    enabled: active ?? status === 'enabled',
    active: (active ?? status === 'enabled') && verified,
  }))
const storedList = z.union([z.array(stored), z.object({ data: z.array(stored) }).transform(({ data }) => data)])

/** The webhooks in a list. */
export function readStored(list: unknown): readonly StoredWebhook[] {
  return storedList.parse(list)
}

const wireMade = z.object({
  id: z.string().optional(),
  _id: z.string().optional(),
  secret: z.string().nullish(),
  apiKey: z.string().nullish(),
  signing_key: z.string().nullish(),
})
const made = z
  .union([z.object({ data: wireMade }).transform(({ data }) => data), wireMade])
  .transform(({ id, _id = id, secret, apiKey, signing_key: key }) => ({ id: _id ?? '', secret: secret ?? apiKey ?? key ?? null }))
  .refine(({ id }) => id !== '')

/** The webhook in the answer to a create; null where it is refused. */
export function readMade(answer: unknown): Made | null {
  return made.safeParse(answer).data ?? null
}
