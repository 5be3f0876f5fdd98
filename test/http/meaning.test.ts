import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import type { AnswerHeaders } from '../../src/http/link.ts'
import type { Failure } from '../../src/http/upstream.ts'
import { path } from '../../src/provider/path.ts'
import { wireNumericId } from '../../src/provider/wire.ts'
import { openUpstream, readText } from '../helpers/upstream.ts'

const wireFailure = z.object({
  message: z.string(),
  meaning: z.enum(['PERMISSION_DENIED', 'REJECTED', 'SERVER_ERROR']).optional(),
})

/** As GitHub: a 403 is a rate limit if its headers say so. */
function readFailure(status: number, body: unknown, headers: AnswerHeaders): Failure | null {
  const failure = wireFailure.safeParse(body).data
  if (failure === undefined) return null
  const { message, meaning } = failure
  const isLimited = headers['retry-after'] !== undefined || headers['x-ratelimit-remaining'] === '0'
  if (status === 403 && isLimited) return { code: null, message, meaning: { kind: 'RATE_LIMITED' } }
  return { code: null, message, ...(meaning && { meaning: { kind: meaning } }) }
}

const write = { method: 'POST', path: path`/hooks`, body: { name: 'x' }, answer: z.object({ id: z.string() }) } as const
const read = { path: path`/hooks`, answer: z.object({ id: z.string() }) } as const

/** An upstream that answers with each of these in turn, and the last from then on. */
async function open(...answers: readonly { status: number; headers?: Record<string, string>; body?: object }[]) {
  const seen: string[] = []
  const opened = await openUpstream(
    (request, response) => {
      const answer = async () => {
        const text = await readText(request)
        const {
          status,
          headers = {},
          body = { message: 'No.' },
        } = answers[Math.min(seen.length, answers.length - 1)] ?? { status: 500 }
        seen.push(`${request.method} ${text}`)
        response.writeHead(status, headers).end(JSON.stringify(body))
      }
      void answer()
    },
    { readFailure },
  )
  return { ...opened, seen }
}

describe('a failure told by headers and body', () => {
  const resetSoon = () => ({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Math.floor(Date.now() / 1_000) + 900) })

  it('is a rate limit with the wait of its headers, though its status says permission', async () => {
    const primary = await open({ status: 403, headers: resetSoon() })
    await expect(primary.http.write(write)).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      retry: 'SAFE_AFTER_DELAY',
      upstream: { status: 403 },
    })
    const secondary = await open({ status: 403, headers: { 'retry-after': '900' } })
    await expect(secondary.http.read(read)).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 900_000 })
    const plain = await open({ status: 403 })
    await expect(plain.http.read(read)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
  })

  it('holds everything back for that wait', async () => {
    const { http, seen } = await open({ status: 403, headers: { 'retry-after': '900' } }, { status: 200, body: { id: '1' } })
    await expect(http.read(read)).rejects.toMatchObject({ code: 'RATE_LIMITED' })
    await expect(http.write(write)).rejects.toMatchObject({ code: 'RATE_LIMITED', upstream: null })
    expect(seen).toEqual(['GET '])
  })

  it('is waited for and sent again if it is a rate limit, even a write', async () => {
    const { http, seen } = await open({ status: 403, headers: { 'retry-after': '0' } }, { status: 200, body: { id: '1' } })
    expect(await http.write(write)).toEqual({ id: '1' })
    expect(seen).toEqual(['POST {"name":"x"}', 'POST {"name":"x"}'])
  })

  it.each([
    ['PERMISSION_DENIED', 'PERMISSION_DENIED', 'PERMISSION_DENIED', 1],
    ['REJECTED', 'UPSTREAM_REJECTED', 'UPSTREAM_REJECTED', 1],
    ['SERVER_ERROR', 'UPSTREAM_UNAVAILABLE', 'OUTCOME_UNKNOWN', 3],
    [undefined, 'UPSTREAM_CONTRACT', 'OUTCOME_UNKNOWN', 1],
  ])('counts as %s in an answer with 200', async (meaning, ofRead, ofWrite, reads) => {
    const body = { message: 'It failed.', meaning }
    const { http, seen } = await open({ status: 200, body })
    await expect(http.read(read)).rejects.toMatchObject({ code: ofRead, upstream: { message: 'It failed.' } })
    expect(seen).toHaveLength(reads)
    await expect(http.write(write)).rejects.toMatchObject({ code: ofWrite, upstream: { message: 'It failed.' } })
    expect(seen).toHaveLength(reads + 1)
  })
})

describe('an id that is a number', () => {
  const big = '1234567890123456789012'
  const answer = z.object({ id: wireNumericId, amount: z.number(), note: z.string() })

  async function openText(text: string, exactIntegers: boolean) {
    const paths: (string | undefined)[] = []
    const { http } = await openUpstream(
      ({ url }, response) => {
        paths.push(url)
        response.end(text)
      },
      exactIntegers ? { exactIntegers } : {},
    )
    return { http, paths }
  }

  it.each(['0', '17', '9007199254740991', '9007199254740993', big])('is read as its exact digits: %s', async (id) => {
    const { http, paths } = await openText(
      `{"id": ${id}, "amount": 0.5000000000000000000, "note": "\\"id\\": 9007199254740993"}`,
      true,
    )
    const read = await http.read({ path: path`/hooks`, answer })
    expect(read).toEqual({ id, amount: 0.5, note: '"id": 9007199254740993' })
    await http.read({ path: path`/hooks/${read.id}`, answer })
    expect(paths.at(-1)).toBe(`/v1/hooks/${id}`)
  })

  it('is refused where it would be rounded', async () => {
    const { http } = await openText(`{"id": 9007199254740993, "amount": 1, "note": ""}`, false)
    await expect(http.read({ path: path`/hooks`, answer })).rejects.toMatchObject({ code: 'UPSTREAM_CONTRACT' })
  })

  it.each(['-1', '1.5', '1e21', '"01"', '"+1"', '"1/2"', '""', 'null', 'true', '[]'])('is not %s', async (id) => {
    const { http } = await openText(`{"id": ${id}, "amount": 1, "note": ""}`, true)
    await expect(http.read({ path: path`/hooks`, answer })).rejects.toMatchObject({ code: 'UPSTREAM_CONTRACT' })
  })
})

it('advises to read the error of a provider that it does not know, not to look for a proxy', async () => {
  const { http } = await openUpstream((_, response) => response.end('{"message":"Odd."}'), { readFailure })
  await expect(http.read(read)).rejects.toMatchObject({
    code: 'UPSTREAM_CONTRACT',
    message: 'Vendor responded with an error that the gateway does not know. See upstream.message for its reason.',
    upstream: { status: 200, message: 'Odd.' },
  })
})
