import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PulledFields } from '../../../src/cli/pull/allowed.ts'
import { editFiles } from '../../../src/cli/pull/edit.ts'
import { baanx } from '../../../src/providers/baanx/index.ts'
import type { Json } from '../../../src/webhook.ts'
import { createKnownReader } from '../../helpers/known.ts'
import { toPulledWebhook } from '../../helpers/pulled.ts'
import { toRuns } from '../../helpers/runs.ts'

const environment = { WEBHOOKS_A: 'canary', WEBHOOKS_B: '$${WEBHOOKS_A}' }
const read = createKnownReader(baanx, environment)

const toSorted = <Input extends { readonly eventTypes?: readonly string[] }>(input: Input) => ({
  ...input,
  eventTypes: [...new Set(input.eventTypes)].toSorted(),
})

/** Text of others, which can look like a variable, or like YAML. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc
    .array(
      fc.constantFrom(
        '$',
        '$$',
        '{',
        '}',
        '${WEBHOOKS_A}',
        '${WEBHOOKS_NONE}',
        '\ud800',
        '\u0085',
        '\u009b',
        '\u200b',
        '\u2028',
        '\u202e',
        '\u2066',
        '\ufeff',
        '\u{e0041}',
        '${HOME}',
        '<<',
        '&a ',
        '*a',
        ': ',
        ' #',
        '\n',
        "'",
        '"',
        '\\',
        '- ',
        'a',
        ' ',
      ),
    )
    .map((parts) => parts.join('')),
)
const name = text.filter((given) => given.trim() !== '')
const metadata = fc.dictionary(
  text.filter((key) => key !== '__proto__'),
  fc.oneof(text, fc.boolean(), fc.integer(), fc.array(text, { maxLength: 3 })),
  { maxKeys: 4, noNullPrototype: true },
)
const fields = fc.record({
  id: name,
  name,
  url: fc
    .webUrl({ validSchemes: ['https'], withQueryParameters: true })
    .chain((url) => text.map((given) => `${url}${url.includes('?') ? '&' : '?'}k=${given.replaceAll(/[\s\p{Cc}\\]/gu, '')}`)),
  eventTypes: fc.array(name, { minLength: 1, maxLength: 3 }),
  options: fc.record({ metadata }),
}) satisfies fc.Arbitrary<PulledFields>

const toAccounts = (given: PulledFields) => [
  {
    slug: 'cards',
    provider: baanx,
    webhooks: [toPulledWebhook(given.id ?? '', given)],
    others: [],
  },
]
const toInput = ({ options, ...given }: PulledFields & { readonly options: Json }) => ({
  account: 'cards',
  ...given,
  options: { baanx: options },
})

function edit(file: string, text: string | null, given: PulledFields, known: ReturnType<typeof read>) {
  const [edited] = editFiles([{ file, text, known }], toAccounts(given))
  if (edited === undefined) throw new Error('There is no file.')
  return edited
}

describe('a file that was pulled', () => {
  it('has one escape for a character that has two in JSON, which is no text for other readers of YAML', () => {
    const given = { url: 'https://hooks.acme.test/a', name: String.raw`\ud83c\udfff` + '\u{e0067}\ud800' }
    const { text: created } = edit('webhooks.yaml', null, given, [])
    expect(created).toContain(String.raw`"\\ud83c\\udfff\U000e0067\ud800"`)
    expect(read('webhooks.yaml', created)).toMatchObject([given])
    expect(edit('webhooks.json', null, given, []).text).toContain(String.raw`\udb40\udc67`)
  })

  it('says exactly what exists, whatever it is called and whichever variables are set', () => {
    fc.assert(
      fc.property(fields, fields, (first, then) => {
        const changed = { ...then, id: first.id }
        for (const file of ['webhooks.yaml', 'webhooks.json']) {
          const created = edit(file, null, first, []).text
          const known = read(file, created)
          // Whoever reviews it sees what it says.
          expect(created).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/u)
          expect(known).toEqual([toInput(first)])
          expect(edit(file, created, first, known)).toMatchObject({ text: created, changed: 0 })
          // Event types are a set, of which the file keeps its order.
          const { text: edited } = edit(file, created, changed, known)
          expect(edited).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/u)
          const said = read(file, edited)
          expect(said.map(toSorted)).toEqual([toSorted(toInput(changed))])
        }
      }),
      { numRuns: toRuns(25) },
    )
  })
})
