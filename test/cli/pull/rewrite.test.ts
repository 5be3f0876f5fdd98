import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PulledFields } from '../../../src/cli/pull/allowed.ts'
import { editFiles } from '../../../src/cli/pull/edit.ts'
import { stripe } from '../../../src/providers/stripe/index.ts'
import { createKnownReader } from '../../helpers/known.ts'
import { toPulledWebhook } from '../../helpers/pulled.ts'
import { toRuns } from '../../helpers/runs.ts'

const environment = { WEBHOOKS_HOST: 'h.test', WEBHOOKS_TEAM: 'pay' }
const read = createKnownReader(stripe, environment)

/** Pulls webhooks whose IDs are their names into the account of a file. */
function pull(text: string, fields: readonly PulledFields[], file = 'webhooks.yaml'): string {
  const webhooks = fields.map((each) => toPulledWebhook(`w_${each.name}`, each))
  const [edit] = editFiles([{ file, text, known: read(file, text) }], [{ slug: 'live', provider: stripe, webhooks, others: [] }])
  if (edit === undefined) throw new Error('There is no file.')
  return edit.text
}

const a: PulledFields = { name: 'a', url: 'https://h.test/a', eventTypes: ['charge.failed'], enabled: true }
const b: PulledFields = { name: 'b', url: 'https://h.test/b', enabled: false }
const c: PulledFields = { name: 'c', url: 'https://h.test/c', eventTypes: ['charge.failed', 'charge.refunded'] }

