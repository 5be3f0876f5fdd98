import { describe, expect, it } from 'vitest'
import { formatId } from '../../src/id.ts'
import { providers } from '../../src/providers/index.ts'
import { verifik } from '../../src/providers/verifik/index.ts'
import type { FaultInput } from '../../src/sandbox/fault.ts'
import { clock, listCostly } from '../helpers/cost.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { openStandIn } from '../helpers/stand-in.ts'

// What an answer of a provider may cost, at the default limits: each one in the same run as an ordinary list, by the time that
// the processor spends on it, so that a busy machine changes nothing. What the parsing of its JSON takes is left out: the
// number of bytes bounds it.

const mostTimes = 200
const mostBytes = 4_900_000

/** So many of an item as an answer may have. */
function fill(item: unknown, most = Infinity): string {
  const text = JSON.stringify(item)
  return `[${`${text},`.repeat(Math.min(most, Math.floor(mostBytes / (text.length + 1)) - 1))}${text}]`
}

const bare = (text: string) => text
const inData = (text: string) => `{"success":true,"data":${text}}`
const at = '2026-01-05T09:00:00.000Z'
const same = { url: 'https://hooks.acme.test', name: 'x', createdAt: at, updatedAt: at }

/** A record of each provider, and where it takes a list of any length. */
const shapes = {
  baanx: {
    wrap: bare,
    record: { ...same, id: 'u1', tenant: 't', apiKey: 'whk_****...****7f2a', isActive: true, eventTypes: [], metadata: {} },
    member: 'eventTypes',
  },
  encrata: {
    wrap: bare,
    record: { id: 'u1', url: same.url, events: [], is_active: true, created_at: at },
    member: 'events',
  },
  fingerprint: {
    wrap: inData,
    record: { id: 'u1', url: same.url, description: 'x', status: 'enabled', verified: true, legacy: false, created_at: at },
    member: 'environment',
  },
  verifik: {
    wrap: inData,
    record: { ...same, _id: 'u1', isActive: true, client: 'c', projectFlow: [] },
    member: 'projectFlow',
  },
} as const

type Name = keyof typeof shapes

const list = '{ webhooks { nodes { id eventTypes } sources { state count unreadableCount error { __typename } } } }'

const logs: Readonly<Record<Name, readonly string[]>> = {
  baanx: [`{"logs":${fill(0)}}`, `{"logs":${fill({ id: 'u1' })}}`],
  encrata: [fill(0), `{"deliveries":${fill(0)}}`, fill({ id: 'u1' })],
  fingerprint: [],
  verifik: [],
}

const violations = `{"error":{"code":"x","message":"x","violations":${fill(0)}}}`

function listHostile(name: Name, id: string): readonly Hostile[] {
  const { wrap, member } = shapes[name]
  const eventTypes = { baanx: '["*"]', encrata: '["lookup.completed"]', fingerprint: null, verifik: null }[name]
  const input = `input: { account: "${name}", name: "x", url: "https://hooks.acme.test/x", eventTypes: ${eventTypes} }`
  const create = `mutation { createWebhook(${input}) { __typename } }`
  const log = `{ webhook(id: "${id}") { ... on Webhook { deliveries { __typename } } } }`
  const created = wrap(toRecord(name, member, fill(0)))
  return [
    ...Object.entries(listAnswers(name)).map(([what, body]) => ({ what, query: list, fault: { status: 200, body } })),
    ...logs[name].map((body, index) => {
      const path = name === 'encrata' ? '/deliveries' : '/logs'
      return { what: `log ${index}`, query: log, fault: { path, status: 200, body } }
    }),
    { what: 'zeros in the answer to a create', query: create, fault: { method: 'POST', status: 201, body: created } },
    { what: 'zeros in a refusal', query: create, fault: { method: 'POST', status: 422, body: violations } },
  ]
}

interface Hostile {
  readonly what: string
  readonly query: string
  readonly fault: FaultInput
}

