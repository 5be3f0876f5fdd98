import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { UpstreamUnavailableError } from '../../src/errors.ts'
import { path } from '../../src/provider/path.ts'
import { openUpstream } from '../helpers/upstream.ts'

const write = { method: 'POST', path: path`/webhooks`, answer: z.unknown() } as const

/** An upstream with statuses for its first responses, and the permits that it was asked for. */
async function open(statuses: readonly number[] = []) {
  const seen: string[] = []
  const left = [...statuses]
  const upstream = await openUpstream((request, response) => {
    seen.push(request.method ?? '')
    response.writeHead(left.shift() ?? 200, { 'content-type': 'application/json', 'retry-after': '0' }).end('{}')
  })
  return { seen, ...upstream }
}

const isSure = () => true
const refuse = () => Promise.reject(new UpstreamUnavailableError('Taken over. Nothing more was sent.', 'TIMEOUT'))

describe('a permit for writes', () => {
  it('is asked for before each of them, however often it is sent, and for no read', async () => {
    const { seen, within } = await open([429, 429])
    const http = within({ confirm: () => Promise.resolve(void seen.push('confirmed')), isSure })
    await http.write(write)
    await http.read({ path: path`/webhooks`, answer: z.unknown() })
    expect(seen).toEqual(['confirmed', 'POST', 'confirmed', 'POST', 'confirmed', 'POST', 'GET'])
  })

  it('that is refused leaves nothing sent, and says nothing of the provider', async () => {
    const { seen, within, http } = await open()
    for (let round = 0; round < 9; round += 1)
      await expect(within({ confirm: refuse, isSure }).write(write)).rejects.toMatchObject({
        message: /^Taken over/,
        upstream: null,
      })
    await http.write(write)
    expect(seen).toEqual(['POST'])
  })

  it('that is refused before a request is sent again leaves the first failure', async () => {
    const { seen, within } = await open([429])
    let count = 0
    const confirm = () => ((count += 1) === 1 ? Promise.resolve() : refuse())
    await expect(within({ confirm, isSure }).write(write)).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      upstream: { attempts: 1 },
    })
    expect(seen).toEqual(['POST'])
  })

  it('that is not sure any more just before the first byte is asked for again', async () => {
    const { seen, within } = await open()
    let count = 0
    const http = within({ confirm: () => Promise.resolve(void (count += 1)), isSure: () => count > 1 })
    await http.write(write)
    expect([count, seen]).toEqual([2, ['POST']])
  })
})
