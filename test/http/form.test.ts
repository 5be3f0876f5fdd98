import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { toForm } from '../../src/http/form.ts'
import { createRehearsal } from '../../src/http/rehearsal.ts'
import { path } from '../../src/provider/path.ts'
import { Secret } from '../../src/secret.ts'
import { formEcho } from '../helpers/form-echo.ts'
import { openHttp, openStandIn } from '../helpers/stand-in.ts'

async function open() {
  const standIn = await openStandIn(formEcho)
  const http = openHttp(formEcho, standIn)
  const write = (body: object) => http.write({ method: 'POST', path: path`/echo`, body, answer: z.unknown() })
  return { standIn, http, write }
}

describe('a body that is a form', () => {
  it.each<[string, object, string]>([
    ['texts', { url: 'https://a.test/?b=c', name: 'a b' }, 'url=https%3A%2F%2Fa.test%2F%3Fb%3Dc&name=a+b'],
    ['lists by index', { enabled_events: ['a.b', '*'] }, 'enabled_events[0]=a.b&enabled_events[1]=*'],
    ['objects by name', { metadata: { k: 'v', 'x y': 'z' } }, 'metadata[k]=v&metadata[x+y]=z'],
    ['objects in lists', { items: [{ id: 'a' }, { id: 'b' }] }, 'items[0][id]=a&items[1][id]=b'],
    ['booleans and numbers', { disabled: false, connect: true, limit: 0 }, 'disabled=false&connect=true&limit=0'],
    ['what clears a field', { description: '', metadata: null }, 'description=&metadata='],
    ['an empty list or object rather than nothing', { enabled_events: [], metadata: {} }, 'enabled_events=&metadata='],
    ['nothing for an empty body', {}, ''],
    ['nothing for what is undefined', { url: undefined, metadata: { k: undefined, l: 'v' } }, 'metadata[l]=v'],
  ])('has %s', (_, body, text) => {
    expect(toForm(body).replaceAll('%5B', '[').replaceAll('%5D', ']')).toBe(text)
  })

  it('arrives as it was, whatever is in it', async () => {
    const { write } = await open()
    const name = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/[[\]]/.test(text) && !/^\d+$/.test(text))
    const leaf = fc.string({ unit: 'grapheme' })
    const value = fc.oneof(
      leaf,
      fc.array(leaf, { minLength: 1 }),
      fc.dictionary(name, leaf, { minKeys: 1, noNullPrototype: true }),
    )
    const body = fc.record({ url: leaf, events: fc.array(leaf, { minLength: 1 }), metadata: value })
    await fc.assert(
      fc.asyncProperty(body, async (sent) => {
        expect(await write(sent)).toEqual(sent)
      }),
      { numRuns: 50 },
    )
  })

  it.each(['a]b', '[a', 'a[b]', ''])('is not sent with the name %j, which would move a value to another place', async (name) => {
    const { write, standIn } = await open()
    await expect(write({ metadata: { [name]: 'v' } })).rejects.toMatchObject({ code: 'INVALID_INPUT', upstream: null })
    expect(standIn.calls).toEqual([])
  })

  it('is not sent with a placeholder of a masked secret', async () => {
    const { write, standIn } = await open()
    await expect(write({ url: 'https://a.test/[secret]' })).rejects.toMatchObject({ issues: [{ code: 'MASKED_SECRET' }] })
    expect(standIn.calls).toEqual([])
  })

  it('has its secrets masked in whatever repeats it', async () => {
    const { write, standIn } = await open()
    const secret = new Secret('canary secret+/=')
    expect(await write({ token: secret, deep: { token: [secret] } })).toEqual({
      token: '[secret]',
      deep: { token: ['[secret]'] },
    })
    const [call] = standIn.calls
    standIn.fail({ status: 400, body: JSON.stringify({ message: `Cannot read ${call?.text}` }) })
    const error: unknown = await write({ token: secret }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ upstream: { message: 'Cannot read token=[secret]&deep%5Btoken%5D%5B0%5D=[secret]' } })
  })

  it('is shown as JSON in a dry run', async () => {
    const { http, standIn } = await open()
    const rehearsal = createRehearsal(http, standIn.baseUrl)
    const body = { events: ['a'], token: new Secret('canary-secret'), metadata: { k: '' } }
    const call = { method: 'POST', path: path`/echo`, body, answer: z.unknown(), assumed: 1 } as const
    await rehearsal.http.write(call)
    expect(rehearsal.requests).toMatchObject([{ body: { events: ['a'], token: '[secret]', metadata: { k: '' } } }])
  })
})
