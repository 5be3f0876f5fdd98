import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Two ends of a connection that nobody else can join. Unlike a pipe, the one tells whether all was read when the other is closed: it is
 * reset if not.
 */
export async function openPair(): Promise<readonly [own: Socket, other: Socket]> {
  const folder = await mkdtemp(join(tmpdir(), 'hookql-'))
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true })
  try {
    const path = join(folder, 'pair')
    await once(server.listen(path), 'listening')
    const own = connect({ path, allowHalfOpen: true })
    const [accepted] = await Promise.all([accept(server), once(own, 'connect')])
    return [own, accepted]
  } finally {
    server.close()
    await rm(folder, { recursive: true, force: true })
  }
}

function accept(server: ReturnType<typeof createServer>): Promise<Socket> {
  return new Promise((resolve) => void server.once('connection', resolve))
}
