import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { createKeySets } from '../../src/server/auth/key-set.ts'
import { clockAtOnce } from '../helpers/cost.ts'
import { isLoopback } from '../../src/gateway/target.ts'
import { createRedaction, hideCredentials } from '../../src/http/redact.ts'
import { commonHeaders } from '../../src/http/rate.ts'
import { readRetryAfterMs, readState } from '../../src/http/wait.ts'
import { parseId } from '../../src/id.ts'
import { createAuthentication } from '../../src/server/auth/authentication.ts'
import { verifyDelivery } from '../../src/verify/verify.ts'

// What begins, goes on with and ends a match of some pattern, or nearly does.
const pieces = [
  '-whsec_',
  '-whk_',
  '-eyJ',
  '-eyJa.',
  '-Bearer',
  'Bearer ',
  ' ',
  'a',
  '.',
  '+',
  '://',
  'a://b',
  '@',
  ':',
  '"',
  '\n',
]
const length = 100_000

const attacks = pieces.flatMap((head) =>
  pieces.flatMap((tail) => [
    (head + tail).repeat(length / (head + tail).length),
    head + tail.repeat(length / tail.length),
    `${head}${tail.repeat(length / tail.length)}\u0000`,
  ]),
)

/** The shortest of a few runs, so that what else the machine does counts for nothing. */
function measureMs(run: () => unknown, runs: number): number {
  return Math.min(...Array.from({ length: runs }, () => clockAtOnce(run)))
}

const log = pino({ level: 'silent' })
const { findCaller } = createAuthentication({ apiKeys: [] }, log, createKeySets(log))
const { redact, toShownText } = createRedaction(['canary-token'])
const body = new Uint8Array()

describe('a text that a stranger wrote', () => {
  it.each<readonly [string, (text: string) => unknown]>([
    ['redacted', redact],
    ['redacted and cut', toShownText],
    ['freed of credentials', (text) => hideCredentials(`${text}@`, '***')],
    ['freed of credentials behind a scheme', (text) => hideCredentials(`a://${text}`, '***')],
    ['read as a token', (text) => findCaller(text)],
    ['read as a token behind its scheme', (text) => findCaller(`Bearer ${text}`)],
    ['read as an id', (text) => parseId(Buffer.from(`w:${text}`).toString('base64url'))],
    [
      'read as a wait',
      (text) => [readState({ 'x-ratelimit-reset': text }, commonHeaders), readRetryAfterMs({ 'retry-after': text })],
    ],
    ['read as a host', (text) => isLoopback(text)],
    [
      'read as a signature',
      (text) =>
        verifyDelivery({ provider: 'fingerprint', headers: { 'fpjs-event-signature': text }, rawBody: body, secrets: ['s'] }),
    ],
  ])('is %s in a time that grows with its length only', (_, read) => {
    const harmless = 'words of a person '.repeat(length / 18)
    const harmlessMs = Math.max(
      0.05,
      measureMs(() => read(harmless), 20),
    )
    const limitMs = harmlessMs * 300
    const slow = attacks.filter((attack) => {
      // Run again only where once was not quick enough.
      return measureMs(() => read(attack), 1) >= limitMs && measureMs(() => read(attack), 5) >= limitMs
    })
    expect(slow.map((attack) => attack.slice(0, 20))).toEqual([])
  })
})
