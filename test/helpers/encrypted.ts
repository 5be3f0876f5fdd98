import { createPrivateKey } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { onTestFinished } from 'vitest'

/** The certificate of a server on 127.0.0.1, which has signed it itself, until the year 2120. */
export const certificate = [
  '-----BEGIN CERTIFICATE-----',
  'MIIBOzCB4aADAgECAgEBMAoGCCqGSM49BAMCMBMxETAPBgNVBAMMCGRhdGFiYXNlMCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjATMREwDwYD',
  'VQQDDAhkYXRhYmFzZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABFzcDBUitEQEYnG7gQQph0MFthv34FxF08WbHIZ2+lsniTnmH6Uu+TQ8JEUqW24vXRT8',
  'Q9d3qlMRnD1pENoLSrijJDAiMA8GA1UdEwEB/wQFMAMBAf8wDwYDVR0RBAgwBocEfwAAATAKBggqhkjOPQQDAgNJADBGAiEAj3POC+TW4xI73lBFW4aOwTta',
  '3/bx/FhO0a6llih9UTYCIQCWzI+G2jWTdoWKXivruyy+k2jF8uQgtEyqiTvJHHq1KQ==',
  '-----END CERTIFICATE-----',
].join('\n')

const key = createPrivateKey({
  format: 'jwk',
  key: {
    kty: 'EC',
    crv: 'P-256',
    x: 'XNwMFSK0RARicbuBBCmHQwW2G_fgXEXTxZschnb6Wyc',
    y: 'iTnmH6Uu-TQ8JEUqW24vXRT8Q9d3qlMRnD1pENoLSrg',
    d: 'bJt3RSWM_zeca3XjVdIm3ITRsWyajP4yM4BPlDI4lwM',
  },
}).export({ type: 'pkcs8', format: 'pem' })

/** Opens an encrypted way to a database for one test, which takes no other. Resolves to its URL. */
export async function openEncrypted(databaseUrl: string): Promise<URL> {
  const target = new URL(databaseUrl)
  const server = createServer((socket) => {
    socket.on('error', () => {})
    // The first message asks for TLS (SSLRequest).
    socket.once('data', (asked: Buffer) => {
      if (asked.length !== 8) return socket.destroy()
      socket.write('S')
      return pipe(new TLSSocket(socket, { isServer: true, key, cert: certificate }))
    })
  }).listen(0, '127.0.0.1')
  function pipe(encrypted: Socket): void {
    const plain = connect(Number(target.port || 5432), target.hostname)
    for (const [one, other] of [
      [encrypted, plain],
      [plain, encrypted],
    ] as const) {
      one.on('error', () => other.destroy())
      one.pipe(other)
    }
  }
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('The way has no port')
  const url = new URL(databaseUrl)
  url.host = `127.0.0.1:${address.port}`
  return url
}
