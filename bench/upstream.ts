import { providers } from '../src/providers/index.ts'
import type { Provider } from '../src/provider/provider.ts'
import type { Settings } from '../src/provider/settings.ts'
import { readOperation, toRoute } from '../src/sandbox/graphql.ts'
import { startStandIn } from '../src/sandbox/server.ts'
import type { Route, StandInAnswer, StandInStatement } from '../src/provider/stand-in.ts'
import { openHands } from '../test/hands/hands.ts'

// The upstream of every measurement, in a process of its own: one stand-in for each provider with five webhooks, and four of Verifik for
// each size of list. Configured by messages. Replies to each with the number of requests received since the last one.

export interface Upstream {
  readonly slug: string
  readonly provider: string
  readonly baseUrl: string
  readonly token: string
  readonly settings: Settings
}
export interface Started {
  /** 20 webhooks at the four providers that the peers know. */
  readonly four: readonly Upstream[]
  /** Those, and five webhooks at each other provider. */
  readonly every: readonly Upstream[]
  /** Sets of four Verifik accounts, by their total number of webhooks. */
  readonly sized: Readonly<Record<string, readonly Upstream[]>>
}
export interface Command {
  readonly latencyMs?: number
  /** Whether each response of the four differs from those before, in a member that nobody reads. */
  readonly changing?: boolean
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
      return routes.map((route): Route =>
        route === post ? forget(post, remove) : { ...route, answer: (request) => vary(route.answer(request)) },
      )
    },
  }
}

let isChanging = false
let changes = 0

/** The response, different from every other in a member that nobody reads. */
function vary(answer: StandInAnswer): StandInAnswer {
  if (!isChanging) return answer
  changes += 1
  return { ...answer, body: JSON.parse(JSON.stringify(answer.body).replace('{"', `{"change":${changes},"`)) }
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

async function open(provider: Provider, slug = provider.name) {
  // One clock second for each webhook, so that no two are created at the same time.
  let time = Date.UTC(2026, 0, 1)
  const standIn = await startStandIn(provider, { seeded: false, limited: false, now: () => new Date((time += 1_000)) })
  const { baseUrl, token, settings } = standIn
  return { standIn, upstream: { slug, provider: provider.name, baseUrl, token, settings } }
}

function openFilled(name: string, slug: string, count: number) {
  const provider = providers.find((known) => known.name === name)
  if (provider === undefined) throw new Error(`There is no provider ${name}.`)
  return open({ ...provider, sandbox: fill(provider.sandbox, name, count) }, slug)
}

/** The stand-in that executes a GraphQL query only once, because that takes longer than what is measured. */
function remember(statement: StandInStatement): StandInStatement {
  const { undocumented } = statement.refusals
  return {
    ...statement,
    open: (options) =>
      statement.open(options).map((route) => ('sdl' in route ? rememberRoute(toRoute(route, undocumented)) : route)),
  }
}

function rememberRoute(route: Route): Route {
  const answers = new Map<string, StandInAnswer>()
  return {
    ...route,
    answer(request) {
      const key = JSON.stringify(request.body)
      const known = answers.get(key)
      if (known !== undefined) return known
      const answer = route.answer(request)
      if (readOperation(request.body)?.effect === 'READ') answers.set(key, answer)
      return answer
    },
  }
}

/** For providers that are only read. */
async function openByHand(provider: Provider) {
  const opened = await open({ ...provider, sandbox: remember(provider.sandbox) })
  const hands = openHands(provider, opened.standIn)
  for (let index = 0; index < each; index += 1) {
    const made = await hands.create(`webhook-${index}`, `https://hooks.acme.test/${provider.name}/${index}`)
    if (made === null) throw new Error(`${provider.name} refused a webhook.`)
  }
  return opened
}

// The peers know these four, so that another provider changes no measurement.
const four = await Promise.all(Object.keys(bodies).map((name) => openFilled(name, name, each)))
const others = await Promise.all(providers.filter(({ name }) => !Object.hasOwn(bodies, name)).map(openByHand))
const sized = await Promise.all(
  sizes.map(async (size) => ({
    size,
    opened: await Promise.all([1, 2, 3, 4].map((index) => openFilled('verifik', `verifik-${index}`, size / 4))),
  })),
)
const all = [...four, ...others, ...sized.flatMap(({ opened }) => opened)]

let counted = 0
function count(): void {
  for (const { standIn } of all) {
    counted += standIn.calls.length
    standIn.forgetCalls()
  }
}
setInterval(count, 500).unref()

process.on('message', ({ latencyMs = 0, hanging, changing = false }: Command) => {
  isChanging = changing
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
  every: [...four, ...others].map(({ upstream }) => upstream),
  sized: Object.fromEntries(sized.map(({ size, opened }) => [size, opened.map(({ upstream }) => upstream)])),
}
process.send?.(started)
