import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { path } from '../../src/provider/path.ts'
import { createRehearsal, RehearsalEnd } from '../../src/http/rehearsal.ts'
import { verifik } from '../../src/providers/verifik/index.ts'
import { Secret } from '../../src/secret.ts'
import { openHttp, openStandIn } from '../helpers/stand-in.ts'

async function open() {
  const standIn = await openStandIn(verifik)
  const { http, requests } = createRehearsal(openHttp(verifik, standIn), standIn.baseUrl)
  return { http, requests, standIn }
}

const write = { method: 'POST', path: path`/webhooks/${'a/b'}`, answer: z.object({ id: z.string() }) } as const

describe('a rehearsal', () => {
  it('reads for real', async () => {
    const { http, requests, standIn } = await open()
    const query = { page: '1', limit: '100', perPage: '100' }
    await http.read({ path: path`/webhooks`, query, answer: z.unknown() })
    expect(standIn.calls).toMatchObject([{ method: 'GET', status: 200 }])
    expect(requests).toEqual([])
  })

  it('notes a write instead of sending it, and ends where the rest depends on its answer', async () => {
    const { http, requests, standIn } = await open()
    const body = {
      name: 'Plain',
      nested: [
        { secret: new Secret('canary-secret'), repeated: 'it is canary-secret', url: 'https://user:canary@hooks.acme.test' },
      ],
      left: undefined,
    }
    const call = { ...write, query: { id: 'x&y' }, body }
    await expect(http.write(call)).rejects.toBeInstanceOf(RehearsalEnd)
    expect(requests).toEqual([
      {
        method: 'POST',
        url: `${standIn.baseUrl}/webhooks/a%2Fb?id=x%26y`,
        body: {
          name: 'Plain',
          nested: [{ secret: '[secret]', repeated: 'it is [secret]', url: 'https://[secret]@hooks.acme.test' }],
        },
      },
    ])
    expect(standIn.calls).toEqual([])
  })

  it('goes on with what a call assumes', async () => {
    const { http, requests, standIn } = await open()
    expect(await http.read({ ...write, assumed: { id: '0' } })).toEqual({ id: '0' })
    expect(await http.write({ ...write, assumed: { id: '1' } })).toEqual({ id: '1' })
    await expect(http.write({ ...write, method: 'DELETE' })).rejects.toBeInstanceOf(RehearsalEnd)
    expect(requests).toMatchObject([
      { method: 'POST', body: null },
      { method: 'DELETE', body: null },
    ])
    expect(standIn.calls).toEqual([])
  })
})
