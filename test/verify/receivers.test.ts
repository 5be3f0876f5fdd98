import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { openPage } from '../helpers/page.ts'
import { startProcess } from '../helpers/process.ts'

interface FetchHandler {
  fetch(request: Request): Promise<Response>
}

const root = new URL('../../', import.meta.url)
const blocks = openPage('docs/receiving.md').getBlocks('ts')
const [nodeReceiver = '', fetchReceiver = ''] = blocks

const body = '{"event":"test"}'
const WEBHOOK_SECRETS = 'the-next-secret,the-secret'

function sign(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('hex')
}

/** The headers with which Baanx sends the body now. */
function signAsBaanx(secret: string, seconds = Math.floor(Date.now() / 1000)) {
  return { 'X-Timestamp': `${seconds}`, 'X-Signature': sign(secret, `${seconds}.${body}`) }
}

function signAsFingerprint(secret: string) {
  return { 'FPJS-Event-Signature': `v1=${sign(secret, body)}` }
}

function openFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hookql-receiver-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

/** Writes a block of the page as a module that takes the package's source for the package. */
function writeModule(folder: string, code: string): string {
  const file = join(folder, 'receiver.mts')
  writeFileSync(file, code.replace("'hookql/verify'", `'${new URL('src/verify/verify.ts', root).href}'`))
  return file
}

/** Runs the receiver with node:http as it stands, on a port of its own. */
async function startNodeReceiver() {
  const folder = openFolder()
  const preload = join(folder, 'tell-port.mjs')
  writeFileSync(
    preload,
    `import { subscribe } from 'node:diagnostics_channel'
     subscribe('tracing:net.server.listen:asyncEnd', ({ server }) => console.log('port ' + server.address().port))`,
  )
  const file = relative(fileURLToPath(root), writeModule(folder, nodeReceiver))
  const environment = { WEBHOOK_SECRETS, PORT: '0', NODE_OPTIONS: `--import=${pathToFileURL(preload).href}` }
  const receiver = startProcess(file, environment)
  onTestFinished(() => receiver.stop())
  const [, port = ''] = await receiver.waitFor(/^port (\d+)$/m)
  return { ...receiver, port: Number(port), url: `http://127.0.0.1:${port}/` }
}

/** Serves the Fetch handler over loopback, as a platform would. */
async function openFetchReceiver(): Promise<string> {
  vi.stubEnv('WEBHOOK_SECRETS', WEBHOOK_SECRETS)
  onTestFinished(() => void vi.unstubAllEnvs())
  const { href } = pathToFileURL(writeModule(openFolder(), fetchReceiver))
  const { default: handler } = (await import(/* @vite-ignore */ href)) as { readonly default: FetchHandler }
  const server = createServer((message, response) => {
    void toRequest(message)
      .then((request) => handler.fetch(request))
      .then(({ status }) => response.writeHead(status).end())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

async function toRequest(message: IncomingMessage): Promise<Request> {
  const headers = Object.entries(message.headersDistinct).flatMap(([name, values = []]) => {
    return values.map((value): [string, string] => [name, value])
  })
  return new Request('http://receiver.test/', { method: 'POST', headers, body: new Uint8Array(await buffer(message)) })
}

async function post(url: string, headers: Readonly<Record<string, string>>, sent = body): Promise<number> {
  const response = await fetch(url, { method: 'POST', headers, body: sent })
  await response.body?.cancel()
  return response.status
}

describe('the receivers of docs/receiving.md', () => {
  it('are two, of fifteen lines at most', () => {
    expect(blocks.map((code) => code.trimEnd().split('\n').length <= 15)).toEqual([true, true])
  })

  it('take signed deliveries with node:http, and refuse others', async () => {
    const receiver = await startNodeReceiver()
    expect(await post(receiver.url, signAsBaanx('the-secret'))).toBe(200)
    await receiver.waitFor(/^\{"event":"test"\}$/m)
    expect(await post(receiver.url, signAsBaanx('the-next-secret'))).toBe(200)
    expect(await post(receiver.url, signAsBaanx('a-forged-secret'))).toBe(401)
    await receiver.waitFor(/^SIGNATURE_MISMATCH$/m)
    expect(await post(receiver.url, signAsBaanx('the-secret'), '{"event":"tent"}')).toBe(401)
    expect(await post(receiver.url, signAsBaanx('the-secret', 1_767_225_600))).toBe(401)
    expect(await post(receiver.url, {})).toBe(401)
  })

  it('outlive what is too large or cut off with node:http', async () => {
    const receiver = await startNodeReceiver()
    await expect(post(receiver.url, signAsBaanx('the-secret'), 'a'.repeat(2_000_000))).rejects.toThrow('fetch failed')
    const socket = connect(receiver.port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write('POST / HTTP/1.1\r\nHost: receiver.test\r\nContent-Length: 100\r\n\r\n{"event"')
    socket.destroy()
    await once(socket, 'close')
    expect(await post(receiver.url, signAsBaanx('the-secret'))).toBe(200)
    receiver.kill('SIGTERM')
    expect(await receiver.exited).toMatchObject({ code: null, signal: 'SIGTERM', stderr: '' })
  })

  it('take signed deliveries as a Fetch handler, and refuse others', async () => {
    const log = vi.spyOn(console, 'log').mockReturnValue()
    onTestFinished(() => log.mockRestore())
    const url = await openFetchReceiver()
    expect(await post(url, signAsFingerprint('the-secret'))).toBe(200)
    expect(await post(url, signAsFingerprint('the-next-secret'))).toBe(200)
    expect(log.mock.calls).toEqual([[body], [body]])
    expect(await post(url, signAsFingerprint('a-forged-secret'))).toBe(401)
    expect(await post(url, signAsFingerprint('the-secret'), '{"event":"tent"}')).toBe(401)
    expect(await post(url, {})).toBe(401)
    expect(log).toHaveBeenCalledTimes(2)
  })
})
