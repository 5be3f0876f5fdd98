import { randomBytes } from 'node:crypto'
import * as z from 'zod'
import { bodyRoute, isHttpsUrl, route, type StandInAnswer, type StandInStatement } from '../../../src/provider/stand-in.ts'

const fields = {
  label: z.string().min(1),
  url: z.string().refine(isHttpsUrl, 'must be an HTTPS URL'),
  topics: z.array(z.enum(['bag.checked', 'bag.collected'])),
  active: z.boolean(),
}
const createBody = z.strictObject({ ...fields, active: z.boolean().default(true) })
const changeBody = z.strictObject(fields).partial()

const seededId = 'hook_8f2c41d09a'
const seed = [
  {
    id: seededId,
    label: 'Front desk',
    url: 'https://desk.acme.test/bellhop',
    topics: ['bag.checked'],
    active: true,
    created_at: '2026-03-02T09:00:00Z',
  },
  {
    id: 'hook_51be7730c2',
    label: 'Night shift, paused',
    url: 'https://night.acme.test/bellhop',
    topics: ['bag.checked', 'bag.collected'],
    active: false,
    created_at: '2026-05-11T22:30:00Z',
  },
]
type StoredHook = (typeof seed)[number]

const refuse = (status: number, code: string, message: string): StandInAnswer => ({ status, body: { error: { code, message } } })
const refuseBody = () => refuse(422, 'invalid', 'The body is not valid.')

export const sandbox: StandInStatement = {
  basePath: '/v1',
  token: 'sandbox-bellhop-token',
  seededId,
  headers: [],
  limit: { calls: 10, perMs: 1_000 },
  refusals: {
    unauthorized: () => refuse(401, 'unauthorized', 'The token is not valid.'),
    unknownPath: () => refuse(404, 'unknown_path', 'There is nothing here.'),
    undocumented: (what) => refuse(400, 'undocumented', `${what} is not documented`),
    rateLimited: () => refuse(429, 'rate_limited', 'Slow down.'),
  },
  open({ seeded, mostPerPage = 20, now }) {
    const hooks = new Map((seeded ? seed : []).map((hook) => [hook.id, hook]))
    const withHook = (id: string | undefined, answer: (hook: StoredHook) => StandInAnswer) => {
      const hook = hooks.get(id ?? '')
      return hook === undefined ? refuse(404, 'not_found', 'There is no such hook.') : answer(hook)
    }
    const list = (after: string | undefined): StandInAnswer => {
      const all = [...hooks.values()]
      const start = all.findIndex(({ id }) => id === after) + 1
      const page = all.slice(start, start + mostPerPage)
      const next = start + mostPerPage < all.length ? (page.at(-1)?.id ?? null) : null
      return { status: 200, body: { hooks: page, next } }
    }
    return [
      route('GET', '/hooks', ({ query: { after } }) => list(after), { query: ['after'] }),
      route('GET', '/hooks/:id', ({ params: { id } }) => withHook(id, (hook) => ({ status: 200, body: hook }))),
      bodyRoute('POST', '/hooks', createBody, refuseBody, ({ body }) => {
        if (hooks.size === 50) return refuse(422, 'quota', 'An account can have 50 hooks.')
        const id = `hook_${randomBytes(5).toString('hex')}`
        const hook = { ...body, id, created_at: now().toISOString() }
        hooks.set(id, hook)
        return { status: 201, body: { ...hook, secret: randomBytes(24).toString('hex') } }
      }),
      bodyRoute('PATCH', '/hooks/:id', changeBody, refuseBody, ({ params: { id }, body }) =>
        withHook(id, (hook) => {
          const { label = hook.label, url = hook.url, topics = hook.topics, active = hook.active } = body
          const changed = { ...hook, label, url, topics, active }
          hooks.set(hook.id, changed)
          return { status: 200, body: changed }
        }),
      ),
      route('DELETE', '/hooks/:id', ({ params: { id } }) =>
        withHook(id, (hook) => {
          hooks.delete(hook.id)
          return { status: 204 }
        }),
      ),
    ]
  },
}
