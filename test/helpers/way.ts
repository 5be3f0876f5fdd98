import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A way to a database that can be cut. */
export interface Way {
  readonly url: string
  /** Ends all connections; new ones are made again. */
  break(): void
  /** Ends all connections and refuses new ones. */
  cut(): Promise<void>
  /** Lets everything through again, at once. */
  heal(): Promise<void>
  /** Lets nothing through any more, and says nothing of it. */
  hold(): void
  /** From now on, each part of what is said takes so long. */
  slow(ms: number): void
  /** Lets the next statement that matches through, but not the answer: the connections end instead. */
  loseAnswer(statement: RegExp): void
  close(): void
}

/** Starts a way to a database. */
export async function startWay(databaseUrl: string): Promise<Way> {
  const target = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  let isHeld = false
  let slowMs = 0
  let losing: RegExp | undefined

  const endAll = () => {
    for (const socket of sockets) socket.destroy()
  }

  /** Writes in order, each part late if the way is slow. */
  function createWriter(to: Socket): (bytes: Buffer) => void {
    let last: Promise<void> | undefined
    async function writeLate(before: Promise<void> | undefined, bytes: Buffer): Promise<void> {
      await before
      await sleep(slowMs)
      if (!to.destroyed) to.write(bytes)
    }
    return (bytes) => {
      if (slowMs === 0 && last === undefined) {
        to.write(bytes)
        return
      }
      const own = writeLate(last, bytes).finally(() => {
        if (last === own) last = undefined
      })
      last = own
    }
  }

  const server = createServer((client) => {
    const upstream = connect(Number(target.port || 5432), target.hostname)
    let isLost = false
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    const [ask, answer] = [createWriter(upstream), createWriter(client)]
    client.on('data', (bytes: Buffer) => {
      if (isHeld) return
      if (losing?.test(bytes.toString('latin1')) === true) {
        losing = undefined
        isLost = true
      }
      ask(bytes)
    })
    upstream.on('data', (bytes: Buffer) => {
      // The answer shows that the statement has had its effect.
      if (isLost) endAll()
      else if (!isHeld) answer(bytes)
    })
  })
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  await listen(0)
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('The way has no port')
  const { port } = address
  const url = new URL(databaseUrl)
  url.host = `127.0.0.1:${port}`
  return {
    url: url.href,
    break: endAll,
    async cut() {
      endAll()
      server.close()
      await once(server, 'close')
    },
    async heal() {
      // What was held back is never answered.
      if (isHeld) endAll()
      isHeld = false
      slowMs = 0
      losing = undefined
      if (!server.listening) await listen(port)
    },
    hold: () => void (isHeld = true),
    slow: (ms) => void (slowMs = ms),
    loseAnswer: (statement) => void (losing = statement),
    close() {
      endAll()
      server.close()
    },
  }
}
