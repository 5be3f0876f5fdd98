import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findTargetIssue } from '../../src/gateway/target.ts'

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
  // However an address or a name is written.
  'https://%31%32%37.0.0.1/',
  'https://127%2e0%2e0%2e1/',
  'https://user:password@127.0.0.1:8443/',
  'https://acme.example@10.0.0.1/',
  'https://LocalHost:443/',
  'https://localhost../',
  'https://localhost.../',
  'https://metadata.google.internal..../',
  'https://127.0.0.1./',
  'https://127.0.0.1../',
  'https://0x7f.1.../',
  'https://localhost。。/',
  'https://printer．local｡/',
  'https://.../',
  'https://1.2.3.999../',
  'https://lo\u00adcalhost/',
  // Names of which nobody knows what they mean.
  'https://hooks.acme.test../',
  'https://hooks.acme.test%2e%2e/',
  'https://hooks..acme.test/',
  'https://.hooks.acme.test/',
  // IPv4 within IPv6.
  'https://[::10.0.0.1]/',
  'https://[::ffff:0:10.0.0.1]/',
  'https://[0:0:0:0:0:ffff:10.0.0.1]/',
  'https://[64:ff9b::10.0.0.1]/',
  'https://[64:ff9b:1::10.0.0.1]/',
  'https://[64:ff9b:1:a00:0:100::]/',
  'https://[2002:a00:1::1]/',
  'https://[2001:0:4136:e378:8000:63bf:f5ff:fffe]/',
  'https://[2606:4700:4700::5efe:10.0.0.1]/',
  'https://[2606:4700:4700::200:5efe:10.0.0.1]/',
  'https://[fe80::5efe:10.0.0.1]/',
  // What has not been given out, or not to hosts.
  'https://[1::1]/',
  'https://[100::1]/',
  'https://[2001:db8::1]/',
  'https://[3fff::1]/',
  'https://[4000::1]/',
  'https://[5f00::1]/',
  'https://[fec0::1]/',
  // What clouds and clusters serve to their own.
  'https://168.63.129.16/',
  'https://[::ffff:168.63.129.16]/',
  'https://0xa83f8110/',
  'https://100.100.100.200/',
  'https://192.0.0.192/',
  'https://[fd20:ce::254]/',
  'https://metadata/',
  'https://instance-data/latest',
  'https://instance-data.ec2.internal/',
  'https://metadata.tencentyun.com/',
  'https://metadata.platformequinix.com/',
  'https://metadata.goog/computeMetadata/v1/',
  'https://Metadata.Goog./',
  'https://metadata.azure.com/',
  'https://metadata.oraclecloud.com/opc/v2/',
  'https://metadata.cloud.ibm.com/',
  'https://api.metadata.cloud.ibm.com/instance_identity/v1/token',
  'https://metadata.nifcloud/',
  'https://metadata.exoscale.com/latest/',
  'https://metadata.hetzner.cloud/',
  'https://vm.abc.bx.internal.cloudapp.net/',
  'https://db.private.main.oraclevcn.com/',
  'https://host.docker.internal/',
  'https://api.payments.svc/',
  'https://api.payments.svc.cluster.local/',
  'https://10-0-0-1.payments.pod/',
  'https://10-0-0-1.payments.pod.cluster.local/',
  'https://kube-dns.kube-system/',
  'https://kubernetes.default/',
  'https://KUBERNETES.default.SVC.:443/',
  'https://billing.service.consul/',
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
  'https://hooks.acme.test./',
  'https://svc.acme.example/',
  'https://pod.acme.example/',
  'https://metadata.acme.example/',
  'https://acme.cloud.ibm.com/',
  'https://acme.cloudapp.net/',
  'https://168.63.129.17/',
  'https://[2001:4860:4860::8888]/',
  'https://[2606:4700:4700::5eff:10.0.0.1]/',
]

describe('a target', () => {
  it.each(refused)('%s is refused', (url) => {
    expect(findTargetIssue(url)).toMatch(/not a public (?:host name|address)|not public/)
  })

  it.each(accepted)('%s is accepted', (url) => {
    expect(findTargetIssue(url)).toBeUndefined()
  })

  const octet = fc.nat({ max: 255 })
  const numbers = fc.oneof(fc.tuple(octet, octet, octet, octet), fc.tuple(fc.constantFrom(10, 127), octet, octet, octet))
  const spell = fc.constantFrom(
    (value: number) => String(value),
    (value: number) => `0x${value.toString(16)}`,
    (value: number) => `0${value.toString(8)}`,
    (value: number) => Array.from(String(value), (digit) => `%3${digit}`).join(''),
    (value: number) => Array.from(String(value), (digit) => String.fromCodePoint(0xff10 + Number(digit))).join(''),
  )
  const toIssue = (host: string) => findTargetIssue(`https://${host}/`)

  it('is judged the same in every spelling of its IPv4 address', () => {
    const dot = fc.constantFrom('.', '。', '．', '%2e')
    fc.assert(
      fc.property(numbers, spell, dot, fc.nat({ max: 4 }), ([a, b, c, d], write, separator, dots) => {
        const hosts = [
          [a, b, c, d].map(write).join(separator),
          [a, b, c * 256 + d].map(write).join(separator),
          [a, (b * 256 + c) * 256 + d].map(write).join(separator),
          write(((a * 256 + b) * 256 + c) * 256 + d),
        ].map((host) => host + separator.repeat(dots))
        const mapped = [
          `[::ffff:${[a, b, c, d].join('.')}]`,
          `[0:0:0:0:0:FFFF:${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}]`,
        ]
        const plain = toIssue([a, b, c, d].join('.'))
        // More than one dot behind it is refused, wherever it leads.
        const dotted = dots < 2 ? plain : expect.stringMatching(/not a public (?:host name|address)|not public/)
        for (const host of hosts) expect([host, toIssue(host)]).toEqual([host, dotted])
        for (const host of mapped) expect([host, toIssue(host)]).toEqual([host, plain])
      }),
      { numRuns: 1_000 },
    )
  })

  it('is refused where an IPv6 address leads to an IPv4 address by any other way', () => {
    fc.assert(
      fc.property(numbers, ([a, b, c, d]) => {
        const plain = [a, b, c, d].join('.')
        const [high, low] = [(a * 256 + b).toString(16), (c * 256 + d).toString(16)]
        for (const host of [
          `[::${plain}]`,
          `[::ffff:0:${plain}]`,
          `[64:ff9b::${plain}]`,
          `[64:ff9b:1::${plain}]`,
          `[64:ff9b:1:${high}:${Math.floor((c * 256 + d) / 256).toString(16)}:0:0:0]`,
          `[2002:${high}:${low}::1]`,
          `[2001:0:${high}:${low}::1]`,
          `[2001:4860:4860::5efe:${plain}]`,
          `[2001:4860:4860::200:5efe:${plain}]`,
        ]) {
          expect([host, toIssue(host)]).toEqual([host, expect.stringMatching(/not a public (?:host name|address)|not public/)])
        }
      }),
    )
  })
})
