/** What a terminal would take for a command, or that would change how a text reads. */
export const unprintable = /[\p{Cc}\p{Cf}\u2028\u2029]/gu

/** A text with nothing unprintable. */
export function toPlain(text: string): string {
  return text.replaceAll(unprintable, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
}
