import { once } from 'node:events'
import type { Server } from 'node:http'
import { ConfigError } from '../config/config.ts'

/** Opens the port and resolves to it, or throws advice for the operator. */
export async function listen(server: Server, host: string, port: number, variable: string): Promise<number> {
  const advice: Readonly<Record<string, string>> = {
    EADDRINUSE: `${variable}: ${port} is already in use. Choose another port`,
    EACCES: `${variable}: this user cannot open port ${port}. Choose one above 1023`,
    EADDRNOTAVAIL: 'HOST: this machine does not have this address. Choose one that it has, such as 127.0.0.1',
    ENOTFOUND: 'HOST: this name could not be resolved. Check it, or use an IP address',
    EAI_AGAIN: 'HOST: this name could not be resolved. Check it, or use an IP address',
  }
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (error) {
    const problem = error instanceof Error && 'code' in error ? advice[String(error.code)] : undefined
    throw problem === undefined ? error : new ConfigError([problem])
  }
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}
