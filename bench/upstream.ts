import { providers } from '../src/providers/index.ts'
import type { Settings } from '../src/provider/settings.ts'
import { startStandIn } from '../src/sandbox/server.ts'
import type { Route, StandInStatement } from '../src/provider/stand-in.ts'

// The upstream of every measurement, in a process of its own: one stand-in for each of four providers with five webhooks, and four of
// Verifik for each size of list. Configured by messages. Replies to each with the number of requests received since the last one.

export interface Upstream {
  readonly slug: string
  readonly provider: string
  readonly baseUrl: string
  readonly token: string
  readonly settings: Settings
}
export interface Started {
  /** 20 webhooks at four providers. */
  readonly four: readonly Upstream[]
  /** Sets of four Verifik accounts, by their total number of webhooks. */
  readonly sized: Readonly<Record<string, readonly Upstream[]>>
}
export interface Command {
  readonly latencyMs?: number
  /** Slug of an account that never responds. */
  readonly hanging?: string
}

const sizes = process.argv.slice(2).map(Number)
const each = 5

/** The input that each provider requires for a new webhook. */
const bodies: Readonly<Record<string, object>> = {
  baanx: { event_types: ['card.activated'] },
  encrata: { events: ['lookup.completed'] },
  fingerprint: {},
  verifik: { isActive: true, events: ['validation.completed'] },
}

/** The stand-in with this many webhooks. It deletes new ones immediately, so that the number stays the same. */
function fill(statement: StandInStatement, name: string, count: number): StandInStatement {
  return {
    ...statement,
    open(options) {
      const routes = statement.open({ ...options, seeded: false }).filter((route) => 'method' in route)
      const post = routes.find(({ method, path }) => method === 'POST' && path === '/webhooks')
      const remove = routes.find(({ method, path }) => method === 'DELETE' && /^\/webhooks(?:\/:id)?$/.test(path))
      if (post === undefined || remove === undefined) throw new Error(`${name} has no route that creates, or none that deletes.`)
      for (let index = 0; index < count; index += 1) {
        const url = `https://hooks.acme.test/${name}/${index}`
        const body = { ...bodies[name], url, ...(name !== 'encrata' && name !== 'fingerprint' && { name: `Webhook ${index}` }) }
        const { status } = post.answer({ params: {}, query: {}, lists: {}, headers: {}, body })
        if (status >= 300) throw new Error(`${name} refused a webhook with status ${status}.`)
      }
      return routes.map((route): Route => (route === post ? forget(post, remove) : route))
    },
  }
}

function forget(post: Route, remove: Route): Route {
  return {
    ...post,
    answer(request) {
      const answer = post.answer(request)
      if (answer.status >= 300) return answer
      const id = /"_?id":"([^"]+)"/.exec(JSON.stringify(answer.body))?.[1] ?? ''
      // Otherwise each create would list more webhooks than the one before.
      const { status } = remove.answer({ params: { id }, query: {}, lists: {}, headers: {}, body: { id } })
      if (status >= 300) throw new Error(`A new webhook could not be deleted: status ${status}.`)
      return answer
    },
  }
}

async function open(name: string, slug: string, count: number) {
  const provider = providers.find((known) => known.name === name)
  if (provider === undefined) throw new Error(`There is no provider ${name}.`)
  // One clock second for each webhook, so that no two are created at the same time.
  let time = Date.UTC(2026, 0, 1)
  const standIn = await startStandIn(
    { ...provider, sandbox: fill(provider.sandbox, name, count) },
    {
      limited: false,
      now: () => new Date((time += 1_000)),
    },
  )
  return {
    standIn,
    upstream: { slug, provider: name, baseUrl: standIn.baseUrl, token: standIn.token, settings: standIn.settings },
  }
}

// The peers know these four, so that another provider changes no measurement.
const four = await Promise.all(Object.keys(bodies).map((name) => open(name, name, each)))
const sized = await Promise.all(
  sizes.map(async (size) => ({
    size,
    opened: await Promise.all([1, 2, 3, 4].map((index) => open('verifik', `verifik-${index}`, size / 4))),
  })),
)
const all = [...four, ...sized.flatMap(({ opened }) => opened)]

let counted = 0
function count(): void {
  for (const { standIn } of all) {
    counted += standIn.calls.length
    standIn.forgetCalls()
  }
}
setInterval(count, 500).unref()

process.on('message', ({ latencyMs = 0, hanging }: Command) => {
  for (const { standIn, upstream } of all) {
    standIn.heal()
    if (upstream.slug === hanging) standIn.fail({ hang: true, times: Number.MAX_SAFE_INTEGER })
    else if (latencyMs > 0) standIn.fail({ delayMs: latencyMs, times: Number.MAX_SAFE_INTEGER })
  }
  count()
  process.send?.({ calls: counted })
  counted = 0
})
const started: Started = {
  four: four.map(({ upstream }) => upstream),
  sized: Object.fromEntries(sized.map(({ size, opened }) => [size, opened.map(({ upstream }) => upstream)])),
}
process.send?.(started)
