import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { verifik } from '../../src/providers/verifik/index.ts'
import { type RunningProcess, startProcess } from '../helpers/process.ts'
import { openStandIn } from '../helpers/stand-in.ts'

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('There is no port.')
  return address.port
}

const toFullDisk = ['sh', '-c', 'exec "$0" "$@" > /dev/full', process.execPath] as const

const ways: Readonly<Record<string, (file: string, environment: Record<string, string>) => RunningProcess>> = {
  'has no reader any more': (file, environment) => {
    const gateway = startProcess(file, environment)
    gateway.leave()
    return gateway
  },
  'goes to a disk that is full': (file, environment) => startProcess(file, environment, [], toFullDisk),
}

/** A gateway of whose log nothing can be written, and of whose start nobody hears. */
async function open(way: string, file = 'src/main.ts') {
  const start = ways[way]
  if (start === undefined) throw new Error(`There is no way ${way}.`)
  const standIn = await openStandIn(verifik)
  const port = await findFreePort()
  const origin = `http://127.0.0.1:${port}`
  const gateway = start(file, { PORT: String(port), VERIFIK_TOKEN: standIn.token, VERIFIK_BASE_URL: standIn.baseUrl })
  onTestFinished(() => gateway.stop())
  const isUp = () =>
    fetch(`${origin}/livez`).then(
      ({ ok }) => ok,
      () => false,
    )
  await expect.poll(isUp, { timeout: 60_000, interval: 200 }).toBe(true)
  const ask = async (query: string) => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${origin}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) })
    return response.text()
  }
  // More than is kept before it is written, so that it has failed to be.
  for (let line = 0; line < 60; line += 1) await ask('{ accounts { slug } }')
  return { gateway, standIn, ask }
}

const create = `mutation {
  createWebhook(input: { account: "verifik", name: "x", url: "https://hooks.acme.test/x" }) {
    ... on CreateWebhookSuccess { signingSecret }
  }
}`
const secret = /"signingSecret":"[^"]{12,}"/

describe.each(Object.keys(ways))('a gateway whose log %s', { timeout: 120_000 }, (way) => {
  it('answers writes with their secrets, and ends when it is told to', async () => {
    const { gateway, ask } = await open(way)
    expect(await ask(create)).toMatch(secret)
    gateway.kill('SIGTERM')
    expect(await gateway.exited).toMatchObject({ code: 0, signal: null })
  })

  it('answers the write that has begun when a bug ends it', async () => {
    const { gateway, standIn, ask } = await open(way, 'test/helpers/crash.ts')
    standIn.fail({ method: 'POST', when: 'after', delayMs: 500 })
    const asked = ask(create)
    await expect.poll(() => standIn.calls.some(({ method }) => method === 'POST'), { timeout: 10_000 }).toBe(true)
    gateway.tell('now')
    expect(await asked).toMatch(secret)
    expect(await gateway.exited).toMatchObject({ code: 1, signal: null })
  })
})
