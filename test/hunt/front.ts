import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Dispatcher, request } from 'undici'
import type { StandIn } from '../../src/sandbox/server.ts'
import { type Call, readCall } from '../hands/call.ts'
import { type Fate, fates, type Trouble } from './troubles.ts'

/** A call as it came in, and the status that it was answered with: 0 where it was not. */
export interface FrontCall {
  readonly method: string
  readonly effect: Call['effect']
  readonly path: string
  readonly text: string
  status: number
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
export async function openFront(standIn: StandIn, agent: Dispatcher, { latencyMs, skewMs }: FrontOptions) {
  const calls: FrontCall[] = []
  const lastAnswers = new Map<string, Passed>()
  const working = new Set<Promise<void>>()
  const holding = new Set<FrontCall>()
  let armed: { trouble: Trouble; skip: number; left: number }[] = []
  let late: { waits: number; pass(): Promise<void> }[] = []
  let onAnswer: (call: FrontCall) => Promise<void> = () => Promise.resolve()

  const origin = new URL(standIn.baseUrl).origin
  // Whoever sets ours.
  const now = () => new Date(performance.timeOrigin + performance.now() + skewMs)

  async function pass({ method, path, text }: FrontCall, headers: IncomingMessage['headers']): Promise<Passed> {
    const { host: _, connection: __, 'content-length': ___, ...kept } = headers
    const sent = { method, headers: kept, body: text === '' ? null : text, dispatcher: agent }
    const { statusCode, headers: answered, body } = await request(`${origin}${path}`, sent)
    const type = answered['content-type']
    const passed = {
      status: statusCode,
      headers: typeof type === 'string' ? { 'content-type': type } : {},
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
    const call: FrontCall = { method, effect: readCall({ method, path, body: text }).effect, path, text, status: 0 }
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
    const asked = fate?.absent === true && call.effect === 'READ' ? { ...call, path: toAbsent(path) } : call
    const passed = before ?? (fate?.passes === false ? null : await pass(asked, headers))
    if (fate?.holdsMs !== undefined) {
      holding.add(call)
      await sleep(fate.holdsMs)
      holding.delete(call)
    }
    await onAnswer(call)
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
    /** From now on calls meet these, each as often as it says. */
    arm(troubles: readonly Trouble[]): void {
      armed = troubles.map((trouble) => ({ trouble, skip: trouble.skip, left: trouble.times }))
    },
    disarm(): void {
      armed = []
    },
    /** Before each answer from now on. */
    before(listener: (call: FrontCall) => Promise<void>): void {
      onAnswer = listener
    },
    /** Whether it holds a write with this in it back. */
    isHolding: (what: string): boolean =>
      [...holding].some(({ effect, path, text }) => effect === 'WRITE' && `${path} ${text}`.includes(what)),
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

/** The path of what is surely not there, for that of a webhook. */
function toAbsent(path: string): string {
  return path.replace(/(?<=\/webhooks\/)[^/?]+|(?<=[?&]id=)[^&]+/, '00000000-0000-4000-8000-000000000000')
}
