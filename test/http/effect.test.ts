import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { startBudget } from '../../src/budget.ts'
import { createDispatcher } from '../../src/http/dispatcher.ts'
import { createDoor, defaultDoor } from '../../src/http/door.ts'
import { createRehearsal, RehearsalEnd } from '../../src/http/rehearsal.ts'
import { createMetrics } from '../../src/observe/metrics.ts'
import { path } from '../../src/provider/path.ts'
import { baanx } from '../../src/providers/baanx/index.ts'

/** A door to an upstream that answers 503 or resets the connection until it is healed, and the requests that it got. */
async function open(trouble: 503 | 'RESET' | null) {
  const seen: string[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      seen.push(`${request.method} ${request.url} ${text}`)
      if (trouble === null || seen.length === 3) response.end('{"ok":true}')
      else if (trouble === 'RESET') response.socket?.resetAndDestroy()
      else response.writeHead(503).end('{"message":"Try later."}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => server.close().closeAllConnections())
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  const dispatcher = createDispatcher()
  onTestFinished(() => dispatcher.destroy())
  const metrics = createMetrics()
  const door = createDoor(
    {
      account: { slug: 'main', provider: 'baanx', sandbox: true },
      provider: baanx,
      baseUrl,
      headers: {},
      secrets: [],
      dispatcher,
    },
    { ...defaultDoor, retry: { calls: 3, firstPauseMs: 1 }, observers: [metrics.observer] },
  )
  const budget = startBudget(5_000)
  onTestFinished(() => budget[Symbol.dispose]())
  const countCalls = async (kind: string) =>
    (await metrics.format()).match(new RegExp(`call_duration_seconds_count\\{[^}]*kind="${kind}"[^}]*\\} (\\d+)`))?.[1]
  return { http: door.within(budget), seen, baseUrl, countCalls }
}

const search = { method: 'POST', path: path`/search`, body: { name: 'x' }, answer: z.object({ ok: z.boolean() }) } as const
const verify = { method: 'GET', path: path`/verify`, answer: z.object({ ok: z.boolean() }) } as const

describe('the effect of a request', () => {
  it.each([503, 'RESET'] as const)('retries a read that is a POST after %s', async (trouble) => {
    const { http, seen, countCalls } = await open(trouble)
    expect(await http.read(search)).toEqual({ ok: true })
    expect(seen).toEqual(Array.from({ length: 3 }, () => 'POST /v1/search {"name":"x"}'))
    expect(await countCalls('write')).toBeUndefined()
  })

  it.each([503, 'RESET'] as const)('never retries a write that is a GET after %s', async (trouble) => {
    const { http, seen, countCalls } = await open(trouble)
    await expect(http.write(verify)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    expect(seen).toEqual(['GET /v1/verify '])
    expect(await countCalls('write')).toBe('1')
    expect(await countCalls('read')).toBeUndefined()
  })

  it('decides in a dry run what is sent and what is shown', async () => {
    const { http, seen, baseUrl } = await open(null)
    const rehearsal = createRehearsal(http, baseUrl)
    expect(await rehearsal.http.read(search)).toEqual({ ok: true })
    await expect(rehearsal.http.write(verify)).rejects.toBeInstanceOf(RehearsalEnd)
    expect(seen).toEqual(['POST /v1/search {"name":"x"}'])
    expect(rehearsal.requests).toEqual([{ method: 'GET', url: `${baseUrl}/verify`, body: null }])
  })
})
