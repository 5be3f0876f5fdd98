import { unprintable } from '../observe/plain.ts'

/** JSON with nothing that a terminal would take for a command. */
export function toJson(data: unknown, indent: number | string = 0): string {
  return JSON.stringify(data, null, indent).replaceAll(unprintable, (character) =>
    // Those of the indentation; in a text, they are escaped already.
    character === '\n' || character === '\t' ? character : toUnits(character),
  )
}

function toUnits(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')
}