describe('a file that differs from what exists', () => {
  const wide = `accounts:
    live: # ours
        provider:   stripe
        webhooks:
            # First.
            - name: a
              url: https://h.test/a
              eventTypes: [charge.failed]      # usual
              enabled: false                   # for now
            - {name: b, url: "https://h.test/b"}

# The end.
`

  it('keeps each byte of what does not differ', () => {
    expect(pull(wide, [a, b])).toBe(wide.replace('enabled: false  ', 'enabled: true  '))
    const types = pull(wide, [{ ...a, enabled: false, eventTypes: ['charge.refunded', 'charge.failed'] }, b])
    expect(types).toBe(wide.replace('[charge.failed]', '[charge.failed, charge.refunded]'))
    const moved = pull(wide, [
      { ...a, enabled: false },
      { ...b, url: 'https://h.test/$new' },
    ])
    expect(moved).toBe(wide.replace('"https://h.test/b"', () => '"https://h.test/$$new"'))
  })

  it('takes what is new in the style of what is there', () => {
    const added = pull(wide, [{ ...a, enabled: false }, b, c])
    const line = '            - {name: c, url: https://h.test/c, eventTypes: [charge.failed, charge.refunded]}\n'
    expect(added).toBe(wide.replace('\n\n#', `\n${line}\n#`))
    const block = wide.replace(/ {12}- \{.*\n/, '')
    const item = `            - name: c
              url: https://h.test/c
              eventTypes: [charge.failed, charge.refunded]
`
    expect(pull(block, [{ ...a, enabled: false }, c])).toBe(block.replace('\n\n#', `\n${item}\n#`))
  })

  it('loses the lines of what is gone, and the comment right above them', () => {
    const [start = '', , , , , , , , , last = '', ...rest] = wide.split(/(?<=\n)/)
    expect(start).toBe('accounts:\n')
    const kept = wide.split(/(?<=\n)/).slice(0, 4)
    expect(pull(wide, [b])).toBe([...kept, last, ...rest].join(''))
    expect(pull(wide, [])).toBe([...kept.slice(0, 3), '        webhooks: []\n', ...rest].join(''))
  })

  it.each([
    ['Windows lines and a byte order mark', (text: string) => `\uFEFF${text.replaceAll('\n', '\r\n')}`],
    ['no line break at its end', (text: string) => text.replace(/\n\n# The end\.\n$/, '')],
    ['a start of the document', (text: string) => `%YAML 1.2\n---\n${text}`],
  ])('keeps %s', (_, toText) => {
    const text = toText(wide)
    expect(pull(text, [a, b])).toBe(text.replace('enabled: false  ', 'enabled: true  '))
    const item = '            - {name: c, url: https://h.test/c, eventTypes: [charge.failed, charge.refunded]}\n'
    expect(pull(text, [{ ...a, enabled: false }, b, c])).toBe(toText(wide.replace('\n\n#', `\n${item}\n#`)))
  })

  it('loses no comment in brackets but those of what is gone', () => {
    const toItem = (name: string) => `      # about ${name}
      { name: ${name}, url: https://h.test/${name} }, # ${name}
`
    const toText = (...names: readonly string[]) => `accounts:
  live:
    provider: stripe
    webhooks: [ # ours
${names.map(toItem).join('')}      # no more
    ] # end
`
    const all = toText('x', 'a', 'y', 'b', 'z')
    for (const text of [all, all.replace(', # z', ' # z'), all.replaceAll('\n', '\r\n')]) {
      const eol = text.includes('\r') ? '\r\n' : '\n'
      const after = toText('a', 'b').replaceAll('\n', eol)
      expect(pull(text, [a, b])).toBe(after)
      const added = '      { name: c, url: https://h.test/c, eventTypes: [charge.failed, charge.refunded] },'
      expect(pull(text, [a, b, c])).toBe(after.replace(', # b', `, # b${eol}${added}`))
    }
    const types = `accounts:
  live:
    provider: stripe
    webhooks:
      - { name: c, url: https://h.test/c, eventTypes: [
          # old
          charge.captured, # gone
          # new
          charge.failed, # usual
          charge.refunded ] }
`
    expect(pull(types, [c])).toBe(types.replace(/ +# old\n.*\n/, ''))
    const fewer = pull(types, [{ ...c, eventTypes: ['charge.failed'] }])
    expect(read('webhooks.yaml', fewer)).toMatchObject([{ eventTypes: ['charge.failed'] }])
  })

  it('keeps variables in lists and options beside what differs in them', () => {
    const text = `accounts:
  live:
    provider: stripe
    webhooks:
      - name: a
        url: https://\${WEBHOOKS_HOST}/a
        options:
          metadata: { team: "\${WEBHOOKS_TEAM}", cost: '1' } # told
`
    const options = (metadata: Record<string, string>) => ({ ...a, options: { metadata } })
    expect(pull(text, [options({ team: 'pay', cost: '2' })])).toBe(text.replace("'1'", "'2'"))
    expect(pull(text, [options({ team: 'pay' })])).toBe(text.replace(", cost: '1'", ''))
    expect(pull(text, [options({ cost: '1', team: 'pay', z: 'z' })])).toBe(text.replace("'1'", "'1', z: z"))
    // Without quotes, the name << merges.
    expect(pull(text, [options({ cost: '1', team: 'pay', '<<': '<<' })])).toBe(text.replace("'1'", `'1', "<<": "<<"`))
    expect(pull(text, [options({})])).toBe(text.replace(/\{ team.*? \}/, '{}'))
  })

  it('gives an alias of what is changed elsewhere words of its own', () => {
    const text = `x-types: &types [charge.failed]
accounts:
  live:
    provider: stripe
    webhooks:
      - { name: a, url: 'https://h.test/a', eventTypes: &own [charge.failed] }
      - name: b
        url: https://h.test/b
        eventTypes: *own
      - &c
        name: c
        url: https://h.test/c
        eventTypes: *types
      - <<: *c
        name: d
        url: https://h.test/d
`
    const types = ['charge.failed']
    const others = [
      { ...b, eventTypes: types },
      { ...c, eventTypes: types },
      { ...c, name: 'd', url: 'https://h.test/d', eventTypes: types },
    ]
    expect(pull(text, [{ ...a, eventTypes: ['charge.refunded'] }, ...others])).toBe(
      text.replace('&own [charge.failed]', '[charge.refunded]').replace('*own', '[charge.failed]'),
    )
    const [first, , last] = others
    const gone = pull(text, [a, ...(first === undefined || last === undefined ? [] : [first, last])])
    expect(read('webhooks.yaml', gone)).toMatchObject([{ name: 'a' }, { name: 'b' }, { name: 'd', eventTypes: types }])
    expect(gone).toContain(
      '- <<: { name: c, url: https://h.test/c, eventTypes: [ charge.failed ] }'.replace('[ charge.failed ]', '[charge.failed]'),
    )
  })

  const item = "{ name: a, url: 'https://h.test/a', enabled: false }"
  it.each([
    ['an account', `x-a: &a { provider: stripe, webhooks: [${item}] }\naccounts:\n  live: *a\n`],
    ['a merged account', `x-a: &a { provider: stripe, webhooks: [${item}] }\naccounts:\n  live:\n    <<: *a\n`],
    ['a list', `x-a: &a [${item}]\naccounts:\n  live:\n    provider: stripe\n    webhooks: *a # all\n`],
    ['a webhook', `x-a: &a ${item}\naccounts:\n  live:\n    provider: stripe\n    webhooks:\n    - *a # one\n`],
  ])('leaves alone what an alias stands for: %s', (_, text) => {
    const pulled = pull(text, [a, c])
    expect(read('webhooks.yaml', pulled)).toMatchObject([
      { name: 'a', enabled: true },
      { name: 'c', eventTypes: c.eventTypes },
    ])
    expect(pulled.split('\n')[0]).toBe(text.split('\n')[0])
    expect(pull(pulled, [a, c])).toBe(pulled)
  })

  it.each([
    [
      'explicit keys',
      '? accounts\n: live:\n    ? provider\n    : stripe\n    ? webhooks\n    : - name: a\n        url: https://h.test/a\n        enabled: false\n',
    ],
    [
      'tags',
      'accounts:\n  live: !!map\n    provider: !!str stripe\n    webhooks:\n    - !!map\n      name: a\n      url: https://h.test/a\n      enabled: !!bool false\n...\n',
    ],
    [
      'folded text',
      'accounts:\n  live:\n    provider: stripe\n    webhooks:\n    - name: a\n      enabled: false\n      url: >-\n        https://h.test/a\n    # end\n# end\n',
    ],
    [
      'braces on several lines',
      'accounts: {\n  live: {\n    provider: stripe,\n    webhooks: [\n      { name: a, url: https://h.test/a, enabled: false }, # one\n      # two\n    ], # three\n  }\n}\n',
    ],
  ])('changes one value in %s', (_, text) => {
    expect(pull(text, [a])).toBe(text.replace('false', 'true'))
    expect(read('webhooks.yaml', pull(text, [a, c]))).toHaveLength(2)
  })

  it('is JSON as it was', () => {
    const json = `{
\t"accounts": {
\t\t"live": {
\t\t\t"provider": "stripe",
\t\t\t"webhooks": [
\t\t\t\t{ "name": "a", "url": "https://h.test/a", "enabled": false },
\t\t\t\t{
\t\t\t\t\t"name": "b",
\t\t\t\t\t"url": "https:\\/\\/h.test/b",
\t\t\t\t\t"eventTypes": ["charge.failed"]
\t\t\t\t}
\t\t\t]
\t\t}
\t}
}`
    const known = { ...b, eventTypes: ['charge.failed'] }
    expect(pull(json, [a, known], 'webhooks.json')).toBe(json.replace('false', 'true'))
    const more = pull(json, [{ ...a, enabled: false }, { ...b, eventTypes: ['charge.failed', '*'] }, c], 'webhooks.json')
    const item = JSON.stringify(c, null, '\t').replaceAll('\n', '\n\t\t\t\t')
    expect(more).toBe(
      json.replace('"charge.failed"]', '"charge.failed", "*"]').replace('\t\t\t\t}\n', `\t\t\t\t},\n\t\t\t\t${item}\n`),
    )
    expect(pull(json, [{ ...a, enabled: false }], 'webhooks.json')).toBe(json.replace(/,\n\t{4}\{[^]*?\n\t{4}\}/, ''))
    expect(pull(json, [known], 'webhooks.json')).toBe(json.replace(/\{ "name": "a".*\n\t+/, ''))
    const short = '{"accounts":{"live":{"provider":"stripe","webhooks":[]}}}'
    expect(pull(short, [b], 'webhooks.json')).toBe(short.replace('[]', `[${JSON.stringify(b)}]`))
  })

  it('leaves no comment behind another value than its own', () => {
    const head = 'accounts:\n  live:\n    provider: stripe\n    webhooks:'
    const item = '\n      - name: a\n        url: https://h.test/a\n        eventTypes:'
    const listed = `${head}${item} # ours\n          - charge.failed # failed\n          - charge.refunded # refunded\n# End.\n`
    const types = (...eventTypes: readonly string[]) => [{ ...a, eventTypes }]
    expect(pull(listed, types('charge.captured'))).toBe(`${head}${item} # ours\n          - charge.captured\n# End.\n`)
    expect(pull(listed, types('charge.refunded', 'charge.captured'))).toBe(
      `${head}${item} # ours\n          - charge.refunded # refunded\n          - charge.captured\n# End.\n`,
    )
    const flow = `${head}${item} [charge.failed] # failed\n`
    expect(pull(flow, types('charge.captured'))).toBe(flow.replace('charge.failed', 'charge.captured'))
    const added = '\n      - name: b\n        url: https://h.test/b\n        enabled: false'
    expect(pull(`${head} [] # none yet\n`, [b])).toBe(`${head} # none yet${added}\n`)
  })

  interface Layout {
    readonly step: number
    readonly list: string
    readonly item: string
    readonly eol: string
    readonly comments: boolean
    readonly end: boolean
  }
  const names = ['a', 'b', 'c', 'd']
  const state = fc.record({
    url: fc.constantFrom('https://h.test/1', 'https://h.test/2?a=b&c,d'),
    eventTypes: fc.option(fc.subarray(['charge.failed', 'charge.refunded', '*'], { minLength: 1 }), { nil: undefined }),
    enabled: fc.option(fc.boolean(), { nil: undefined }),
    metadata: fc.option(
      fc.dictionary(fc.constantFrom('x', 'y z', '1'), fc.constantFrom('1', 'a: b', '#', 'true'), { maxKeys: 3 }),
      {
        nil: undefined,
      },
    ),
  })
  const states = fc.tuple(...names.map(() => fc.option(state))).map((all) =>
    all.flatMap((each, index): readonly PulledFields[] => {
      if (each === null) return []
      const { metadata, eventTypes, enabled, url } = each
      return [
        {
          name: names[index] ?? '',
          url,
          ...(eventTypes && { eventTypes }),
          ...(enabled !== undefined && { enabled }),
          ...(metadata && { options: { metadata } }),
        },
      ]
    }),
  )
  const layout: fc.Arbitrary<Layout> = fc.record({
    step: fc.constantFrom(2, 3, 4),
    list: fc.constantFrom('flow', 'block'),
    item: fc.constantFrom('flow', 'block'),
    eol: fc.constantFrom('\n', '\r\n'),
    comments: fc.boolean(),
    end: fc.boolean(),
  })

  /** A file of these webhooks in some layout. */
  function toText(fields: readonly PulledFields[], { step, list, item, eol, comments, end }: Layout) {
    const pad = (levels: number) => ' '.repeat(step * levels)
    const note = (text: string) => (comments ? ` # ${text}` : '')
    const inline = (value: unknown) => JSON.stringify(value)
    const lines = fields.flatMap((each) => {
      if (item === 'flow') return [`${pad(3)}- ${inline(each)}${note('one')}`]
      const own = Object.entries(each).flatMap(([key, value]) => {
        if (key === 'eventTypes' && list === 'block' && Array.isArray(value)) {
          return [`${key}:${note('list')}`, ...value.map((type) => `${' '.repeat(step)}- ${inline(type)}${note('type')}`)]
        }
        if (key === 'options')
          return [`${key}:`, `${' '.repeat(step)}metadata: ${inline(each.options?.['metadata'])}${note('m')}`]
        return [`${key}: ${inline(value)}${note(key)}`]
      })
      return own.map((line, index) => `${pad(3)}${index === 0 ? '- ' : '  '}${line}`)
    })
    const head = ['# Top.', 'accounts:', `${pad(1)}live:`, `${pad(2)}provider: stripe${note('p')}`]
    const body = lines.length === 0 ? [`${pad(2)}webhooks: []`] : [`${pad(2)}webhooks:`, ...lines]
    return [...head, ...body, ...(comments ? ['# Bottom.'] : []), ...(end ? [''] : [])].join(eol)
  }

  /** What a webhook was called before, where both are alone at their URL. */
  function findRenamed(fields: PulledFields, before: readonly PulledFields[], after: readonly PulledFields[]) {
    const isAt = ({ url }: PulledFields) => url === fields.url
    const [[old, ...others], now] = [before.filter(isAt), after.filter(isAt)]
    const isGone = after.every(({ name }) => name !== old?.name)
    return others.length === 0 && now.length === 1 && isGone ? old : undefined
  }

  it('says what exists after a pull, in any layout, and keeps the lines of what does not differ', () => {
    fc.assert(
      fc.property(states, states, layout, (before, after, how) => {
        const text = toText(before, how)
        const pulled = pull(text, after)
        // What the file does not manage stays as it is.
        const managed = after.map((fields) => {
          const old = before.find(({ name }) => name === fields.name) ?? findRenamed(fields, before, after)
          if (old === undefined) return fields
          const given = Object.entries(old).map(([key, value]) => [
            key,
            Object.hasOwn(fields, key) ? Reflect.get(fields, key) : value,
          ])
          return Object.fromEntries(given) as PulledFields
        })
        const said = read('webhooks.yaml', pulled)
        const wanted = managed.map(({ options, eventTypes, ...rest }) => ({
          ...rest,
          ...(eventTypes && {
            eventTypes: expect.toSatisfy((types: string[]) => new Set(types).symmetricDifference(new Set(eventTypes)).size === 0),
          }),
          ...(options && { options: { stripe: options } }),
          account: 'live',
        }))
        const byName = (one: { readonly name?: string }, other: { readonly name?: string }) =>
          (one.name ?? '').localeCompare(other.name ?? '')
        expect(said.toSorted(byName)).toEqual(wanted.toSorted(byName))
        expect(pull(pulled, after)).toBe(pulled)
        expect(pulled.includes('\r\n')).toBe(text.includes('\r\n'))
        expect(/[^\r]\n/.test(pulled)).toBe(/[^\r]\n/.test(text))
        const same = before.filter((old) => managed.some((now) => JSON.stringify(old) === JSON.stringify(now)))
        for (const fields of same) {
          const own = toText([fields], { ...how, end: false })
            .split(how.eol)
            .slice(5, how.comments ? -1 : undefined)
          expect(pulled).toContain(own.join(how.eol))
        }
      }),
      { numRuns: toRuns(40) },
    )
  })
})
