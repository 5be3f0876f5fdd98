import { type CommonField, type FieldRule, listFields, type Operation, type Provider } from '../provider.ts'

// The schema is the manual: what differs between providers is told where it is used, from the providers' statements.

/** The values of an enum, from what each one means. */
export function toEnumValues(texts: Readonly<Record<string, string>>) {
  return Object.fromEntries(Object.entries(texts).map(([name, description]) => [name, { description }]))
}

/** An input field's description with every provider's rule and note; `path` is below `input`. */
export function describeInput(
  text: string,
  providers: readonly Provider[],
  path: string,
  moment: 'onCreate' | 'onUpdate',
): string {
  const lines = providers.flatMap((provider) => {
    const field = listFields(provider).find((each) => each.path === path)
    return field === undefined ? [] : [`- ${provider.displayName}: ${describeRule(field[moment])}${toSentence(field.note)}`]
  })
  return [text, lines.join('\n')].filter(Boolean).join('\n\n')
}

/** An output field's description with what providers say of reading it. */
export function describeOutput(text: string, providers: readonly Provider[], field: CommonField): string {
  const lines = providers.flatMap(({ displayName, fields }) => {
    const { answer } = fields[field]
    return answer === undefined ? [] : [`- ${displayName}: ${answer}`]
  })
  return [text, lines.join('\n')].filter(Boolean).join('\n\n')
}

/** An operation's description with the notes of the providers that have one. */
export function describeOperation(text: string, providers: readonly Provider[], operation: Operation): string {
  const lines = providers.flatMap(({ displayName, operations }) => {
    const { support, note } = operations[operation]
    return note === null ? [] : [`- ${displayName}: ${support === 'UNSUPPORTED' ? 'not supported. ' : ''}${note}`]
  })
  return [text, lines.join('\n')].filter(Boolean).join('\n\n')
}

function describeRule(rule: FieldRule): string {
  return typeof rule === 'object' ? `not supported. ${rule.note}` : `${rule.toLowerCase()}.`
}

function toSentence(note: string | undefined): string {
  return note === undefined ? '' : ` ${note}`
}
