import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { verifik } from '../../src/providers/verifik/index.ts'
import type { StandIn } from '../../src/sandbox/server.ts'
import { openHolding } from '../helpers/holding.ts'
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

/** Starts with its standard output in a pipe that is full from the beginning, and that nobody ever reads. */
function startBeforeFullPipe(file: string, environment: Record<string, string>): RunningProcess {
  const directory = mkdtempSync(join(tmpdir(), 'hookql-'))
  const pipe = join(directory, 'log')
  spawnSync('mkfifo', [pipe])
  // Open for both, so that it neither waits for the other end nor loses it.
  const handle = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK)
  onTestFinished(() => {
    closeSync(handle)
    rmSync(directory, { recursive: true })
  })
  expect(() => {
    for (;;) writeSync(handle, 'x'.repeat(4_096))
  }).toThrow('EAGAIN')
  return startProcess(file, environment, [], ['sh', '-c', `exec "$0" "$@" > '${pipe}'`, process.execPath])
}

const ways: Readonly<Record<string, (file: string, environment: Record<string, string>) => RunningProcess>> = {
  'has no reader any more': (file, environment) => {
    const gateway = startProcess(file, environment)
    gateway.leave()
    return gateway
  },
  'goes to a disk that is full': (file, environment) => startProcess(file, environment, [], toFullDisk),
  'goes to a pipe that nobody reads': startBeforeFullPipe,
  'is read': startProcess,
}

/** A gateway of whose start nobody hears; its provider answers writes no sooner than `mayAnswer` resolves. */
async function open(way: string, file = 'src/main.ts', mayAnswer = () => Promise.resolve()) {
  const start = ways[way]
  if (start === undefined) throw new Error(`There is no way ${way}.`)
  const standIn = await openStandIn(verifik)
  const port = await findFreePort()
  const origin = `http://127.0.0.1:${port}`
  const baseUrl = await openHolding(standIn.baseUrl, mayAnswer)
  const gateway = start(file, { PORT: String(port), VERIFIK_TOKEN: standIn.token, VERIFIK_BASE_URL: baseUrl })
  onTestFinished(() => gateway.stop())
  const isUp = () =>
    fetch(`${origin}/livez`).then(
      ({ ok }) => ok,
      () => false,
    )
  await expect.poll(isUp, { interval: 200 }).toBe(true)
  const ask = async (query: string) => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${origin}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) })
    return response.text()
  }
  // More than is kept before it is written, so that it has failed to be.
  for (let line = 0; line < 60; line += 1) await ask('{ accounts { slug } }')
  return { gateway, standIn, ask, isUp }
}

const create = `mutation {
  createWebhook(input: { account: "verifik", name: "x", url: "https://hooks.acme.test/x" }) {
    ... on CreateWebhookSuccess { signingSecret }
  }
}`
const secret = /"signingSecret":"[^"]{12,}"/

describe.each(Object.keys(ways))('a gateway whose log %s', (way) => {
  it('answers the write that has begun when a bug ends it', async () => {
    const { gateway, standIn, ask, isUp } = await open(way, 'test/helpers/crash.ts')
    standIn.fail({ method: 'POST', when: 'after' }, async () => {
      gateway.tell('now')
      // Only now is it sure to know.
      await expect.poll(isUp).toBe(false)
    })
    expect(await ask(create)).toMatch(secret)
    expect(await gateway.exited).toMatchObject({ code: 1, signal: null })
  })

  it('answers writes with their secrets, also those of an operation that has made some when it is told to end, and begins no further write', async () => {
    const { promise: answered, resolve: answerNow } = Promise.withResolvers<void>()
    let writes = 0
    const { gateway, standIn, ask, isUp } = await open(way, 'src/main.ts', async () => {
      writes += 1
      if (writes === 4) await answered
    })
    expect(await ask(create)).toMatch(secret)
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    const fields = names.map(
      (name) => `${name}: createWebhook(input: { account: "verifik", name: "${name}", url: "https://hooks.acme.test/${name}" }) {
        ... on CreateWebhookSuccess { signingSecret webhook { upstreamId } }
        ... on UpstreamUnavailableError { reason retry message } }`,
    )
    const asked = ask(`mutation { ${fields.join(' ')} }`)
    await expect.poll(() => writes).toBe(4)
    gateway.kill('SIGTERM')
    // Only now is it sure to know.
    await expect.poll(isUp).toBe(false)
    answerNow()
    const { data } = JSON.parse(await asked) as { readonly data: Readonly<Record<string, unknown>> }
    const [, ...made] = await listSecrets(standIn)
    expect(made).toHaveLength(3)
    const refused = { reason: 'STOPPING', retry: 'SAFE', message: expect.stringContaining('Nothing was changed') }
    expect(data).toEqual(Object.fromEntries(names.map((name, index) => [name, made[index] ?? refused])))
    expect(await gateway.exited).toMatchObject({ code: 0, signal: null })
  })
})

/** What the provider itself says of its webhooks, in the shape of the answers. */
async function listSecrets({ baseUrl, token }: StandIn) {
  const headers = { ...verifik.headers, authorization: `Bearer ${token}` }
  const read = async (path: string): Promise<unknown> => (await fetch(`${baseUrl}${path}`, { headers })).json()
  const { data } = z.object({ data: z.array(z.object({ _id: z.string() })) }).parse(await read('/webhooks'))
  const shown = z.object({ data: z.object({ secret: z.string() }) })
  return Promise.all(
    data.map(async ({ _id: upstreamId }) => {
      const { secret } = shown.parse(await read(`/webhooks/${upstreamId}`)).data
      return { signingSecret: secret, webhook: { upstreamId } }
    }),
  )
}
