import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A way to a database that can be cut. */
export interface Way {
  readonly url: string
  /** Ends all connections and refuses new ones. */
  cut(): Promise<void>
  /** Lets everything through again. */
  heal(): Promise<void>
  /** Lets nothing through any more, and says nothing of it. */
  hold(): void
  /** Lets the next statement that matches through, but not the answer: the connections end instead. */
  loseAnswer(statement: RegExp): void
}

/** Opens a way to a database for one test. */
export async function openWay(databaseUrl: string): Promise<Way> {
  const target = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  let isHeld = false
  let losing: RegExp | undefined

  const endAll = () => {
    for (const socket of sockets) socket.destroy()
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
    client.on('data', (bytes: Buffer) => {
      if (isHeld) return
      if (losing?.test(bytes.toString('latin1')) === true) {
        losing = undefined
        isLost = true
      }
      upstream.write(bytes)
    })
    upstream.on('data', (bytes: Buffer) => {
      // The answer shows that the statement has had its effect.
      if (isLost) endAll()
      else if (!isHeld) client.write(bytes)
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
  onTestFinished(() => {
    endAll()
    server.close()
  })
  const url = new URL(databaseUrl)
  url.host = `127.0.0.1:${port}`
  return {
    url: url.href,
    async cut() {
      endAll()
      server.close()
      await once(server, 'close')
    },
    async heal() {
      endAll()
      isHeld = false
      if (!server.listening) await listen(port)
    },
    hold: () => void (isHeld = true),
    loseAnswer: (statement) => void (losing = statement),
  }
}
