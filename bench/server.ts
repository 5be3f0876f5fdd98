import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { openSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { folder, work } from './rig.ts'
import type { Upstream } from './upstream.ts'

export const names = ['raw', 'HookQL, sharing off', 'HookQL, sharing on', 'Mercurius', 'Apollo', 'yoga'] as const
export type Name = (typeof names)[number]
export const [off, on] = ['HookQL, sharing off', 'HookQL, sharing on'] as const

const files: Readonly<Record<string, string>> = { raw: 'raw', Mercurius: 'mercurius', Apollo: 'apollo', yoga: 'yoga' }

const key = `hql_${randomBytes(32).toString('base64url')}`
export const headers = { authorization: `Bearer ${key}` }

export interface Server {
  readonly name: Name
  readonly child: ChildProcess
  readonly url: string
  /** From the start of the process to its first accepted connection. */
  readonly readyMs: number
}

async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** The configuration of HookQL: everything on, with limits too high to affect the load. */
function writeConfig(upstreams: readonly Upstream[]): string {
  const file = join(work, `${randomBytes(4).toString('hex')}.yaml`)
  const config = {
    // Pacing keeps as many requests in memory as for a provider that allows some hundreds in its window.
    accounts: upstreams.map((upstream) => ({ ...upstream, rateLimit: { calls: 100_000, perMs: 100 } })),
    auth: {
      apiKeys: [
        {
          name: 'bench',
          sha256: createHash('sha256').update(key).digest('hex'),
          scopes: ['webhooks:read', 'webhooks:write', 'secrets:write'],
        },
      ],
    },
    limits: { requestsPerMinute: 1_000_000 },
  }
  writeFileSync(file, JSON.stringify(config))
  return file
}

/** Processes to end when this process ends, for any reason. */
const running = new Set<ChildProcess>()
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

export interface StartOptions {
  /** For Node. */
  readonly flags?: readonly string[]
  /** The file that starts HookQL. Defaults to the build. */
  readonly main?: string
  /** More environment variables. */
  readonly environment?: Readonly<Record<string, string>>
}

export async function start(name: Name, upstreams: readonly Upstream[], options: StartOptions = {}): Promise<Server> {
  const { flags = [], main = join(folder, '../dist/main.js'), environment = {} } = options
  const port = await findPort()
  const peer = files[name]
  const env = {
    PATH: process.env['PATH'],
    NODE_ENV: 'production',
    PORT: String(port),
    ...(peer === undefined
      ? {
          HOOKQL_CONFIG: writeConfig(upstreams),
          HOOKQL_ADMIN_PORT: String(await findPort()),
          HOOKQL_SHARING: name === on ? 'on' : 'off',
          HOOKQL_STORE: 'memory',
          ...environment,
        }
      : { UPSTREAMS: JSON.stringify(upstreams) }),
  }
  const logFile = join(work, `${name}.log`)
  const log = openSync(logFile, 'a')
  const startedMs = performance.now()
  const file = peer === undefined ? main : join(folder, `peers/${peer}.js`)
  const child = spawn(process.execPath, [...flags, file], { env, stdio: ['ignore', log, 'inherit'], cwd: work })
  running.add(child)
  while (!(await isOpen(port))) {
    if (child.exitCode !== null) throw new Error(`${name} ended: ${readFileSync(logFile, 'utf8')}`)
    await sleep(2)
  }
  return { name, child, url: `http://127.0.0.1:${port}/graphql`, readyMs: performance.now() - startedMs }
}

export async function stop({ child }: Pick<Server, 'child'>): Promise<void> {
  const ended = once(child, 'exit')
  child.kill()
  await ended
  running.delete(child)
}

export async function ask({ url }: Server, question: object, signal: AbortSignal | null = null): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(question),
    signal,
  })
  return response.json()
}
