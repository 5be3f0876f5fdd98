import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Dispatcher, request } from 'undici'
import type { StandInStatement } from '../../src/provider/stand-in.ts'
import { encodings } from '../../src/sandbox/encoding.ts'
import type { StandIn } from '../../src/sandbox/server.ts'
import { type Call, readCall } from '../hands/call.ts'
import { type Fate, fates, type Trouble } from './troubles.ts'

/** A call as it came in, and the status that it was answered with: 0 where it was not. */
export interface FrontCall extends Call {
  readonly text: string
  /** Its body as JSON, however it is encoded; empty where there is none. */
  readonly said: string
  /** The provider's own idempotency key, where it is in a header. */
  readonly key: string | undefined
  /** What it says of who sent it. */
  readonly agent: string
  status: number
  /** Whether the provider has said that it did nothing. */
  isRefused: boolean
}

/** Whether a call is about a webhook, or has a value. */
export function isAbout({ path, said }: Pick<FrontCall, 'path' | 'said'>, value: string): boolean {
  return (
    said.includes(JSON.stringify(value)) ||
    path
      .split(/[/?&=]/)
      .map(decodeURIComponent)
      .includes(value)
  )
}

interface Passed {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

export interface FrontOptions {
  /** What each call takes on its way. */
  readonly latencyMs: number
  /** How far the clock of the provider is from ours. */
  readonly skewMs: number
}

/** What stands between gateways and a stand-in: it passes calls on, and loses, delays and distorts them as it is told. */
export async function openFront(
  { encoding = 'JSON' }: StandInStatement,
  standIn: StandIn,
  agent: Dispatcher,
  { latencyMs, skewMs }: FrontOptions,
) {
  const calls: FrontCall[] = []
  const lastAnswers = new Map<string, Passed>()
  const working = new Set<Promise<void>>()
  const holding = new Set<FrontCall>()
  let armed: { trouble: Trouble; skip: number; left: number }[] = []
  let known: readonly string[] = []
  let late: { waits: number; pass(): Promise<void> }[] = []
  let onAnswer: (call: FrontCall, text: string) => Promise<void> = () => Promise.resolve()

  const origin = new URL(standIn.baseUrl).origin
  // Whoever sets ours.
  const now = () => new Date(performance.timeOrigin + performance.now() + skewMs)

  async function pass({ method, path, text }: FrontCall, headers: IncomingMessage['headers']): Promise<Passed> {
    // With its host, so that links lead here.
    const { connection: _, 'content-length': __, ...kept } = headers
    const sent = { method, headers: kept, body: text === '' ? null : text, dispatcher: agent }
    const { statusCode, headers: answered, body } = await request(`${origin}${path}`, sent)
    const own = ['content-type', 'link'].map((name) => [name, answered[name]] as const)
    const passed = {
      status: statusCode,
      headers: Object.fromEntries(own.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value] as const] : []))),
      text: await body.text(),
    }
    lastAnswers.set(`${method} ${path} ${text}`, passed)
    return passed
  }

  function track(work: Promise<void>): void {
    const tracked = work.catch(() => {}).finally(() => working.delete(tracked))
    working.add(tracked)
  }

  function take({ effect }: FrontCall): Fate | null {
    for (const entry of armed) {
      if (entry.left === 0 || (entry.trouble.hits === 'reads') !== (effect === 'READ')) continue
      entry.skip -= 1
      if (entry.skip >= 0) return null
      entry.left -= 1
      return fates[entry.trouble.kind]
    }
    return null
  }

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = incoming
    const text = await readText(incoming)
    const said = text === '' ? '' : JSON.stringify(encodings[encoding].parse(text) ?? null)
    const key = headers['idempotency-key']
    const call: FrontCall = {
      ...readCall({ method, path, body: text }),
      text,
      said,
      key: typeof key === 'string' ? key : undefined,
      agent: headers['user-agent'] ?? '',
      status: 0,
      isRefused: false,
    }
    calls.push(call)
    const fate = take(call)
    if (latencyMs > 0) await sleep(latencyMs)
    if (fate?.late === true) {
      // Carried out after so many writes more, or at the end.
      late.push({ waits: 1, pass: async () => void (await pass(call, headers)) })
      response.socket?.destroy()
      return
    }
    const before = fate?.stale === true && call.effect === 'READ' ? lastAnswers.get(`${method} ${path} ${text}`) : undefined
    const asked = fate?.absent === true && call.effect === 'READ' ? toAbsent(call, known) : call
    const passed = before ?? (fate?.passes === false ? null : await pass(asked, headers))
    if (fate?.holdsMs !== undefined) {
      holding.add(call)
      await sleep(fate.holdsMs)
      holding.delete(call)
    }
    await onAnswer(call, passed?.text ?? '')
    if (call.effect === 'WRITE') releaseLate()
    answer(call, fate, passed, response)
  }

  function answer(call: FrontCall, fate: Fate | null, passed: Passed | null, response: ServerResponse): void {
    if (fate?.hangs === true) return
    if (fate?.cuts === true) {
      response.socket?.destroy()
      return
    }
    const own = fate?.answer?.(now())
    const { status, headers, text } = own ?? passed ?? { status: 503, headers: {}, text: '' }
    call.status = status
    // GraphQL says so in the body.
    call.isRefused = (status >= 400 && status < 500 && status !== 408) || /errors":\s*\[\s*\{/i.test(text)
    response.writeHead(status, { date: now().toUTCString(), ...headers }).end(text)
  }

  function releaseLate(): void {
    for (const each of late) each.waits -= 1
    const due = late.filter(({ waits }) => waits <= 0)
    late = late.filter(({ waits }) => waits > 0)
    for (const { pass: carryOut } of due) track(carryOut())
  }

  const server = createServer((incoming, response) => {
    track(serve(incoming, response))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The front has no port.')
  const { pathname } = new URL(standIn.baseUrl)

  async function settle(): Promise<void> {
    while (working.size > 0) await Promise.all(working)
  }

  return {
    baseUrl: `http://127.0.0.1:${address.port}${pathname}`,
    calls,
    /** From now on calls meet these, each as often as it says. `ids` are those of all webhooks. */
    arm(troubles: readonly Trouble[], ids: readonly string[]): void {
      known = ids
      armed = troubles.map((trouble) => ({ trouble, skip: trouble.skip, left: trouble.times }))
    },
    disarm(): void {
      armed = []
    },
    /** Before each answer from now on. */
    before(listener: typeof onAnswer): void {
      onAnswer = listener
    },
    /** Whether it holds a write with this in it back. */
    isHolding: (what: string): boolean => [...holding].some((call) => call.effect === 'WRITE' && isAbout(call, what)),
    /** Resolves when everything that came in has been worked on. */
    settle,
    /** Carries out what is late. */
    async flush(): Promise<void> {
      for (const { pass: carryOut } of late) track(carryOut())
      late = []
      await settle()
    },
    async close(): Promise<void> {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** The same call for what is surely not there, in place of a webhook. */
function toAbsent(call: FrontCall, ids: readonly string[]): FrontCall {
  const id = ids.find((each) => isAbout(call, each))
  if (id === undefined) return call
  const absent = `${id.slice(0, -4)}0000`
  const path = call.path.replace(encodeURIComponent(id), encodeURIComponent(absent))
  return { ...call, path, text: call.text.replace(id, absent) }
}
