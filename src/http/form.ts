import { InvalidInputError } from '../errors.ts'
import { revealBody } from './body.ts'

/**
 * A body as application/x-www-form-urlencoded: `list[0]=a&object[key]=b`. Undefined members are omitted. Null and empty strings,
 * lists and objects are sent as an empty value, which clears the field.
 */
export function toForm(body: object): string {
  const form = new URLSearchParams()
  function append(name: string, value: unknown): void {
    const members = listMembers(value)
    if (members.length === 0) form.append(name, toText(value))
    for (const [key, member] of members) append(`${name}[${toPart(key)}]`, member)
  }
  // As in JSON: a date is its text, and nothing is undefined.
  for (const [name, value] of listMembers(JSON.parse(revealBody(body).json))) append(name, value)
  return form.toString()
}

function listMembers(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : []
}

function toText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}

/** A bracket in a name would move the value to another place. */
function toPart(name: string): string {
  if (name !== '' && !/[[\]]/.test(name)) return name
  const message =
    'A name is empty or contains a bracket, which this provider cannot receive. Nothing was changed. Choose another name.'
  throw new InvalidInputError([{ path: ['input', 'options'], code: 'INVALID', message }])
}
