import { describe, expect, it } from 'vitest'
import { formEcho } from '../helpers/form-echo.ts'
import { open } from './open.ts'

const form = 'application/x-www-form-urlencoded'

describe('a stand-in that takes forms', () => {
  it.each([
    ['texts', 'url=https%3A%2F%2Facme.test%2F%3Fa%3Db&name=a+b&left=', { url: 'https://acme.test/?a=b', name: 'a b', left: '' }],
    ['a list by index', 'events[0]=a&events%5B1%5D=b', { events: ['a', 'b'] }],
    ['a list without indexes', 'events[]=a&events[]=b', { events: ['a', 'b'] }],
    ['objects', 'metadata[k]=v&metadata[l][m]=w', { metadata: { k: 'v', l: { m: 'w' } } }],
    ['objects in lists', 'items[0][id]=a&items[1][id]=b', { items: [{ id: 'a' }, { id: 'b' }] }],
    ['indexes with a gap', 'events[0]=a&events[2]=b', { events: { 0: 'a', 2: 'b' } }],
    ['numbers as names', '0=a', { 0: 'a' }],
  ])('reads %s', async (_, text, body) => {
    const { call, standIn } = await open(formEcho)
    expect(await call('POST', '/echo', text, form)).toMatchObject({ status: 200, body })
    expect(standIn.calls).toMatchObject([{ text, body }])
  })

  it('gives members no other object than their own', async () => {
    const { call } = await open(formEcho)
    const { text } = await call('POST', '/echo', '__proto__[polluted]=yes&a[__proto__]=x', form)
    expect(text).toBe('{"__proto__":{"polluted":"yes"},"a":{"__proto__":"x"}}')
    expect('polluted' in {}).toBe(false)
  })

  it.each(['a=1&a=2', 'a=1&a[b]=2', 'a[b]=2&a=1', 'a[b][c]=1&a[b]=2', '[a]=1', 'a[b=1', 'a]b[=1', 'a[][b]=1', '=1'])(
    'refuses what cannot be read one way: %s',
    async (text) => {
      const { call } = await open(formEcho)
      expect((await call('POST', '/echo', text, form)).status).toBe(400)
    },
  )

  it.each([
    ['JSON', '{"a":"b"}', 'application/json'],
    ['a form without its type', 'a=b', ''],
    ['JSON that calls itself a form', '{"a":"b"}', form],
  ])('refuses %s', async (_, text, type) => {
    const { call } = await open(formEcho)
    expect((await call('POST', '/echo', text, type)).status).toBe(400)
  })
})
