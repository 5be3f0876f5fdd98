import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findTargetIssue } from '../src/target.ts'

const refused = [
  'https://127.0.0.1/',
  'https://127.255.255.254/',
  'https://2130706433/',
  'https://0x7f.1/',
  'https://0x7f000001/',
  'https://017700000001/',
  'https://127.1/',
  'https://0/',
  'https://0.0.0.0/',
  'https://10.1.2.3/',
  'https://012.1.2.3/',
  'https://172.16.0.1/',
  'https://172.31.255.255/',
  'https://192.168.1.1/',
  'https://100.64.0.1/',
  'https://169.254.169.254/latest/meta-data/',
  'https://0xa9fea9fe/',
  'https://224.0.0.1/',
  'https://255.255.255.255/',
  'https://198.18.0.1/',
  'https://[::1]/',
  'https://[::]/',
  'https://[0:0:0:0:0:0:0:1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:7f00:1]/',
  'https://[::ffff:a9fe:a9fe]/',
  'https://[::127.0.0.1]/',
  'https://[64:ff9b::7f00:1]/',
  'https://[fd00::1]/',
  'https://[fe80::1]/',
  'https://[ff02::1]/',
  'https://[fd00:ec2::254]/',
  'https://[2002:7f00:1::]/',
  'https://localhost/',
  'https://LOCALHOST/',
  'https://localhost./',
  'https://hooks.localhost/',
  'https://intranet/',
  'https://router.lan/',
  'https://printer.local/',
  'https://metadata.google.internal/',
  'https://127。0。0。1/',
  'https://①②⑦.0.0.1/',
]
const accepted = [
  'https://hooks.acme.test/x',
  'https://acme.example/',
  'https://8.8.8.8/',
  'https://172.32.0.1/',
  'https://192.169.0.1/',
  'https://[2606:4700:4700::1111]/',
  'https://[::ffff:8.8.8.8]/',
  'https://localhost.acme.test/',
  'https://local.acme.test/',
  'https://10.0.0.1.acme.test/',
  'https://xn--bcher-kva.example/',
]

describe('a target', () => {
  it.each(refused)('%s is refused', (url) => {
    expect(findTargetIssue(url)).toMatch(/not a public one/)
  })

  it.each(accepted)('%s is accepted', (url) => {
    expect(findTargetIssue(url)).toBeUndefined()
  })

  it('is refused in every spelling of a private address', () => {
    const octet = fc.nat({ max: 255 })
    const number = fc.tuple(fc.constantFrom(10, 127), octet, octet, octet)
    const spell = fc.constantFrom(
      (value: number) => String(value),
      (value: number) => `0x${value.toString(16)}`,
      (value: number) => `0${value.toString(8)}`,
    )
    fc.assert(
      fc.property(number, spell, fc.boolean(), ([a, b, c, d], write, whole) => {
        const host = whole ? write(((a * 256 + b) * 256 + c) * 256 + d) : [a, b, c, d].map(write).join('.')
        expect(findTargetIssue(`https://${host}/`)).toBeDefined()
        expect(findTargetIssue(`https://[::ffff:${[a, b, c, d].join('.')}]/`)).toBeDefined()
      }),
    )
  })
})
