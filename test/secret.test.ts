import { format, inspect } from 'node:util'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { reveal, Secret } from '../src/secret.ts'

const canary = 'canary-4b1d'
const secret = new Secret(canary)
/** As untyped code has it. */
const text = secret as unknown as string
const record = secret as unknown as Readonly<Record<string, unknown>>
const holder = { account: 'one', secret, list: [secret], nested: { map: new Map([['key', secret]]) } }

function log(value: unknown): string {
  const lines: string[] = []
  pino({}, { write: (line) => void lines.push(line) }).info(
    { value, err: Object.assign(new Error(`with ${text}`), { secret }) },
    `text ${text}`,
  )
  return lines.join('')
}

const forms: readonly (readonly [name: string, text: string])[] = [
  ['text', secret.toString()],
  ['a template', `a ${text}`],
  ['a sum', 'a' + text],
  ['JSON', JSON.stringify(holder)],
  ['inspect', inspect(holder, { depth: null, showHidden: true, getters: true })],
  ['inspect with colours', inspect(secret, { colors: true, customInspect: true })],
  ['inspect without custom forms', inspect(holder, { depth: null, customInspect: false, showHidden: true })],
  ['format', format('%s %o %O %j', secret, secret, secret, secret)],
  ['an error', inspect(new Error(`failed with ${text}`, { cause: secret }))],
  ['a log line', log(holder)],
  ['its members', JSON.stringify([Object.keys(secret), Object.entries(secret), { ...record }, Reflect.ownKeys(secret)])],
  ['a copy', inspect(structuredClone({ ...record }))],
  ['a list', [text, text].join()],
  ['a URL', new URLSearchParams({ token: text }).toString()],
]

describe('a secret', () => {
  it.each(forms)('does not show itself as %s', (_, text) => {
    expect(text).not.toContain(canary)
  })

  it('gives itself away only when it is asked to', () => {
    expect(secret.reveal()).toBe(canary)
    expect([reveal(secret), reveal(canary)]).toEqual([canary, canary])
    expect(`a ${text}`).toBe('a [secret]')
  })
})