async function open(name: Name) {
  const provider = providers.find((each) => each.name === name) ?? missing()
  const standIn = await openStandIn(provider, { seeded: true })
  const { ask, server } = openGateway({ accounts: [toAccount(provider, standIn)], timeoutMs: 60_000 })
  let asked = 0
  /** Processor time of one request, never twice the same text. */
  const measure = async (query: string) => {
    asked += 1
    const { micros, result } = await clock(() => ask(`${query}#${asked}`))
    expect(result.errors).toBeUndefined()
    return { micros, text: result.text }
  }
  const isAlive = async () => (await server.fetch('http://gateway.test/livez')).ok
  /** What a hostile answer takes beside its JSON; the check of /livez, at the same time, counts against it. */
  const measureHostile = async ({ what, query, fault }: Hostile) => {
    using parsing = clockParsing(fault.body ?? '')
    const { length } = standIn.calls
    standIn.fail(fault)
    const [{ micros, text }, alive] = await Promise.all([measure(query), isAlive()])
    const seen = { what, alive, isSmall: text.length <= 10_000_000, isCalled: standIn.calls.length > length }
    expect(seen).toEqual({ what, alive: true, isSmall: true, isCalled: true })
    return micros - parsing.micros()
  }
  return { measure, measureHostile, id: formatId({ kind: 'webhook', slug: name, upstreamId: provider.sandbox.seededId }) }
}

/** Processor time of the first time that the text is parsed, as JSON: a second time counts. */
function clockParsing(body: string) {
  const { parse } = JSON
  let micros: number | undefined
  JSON.parse = (text, reviver) => {
    if (text !== body || micros !== undefined) return parse(text, reviver) as unknown
    const started = process.cpuUsage()
    try {
      return parse(text, reviver) as unknown
    } finally {
      const { user, system } = process.cpuUsage(started)
      micros = user + system
    }
  }
  return {
    micros: () => {
      if (micros === undefined) throw new Error('It was not parsed.')
      return micros
    },
    [Symbol.dispose]: () => void (JSON.parse = parse),
  }
}

function missing(): never {
  throw new Error('There is none.')
}

/** A record with one member of its own that is as long as an answer may be. */
function toRecord(name: Name, member: string, text: string): string {
  const { [member]: _, ...rest } = shapes[name].record as Readonly<Record<string, unknown>>
  return `${JSON.stringify(rest).slice(0, -1)},"${member}":${text}}`
}

function listAnswers(name: Name): Readonly<Record<string, string>> {
  const { wrap, member } = shapes[name]
  const own = name === 'verifik' ? '_id' : 'id'
  const answers = {
    zeros: fill(0),
    'empty objects': fill({}),
    'lists in lists': fill([[]]),
    ids: fill({ [own]: 'u1' }),
    'ids that are none': fill({ [own]: 7, id: [], _id: {} }),
    'nothing but zeros in a record': `[${toRecord(name, member, fill(0))}]`,
    'nothing but empty texts in a record': `[${toRecord(name, member, fill(''))}]`,
    'records with a thousand zeros each': fill(JSON.parse(toRecord(name, member, fill(0, 1_000)))),
    'zeros in what is passed on': `[${toRecord(name, 'metadata', fill(0))}]`,
    'lists in what is passed on': `[${toRecord(name, 'metadata', `{"a":${fill([])}}`)}]`,
    'a deep record': `[${toRecord(name, member, `${'['.repeat(mostBytes / 2)}${']'.repeat(mostBytes / 2)}`)}]`,
  }
  return Object.fromEntries(Object.entries(answers).map(([what, text]) => [what, wrap(text)]))
}

const names = Object.keys(shapes) as readonly Name[]
const runsAll = process.env['HOOKQL_TEST_ALL'] !== undefined

describe('no answer of a provider', () => {
  it.each(names)('costs more than 200 ordinary lists or keeps /livez from answering: %s', async (name) => {
    const { measure, measureHostile, id } = await open(name)
    for (let count = 0; count < 100; count += 1) await measure(list)
    // Each at every other provider; all of them with HOOKQL_TEST_ALL.
    const hostile = listHostile(name, id).filter((_, index) => runsAll || (index + names.indexOf(name)) % 2 === 0)
    const runs = hostile.map((each) => ({ what: each.what, measure: () => measureHostile(each) }))
    expect(await listCostly(runs, async () => (await measure(list)).micros, mostTimes)).toEqual([])
  })
})

describe('a record that is nested too deep to be passed on', () => {
  it('is read, and its raw is null', async () => {
    const standIn = await openStandIn(verifik)
    const { ask } = openGateway({ accounts: [toAccount(verifik, standIn)] })
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    const body = inData(`[${toRecord('verifik', 'notification', `{"success":${deep}}`)}]`)
    standIn.fail({ path: 'page=1&', status: 200, body, times: 99 })
    const { data, errors } = await ask('{ webhooks { nodes { upstreamId raw } complete } }')
    expect({ data, errors }).toEqual({
      data: { webhooks: { nodes: [{ upstreamId: 'u1', raw: null }], complete: true } },
      errors: undefined,
    })
  })
})
