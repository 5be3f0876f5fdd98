import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createMeteredHttp } from '../../src/http/meter.ts'
import { readLinkedPages } from '../../src/provider/linked-pages.ts'
import { readPages } from '../../src/provider/pages.ts'
import { path } from '../../src/provider/path.ts'
import { wireId, wireList } from '../../src/provider/wire.ts'
import { listen } from '../helpers/holding.ts'
import { openUpstream } from '../helpers/upstream.ts'

const answer = wireList(z.object({ id: wireId }))
const first = { path: path`/repos/${'acme'}/hooks`, query: { per_page: '2' }, answer }

type Headers = Readonly<Record<string, string | string[]>>
interface Page {
  readonly ids: readonly string[]
  readonly headers?: Headers
}

/** An upstream with these pages by path and query, and the requests that it got. */
async function open(answerTo: (url: string, count: number) => Page) {
  const seen: string[] = []
  const { http, port } = await openUpstream(({ url = '', headers }: IncomingMessage, response) => {
    seen.push(`${url} ${headers.authorization}`)
    const { ids, headers: own = {} } = answerTo(url, seen.length)
    response.writeHead(200, own).end(JSON.stringify(ids.map((id) => ({ id }))))
  })
  const listIds = async (
    more: { readonly most?: number; readonly numbered?: { readonly parameter: string; readonly size: number } } = {},
  ) => {
    const ids: string[] = []
    for await (const { items } of readLinkedPages(http, { ...first, ...more })) ids.push(...items.map(({ id }) => id))
    return ids
  }
  return { http, port, seen, listIds, urls: () => seen.map((each) => each.split(' ')[0]) }
}

const numbered = { parameter: 'page', size: 2 }
const start = '/v1/repos/acme/hooks?per_page=2'
const second = '/repositories/77/hooks?per_page=2&page=2'
const third = '/repositories/77/hooks?per_page=2&page=3'

