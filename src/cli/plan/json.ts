/** JSON with nothing that a terminal would take for a command. */
export function toJson(data: unknown, indent: number | string = 0): string {
  return JSON.stringify(data, null, indent).replaceAll(/(?![\n\t])[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}
