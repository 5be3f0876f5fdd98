import type { FieldRule } from '../src/provider/fields.ts'
import { operationNames } from '../src/provider/operations.ts'
import type { Provider } from '../src/provider/provider.ts'

// The README's table of what each provider can do: the same statements that the adapters are built from, as Markdown.

const fields = ['name', 'url', 'eventTypes', 'enabled'] as const

/** A column for every provider, and below it a numbered note for whatever a word in a cell does not say. */
export function formatCapabilities(providers: readonly Provider[]): string {
  const notes: string[] = []
  const toCell = (provider: Provider, word: string, note: string | null | undefined) => {
    if (note == null) return word
    const text = note.startsWith(provider.displayName) ? note : `${provider.displayName}: ${note}`
    if (!notes.includes(text)) notes.push(text)
    return `${word} <sup>${notes.indexOf(text) + 1}</sup>`
  }
  const operationRows = operationNames.map((operation) => [
    operation.toLowerCase().replaceAll('_', ' '),
    ...providers.map((provider) => {
      const { support, note } = provider.operations[operation]
      return toCell(provider, support.toLowerCase(), note)
    }),
  ])
  const fieldRows = fields.map((field) => [
    `\`${field}\``,
    ...providers.map((provider) => {
      const { onCreate, onUpdate, note } = provider.fields[field]
      const reason = [onCreate, onUpdate].find((rule) => typeof rule === 'object')?.note
      return toCell(provider, [...new Set([onCreate, onUpdate].map(toWord))].join(' / '), note ?? reason)
    }),
  ])
  const optionRow = [
    '`options` of its own',
    ...providers.map(
      ({ options }) =>
        Object.keys(options)
          .map((key) => `\`${key}\``)
          .join(', ') || 'none',
    ),
  ]
  const rotationRow = [
    'way to a new secret',
    ...providers.map(({ operations: { ROTATE_SECRET: rotation } }) =>
      rotation.support === 'UNSUPPORTED' ? 'none' : `\`${rotation.strategy}\``,
    ),
  ]
  const signatureRow = [
    'signature',
    ...providers.map((provider) => {
      const { signature } = provider
      return signature === null ? 'none' : toCell(provider, `\`${signature.header}\``, signature.note)
    }),
  ]
  const limitRow = ['webhooks at most', ...providers.map(({ limits }) => String(limits.maxWebhooks ?? 'not documented'))]
  const eventRow = ['event types known', ...providers.map(({ eventTypes }) => String(eventTypes.known.length))]
  const head = ['', ...providers.map(({ displayName }) => displayName)]
  const rows = [
    head,
    head.map(() => '---'),
    ...operationRows,
    ...fieldRows,
    optionRow,
    eventRow,
    rotationRow,
    signatureRow,
    limitRow,
  ]
  const list = notes.map((note, index) => `${index + 1}. ${note}`)
  const summary = ['<details>', '<summary>The notes</summary>', '', ...list, '', '</details>']
  return [...rows.map((cells) => `| ${cells.join(' | ')} |`), '', ...summary].join('\n')
}

function toWord(rule: FieldRule): string {
  return typeof rule === 'object' ? 'unsupported' : rule.toLowerCase()
}