describe('pages by link', () => {
  it('are followed as they are, with the token, until there is no next one', async () => {
    const { seen, listIds, port } = await open((url) => {
      const to = (target: string, rel: string) => `<http://127.0.0.1:${port}${target}>; rel="${rel}"`
      if (url === start) return { ids: ['1', '2'], headers: { link: `${to(third, 'last')}, ${to(second, 'next')}` } }
      if (url === second) return { ids: ['3', '4'], headers: { link: [to(start, 'prev first'), to(third, 'next')] } }
      return { ids: ['5'], headers: { link: to(second, 'prev') } }
    })
    expect(await listIds()).toEqual(['1', '2', '3', '4', '5'])
    expect(seen).toEqual([start, second, third].map((url) => `${url} Bearer canary-token`))
  })

  it.each([
    ['a path', `<${second}>; rel="next"`],
    ['no quotes, other parameters and capitals', `<${second}>; title="a, b"; REL=Next`],
    ['several relations', `<${third}>; rel="last", <${second}>;rel="last next"`],
  ])('are found with %s', async (_, link) => {
    const { listIds, urls } = await open((url) => ({ ids: [url === start ? '1' : '2'], headers: url === start ? { link } : {} }))
    expect(await listIds()).toEqual(['1', '2'])
    expect(urls()).toEqual([start, second])
  })

  it.each(['', ' , ', `<${second}>; rel="nextish"`, `<${second}>; rel=prev; title="<x>; rel=\\"next\\"",`])(
    'end with %j',
    async (link) => {
      const { listIds, urls } = await open(() => ({ ids: ['1'], headers: { link } }))
      expect(await listIds()).toEqual(['1'])
      expect(urls()).toEqual([start])
    },
  )

  it.each([
    'nonsense',
    `<${second}>`,
    `<${second}; rel="next"`,
    `${second}; rel="next"`,
    `<${second}>; rel='next'`,
    `<${second}>; rel="ne`,
    `<${second}>; rel*=UTF-8''next`,
    `<${second}`,
    `<${third}>; rel="last", <${second}`,
  ])('that cannot be read violate the contract: %j', async (link) => {
    const { listIds, urls } = await open(() => ({ ids: ['1'], headers: { link } }))
    await expect(listIds()).rejects.toMatchObject({
      code: 'UPSTREAM_CONTRACT',
      message: expect.stringContaining('links to other pages cannot be read'),
    })
    expect(urls()).toEqual([start])
  })

  it('that count and are missing after a full page are asked for by number, and read again', async () => {
    const { listIds, urls } = await open((url) => ({ ids: url.includes('&page=2') ? ['3'] : ['1', '2'] }))
    expect(await listIds({ numbered })).toEqual(['1', '2', '3'])
    expect(urls()).toEqual([start, `${start}&page=2`, start, `${start}&page=2`])
    const full = await open((url) => ({ ids: url.includes('&page=2') ? [] : ['1', '2'] }))
    expect(await full.listIds({ numbered })).toEqual(['1', '2'])
    const stuck = await open(() => ({ ids: ['1', '2'] }))
    await expect(stuck.listIds({ numbered })).rejects.toMatchObject({ message: expect.stringContaining('repeats the full page') })
  })

  it('never lead to another origin, scheme or user', async () => {
    const strangers: string[] = []
    const stranger = await listen(({ url = '' }, response) => {
      strangers.push(url)
      response.end('[]')
    })
    const origins = (port: number) => [
      `http://127.0.0.1:${stranger}`,
      `//127.0.0.1:${stranger}`,
      `http://localhost:${port}`,
      `https://127.0.0.1:${port}`,
      `http://user@127.0.0.1:${port}`,
      `http://:password@127.0.0.1:${port}`,
      `http://127.0.0.1:${port}@127.0.0.1:${stranger}`,
      'http://[',
    ]
    for (const index of origins(0).keys()) {
      const { listIds, port, urls } = await open(() => ({
        ids: ['1'],
        headers: { link: `<${origins(port)[index]}/hooks?page=2>; rel="next"` },
      }))
      await expect(listIds()).rejects.toMatchObject({
        code: 'UPSTREAM_CONTRACT',
        message: expect.stringContaining('another origin'),
      })
      expect(urls()).toEqual([start])
    }
    expect(strangers).toEqual([])
  })

  it('must not form a loop, and must end', async () => {
    const looped = await open((url) => ({ ids: ['1'], headers: { link: `<${url === second ? third : second}>; rel="next"` } }))
    await expect(looped.listIds()).rejects.toMatchObject({ message: expect.stringContaining('loop') })
    expect(looped.urls()).toEqual([start, second, third])
    const endless = await open((_, count) => ({ ids: [String(count)], headers: { link: `</hooks?page=${count}>; rel="next"` } }))
    await expect(endless.listIds()).rejects.toMatchObject({ message: expect.stringContaining('1000 pages') })
    expect(endless.seen).toHaveLength(1_000)
  })

  it('are read only as far as wanted', async () => {
    const { listIds, seen } = await open((_, count) => ({
      ids: [String(count)],
      headers: { link: `</hooks?cursor=${count}>; rel="next"` },
    }))
    expect(await listIds({ most: 2 })).toEqual(['1', '2'])
    expect(seen).toHaveLength(2)
  })

  it('that count are read again, so that a deletion in between hides nothing', async () => {
    const pages = (moved: boolean) => (url: string, count: number) => {
      if (url === start)
        return { ids: moved && count > 1 ? ['2', '3'] : ['1', '2'], headers: { link: `<${second}>; rel="next"` } }
      return { ids: moved ? ['4'] : ['3'] }
    }
    const still = await open(pages(false))
    expect(await still.listIds({ numbered })).toEqual(['1', '2', '3'])
    expect(still.urls()).toEqual([start, second, start, second])
    await expect((await open(pages(true))).listIds({ numbered })).rejects.toMatchObject({ name: 'ShiftedListError' })
  })

  it('that count are read once if there is only one', async () => {
    const { listIds, seen } = await open(() => ({ ids: ['1'] }))
    expect(await listIds({ numbered })).toEqual(['1'])
    expect(seen).toHaveLength(1)
  })

  it('count towards the limit of a list', async () => {
    const { http, seen } = await open((_, count) => ({
      ids: [String(count)],
      headers: { link: `</hooks?page=${count}>; rel="next"` },
    }))
    const onFull = () => {
      throw new RangeError('full')
    }
    const { http: metered, readMeter } = createMeteredHttp(http, 30, onFull)
    const read = Array.fromAsync(readLinkedPages(metered, first))
    await expect(read).rejects.toThrow('full')
    expect(readMeter()).toEqual({ calls: 3, bytes: 36 })
    expect(seen).toHaveLength(3)
  })

  it('can be stated by another header', async () => {
    const { http, urls } = await open((url) => ({ ids: [url], headers: { 'x-next-page': url.endsWith('=1') ? '2' : '' } }))
    const ids: string[] = []
    const pages = readPages(http, '1', async (page) => {
      const { answer: batch, headers } = await http.readPage({ path: path`/hooks`, query: { page }, answer })
      return { batch, next: headers['x-next-page'] || null }
    })
    for await (const { items } of pages) ids.push(...items.map(({ id }) => id))
    expect(ids).toEqual(['/v1/hooks?page=1', '/v1/hooks?page=2'])
    expect(urls()).toEqual(ids)
  })
})
